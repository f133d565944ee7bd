"""What threads hold, changed through the API: updated, forked, written from the beginning."""

from collections.abc import Iterator
from typing import Any

import pytest
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

from assistants_app.models import Thread
from tests.api.asking import Api
from tests.api.running import run_on


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
    before = client.threads.get(thread_id)
    written: Any = client.threads.update_state(thread_id, {"text": "edited", "log": ["manual"]})
    place = {"thread_id": thread_id, "checkpoint_ns": "", "checkpoint_id": written["checkpoint_id"]}
    assert written == {"checkpoint": place, "configurable": place, "checkpoint_id": place["checkpoint_id"]}
    state: Any = client.threads.get_state(thread_id)
    assert state["values"] == {"text": "edited", "log": ["first", "second", "manual"]}
    assert state["checkpoint"] == place
    assert state["metadata"]["source"] == "update"
    row = client.threads.get(thread_id)
    assert row["values"] == state["values"]
    assert row["state_updated_at"] > before["state_updated_at"]

    client.threads.update_state(thread_id, {"log": ["as first"]}, as_node="first")
    assert client.threads.get_state(thread_id)["next"] == ["second"]
    assert client.threads.get(thread_id)["status"] == "interrupted"

    client.threads.update_state(thread_id, None)
    client.threads.update_state(thread_id, {"bogus": 1})
    assert client.threads.get_state(thread_id)["values"]["log"][-1] == "as first"


def test_a_fork(client: SyncLangGraphClient, thread_id: str) -> None:
    older: Any = client.threads.get_history(thread_id)[1]
    client.threads.update_state(thread_id, {"log": ["fork"]}, checkpoint=older["checkpoint"])
    state: Any = client.threads.get_state(thread_id)
    assert state["values"]["log"] == ["first", "fork"]
    assert state["parent_checkpoint"] == older["checkpoint"]
    assert len(client.threads.get_history(thread_id)) == 5


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"values": {"log": ["x"]}, "as_node": "nope"}, 400, "Node nope does not exist"),
        ({"values": {"log": 5}}, 400, "TypeError"),
        ({"values": {"log": ["x"]}, "checkpoint": {"checkpoint_ns": "nope:1"}}, 400, "nope"),
        ({"values": 5}, 422, "values"),
        ({"values": {}, "as_node": 5}, 422, "as_node"),
    ],
)
def test_a_change_that_cannot_be(body: Any, status: int, words: str, api: Api, thread_id: str) -> None:
    answer = api.post(f"/threads/{thread_id}/state", body)
    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert api.ok("GET", f"/threads/{thread_id}/state")["values"]["log"] == ["first", "second"]


def test_a_thread_needs_a_graph_to_be_changed(api: Api, client: SyncLangGraphClient) -> None:
    nameless = client.threads.create()["thread_id"]
    answer = api.post(f"/threads/{nameless}/state", {"values": {"text": "q"}})
    assert answer.status_code == 400
    assert "graph_id" in answer.json()["detail"]

    client.threads.update(nameless, metadata={"graph_id": "nowhere"})
    assert api.post(f"/threads/{nameless}/state", {"values": {"text": "q"}}).status_code == 404
    client.threads.update(nameless, metadata={"graph_id": "broken"})
    assert api.post(f"/threads/{nameless}/state", {"values": {"text": "q"}}).status_code == 409

    client.threads.update(nameless, metadata={"graph_id": "steps"})
    client.threads.update_state(nameless, {"text": "q"}, as_node="__start__")
    state: Any = client.threads.get_state(nameless)
    assert (state["values"]["text"], state["next"]) == ("q", ["first"])


def test_a_busy_thread_is_not_changed(api: Api, thread_id: str) -> None:
    Thread.objects.update(status="busy")
    assert api.post(f"/threads/{thread_id}/state", {"values": {"text": "x"}}).status_code == 409
    assert api.ok("GET", f"/threads/{thread_id}/state")["values"]["text"] == "hello"


def test_seeded(client: SyncLangGraphClient) -> None:
    supersteps: list[Any] = [
        {"updates": [{"values": {"text": "seed"}, "as_node": "__input__"}]},
        {"updates": [{"values": {"text": "seed"}, "as_node": "__start__"}]},
        {"updates": [{"values": {"log": ["one"]}, "as_node": "first"}]},
        {"updates": [{"values": None, "command": {"update": {"log": ["two"]}}, "as_node": "second"}]},
    ]
    made = client.threads.create(graph_id="steps", supersteps=supersteps[:2])
    assert (made["status"], made["values"]) == ("interrupted", {"text": "seed", "log": []})
    made = client.threads.create(graph_id="steps", supersteps=supersteps)
    assert (made["status"], made["values"]) == ("idle", {"text": "seed", "log": ["one", "two"]})
    assert len(client.threads.get_history(made["thread_id"])) == 4


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"metadata": {}, "supersteps": [{"updates": [{"values": {}, "as_node": "first"}]}]}, 400),
        ({"supersteps": [{"updates": [{"values": {}, "as_node": "nope"}]}]}, 400),
        ({"supersteps": [{"updates": [{"values": {"log": 7}, "as_node": "first"}]}]}, 400),
        ({"supersteps": [{"updates": []}]}, 422),
        ({"supersteps": [{}]}, 422),
    ],
)
def test_what_cannot_be_seeded_leaves_no_thread(body: Any, status: int, api: Api) -> None:
    answer = api.post("/threads", {"metadata": {"graph_id": "steps"}, **body})
    assert answer.status_code == status, answer.text
    assert not Thread.objects.exists()
