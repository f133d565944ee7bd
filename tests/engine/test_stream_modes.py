"""Events carry the names and shapes of the LangGraph Server API, for every stream mode and for subgraphs."""

from typing import Any

import pytest

from assistants_app.engine import Engine
from assistants_app.engine.events.stream_modes import UnknownStreamMode, events_of, wanted_modes
from assistants_app.models import Run
from tests import make
from tests.running import finish, listen


def _events(run: Run) -> list[tuple[str, Any]]:
    finish(run)
    return [(event.event, event.json) for event in listen(run)][1:]


def _stream(graph_id: str, modes: str | list[str], text: str = "2", **options: Any) -> list[tuple[str, Any]]:
    return _events(make.run(text, graph_id=graph_id, options={"stream_mode": modes, **options}))


def test_it_works(serving: Engine) -> None:
    """Several modes at once, tool calls, and what a node writes to the custom stream."""
    events = _stream("tools", ["updates", "messages-tuple", "custom", "values"], "What is the weather?")
    assert [data for name, data in events if name == "custom"] == [{"progress": 50}]
    updates = [data for name, data in events if name == "updates"]
    assert [next(iter(update)) for update in updates] == ["order", "tool", "report"]
    (call,) = updates[0]["order"]["messages"][0]["tool_calls"]
    assert (call["name"], call["args"], call["id"]) == ("weather", {"city": "Paris"}, "call-1")
    messages = [data for name, data in events if name == "messages"]
    assert [message["type"] for message, _metadata in messages] == ["ai", "tool", "ai"]
    assert [metadata["langgraph_node"] for _message, metadata in messages] == ["order", "tool", "report"]
    assert len([name for name, _data in events if name == "values"]) == 4


def test_the_default_is_values(serving: Engine) -> None:
    names = [name for name, _data in _events(make.run("2", graph_id="tokens"))]
    assert names == ["values", "values"]
    assert [name for name, _data in _stream("tokens", [])] == names
    assert [name for name, _data in _stream("tokens", "values")] == names


