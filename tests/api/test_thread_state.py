"""What threads hold, through the API: read at every place and back to the beginning."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

from assistants_app.models import Person, Thread
from tests import make
from tests.api.asking import Api
from tests.api.running import run_on
from tests.running import finish

KEYS = [
    "values",
    "next",
    "tasks",
    "metadata",
    "created_at",
    "checkpoint",
    "parent_checkpoint",
    "interrupts",
    "checkpoint_id",
    "parent_checkpoint_id",
]


@pytest.fixture
def client(api_url: str, api_key: str) -> Iterator[SyncLangGraphClient]:
    with get_sync_client(url=api_url, api_key=api_key) as made:
        yield made


@pytest.fixture
def thread_id(client: SyncLangGraphClient) -> str:
    """In which the graph "steps" ran to its end."""
    made: str = client.threads.create(metadata={"team": "a"})["thread_id"]
    run_on(made, "steps", input={"text": "hello"})
    return made


def test_it_works(client: SyncLangGraphClient, thread_id: str) -> None:
    state: Any = client.threads.get_state(thread_id)
    assert list(state) == KEYS
    assert state["values"] == {"text": "hello", "log": ["first", "second"]}
    assert (state["next"], state["tasks"], state["interrupts"]) == ([], [], [])
    assert state["checkpoint"] == {
        "thread_id": thread_id,
        "checkpoint_ns": "",
        "checkpoint_id": state["checkpoint_id"],
    }
    assert state["parent_checkpoint"]["checkpoint_id"] == state["parent_checkpoint_id"]
    assert state["metadata"]["graph_id"] == "steps"

    history: list[Any] = client.threads.get_history(thread_id)
    assert [(one["metadata"]["source"], one["next"], one["values"].get("log")) for one in history] == [
        ("loop", [], ["first", "second"]),
        ("loop", ["second"], ["first"]),
        ("loop", ["first"], []),
        ("input", ["__start__"], []),
    ]
    (task,) = history[1]["tasks"]
    assert task == {
        "id": task["id"],
        "name": "second",
        "path": ["__pregel_pull", "second"],
        "error": None,
        "interrupts": [],
        "checkpoint": None,
        "state": None,
        "result": {"log": ["second"]},
    }
    row = client.threads.get(thread_id)
    assert (row["values"], row["status"]) == (state["values"], "idle")


def test_a_thread_in_which_nothing_ran(api: Api) -> None:
    for body in ({}, {"metadata": {"graph_id": "steps"}}):
        made = api.ok("POST", "/threads", body)["thread_id"]
        state = api.ok("GET", f"/threads/{made}/state")
        assert state == dict.fromkeys(KEYS) | {"values": {}, "next": [], "tasks": [], "interrupts": []}
        assert api.ok("GET", f"/threads/{made}/history") == []


def test_at_a_checkpoint(client: SyncLangGraphClient, thread_id: str) -> None:
    newest, before, *_older = client.threads.get_history(thread_id)
    at: Any = client.threads.get_state(thread_id, checkpoint=before["checkpoint"])
    assert at == before | {"tasks": at["tasks"]}
    assert at == client.threads.get_state(thread_id, checkpoint_id=before["checkpoint"]["checkpoint_id"])
    assert at["values"]["log"] == ["first"]
    assert newest["parent_checkpoint"] == at["checkpoint"]


def test_a_checkpoint_that_does_not_exist(api: Api, thread_id: str) -> None:
    nowhere = str(uuid.uuid4())
    place = {"checkpoint_id": nowhere, "thread_id": thread_id}
    empty = dict.fromkeys(KEYS) | {"values": {}, "next": [], "tasks": [], "interrupts": []}
    assert api.ok("GET", f"/threads/{thread_id}/state/{nowhere}") == empty | {
        "checkpoint": place,
        "checkpoint_id": nowhere,
    }
    assert api.ok("POST", f"/threads/{thread_id}/state/checkpoint", {"checkpoint": place})["values"] == {}
    refused = api.post(f"/threads/{thread_id}/state", {"values": {"text": "x"}, "checkpoint": place})
    assert (refused.status_code, refused.json()) == (404, {"detail": "This thread has no such checkpoint."})
    odd = api.post(f"/threads/{thread_id}/state", {"values": {"text": "x"}, "checkpoint": {"checkpoint_id": "\u2603"}})
    assert odd.status_code == 404
    assert api.get(f"/threads/{thread_id}/state/nope").status_code == 422


def test_parts_of_a_state(client: SyncLangGraphClient, thread_id: str) -> None:
    assert client.threads.get_state(thread_id, select=["next", "values.text"]) == {
        "next": [],
        "values": {"text": "hello"},
    }
    (newest,) = client.threads.get_history(thread_id, limit=1, select=["values.log"])
    assert newest == {"values": {"log": ["first", "second"]}}


def test_history_is_paged_and_searched(api: Api, client: SyncLangGraphClient, thread_id: str) -> None:
    history: list[Any] = client.threads.get_history(thread_id)
    assert api.ok("GET", f"/threads/{thread_id}/history") == history[:1]
    before = history[1]["checkpoint"]
    assert client.threads.get_history(thread_id, before=before) == history[2:]
    assert client.threads.get_history(thread_id, before=before["checkpoint_id"]) == history[2:]
    url = f"/threads/{thread_id}/history"
    assert api.ok("GET", f"{url}?limit=9&before={before['checkpoint_id']}") == history[2:]
    assert api.ok("POST", url, {"limit": 9, "before": {"configurable": before}}) == history[2:]
    assert client.threads.get_history(thread_id, metadata={"source": "input"}) == history[3:]
    assert client.threads.get_history(thread_id, metadata={"step": 1}) == history[1:2]
    assert client.threads.get_history(thread_id, metadata={"it's; odd": True}) == []
    for body in ({"limit": 0}, {"before": 5}, {"checkpoint": "x"}, {"metadata": 1}):
        assert api.post(url, body).status_code == 422
    assert api.get(f"{url}?before=%00").json() == {
        "detail": "The query of the address cannot be used: the text holds a NUL character (U+0000)"
    }
    assert api.ok("GET", f"{url}?before=of%20another") == history[:1]


def test_a_question_in_a_subgraph(client: SyncLangGraphClient) -> None:
    thread_id = client.threads.create()["thread_id"]
    run_on(thread_id, "child_asks", input={"text": "n"})

    state: Any = client.threads.get_state(thread_id)
    (task,) = state["tasks"]
    (asked,) = state["interrupts"]
    assert asked == {"id": asked["id"], "value": {"ask": "ok?"}}
    assert client.threads.get(thread_id)["interrupts"] == {task["id"]: [asked]}
    assert task["state"] is None
    assert task["checkpoint"] == {"thread_id": thread_id, "checkpoint_ns": f"child:{task['id']}"}

    deep: Any = client.threads.get_state(thread_id, subgraphs=True)
    inner = deep["tasks"][0]["state"]
    assert deep["tasks"][0]["checkpoint"] is None
    assert (inner["values"]["log"], inner["next"]) == (["first"], ["ask"])
    assert inner["tasks"][0]["interrupts"] == deep["interrupts"] == [asked]

    there: Any = client.threads.get_state(thread_id, checkpoint=task["checkpoint"])
    assert there["values"] == inner["values"]
    history: list[Any] = client.threads.get_history(thread_id, checkpoint=task["checkpoint"])
    assert [one["next"] for one in history] == [["ask"], ["before"], ["__start__"]]

    client.threads.update_state(thread_id, {"log": ["edited"]}, checkpoint=inner["checkpoint"])
    deep = client.threads.get_state(thread_id, subgraphs=True)
    assert deep["tasks"][0]["state"]["values"]["log"] == ["first", "edited"]


def test_a_graph_that_cannot_be_read(api: Api, thread_id: str) -> None:
    before = api.ok("GET", f"/threads/{thread_id}/history?limit=10")
    for graph_id in ("only_runs", "broken", "nowhere"):
        api.ok("PATCH", f"/threads/{thread_id}", {"metadata": {"graph_id": graph_id}})
        state = api.ok("GET", f"/threads/{thread_id}/state")
        assert state["values"] == before[0]["values"]
        history = api.ok("GET", f"/threads/{thread_id}/history?limit=10")
        assert [one["checkpoint"] for one in history] == [one["checkpoint"] for one in before]


def test_a_graph_whose_state_is_one_value(client: SyncLangGraphClient) -> None:
    thread_id = client.threads.create()["thread_id"]
    run_on(thread_id, "total", input=[1, 2, 3])
    assert client.threads.get_state(thread_id)["values"] == 6
    assert client.threads.get(thread_id)["values"] == 6
    assert [one["thread_id"] for one in client.threads.search(metadata={"graph_id": "total"})] == [thread_id]
    assert client.threads.count(values={"total": 6}) == 0


def test_of_no_thread(api: Api) -> None:
    nowhere = uuid.uuid4()
    for path in (f"/threads/{nowhere}/state", f"/threads/{nowhere}/history", f"/threads/{nowhere}/state/{nowhere}"):
        answer = api.get(path)
        assert (answer.status_code, answer.json()) == (404, {"detail": f"Thread with ID {nowhere} not found"})
    assert api.post(f"/threads/{nowhere}/state", {}).status_code == 404
    assert api.post(f"/threads/{nowhere}/history", {}).status_code == 404


def test_a_thread_made_in_the_pages(client: SyncLangGraphClient, erin: Person) -> None:
    run = finish(make.run("hi", on=make.thread(owner=erin)))
    Thread.objects.update(metadata={})
    thread_id = str(run.thread_id)
    messages = client.threads.get_state(thread_id)["values"]["messages"]
    assert [one["type"] for one in messages] == ["human", "ai"]
    assert len(client.threads.get_history(thread_id)) == 3
    client.threads.update_state(thread_id, {"messages": [{"role": "user", "content": "more"}]})
    assert client.threads.get(thread_id)["values"]["messages"][-1]["content"] == "more"


def test_a_thread_made_here_is_nobodys_in_the_pages(client: SyncLangGraphClient, operator_client: Client) -> None:
    made = client.threads.create(metadata={"graph_id": "writer"})["thread_id"]
    assert made not in operator_client.get("/").content.decode()
    assert Thread.objects.get(pk=made).owner is None
