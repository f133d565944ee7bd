"""Checkpoints of many runs go into one commit; what becomes of one of them is not the others' business."""

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from django.db import connection
from langgraph.checkpoint.base import empty_checkpoint
from psycopg import AsyncConnection, DataError, OperationalError

from assistants_app.engine.database.postgres import conninfo
from assistants_app.engine.runs.lease import Claim, Lease, LeaseLost
from assistants_app.engine.threads.checkpointers import PooledPostgresSaver, open_saver
from assistants_app.engine.threads.group_commit import MOST, GroupCommit, Writes
from assistants_app.models import Run
from tests import make

MANY = 16

Put = Callable[[Run], Awaitable[Any]]


@pytest.fixture
def runs(transactional_db: None) -> list[Run]:
    if connection.vendor != "postgresql":
        pytest.skip("checkpoints in SQLite are written in the event loop itself")
    worker = make.worker()
    return [make.running(by=worker) for _number in range(MANY)]


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many writers each commit was for."""
    counted: list[int] = []
    write = GroupCommit._write

    async def counting(self: GroupCommit, together: Sequence[Writes], lock: str) -> list[Writes]:
        counted.append(len(together))
        return await write(self, together, lock)

    monkeypatch.setattr(GroupCommit, "_write", counting)
    return counted


def put(saver: PooledPostgresSaver, run: Run, step: Any = 1) -> Awaitable[Any]:
    claim = Claim(run.run_id, run.attempt, Lease(run.worker_id or uuid.uuid4(), time.monotonic() + 60))
    config: Any = {"configurable": {"thread_id": str(run.thread_id), "checkpoint_ns": ""}}
    return saver.owned_as(claim).aput(config, empty_checkpoint(), {"source": "loop", "step": step}, {})


def with_saver(work: Callable[[PooledPostgresSaver], Awaitable[Any]]) -> Any:
    async def bounded() -> Any:
        async with asyncio.timeout(30), open_saver() as saver:
            assert isinstance(saver, PooledPostgresSaver)
            return await work(saver)

    return asyncio.run(bounded())


async def kept(saver: PooledPostgresSaver, runs: Sequence[Run]) -> list[int]:
    """How many checkpoints the thread of each has."""
    return [len(await saver.lineage(str(run.thread_id))) for run in runs]


def test_it_works(runs: list[Run], commits: list[int]) -> None:
    async def work(saver: PooledPostgresSaver) -> list[int]:
        await asyncio.gather(*(put(saver, run) for run in runs))
        return await kept(saver, runs)

    assert with_saver(work) == [1] * MANY
    assert sum(commits) == MANY
    assert len(commits) <= 3, "the first ones, and the others while those wait"


def test_who_lost_a_run_hears_of_it_alone(runs: list[Run]) -> None:
    taken = runs[5]
    Run.objects.filter(pk=taken.pk).update(attempt=2)

    async def work(saver: PooledPostgresSaver) -> tuple[list[Any], list[int]]:
        found = await asyncio.gather(*(put(saver, run) for run in runs), return_exceptions=True)
        return found, await kept(saver, runs)

    found, counts = with_saver(work)
    assert [type(one) for one in found if isinstance(one, BaseException)] == [LeaseLost]
    assert isinstance(found[5], LeaseLost)
    assert counts == [0 if run is taken else 1 for run in runs]


def test_an_error_is_of_one_alone(runs: list[Run]) -> None:
    """No JSON in PostgreSQL has half a character."""

    async def work(saver: PooledPostgresSaver) -> tuple[list[Any], list[int]]:
        steps = ["\ud800" if number == 7 else number for number in range(MANY)]
        puts = (put(saver, run, step) for run, step in zip(runs, steps, strict=True))
        return await asyncio.gather(*puts, return_exceptions=True), await kept(saver, runs)

    found, counts = with_saver(work)
    assert [number for number, one in enumerate(found) if isinstance(one, BaseException)] == [7]
    assert isinstance(found[7], DataError)
    assert counts == [0 if number == 7 else 1 for number in range(MANY)]


@pytest.mark.parametrize("number", [0, 1, MANY - 1])
def test_who_gives_up_takes_nobody_along(runs: list[Run], number: int) -> None:
    """Also the one that writes for the others."""

    async def work(saver: PooledPostgresSaver) -> list[int]:
        tasks = [asyncio.ensure_future(put(saver, run)) for run in runs]
        for _turn in range(number + 3):
            await asyncio.sleep(0)
        tasks[number].cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert [at for at, one in enumerate(found) if isinstance(one, BaseException)] in ([number], [])
        return await kept(saver, runs)

    counts = with_saver(work)
    assert [count for at, count in enumerate(counts) if at != number] == [1] * (MANY - 1)


def test_more_than_go_together_are_all_written(runs: list[Run]) -> None:
    worker = make.worker()
    many = [*runs, *(make.running(by=worker) for _number in range(MOST))]

    async def work(saver: PooledPostgresSaver) -> list[int]:
        await asyncio.gather(*(put(saver, run) for run in many))
        return await kept(saver, many)

    assert with_saver(work) == [1] * len(many)


def test_a_run_that_somebody_has_locked_holds_up_no_other(runs: list[Run]) -> None:
    """It is written when it is free, or not at all."""
    freed, taken = runs[3], runs[4]

    async def work(saver: PooledPostgresSaver) -> tuple[list[int], list[Any]]:
        async with await AsyncConnection.connect(conninfo()) as somebody:
            for run in (freed, taken):
                locked = "SELECT 1 FROM assistants_app_run WHERE run_id = %s FOR UPDATE"
                await somebody.execute(locked, (run.run_id,))
            tasks = [asyncio.ensure_future(put(saver, run)) for run in runs]
            others = [task for task, run in zip(tasks, runs, strict=True) if run not in (freed, taken)]
            await asyncio.wait_for(asyncio.gather(*others), 5)
            counts = await kept(saver, runs)
            await somebody.execute("UPDATE assistants_app_run SET attempt = 2 WHERE run_id = %s", (taken.run_id,))
        return counts, await asyncio.gather(tasks[3], tasks[4], return_exceptions=True)

    counts, (of_freed, of_taken) = with_saver(work)
    assert counts == [0 if run in (freed, taken) else 1 for run in runs]
    assert isinstance(of_taken, LeaseLost)
    assert not isinstance(of_freed, BaseException)


def test_who_locks_many_runs_and_who_writes_for_many_wait_for_no_circle(runs: list[Run]) -> None:
    """In any order: the others are the ones that give up a worker's runs, or delete threads."""

    async def lock_all() -> None:
        for _turn in range(10):
            async with await AsyncConnection.connect(conninfo()) as somebody:
                for run in sorted(runs, key=lambda _run: random.random()):
                    await somebody.execute(
                        "SELECT 1 FROM assistants_app_run WHERE run_id = %s FOR UPDATE", (run.run_id,)
                    )
                    await asyncio.sleep(0)

    async def work(saver: PooledPostgresSaver) -> list[int]:
        locking = asyncio.ensure_future(lock_all())
        for _turn in range(20):
            await asyncio.gather(*(put(saver, run) for run in runs))
        await locking
        return await kept(saver, runs)

    assert with_saver(work) == [20] * MANY


