"""Threads copied, thinned out and measured through the API."""

import uuid
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
    """In which the graph "steps" ran twice."""
    made: str = client.threads.create(metadata={"team": "a"})["thread_id"]
    for text in ("one", "two"):
        run_on(made, "steps", input={"text": text})
    return made


def test_copy(client: SyncLangGraphClient, thread_id: str) -> None:
    copied: Any = client.threads.copy(thread_id)
    original = client.threads.get(thread_id)
    assert copied["thread_id"] != thread_id
    for same in ("metadata", "values", "status", "interrupts"):
        assert copied[same] == original[same]

    history: list[Any] = client.threads.get_history(copied["thread_id"], limit=20)
    before: list[Any] = client.threads.get_history(thread_id, limit=20)
    assert [one["checkpoint"]["checkpoint_id"] for one in history] == [one["checkpoint_id"] for one in before]
    assert [one["values"] for one in history] == [one["values"] for one in before]
    assert {one["metadata"]["thread_id"] for one in history} == {copied["thread_id"]}

    client.threads.update_state(copied["thread_id"], {"text": "of the copy"})
    assert client.threads.get_state(thread_id)["values"] == before[0]["values"]
    client.threads.delete(thread_id)
    assert client.threads.get_state(copied["thread_id"])["values"]["text"] == "of the copy"


def test_a_copy_waits_for_what_its_original_waits_for(client: SyncLangGraphClient) -> None:
    made = client.threads.create()["thread_id"]
    run_on(made, "child_asks", input={"text": "n"})
    copied: Any = client.threads.copy(made)
    assert copied["status"] == "interrupted"
    assert client.threads.get_state(copied["thread_id"], subgraphs=True)["interrupts"]
    run_on(copied["thread_id"], "child_asks", command={"resume": "yes"})
    assert client.threads.get_state(copied["thread_id"])["values"]["log"][-1] == "asked yes"
    assert client.threads.get(made)["status"] == "interrupted"


def test_a_busy_threads_copy_holds_what_is_there(client: SyncLangGraphClient, thread_id: str) -> None:
    Thread.objects.filter(pk=thread_id).update(status="busy", values=None)
    copied: Any = client.threads.copy(thread_id)
    assert (copied["status"], copied["values"]["text"]) == ("idle", "two")


def test_no_thread_to_copy(api: Api) -> None:
    answer = api.post(f"/threads/{uuid.uuid4()}/copy")
    assert (answer.status_code, answer.json()) == (409, {"detail": "Conflict"})
    empty = api.ok("POST", "/threads", {"metadata": {"a": 1}})
    assert api.ok("POST", f"/threads/{empty['thread_id']}/copy")["metadata"] == {"a": 1}


def test_prune_deletes(client: SyncLangGraphClient, thread_id: str) -> None:
    other = client.threads.create()["thread_id"]
    assert client.threads.prune([thread_id, str(uuid.uuid4())]) == {"pruned_count": 1}
    assert [one["thread_id"] for one in client.threads.search()] == [other]


def test_prune_keeps_the_latest(client: SyncLangGraphClient, thread_id: str) -> None:
    before: Any = client.threads.get_state(thread_id)
    assert client.threads.prune([thread_id], strategy="keep_latest") == {"pruned_count": 1}
    after: Any = client.threads.get_state(thread_id)
    assert after == before | {"parent_checkpoint": None, "parent_checkpoint_id": None}
    assert len(client.threads.get_history(thread_id)) == 1

    run_on(thread_id, "steps", input={"text": "three"})
    assert client.threads.get_state(thread_id)["values"]["log"] == ["first", "second"] * 3


def test_prune_leaves_what_a_question_needs(client: SyncLangGraphClient) -> None:
    made = client.threads.create()["thread_id"]
    for more in ({"input": {"text": "n"}}, {"command": {"resume": "yes"}}, {"input": {"text": "m"}}):
        run_on(made, "child_asks", **more)
    before: Any = client.threads.get_state(made, subgraphs=True)
    client.threads.prune([made], strategy="keep_latest")
    after: Any = client.threads.get_state(made, subgraphs=True)
    assert after["tasks"][0]["state"]["values"] == before["tasks"][0]["state"]["values"]
    assert after["interrupts"] == before["interrupts"]
    assert client.threads.get_history(made, checkpoint=after["tasks"][0]["state"]["checkpoint"], limit=9)
    run_on(made, "child_asks", command={"resume": "again"})
    assert client.threads.get_state(made)["values"]["log"][-1] == "asked again"


def test_prune_passes_busy_threads_over(client: SyncLangGraphClient, thread_id: str) -> None:
    Thread.objects.update(status="busy")
    assert client.threads.prune([thread_id], strategy="keep_latest") == {"pruned_count": 0}
    assert len(client.threads.get_history(thread_id, limit=20)) == 8


def test_what_cannot_be_pruned_is_refused(api: Api) -> None:
    for body in ({}, {"thread_ids": ["x"]}, {"thread_ids": [], "strategy": "some"}):
        assert api.post("/threads/prune", body).status_code == 422


def test_storage(api: Api, client: SyncLangGraphClient, thread_id: str) -> None:
    told = api.ok("GET", f"/threads/{thread_id}/storage")
    assert told["thread_id"] == thread_id
    assert told["checkpoints"]["count"] == 8
    channels = told["channel_values"]["by_channel"]
    assert {"text", "log"} <= set(channels)
    assert channels["text"]["versions"] == 2
    assert told["channel_values"]["count"] == sum(one["versions"] for one in channels.values())
    assert told["channel_values"]["bytes"] == sum(one["bytes"] for one in channels.values())
    assert told["pending_writes"]["count"] > 0
    parts = ("checkpoints", "channel_values", "pending_writes")
    assert told["total_bytes"] == sum(told[part]["bytes"] for part in parts)

    client.threads.update_state(thread_id, {"text": "x" * 10_000})
    assert api.ok("GET", f"/threads/{thread_id}/storage")["total_bytes"] > told["total_bytes"] + 10_000
    client.threads.prune([thread_id], strategy="keep_latest")
    assert api.ok("GET", f"/threads/{thread_id}/storage")["checkpoints"]["count"] == 1

    empty = api.ok("POST", "/threads", {})["thread_id"]
    assert api.ok("GET", f"/threads/{empty}/storage")["total_bytes"] == 0
    assert api.get(f"/threads/{uuid.uuid4()}/storage").status_code == 404
