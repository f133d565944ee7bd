"""Events carry the names and shapes of the LangGraph Server API, for every stream mode and for subgraphs."""

from typing import Any

from assistants_app.engine import Engine
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
