"""What a graph brings by `with_config` stays in place when it runs."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from assistants_app.engine import engine, engine_thread
from assistants_app.engine.runs.execution import RECURSION_LIMIT
from assistants_app.models import Run
from tests import make
from tests.running import listen

pytestmark = pytest.mark.django_db(transaction=True)

CODE = """
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableConfig
from langgraph.graph import START, MessagesState, StateGraph

calls = []

class Handler(BaseCallbackHandler):
    def on_chain_start(self, *args, **more):
        calls.append("start")

def say(state: MessagesState, config: RunnableConfig):
    tags = sorted({tag for tag in config.get("tags", ()) if ":" not in tag})
    told = [*tags, config["recursion_limit"], len(calls) > 0]
    return {"messages": [("ai", str(told))]}

plain = StateGraph(MessagesState).add_node("say", say).add_edge(START, "say").compile()
own = plain.with_config(recursion_limit=9999, tags=["of the graph"], callbacks=[Handler()])
"""


@pytest.fixture(autouse=True)
def _graphs(tmp_path: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", [*sys.path])  # what loading adds to it goes with the test
    (tmp_path / "agent.py").write_text(CODE)
    config = tmp_path / "langgraph.json"
    config.write_text(json.dumps({"graphs": {name: f"./agent.py:{name}" for name in ("plain", "own")}}))
    with override_settings(GRAPHS_CONFIG=str(config)), engine_thread(engine()):
        yield


def said(graph_id: str, **config: object) -> str:
    assistant = make.assistant(graph_id=graph_id, settings={}, settings_schema=None, config=config)
    run = make.run("hi", on=make.thread(assistant))
    engine().start(run)
    events = listen(run)
    run.refresh_from_db()
    assert run.status == Run.Status.SUCCESS, run.error
    return str(json.loads(events[-1].data)["messages"][-1]["content"])


def test_it_works() -> None:
    assert said("own") == "['of the graph', 9999, True]"


def test_a_graph_that_brings_nothing() -> None:
    assert said("plain") == f"[{RECURSION_LIMIT}, False]"


def test_the_assistants_own_go_before_or_beside() -> None:
    assert said("own", recursion_limit=7, tags=["mine"]) == "['mine', 'of the graph', 7, True]"


def test_langgraphs_own_default_can_be_meant() -> None:
    assert said("own", recursion_limit=25) == "['of the graph', 25, True]"
