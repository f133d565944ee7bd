"""Runs beside and after each other: strategies, cancelling, undoing, leaving, and runs without a thread."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from langgraph_sdk.client import SyncLangGraphClient

from assistants_app.engine import engine
from assistants_app.models import Run, Thread
from tests.api.asking import Api
from tests.api.test_runs import UNKNOWN, client, said, thread_id

__all__ = ["client", "thread_id"]

LONG = {"seconds": 20}


def until(true: Callable[[], Any], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not become true in time"
        time.sleep(0.02)


def running(client: SyncLangGraphClient, thread_id: str, **more: Any) -> str:
    """A run that is in its first step, for long: its input is kept already."""
    run = client.runs.create(thread_id, "two_steps", input={"text": "first"}, context=LONG, **more)
    until(lambda: Run.objects.filter(run_id=run["run_id"], status="running").exists())
    until(lambda: client.threads.get_state(thread_id)["next"] == ["first"])
    return str(run["run_id"])


def quick(client: SyncLangGraphClient, thread_id: str, **more: Any) -> Any:
    return client.runs.wait(thread_id, "two_steps", input={"text": "second"}, **more)


def test_it_works(client: SyncLangGraphClient, thread_id: str) -> None:
    first = running(client, thread_id)
    assert client.runs.cancel(thread_id, first, wait=True) == {}  # type: ignore[func-returns-value]
    assert client.runs.get(thread_id, first)["status"] == "interrupted"
    assert client.threads.get(thread_id)["status"] == "interrupted"
    assert client.runs.join(thread_id, first) == {"text": "first"} | {"log": []}


def test_reject(api: Api, client: SyncLangGraphClient, thread_id: str) -> None:
    first = running(client, thread_id)
    body = {"assistant_id": "two_steps", "input": {"text": "x"}, "multitask_strategy": "reject"}
    for end in ("", "/wait", "/stream"):
        assert api.post(f"/threads/{thread_id}/runs{end}", body).status_code == 409
    client.runs.cancel(thread_id, first, wait=True)


def test_enqueue_is_what_happens_unasked(client: SyncLangGraphClient, thread_id: str) -> None:
    run = client.runs.create(thread_id, "two_steps", input={"text": "first"}, context={"seconds": 0.2})
    assert quick(client, thread_id)["log"] == ["first:first", "second:first", "first:second", "second:second"]
    assert client.runs.get(thread_id, run["run_id"])["status"] == "success"


def test_interrupt_keeps_what_was_done(client: SyncLangGraphClient, thread_id: str) -> None:
    first = running(client, thread_id)
    assert quick(client, thread_id, multitask_strategy="interrupt")["log"] == ["first:second", "second:second"]
    assert client.runs.get(thread_id, first)["status"] == "interrupted"
    assert client.threads.get(thread_id)["status"] == "idle"


def test_rollback_undoes_the_run_before(client: SyncLangGraphClient, thread_id: str) -> None:
    quick(client, thread_id)
    first = running(client, thread_id)
    end = quick(client, thread_id, multitask_strategy="rollback")
    assert end["log"] == ["first:second", "second:second"] * 2
    assert [run["run_id"] for run in client.runs.list(thread_id)].count(first) == 0
    assert client.runs.list(thread_id)[0]["multitask_strategy"] == "rollback"


def test_cancelling_with_rollback_leaves_the_thread_as_it_was(client: SyncLangGraphClient, thread_id: str) -> None:
    before = quick(client, thread_id)
    first = running(client, thread_id)
    client.runs.cancel(thread_id, first, wait=True, action="rollback")

    assert [run["run_id"] for run in client.runs.list(thread_id)].count(first) == 0
    thread = client.threads.get(thread_id)
    assert (thread["status"], thread["values"]) == ("idle", before)
    assert asyncio.run(engine().thread_state(UUID(thread_id))).values == before


def test_undoing_an_answer_lets_the_question_wait_again(client: SyncLangGraphClient, thread_id: str) -> None:
    asked: Any = client.runs.wait(thread_id, "asks_first", input={"text": "a"})
    run = client.runs.create(
        thread_id, "asks_first", command={"resume": "one"}, context=LONG, stream_mode="updates", stream_resumable=True
    )
    for part in client.runs.join_stream(thread_id, run["run_id"], last_event_id="-1"):
        if part.event == "updates":
            break  # its answer is taken, and the next step goes on
    client.runs.cancel(thread_id, run["run_id"], wait=True, action="rollback")

    assert client.threads.get(thread_id)["status"] == "interrupted"
    state = asyncio.run(engine().thread_state(UUID(thread_id)))
    assert [one.id for one in state.interrupts] == [asked["__interrupt__"][0]["id"]]
    end: Any = client.runs.wait(thread_id, "asks_first", command={"resume": "two"})
    assert end["log"] == ["two", "second:a"]


def test_a_waiting_run_is_cancelled_and_the_next_has_its_turn(client: SyncLangGraphClient, thread_id: str) -> None:
    first = running(client, thread_id)
    second = client.runs.create(thread_id, "two_steps", input={"text": "second"})
    third = client.runs.create(thread_id, "two_steps", input={"text": "third"})
    client.runs.cancel(thread_id, second["run_id"], wait=True)
    assert client.runs.get(thread_id, second["run_id"])["status"] == "interrupted"
    client.runs.cancel(thread_id, first, wait=True)
    assert client.runs.join(thread_id, third["run_id"])["log"] == ["first:third", "second:third"]


def test_a_delayed_run_is_cancelled(client: SyncLangGraphClient, thread_id: str) -> None:
    for action in ("interrupt", "rollback"):
        run = client.runs.create(thread_id, "two_steps", input={"text": "x"}, after_seconds=3600)
        client.runs.cancel(thread_id, run["run_id"], wait=True, action=action)  # type: ignore[arg-type]
    assert [run["status"] for run in client.runs.list(thread_id)] == ["interrupted"]


def test_cancelling_what_is_not_going_on(api: Api, client: SyncLangGraphClient, thread_id: str) -> None:
    quick(client, thread_id)
    run_id = client.runs.list(thread_id)[0]["run_id"]
    address = f"/threads/{thread_id}/runs"
    assert "No matching runs" in api.post(f"{address}/{run_id}/cancel").json()["detail"]
    for answer in (
        api.post(f"{address}/{run_id}/cancel"),
        api.post(f"{address}/{UNKNOWN}/cancel"),
        api.post("/runs/cancel", {"status": "all"}),
        api.post("/runs/cancel", {"thread_id": thread_id, "run_ids": [run_id]}),
    ):
        assert answer.status_code == 404
    for body in ({}, {"status": "bogus"}, {"thread_id": thread_id}, {"status": "all", "thread_id": thread_id}):
        assert api.post("/runs/cancel", body).status_code == 422
    assert api.post(f"{address}/{run_id}/cancel?action=bogus").status_code == 422


def test_many_are_cancelled_by_id_and_by_status(client: SyncLangGraphClient, thread_id: str) -> None:
    first = running(client, thread_id)
    others = [client.runs.create(thread_id, "two_steps", input={"text": "x"})["run_id"] for _number in range(2)]
    client.runs.cancel_many(thread_id=thread_id, run_ids=[first, others[0]])
    assert client.runs.join(thread_id, others[1])["log"] == ["first:x", "second:x"]

    other = str(client.threads.create()["thread_id"])
    running(client, thread_id)
    running(client, other)
    client.runs.cancel_many(status="all")
    until(lambda: not Run.objects.unfinished().exists())
    assert {run["status"] for run in client.runs.list(other)} == {"interrupted"}


def test_a_run_that_goes_on_is_not_deleted(api: Api, client: SyncLangGraphClient, thread_id: str) -> None:
    first = running(client, thread_id)
    assert api.delete(f"/threads/{thread_id}/runs/{first}").status_code == 409
    client.runs.cancel(thread_id, first, wait=True)
    client.runs.delete(thread_id, first)


@pytest.mark.parametrize("end", ["/stream", "/wait"])
@pytest.mark.parametrize(("asked", "status"), [("cancel", "interrupted"), ("continue", "success"), (None, "success")])
def test_leaving(
    end: str, asked: str | None, status: str, api: Api, client: SyncLangGraphClient, thread_id: str
) -> None:
    body = {"assistant_id": "two_steps", "input": {"text": "x"}, "context": {"seconds": 0.5}}
    if asked:
        body["on_disconnect"] = asked
    with (
        pytest.raises(httpx.ReadTimeout),
        api.http.stream("POST", f"{api.url}/threads/{thread_id}/runs{end}", json=body, timeout=0.3) as answer,
    ):
        for _line in answer.iter_lines():
            pass
    until(lambda: not Run.objects.unfinished().exists())
    assert client.runs.list(thread_id)[0]["status"] == status


def test_who_joins_may_end_the_run_by_leaving(api: Api, client: SyncLangGraphClient, thread_id: str) -> None:
    for end in ("join", "stream"):
        run_id = running(client, thread_id)
        address = f"{api.url}/threads/{thread_id}/runs/{run_id}/{end}?cancel_on_disconnect=true"
        with pytest.raises(httpx.ReadTimeout), api.http.stream("GET", address, timeout=0.3) as answer:
            for _line in answer.iter_lines():
                pass
        until(lambda: not Run.objects.unfinished().exists())
        assert client.runs.get(thread_id, run_id)["status"] == "interrupted"


def test_without_a_thread(client: SyncLangGraphClient) -> None:
    end: Any = client.runs.wait(None, "two_steps", input={"text": "a"})
    assert end["log"] == ["first:a", "second:a"]
    run = client.runs.create(None, "two_steps", input={"text": "a"}, context={"seconds": 0.2}, metadata={"k": 1})
    thread = client.threads.get(run["thread_id"])
    assert (thread["status"], thread["metadata"]["k"]) == ("busy", 1)  # type: ignore[index]
    assert client.runs.join(run["thread_id"], run["run_id"])["log"] == ["first:a", "second:a"]
    until(lambda: not Thread.objects.exists())
    assert client.runs.join(run["thread_id"], run["run_id"])["log"] == ["first:a", "second:a"], "its end is kept"

    end = client.runs.wait(None, "failing", input=said("x"), raise_error=False)
    assert end == {"__error__": {"error": "ValueError", "message": "the graph fell over"}}
    end = client.runs.wait(None, "approval", input=said("x"))
    assert end["__interrupt__"][0]["value"] == {"question": "May I?"}


def test_its_thread_is_kept_when_asked_for(client: SyncLangGraphClient) -> None:
    run = client.runs.create(None, "two_steps", input={"text": "a"}, on_completion="keep")
    client.runs.join(run["thread_id"], run["run_id"])
    assert client.threads.get(run["thread_id"])["status"] == "idle"
    assert client.runs.get(run["thread_id"], run["run_id"])["kwargs"]["temporary"] is False


def test_a_batch(api: Api, client: SyncLangGraphClient) -> None:
    asked: Any = [{"assistant_id": "two_steps", "input": {"text": text}} for text in ("a", "b")]
    made = client.runs.create_batch(asked)
    assert [run["kwargs"]["input"]["text"] for run in made] == ["a", "b"]
    for run in made:
        assert len(client.runs.join(run["thread_id"], run["run_id"])["log"]) == 2
    assert api.ask("POST", "/runs/batch", [{"input": {}}]).status_code == 422
    assert api.ask("POST", "/runs/batch", {"assistant_id": "two_steps"}).status_code == 422


def test_the_older_words_of_durability(client: SyncLangGraphClient, thread_id: str, api: Api) -> None:
    body = {"assistant_id": "two_steps", "input": {"text": "a"}}
    for asked, meant in (
        ({"checkpoint_during": False}, "exit"),
        ({"checkpoint_during": True}, "async"),
        ({"durability": "sync"}, "sync"),
        ({}, "async"),
    ):
        api.ok("POST", f"/threads/{thread_id}/runs/wait", body | asked)
        assert client.runs.list(thread_id)[0]["kwargs"]["durability"] == meant
