"""A site whose langgraph.json says more than its graphs, served for clients."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

from django.test import override_settings

from tests.api.serving import served

GRAPH = """
from typing import Any, TypedDict
from langchain_core.runnables import RunnableConfig
from langgraph.graph import START, StateGraph

class State(TypedDict, total=False):
    told: dict[str, Any]

def tell(state: State, config: RunnableConfig):
    configurable = config["configurable"]
    user = configurable.get("langgraph_auth_user")
    told = {key: str(value) for key, value in configurable.items() if key.startswith("x-")}
    return {"told": {**told, "user": user and user["identity"], "id": configurable.get("langgraph_auth_user_id")}}

graph = StateGraph(State).add_node("tell", tell).add_edge(START, "tell")
"""
"""Says who called, and what it was told of the request's headers."""


@contextmanager
def own_site(folder: Path, code: str = "", **sections: Any) -> Iterator[str]:
    """The address of the API. `code` is own.py."""
    (folder / "agent.py").write_text(GRAPH)
    (folder / "own.py").write_text(dedent(code))
    config = folder / "langgraph.json"
    config.write_text(json.dumps({"graphs": {"agent": "./agent.py:graph"}, **sections}))
    path = list(sys.path)
    try:
        with override_settings(GRAPHS_CONFIG=str(config)), served() as url:
            yield url
    finally:
        sys.path[:] = path  # the folder's modules would go before namesakes of other tests
