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
from assistants_app.engine.threads import group_commit
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


def put(saver: PooledPostgresSaver, run: Run, step: Any = 1, claim: Claim | None = None) -> Awaitable[Any]:
    config: Any = {"configurable": {"thread_id": str(run.thread_id), "checkpoint_ns": ""}}
    return saver.owned_as(claim or claim_of(run)).aput(config, empty_checkpoint(), {"source": "loop", "step": step}, {})


def put_writes(saver: PooledPostgresSaver, run: Run) -> Awaitable[Any]:
    config: Any = {"configurable": {"thread_id": str(run.thread_id), "checkpoint_ns": "", "checkpoint_id": "1"}}
    return saver.owned_as(claim_of(run)).aput_writes(config, [("told", "this")], "task")


def claim_of(run: Run) -> Claim:
    return Claim(run.run_id, run.attempt, Lease(run.worker_id or uuid.uuid4(), time.monotonic() + 60))


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


def test_a_tasks_writes_go_with_the_checkpoint_after_them(
    runs: list[Run], commits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "FOLLOWED_SECONDS", 60.0)

    async def work(saver: PooledPostgresSaver) -> list[int]:
        writing = asyncio.ensure_future(put_writes(saver, runs[0]))
        await asyncio.wait({writing}, timeout=0.1)
        await put(saver, runs[0])
        await writing
        return await kept(saver, runs[:1])

    assert with_saver(work) == [1]
    assert commits == [2]


def test_writes_that_nothing_follows_wait_a_moment_only(runs: list[Run], commits: list[int]) -> None:
    with_saver(lambda saver: put_writes(saver, runs[0]))
    assert commits == [1]


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


async def _cut() -> int:
    """End the connection of whoever waits for a lock; its process."""
    waits = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    async with await AsyncConnection.connect(conninfo(), autocommit=True) as other:
        for _turn in range(2_000):
            if found := await (await other.execute(waits)).fetchone():
                await other.execute("SELECT pg_terminate_backend(%s, 5000)", found)
                return int(found[0])
            await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


async def _locking(run: Run) -> AsyncConnection[Any]:
    somebody = await AsyncConnection.connect(conninfo(), autocommit=True)
    await somebody.execute("BEGIN")
    await somebody.execute("SELECT 1 FROM assistants_app_run WHERE run_id = %s FOR UPDATE", (run.run_id,))
    return somebody


def test_a_connection_that_was_cut_is_noticed_by_nobody(runs: list[Run]) -> None:
    """All of them are written by another one, once."""

    async def work(saver: PooledPostgresSaver) -> list[int]:
        somebody = await _locking(runs[0])
        async with somebody:
            one = asyncio.ensure_future(put(saver, runs[0]))
            others = [asyncio.ensure_future(put(saver, run)) for run in runs[1:]]
            assert await _cut() != await _cut()
            await somebody.execute("ROLLBACK")
        await asyncio.gather(one, *others)
        return await kept(saver, runs)

    assert with_saver(work) == [1] * MANY


def test_who_waited_for_the_database_for_too_long_hears_of_it(runs: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "AWAY_SECONDS", 0.05)

    async def work(saver: PooledPostgresSaver) -> list[int]:
        somebody = await _locking(runs[0])
        async with somebody:
            one = asyncio.ensure_future(put(saver, runs[0]))
            for _turn in range(2):
                await _cut()
            with pytest.raises(OperationalError):
                await one
            await somebody.execute("ROLLBACK")
        return await kept(saver, runs[:1])

    assert with_saver(work) == [0]


def test_who_gave_up_while_the_database_was_away_writes_nothing_later(runs: list[Run]) -> None:
    async def work(saver: PooledPostgresSaver) -> list[int]:
        somebody = await _locking(runs[0])
        async with somebody:
            one = asyncio.ensure_future(put(saver, runs[0]))
            await asyncio.sleep(0.1)
            one.cancel()
            await _cut()
            assert await asyncio.wait({one}, timeout=5) == ({one}, set())
            await somebody.execute("ROLLBACK")
        await put(saver, runs[1])
        return await kept(saver, runs[:2])

    assert with_saver(work) == [0, 1]


def test_a_run_that_was_lost_while_the_database_was_away_is_not_written(runs: list[Run]) -> None:
    """It is not known whether it is, until the heart beats again."""
    lease = Lease(runs[0].worker_id or uuid.uuid4(), time.monotonic() + 60)
    claim = Claim(runs[0].run_id, runs[0].attempt, lease)

    async def work(saver: PooledPostgresSaver) -> list[int]:
        somebody = await _locking(runs[0])
        async with somebody:
            one = asyncio.ensure_future(put(saver, runs[0], claim=claim))
            await asyncio.sleep(0.1)
            lease.renew(time.monotonic() - 60)
            await _cut()
            await somebody.execute("ROLLBACK")
            await asyncio.sleep(0.5)
            assert not one.done()
            lease.lost = True
            with pytest.raises(LeaseLost):
                await one
        return await kept(saver, runs[:1])

    assert with_saver(work) == [0]
