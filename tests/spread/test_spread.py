"""Runs that one process accepts, another executes and a third tells of, as the official client sees it."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import pytest
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import NotFoundError
from langgraph_sdk.schema import StreamPart

from tests.spread.conftest import Spread

pytestmark = [pytest.mark.django_db, pytest.mark.asyncio(loop_scope="function")]

Parts = list[StreamPart]


def ticks(count: int, seconds: float = 0.01) -> dict[str, Any]:
    return {"count": count, "seconds": seconds}


def ticked(parts: Parts) -> list[int]:
    return [part.data["tick"] for part in parts if part.event == "custom"]


async def taken(stream: Any) -> Parts:
    return [part async for part in stream]


async def test_it_works(spread: Spread, a: LangGraphClient) -> None:
    """A run is accepted by A, executed by a worker, and told by A."""
    parts = await taken(a.runs.stream(None, "ticks", input=ticks(50), stream_mode=["custom", "values"]))
    assert ticked(parts) == list(range(50))
    assert parts[-1].data["process"] in {worker.process.pid for worker in spread.workers}
    ids = [int(part.id) for part in parts if part.id]
    assert ids == list(range(1, len(parts) + 1))


async def test_a_run_that_is_tried_again_by_its_worker_is_heard_to_its_end(a: LangGraphClient) -> None:
    thread = await a.threads.create()
    async with asyncio.timeout(12):
        parts = await taken(
            a.runs.stream(thread["thread_id"], "flaky", input={"count": 1}, stream_mode=["custom", "values"])
        )
    assert ticked(parts) == [0, 1]
    assert parts[-1].event == "values"
    assert parts[-1].data["ticked"] == 2
    assert [part.data["attempt"] for part in parts if part.event == "metadata"] == [1, 2]


async def test_everybody_hears_the_same(a: LangGraphClient, b: LangGraphClient) -> None:
    """Who listens to it on B from the middle, who joins there when it has ended, and who goes on after an event."""
    thread = await a.threads.create()
    thread_id = thread["thread_id"]
    run = await a.runs.create(thread_id, "ticks", input=ticks(60), stream_mode="custom", stream_resumable=True)
    await asyncio.sleep(0.2)
    whole = ["-1", None, "7"]
    on_a = taken(a.runs.join_stream(thread_id, run["run_id"], last_event_id="-1"))
    on_b = [taken(b.runs.join_stream(thread_id, run["run_id"], last_event_id=start)) for start in whole]
    heard_a, from_start, from_now, from_seven = await asyncio.gather(on_a, *on_b)
    assert ticked(heard_a) == list(range(60))
    assert from_start == heard_a
    assert 0 < len(from_now) <= len(heard_a)
    assert from_now == heard_a[-len(from_now) :]
    assert from_seven == heard_a[7:]
    assert await taken(b.runs.join_stream(thread_id, run["run_id"], last_event_id="-1")) == heard_a


async def test_cancelled_elsewhere(a: LangGraphClient, b: LangGraphClient) -> None:
    """B cancels what A accepted and a worker runs; A's listener hears of the end within 200 ms."""
    thread = await a.threads.create()
    thread_id = thread["thread_id"]
    run = await a.runs.create(thread_id, "ticks", input=ticks(10_000), stream_mode="custom")
    listening = asyncio.create_task(taken(a.runs.join_stream(thread_id, run["run_id"], last_event_id="-1")))
    await asyncio.sleep(0.3)
    assert (await b.runs.get(thread_id, run["run_id"]))["status"] == "running"
    began = time.monotonic()
    await b.runs.cancel(thread_id, run["run_id"])
    parts = await listening
    assert time.monotonic() - began < 0.2
    assert 0 < len(parts) < 1_000
    assert (await a.runs.get(thread_id, run["run_id"]))["status"] == "interrupted"
    assert (await a.threads.get(thread_id))["status"] == "interrupted"


async def test_a_run_that_nobody_knows(a: LangGraphClient, b: LangGraphClient) -> None:
    thread = await a.threads.create()
    with pytest.raises(NotFoundError):
        await taken(b.runs.join_stream(thread["thread_id"], str(uuid4())))
