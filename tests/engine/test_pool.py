"""Connections of the pools for LangGraph's libraries: believed to live for a moment, unless something came in."""

import asyncio

import psycopg
import pytest
from django.db import connection

from assistants_app.engine.database.postgres import Pool, conninfo, new_pool

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


async def _process(pool: Pool) -> int:
    async with pool.connection() as asked:
        row = await (await asked.execute("SELECT pg_backend_pid() AS pid")).fetchone()
        assert row is not None
        return int(row["pid"])