def test_tokens_come_as_tuples(serving: Engine) -> None:
    events = _stream("tokens", "messages-tuple", "3")
    assert {name for name, _data in events} == {"messages"}
    chunks = [chunk for _name, (chunk, _metadata) in events]
    assert [chunk["content"] for chunk in chunks][:3] == ["w0 ", "w1 ", "w2 "]
    assert {chunk["type"] for chunk in chunks} == {"AIMessageChunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1


def test_tokens_come_as_messages_that_grow(serving: Engine) -> None:
    events = _stream("tokens", "messages", "3")
    names = [name for name, _data in events]
    assert names[:2] == ["messages/metadata", "messages/partial"]
    assert set(names[1:]) == {"messages/partial"}
    ((message_id, about),) = events[0][1].items()
    assert about["metadata"]["langgraph_node"] == "count"
    partials = [data[0] for name, data in events if name == "messages/partial"]
    assert [partial["content"] for partial in partials][:3] == ["w0 ", "w0 w1 ", "w0 w1 w2 "]
    assert {(partial["type"], partial["id"]) for partial in partials} == {("ai", message_id)}


def test_whole_messages_are_complete_at_once(serving: Engine) -> None:
    events = _stream("tools", "messages")
    assert [name for name, _data in events] == ["messages/metadata", "messages/complete"] * 3
    assert [data[0]["type"] for name, data in events if name == "messages/complete"] == ["ai", "tool", "ai"]


def test_tasks_checkpoints_and_debug(serving: Engine) -> None:
    events = _stream("tokens", ["tasks", "checkpoints", "debug"])
    tasks = [data for name, data in events if name == "tasks"]
    assert [task["name"] for task in tasks] == ["count", "count"]
    assert tasks[0]["id"] == tasks[1]["id"]
    assert "input" in tasks[0]
    assert "result" in tasks[1]
    checkpoints = [data for name, data in events if name == "checkpoints"]
    assert [checkpoint["next"] for checkpoint in checkpoints] == [["__start__"], ["count"], []]
    assert {data["type"] for name, data in events if name == "debug"} == {"checkpoint", "task", "task_result"}
    told = [data["payload"] for name, data in events if name == "debug" and data["type"] == "checkpoint"]
    assert [set(one["checkpoint"]) for one in told] == [{"thread_id", "checkpoint_id", "checkpoint_ns"}] * 3
    assert [one["parent_checkpoint"] for one in told] == [None, told[0]["checkpoint"], told[1]["checkpoint"]]


def test_debug_names_the_place_of_a_graph_inside(serving: Engine) -> None:
    events = _stream("family", "debug")
    tasks = [task for _name, data in events if data["type"] == "checkpoint" for task in data["payload"]["tasks"]]
    (inside,) = [task for task in tasks if task["name"] == "child"]
    assert inside["checkpoint"]["checkpoint_ns"].startswith("child:")
    assert "state" not in inside


def test_subgraphs_have_their_namespace_in_the_name(serving: Engine) -> None:
    events = _stream("nested", ["updates", "messages-tuple"], stream_subgraphs=True)
    names = [name.split(":")[0] for name, _data in events]
    assert "updates|inner" in names
    assert "messages|inner" in names
    assert "updates" in names


def test_subgraphs_stay_out_unless_they_are_asked_for(serving: Engine) -> None:
    assert [name for name, _data in _stream("nested", "updates")] == ["updates"]


def test_values_that_json_does_not_know(serving: Engine) -> None:
    events = _events(make.run(graph_id="odd", input={"values": {}}, options={"stream_mode": "values"}))
    assert events[-1][1]["values"] == {
        "when": "2026-01-02T00:00:00+00:00",
        "id": "00000000-0000-0000-0000-000000000007",
        "bytes": "YWJj",
        "settings": {"temperature": 0.5},
        "nan": None,
        "set": [1],
    }


def test_events_are_langchains_and_keep_their_place_among_the_modes(serving: Engine) -> None:
    events = _stream("tokens", ["events", "values", "messages-tuple"], "2")
    told = [data["event"] if name == "events" else name for name, data in events]
    assert told == [
        *["on_chain_start", "values", "on_chain_start", "on_chat_model_start"],
        *["on_chat_model_stream", "messages"] * 3,
        *["on_chat_model_stream", "messages"] * (told.count("messages") - 3),
        *["on_chat_model_end", "on_chain_stream", "on_chain_end", "values", "on_chain_end"],
    ]
    first = events[0][1]
    assert (first["name"], first["parent_ids"]) == ("tokens", [])
    assert first["data"]["input"]["messages"][0]["content"] == "2"
    chunk = next(
        data["data"]["chunk"] for name, data in events if name == "events" and data["event"] == "on_chat_model_stream"
    )
    assert (chunk["type"], chunk["content"]) == ("AIMessageChunk", "w0 ")


def test_events_of_a_graph_with_subgraphs(serving: Engine) -> None:
    plain = _stream("family", ["events", "updates"])
    assert {name for name, _data in plain} == {"events", "updates"}
    nested = _stream("family", ["events", "updates"], stream_subgraphs=True)
    assert {name.split(":")[0] for name, _data in nested} == {"events", "updates", "updates|child"}
    assert [data["name"] for name, data in nested if name == "events"][:3] == ["family", "child", "LangGraph"]


def test_an_interrupt_inside_is_told_by_every_graph_it_stops(serving: Engine) -> None:
    run = make.run(
        graph_id="asks_inside",
        input={"text": "x"},
        options={"stream_mode": ["updates", "values"], "stream_subgraphs": True},
    )
    events = [(name.split(":")[0], data) for name, data in _events(run)]
    told = [(name, data["__interrupt__"][0]) for name, data in events if "__interrupt__" in data]
    assert [name for name, _interrupt in told] == ["updates|child", "values|child", "updates", "values"]
    assert {str(interrupt) for _name, interrupt in told} == {str(told[0][1])}
    assert told[0][1]["value"] == {"ask": "ok?"}
    assert events[-1][1]["log"] == ["route"]


def test_whole_and_growing_messages_name_no_subgraph(serving: Engine) -> None:
    events = _stream("family", "messages", stream_subgraphs=True)
    assert {name for name, _data in events} == {"messages/metadata", "messages/partial"}
    about = [next(iter(data.values()))["metadata"] for name, data in events if name == "messages/metadata"]
    assert [one["langgraph_checkpoint_ns"].count("|") for one in about] == [1, 0]


def test_a_mode_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownStreamMode, match="'bogus'"):
        wanted_modes(["values", "bogus"])


@pytest.mark.parametrize(
    ("modes", "chosen"),
    [
        (["updates"], ["updates", "updates|child:1", "error"]),
        (["messages"], ["messages/partial", "messages/metadata", "messages/complete", "error"]),
        (["messages-tuple"], ["messages", "messages|child:1", "error"]),
        (["values", "custom"], ["values", "custom", "error"]),
    ],
)
def test_which_events_belong_to_a_mode(modes: list[str], chosen: list[str]) -> None:
    names = ["metadata", "values", "updates", "updates|child:1", "messages", "messages|child:1", "custom"]
    names += ["messages/partial", "messages/metadata", "messages/complete", "error"]
    assert sorted(filter(events_of(modes), names)) == sorted(chosen)
