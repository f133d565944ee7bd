"""The engine of this process, running in a thread of its own: what an ASGI server does for the pages."""

import asyncio
import time
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import pytest
from django.db import connection

from assistants_app.domain.stream import StreamEvent
from assistants_app.engine import Engine, engine, engine_thread
from assistants_app.engine.keeping.relay import KeptRelay
from assistants_app.models import Run

T = TypeVar("T")


@pytest.fixture
def serving(transactional_db: None) -> Iterator[Engine]:
    """Runs are executed: `serving` is `engine()`. For sync tests: an async one that uses Django's models would
    leave the connection of its helper thread open."""
    with engine_thread(engine()):
        yield engine()


def wait_for(work: Coroutine[Any, Any, T], seconds: float = 20) -> T:
    """What an async call of the engine returns, for a sync test."""

    async def bounded() -> T:
        async with asyncio.timeout(seconds):
            return await work

    return asyncio.run(bounded())


def listen(run: Run, after: int = 0) -> list[StreamEvent]:
    """Every event of a run, until it ends."""

    async def collect() -> list[StreamEvent]:
        return [event async for event in engine().listen(run.run_id, after=after)]

    return wait_for(collect())


def finish(run: Run) -> Run:
    """Start a run, wait for its end, read it again."""
    engine().start(run)
    listen(run)
    return Run.objects.select_related("thread").get(run_id=run.run_id)


def sweep(serving: Engine) -> None:
    """What its runs told long enough ago is deleted where it is kept."""

    async def keep_and_sweep() -> None:
        relay = serving._relay
        assert isinstance(relay, KeptRelay)
        await relay.writer.settle()
        await relay.sweep()

    wait_for(serving._here(keep_and_sweep))


def connections_taken() -> int:
    """How many connections to PostgreSQL the threads of this process have taken from the pool; 0 with SQLite."""
    if connection.vendor != "postgresql":
        return 0
    pool = connection.pool.get_stats()
    return int(pool["pool_size"] - pool["pool_available"])


def connections_go_back_to(most: int, seconds: float = 30) -> bool:
    """Whether no more than `most` stay taken: the engine's own rounds take one now and then, for a moment, which a busy
    machine makes a long one. What was left behind stays so for ever, however long one waits."""
    end = time.monotonic() + seconds
    while connections_taken() > most:
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