def test_a_connection_that_was_cut_is_heard_of_by_all_who_wrote_by_it(runs: list[Run]) -> None:
    """And by nobody after them."""

    async def work(saver: PooledPostgresSaver) -> tuple[list[Any], list[int]]:
        async with await AsyncConnection.connect(conninfo(), autocommit=True) as somebody:
            await somebody.execute("BEGIN")
            await somebody.execute("SELECT 1 FROM assistants_app_run WHERE run_id = %s FOR UPDATE", (runs[0].run_id,))
            one = asyncio.ensure_future(put(saver, runs[0]))
            waits = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            for _turn in range(1_000):
                if found := await (await somebody.execute(waits)).fetchone():
                    break
                await asyncio.sleep(0.01)
            others = [asyncio.ensure_future(put(saver, run)) for run in runs[1:]]
            await asyncio.sleep(0)
            await somebody.execute("SELECT pg_terminate_backend(%s)", found)
            told = await asyncio.gather(one, *others, return_exceptions=True)
            await somebody.execute("ROLLBACK")
        return told, await kept(saver, runs)

    told, counts = with_saver(work)
    assert isinstance(told[0], OperationalError)
    assert [one for one in told[1:] if isinstance(one, BaseException)] == []
    assert counts == [0] + [1] * (MANY - 1)
