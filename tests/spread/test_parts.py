"""What an attempt tells that loses its run meanwhile: all of it is there for its successor to go on after, or none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from django.db import connection
from psycopg import AsyncConnection

from assistants_app.engine.database.postgres import conninfo, new_pool
from assistants_app.engine.spread.outbox import Outbox
from assistants_app.engine.spread.relay import SharedRelay
from assistants_app.engine.spread.table import Table, publish
from assistants_app.engine.spread.wire import Part
from assistants_app.models import RelayedPart, Run
from tests import make

pytestmark = pytest.mark.asyncio(loop_scope="function")

COMPRESSION = """
SELECT attcompression FROM pg_attribute
 WHERE attrelid = 'assistants_app_relayedpart'::regclass AND attname = 'told'
"""
NEXT_ATTEMPT = b"UPDATE assistants_app_run SET attempt = 2"


@pytest.fixture
def run(transactional_db: None) -> Run:
    if connection.vendor != "postgresql":
        pytest.skip("the distributed engine needs PostgreSQL")
    return make.running(by=make.worker())


@pytest.fixture
async def both(run: Run) -> AsyncIterator[tuple[AsyncConnection[Any], AsyncConnection[Any]]]:
    """Connections of who tells, and of who takes the run from it."""
    async with AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(await AsyncConnection.connect(conninfo())) for _number in "ab"]
        yield one, other


def _part(run: Run, number: int = 0) -> Part:
    return Part(run.run_id, run.thread_id, number, 1, "e\t0\tcustom\t1")


async def _kept() -> list[int]:
    numbers = RelayedPart.objects.values_list("part", flat=True).order_by("part")
    return await asyncio.to_thread(lambda: (list(numbers), connection.close())[0])


async def _waits(work: "asyncio.Task[Any]") -> bool:
    return not (await asyncio.wait({work}, timeout=0.3))[0]


async def test_who_takes_the_run_waits_for_what_is_just_told(run: Run, both: Any) -> None:
    telling, taking = both
    await publish(telling, [(_part(run), 1)])
    taken = asyncio.create_task(taking.execute(NEXT_ATTEMPT))
    assert await _waits(taken)
    await telling.commit()
    await taken
    await taking.commit()
    assert await _kept() == [0]


async def test_what_is_told_while_the_run_is_taken_is_not_kept(run: Run, both: Any) -> None:
    """Its successor's part of that number is."""
    telling, taking = both
    await taking.execute(NEXT_ATTEMPT)
    told = asyncio.create_task(publish(telling, [(_part(run), 1), (_part(run, 1), 1)]))
    assert await _waits(told)
    await taking.commit()
    await told
    await telling.commit()
    assert await _kept() == []
    await publish(taking, [(_part(run), 2)])
    await taking.commit()
    assert await _kept() == [0]


async def test_a_run_whose_row_is_gone_is_told_of_to_its_end(run: Run, both: Any) -> None:
    telling, taking = both
    await taking.execute(b"DELETE FROM assistants_app_run")
    await taking.commit()
    await publish(telling, [(_part(run), 1)])
    await telling.commit()
    assert await _kept() == [0]


async def test_what_is_told_anew_after_a_crash_emptied_the_table_is_heard(run: Run) -> None:
    """An unlogged table has no rows after a crash of PostgreSQL: the next attempt counts its parts from 0."""

    def part(number: int, last: int) -> Part:
        return Part(run.run_id, run.thread_id, number, last, "e\t0\tcustom\t1")

    async with new_pool(2) as pool:
        relay = SharedRelay(table=Table(pool), outbox=Outbox(), has_listeners=True)
        events = await relay.expect(run.run_id)
        for number in range(3):
            relay.hear(part(number, number + 1))
        assert [event.id for event in events.after(0)] == [1, 2, 3]

        relay.hear(part(0, 1_001))
        relay.hear(part(1, 1_002))
        relay.hear(part(0, 1))  # an old one that comes late

        assert [event.id for event in events.after(3)] == [1_001, 1_002]


async def test_they_are_compressed_quickly(run: Run) -> None:
    """PostgreSQL's own compression takes as long as all the rest of keeping them."""
    if not await asyncio.to_thread(_offers_lz4):
        pytest.skip("this PostgreSQL was built without lz4")
    assert await asyncio.to_thread(_asked, COMPRESSION) == "l"


def _offers_lz4() -> bool:
    return bool(_asked("SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"))


def _asked(question: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question)
        found = cursor.fetchone()
    connection.close()
    return found and found[0]
