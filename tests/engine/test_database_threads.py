"""The engine's threads to the database, when it goes and comes back."""

import asyncio
import threading

import pytest
from django.db import OperationalError, connection

from assistants_app.engine.database.threads import THREADS, DatabaseThreads
from assistants_app.models import Worker

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is always there"),
]


def test_it_works() -> None:
    """Every thread's connection was ended, and nobody notices."""
    assert asyncio.run(answers_after_the_end()) == [True] * (2 * THREADS)


def test_connections_that_were_cut_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who tries again fails once, not once for each thread."""
    monkeypatch.setattr("assistants_app.engine.database.threads.close_if_ended", lambda _connection: False)
    assert asyncio.run(answers_after_the_end()) == [False, *[True] * (2 * THREADS - 1)]


async def answers_after_the_end() -> list[bool]:
    threads = DatabaseThreads()
    try:
        processes = await _of_each_thread(threads)
        assert len(set(processes)) == THREADS
        await asyncio.to_thread(_end, processes)
        return [await _answers(threads) for _call in range(2 * THREADS)]
    finally:
        await asyncio.to_thread(threads.close)


async def _of_each_thread(threads: DatabaseThreads) -> list[int]:
    everybody = threading.Barrier(THREADS)

    def process() -> int:
        everybody.wait(10)
        return _process()

    return await asyncio.gather(*(threads.call(process) for _thread in range(THREADS)))


def _process() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _end(processes: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) AS pid", [processes])
    connection.close()


async def _answers(threads: DatabaseThreads) -> bool:
    try:
        return not await threads.call(Worker.objects.count)
    except OperationalError:
        return False
