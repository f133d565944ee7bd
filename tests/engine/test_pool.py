"""Connections of the pools for LangGraph's libraries: believed to live for a moment, unless something came in."""

import asyncio
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, connections

from assistants_app.engine.database import postgres
from assistants_app.engine.database.postgres import Pool, conninfo, new_pool
from tests.faults.cuttable import Cuttable
from tests.spread.site import site_on

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="a pool is PostgreSQL's"),
]


def test_it_works() -> None:
    async def ask() -> set[int]:
        async with new_pool(max_size=1) as pool:
            return {await _process(pool) for _time in range(5)}

    assert len(asyncio.run(ask())) == 1


def test_a_connection_that_the_server_ended_is_noticed_though_it_was_in_use_just_now() -> None:
    async def ask() -> tuple[int, int]:
        async with new_pool(max_size=1) as pool:
            before = await _process(pool)
            async with await psycopg.AsyncConnection.connect(conninfo(), autocommit=True) as other:
                await other.execute("SELECT pg_terminate_backend(%s, 5000)", (before,))
            return before, await _process(pool)

    before, after = asyncio.run(ask())
    assert before != after


def test_a_database_that_comes_back_is_found_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(way: Cuttable) -> float:
        async with new_pool(max_size=1) as pool:
            await _process(pool)
            away = asyncio.create_task(asyncio.to_thread(_take_away, way))
            await asyncio.sleep(0.1)
            await _process(pool)
            return time.monotonic() - await away

    if "host=/" not in conninfo():
        pytest.skip("needs a PostgreSQL of the tests' own")
    with site_on(conninfo(), tmp_path) as site:
        way = Cuttable(site.url)
        monkeypatch.setattr(postgres, "conninfo", way.start)
        try:
            assert asyncio.run(ask(way)) < 2
        finally:
            way.stop()


def _take_away(way: Cuttable) -> float:
    """When it was there again."""
    with way.away(silent=False):
        time.sleep(4)
    return time.monotonic()


def test_a_request_is_not_answered_by_a_connection_of_the_pool_that_was_ended() -> None:
    """By none of several, one after the other."""
    pooled: Any = connections["default"]
    options = {**pooled.settings_dict["OPTIONS"], "pool": {"min_size": 0, "max_size": 3}}
    settings = {**pooled.settings_dict, "OPTIONS": options, "CONN_MAX_AGE": 0}
    users = [type(pooled)(settings, "pooled for a test") for _user in range(3)]
    try:
        before = {_process_of(user) for user in users}
        for user in users:
            user.close()
        for process in before:
            _end(process)
        after = {_process_of(user) for user in users}
    finally:
        for user in users:
            user.close()
        users[0].close_pool()
    assert len(before) == len(after) == 3
    assert not before & after


def _process_of(asking: Any) -> int:
    with asking.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _end(process: int) -> None:
    with psycopg.connect(conninfo(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (process,))


async def _process(pool: Pool) -> int:
    async with pool.connection() as asked:
        row = await (await asked.execute("SELECT pg_backend_pid() AS pid")).fetchone()
        assert row is not None
        return int(row["pid"])
