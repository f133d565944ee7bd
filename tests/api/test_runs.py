"""Runs on threads: in the background, waited for, joined, listed, deleted; what they are given and tell."""

import asyncio
import time
from typing import Any
from uuid import UUID

import pytest
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

from assistants_app.engine import engine, service
from assistants_app.models import Assistant, Role, Run, Thread
from assistants_app.models.assistants import system_assistant_id
from assistants_app.services.authors import SYSTEM
from assistants_app.services.keys import create_key
from assistants_app.services.versions import save_version
from tests.api.asking import Api

UNKNOWN = "7b0ad75d-7ec4-4d9c-9d0d-4ad3eb3ea5d5"
SLOW = {"seconds": 0.3}


def said(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


@pytest.fixture
def client(api_url: str, api_key: str) -> Any:
    with get_sync_client(url=api_url, api_key=api_key) as made:
        yield made


@pytest.fixture
def thread_id(client: SyncLangGraphClient) -> str:
    return str(client.threads.create()["thread_id"])


def test_it_works(client: SyncLangGraphClient, thread_id: str) -> None:
    run = client.runs.create(thread_id, "two_steps", input={"text": "a"}, context=SLOW, metadata={"m": 1})
    assert run["status"] == "pending"
    assert client.threads.get(thread_id)["status"] == "busy"
    assert client.runs.join(thread_id, run["run_id"]) == {"text": "a", "log": ["first:a", "second:a"]}

    found = client.runs.get(thread_id, run["run_id"])
    assert (found["status"], found["multitask_strategy"]) == ("success", "enqueue")
    assert found["assistant_id"] == str(system_assistant_id("two_steps"))
    assert found["metadata"] == {**Assistant.objects.get(graph_id="two_steps").metadata, "m": 1} | {
        "graph_id": "two_steps",
        "assistant_id": found["assistant_id"],
    }
    assert found["kwargs"]["input"] == {"text": "a"}
    assert found["kwargs"]["context"] == SLOW
    assert found["kwargs"]["config"]["configurable"]["thread_id"] == thread_id
    assert client.runs.list(thread_id) == [found]
    assert client.threads.get(thread_id)["status"] == "idle"
    assert client.threads.get(thread_id)["values"] == {"text": "a", "log": ["first:a", "second:a"]}

    client.runs.delete(thread_id, run["run_id"])
    assert client.runs.list(thread_id) == []


def test_waiting_tells_the_values_and_a_later_join_too(client: SyncLangGraphClient, thread_id: str) -> None:
    heard: list[Any] = []
    values = client.runs.wait(thread_id, "writer", input=said("Hi"), on_run_created=heard.append)

    assert values["messages"][-1]["content"] == "Be brief. You said: Hi"  # type: ignore[call-overload]
    assert heard == [{"run_id": client.runs.list(thread_id)[0]["run_id"], "thread_id": thread_id}]
    assert client.runs.join(thread_id, heard[0]["run_id"]) == values


def test_the_end_is_told_from_the_rows_when_nothing_else_is_left(api: Api, client: SyncLangGraphClient) -> None:
    threads = [client.threads.create()["thread_id"] for _graph in range(3)]
    ends = []
    for thread_id, graph in zip(threads, ("writer", "approval", "failing"), strict=True):
        ends.append(api.ok("POST", f"/threads/{thread_id}/runs/wait", {"assistant_id": graph, "input": said("Hi")}))
    engine()._relay._runs.clear()
    engine()._relay._finished.clear()

    for thread_id, end in zip(threads, ends, strict=True):
        run_id = client.runs.list(thread_id)[0]["run_id"]
        assert api.ok("GET", f"/threads/{thread_id}/runs/{run_id}/join") == end


def test_a_failure_is_told_and_leaves_the_thread_usable(client: SyncLangGraphClient, thread_id: str) -> None:
    end = client.runs.wait(thread_id, "failing", input=said("Hi"), raise_error=False)
    assert end == {"__error__": {"error": "ValueError", "message": "the graph fell over"}}
    with pytest.raises(Exception, match="ValueError: the graph fell over"):
        client.runs.wait(thread_id, "failing", input=said("Hi"))
    parts = list(client.runs.stream(thread_id, "failing", input=said("Hi")))
    assert (parts[-1].event, parts[-1].data) == ("error", end["__error__"])
    assert client.threads.get(thread_id)["status"] == "error"

    client.runs.wait(thread_id, "writer", input=said("Hi"))
    assert client.threads.get(thread_id)["status"] == "idle"


def test_an_interrupt_ends_the_run_and_is_answered(client: SyncLangGraphClient, thread_id: str) -> None:
    end = client.runs.wait(thread_id, "approval", input=said("Hi"))
    assert [one["value"] for one in end["__interrupt__"]] == [{"question": "May I?"}]  # type: ignore[call-overload]
    assert client.runs.list(thread_id)[0]["status"] == "success"
    assert client.threads.get(thread_id)["status"] == "interrupted"

    end = client.runs.wait(thread_id, "approval", command={"resume": "yes"})
    assert end["messages"][-1]["content"] == "You answered: yes"  # type: ignore[call-overload]
    assert client.threads.get(thread_id)["status"] == "idle"


def test_a_stop_before_a_node_asks_nothing(client: SyncLangGraphClient, thread_id: str) -> None:
    end = client.runs.wait(thread_id, "two_steps", input={"text": "a"}, interrupt_before=["second"])
    assert end == {"text": "a", "log": ["first:a"]}
    assert client.threads.get(thread_id)["status"] == "interrupted"
    assert client.runs.wait(thread_id, "two_steps")["log"] == ["first:a", "second:a"]  # type: ignore[call-overload]


def test_an_update_and_another_node(client: SyncLangGraphClient, thread_id: str) -> None:
    client.runs.wait(thread_id, "two_steps", input={"text": "a"}, interrupt_before=["first"])
    command: Any = {"update": {"text": "b"}, "goto": "second"}
    end = client.runs.wait(thread_id, "two_steps", command=command)
    assert end["text"] == "b"  # type: ignore[call-overload]
    assert "second:b" in end["log"]  # type: ignore[call-overload]


def test_settings_and_options_are_merged_key_by_key(client: SyncLangGraphClient, thread_id: str) -> None:
    made = client.assistants.create(
        "sees", context={"model": "b", "temperature": 0.9}, config={"recursion_limit": 11}, metadata={"am": 1}
    )
    for given, temperature in (
        ({}, 0.9),
        ({"context": {"temperature": 0.1}}, 0.1),
        ({"config": {"configurable": {"temperature": 0.2, "own": "x"}}}, 0.2),
    ):
        more: Any = {"metadata": {"rm": 2}, **given}
        seen: Any = client.runs.wait(thread_id, made["assistant_id"], input={}, **more)
        assert seen["context"] == {"model": "b", "temperature": temperature}
        assert seen["config"]["temperature"] == temperature
        assert seen["config"].get("own") == ("x" if "config" in given else None)
        assert seen["limit"] == 11
        assert seen["metadata"]["am"] == 1
        assert seen["metadata"]["rm"] == 2
    assert client.runs.list(thread_id)[0]["metadata"]["am"] == 1


def test_a_graph_is_told_who_and_where(client: SyncLangGraphClient, thread_id: str) -> None:
    seen: Any = client.runs.wait(thread_id, "sees", input={}, headers={"X-Request-Id": "r-1"})
    run = client.runs.list(thread_id)[0]
    told = seen["config"]

    assert (told["thread_id"], told["run_id"], told["graph_id"]) == (thread_id, run["run_id"], "sees")
    assert told["assistant_id"] == run["assistant_id"]
    assert told["user_id"] == told["langgraph_auth_user_id"] != ""
    assert (told["langgraph_auth_user"], told["langgraph_auth_permissions"]) == (None, [])
    assert told["langgraph_request_id"] == "r-1"
    assert seen["metadata"]["run_id"] == run["run_id"]
    assert "caller" not in str(run["kwargs"])


def test_a_client_cannot_pretend_to_be_somebody(api: Api, thread_id: str) -> None:
    pretence = {"langgraph_auth_user_id": "root", "thread_id": UNKNOWN, "user_id": "root", "__pregel_x": 1}
    body = {"assistant_id": "sees", "input": {}, "config": {"configurable": pretence}}
    told = api.ok("POST", f"/threads/{thread_id}/runs/wait", body)["config"]
    assert "root" not in (told["user_id"], told["langgraph_auth_user_id"])
    assert told["thread_id"] == thread_id


def test_values_are_fixed_when_the_run_is_created(client: SyncLangGraphClient, thread_id: str) -> None:
    made = client.assistants.create("two_steps", context=SLOW, name="Steps")
    running = client.runs.create(thread_id, made["assistant_id"], input={"text": "a"})
    waiting = client.runs.create(thread_id, made["assistant_id"], input={"text": "b"})
    assistant = Assistant.objects.get(assistant_id=made["assistant_id"])
    save_version(
        assistant_id=assistant.assistant_id, settings={"seconds": 0.1}, base=1, expected_version=1, author=SYSTEM
    )

    client.runs.join(thread_id, running["run_id"])
    client.runs.join(thread_id, waiting["run_id"])
    assert [run["kwargs"]["context"] for run in client.runs.list(thread_id)] == [SLOW, SLOW]


def test_a_run_names_a_version_and_tells_the_one_it_used(api: Api) -> None:
    made = api.ok("POST", "/assistants", {"graph_id": "sees", "context": {"model": "one"}})
    assistant = Assistant.objects.get(assistant_id=made["assistant_id"])
    save_version(
        assistant_id=assistant.assistant_id, settings={"model": "two"}, base=1, expected_version=1, author=SYSTEM
    )
    body = {"assistant_id": made["assistant_id"], "input": {}}
    thread = api.ok("POST", "/threads", {})["thread_id"]

    for version, model in ((None, "two"), (1, "one")):
        asked = body if version is None else {**body, "assistant_version": version}
        assert api.ok("POST", f"/threads/{thread}/runs/wait", asked)["context"]["model"] == model
    told = api.ok("GET", f"/threads/{thread}/runs")
    assert [run["assistant_version"] for run in told] == [1, 2]

    assert api.post(f"/threads/{thread}/runs/wait", body | {"assistant_version": 9}).status_code == 404
    viewer = {"X-Api-Key": create_key(name="looks", role=Role.VIEWER, created_by=None)[1]}
    old = api.post(f"/threads/{thread}/runs/wait", body | {"assistant_version": 1}, headers=viewer)
    assert old.status_code == 403
    live = api.post(f"/threads/{thread}/runs/wait", body | {"assistant_version": 2}, headers=viewer)
    assert live.status_code == 200


def test_a_list_is_paged_filtered_and_reduced(client: SyncLangGraphClient, thread_id: str) -> None:
    for text in ("a", "b", "c"):
        client.runs.wait(thread_id, "two_steps", input={"text": text})
    newest = [run["kwargs"]["input"]["text"] for run in client.runs.list(thread_id, limit=2)]
    assert newest == ["c", "b"]
    assert len(client.runs.list(thread_id, offset=2)) == 1
    assert client.runs.list(thread_id, status="error") == []
    assert set(client.runs.list(thread_id, select=["run_id", "status"])[0]) == {"run_id", "status"}


def test_a_run_begins_at_a_checkpoint(client: SyncLangGraphClient, thread_id: str) -> None:
    client.runs.wait(thread_id, "two_steps", input={"text": "a"})
    run = Run.objects.get()
    client.runs.wait(thread_id, "two_steps", input={"text": "b"})
    history = asyncio.run(engine().history(UUID(thread_id), limit=20))
    end_of_first = next(one for one in history if one.metadata["run_id"] == str(run.run_id) and not one.next)
    first: Any = {"checkpoint_id": end_of_first.checkpoint_id}
    end = client.runs.wait(thread_id, "two_steps", input={"text": "c"}, checkpoint=first)
    assert end["log"] == ["first:a", "second:a", "first:c", "second:c"]  # type: ignore[call-overload]
    end = client.runs.wait(thread_id, "two_steps", input={"text": "d"}, checkpoint_id=first["checkpoint_id"])
    assert end["log"] == ["first:a", "second:a", "first:d", "second:d"]  # type: ignore[call-overload]


def test_a_delayed_run_starts_by_the_clock_and_lets_others_go(client: SyncLangGraphClient, thread_id: str) -> None:
    began = time.monotonic()
    delayed = client.runs.create(thread_id, "two_steps", input={"text": "later"}, after_seconds=1)
    assert client.threads.get(thread_id)["status"] == "idle"
    client.runs.wait(thread_id, "two_steps", input={"text": "now"})
    end = client.runs.join(thread_id, delayed["run_id"])
    assert time.monotonic() - began > 1
    assert end["log"] == ["first:now", "second:now", "first:later", "second:later"]
    assert Thread.objects.get().status == Thread.Status.IDLE


def test_who_waits_long_gets_new_lines(
    api: Api, client: SyncLangGraphClient, thread_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "HEARTBEAT_SECONDS", 0.1)
    body = {"assistant_id": "two_steps", "input": {"text": "a"}, "context": {"seconds": 0.3}}
    for address in (f"{api.url}/threads/{thread_id}/runs/wait", f"{api.url}/runs/wait"):
        began = time.monotonic()
        with api.http.stream("POST", address, json=body) as answer:
            assert time.monotonic() - began < 0.5, "the headers come at once"
            pieces = list(answer.iter_raw())
        assert pieces[:3] == [b"\n"] * 3
        assert pieces[-1] == b'{"text":"a","log":["first:a","second:a"]}'
        assert answer.headers["Location"].endswith("/join")


REFUSED: dict[str, Any] = {
    "no assistant": {"input": {}},
    "a bogus mode": {"assistant_id": "two_steps", "stream_mode": ["bogus"]},
    "a bogus strategy": {"assistant_id": "two_steps", "multitask_strategy": "bogus"},
    "a bogus command": {"assistant_id": "two_steps", "command": {"bogus": 1}},
    "an empty command": {"assistant_id": "two_steps", "command": {"resume": None}},
    "goto a number": {"assistant_id": "two_steps", "command": {"goto": 5}},
    "a negative wait": {"assistant_id": "two_steps", "after_seconds": -1},
    "an endless wait": {"assistant_id": "two_steps", "after_seconds": 1e12},
    "a limit of nothing": {"assistant_id": "two_steps", "config": {"recursion_limit": 0}},
    "tags that are none": {"assistant_id": "two_steps", "config": {"tags": "x"}},
    "an unknown graph": {"assistant_id": "nope"},
    "a version that is none": {"assistant_id": "two_steps", "assistant_version": 0},
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_what_no_run_can_be_asked_for_is_refused(body: dict[str, Any], api: Api) -> None:
    thread = api.ok("POST", "/threads", {})["thread_id"]
    for address in ("/runs", f"/threads/{thread}/runs", f"/threads/{thread}/runs/wait"):
        answer = api.post(address, body)
        if address == "/runs" and "multitask_strategy" in body:
            continue  # has no meaning there
        assert answer.status_code == 422, answer.text
        assert isinstance(answer.json()["detail"], str)
    assert api.ok("GET", f"/threads/{thread}")["status"] == "idle"


def test_unknown_things_are_not_found(api: Api, thread_id: str) -> None:
    body = {"assistant_id": "two_steps", "input": {"text": "a"}}
    assert api.post(f"/threads/{UNKNOWN}/runs", body).status_code == 404
    assert api.post(f"/threads/{thread_id}/runs", body | {"assistant_id": UNKNOWN}).status_code == 404
    both = body | {"context": {"seconds": 0}, "config": {"configurable": {"seconds": 0}}}
    assert api.post(f"/threads/{thread_id}/runs", both).status_code == 400
    for address in (f"/threads/{UNKNOWN}/runs", *(f"/threads/{thread_id}/runs/{UNKNOWN}{end}" for end in PARTS)):
        assert api.get(address).status_code == 404, address
    assert api.delete(f"/threads/{thread_id}/runs/{UNKNOWN}").status_code == 404
    assert api.get(f"/threads/{thread_id}/runs/xyz").status_code == 422


PARTS = ("", "/join", "/stream")
