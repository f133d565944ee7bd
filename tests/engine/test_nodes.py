"""Which nodes run, told by name: once for each that begins or ends, whatever they hold, and to nobody but the pages."""

from typing import Any

import pytest

from assistants_app.engine import Engine, engine
from assistants_app.engine.events.nodes import RunningNodes
from tests import make
from tests.running import finish, listen, wait_for


def begins(name: str) -> dict[str, Any]:
    return {"id": "1", "name": name, "input": {"much": "x" * 1000}, "triggers": ["start"]}


def ends(name: str) -> dict[str, Any]:
    return {"id": "1", "name": name, "error": None, "result": {}, "interrupts": []}


def told(graph_id: str, text: str = "Hi") -> list[Any]:
    run = finish(make.run(text, graph_id=graph_id, options={"stream_mode": ["nodes"], "stream_subgraphs": True}))
    return [event.json for event in listen(run) if event.event == "nodes"]


def test_it_works(serving: Engine) -> None:
    lists = told("branching")
    assert lists == [
        ["child"],
        ["child", "child:think"],
        ["child"],
        ["child", "child:note"],
        ["child"],
        ["check"],
    ]


def test_nothing_else_of_the_tasks_is_told(serving: Engine) -> None:
    run = finish(make.run("long secret", graph_id="branching", options={"stream_mode": ["nodes"]}))
    events = listen(run)
    assert {event.event for event in events} == {"metadata", "nodes"}
    assert b"long secret" not in b"".join(event.data for event in events)


def test_who_listens_through_the_api_does_not_hear_of_them(serving: Engine) -> None:
    run = finish(make.run("Hi", graph_id="branching", options={"stream_mode": ["nodes", "updates"]}))

    async def heard() -> bytes:
        return b"".join([chunk async for chunk in engine().listen_bytes(run.run_id)])

    text = wait_for(heard())
    assert b"event: updates" in text
    assert b"event: nodes" not in text


def test_many_tasks_of_one_node_are_told_once() -> None:
    nodes = RunningNodes()
    assert [nodes.take((), begins("one")) for _ in range(3)] == [["one"], None, None]
    assert nodes.take((), begins("two")) == ["one", "two"]
    assert [nodes.take((), ends("one")) for _ in range(3)] == [None, None, ["two"]]


def test_what_was_cut_short_inside_ends_with_the_graph_around_it() -> None:
    nodes = RunningNodes()
    nodes.take((), begins("child"))
    nodes.take((), begins("childless"))
    assert nodes.take(("child:1f",), begins("think")) == ["child", "childless", "child:think"]
    assert nodes.take((), ends("child")) == ["childless"]


@pytest.mark.parametrize("odd", [None, [], {"triggers": []}, {"name": 1, "triggers": []}, ends("never begun")])
def test_odd_tasks(odd: Any) -> None:
    assert RunningNodes().take((), odd) is None
