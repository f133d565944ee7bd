"""PostgreSQL, for what LangGraph's own libraries keep there: pools beside Django's, and one process at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

from django.db import connection
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

Pool: TypeAlias = AsyncConnectionPool[AsyncConnection[DictRow]]

SETUP_LOCK = 0x6173_7369_7374
"""The advisory lock under which tables are made."""


def new_pool(max_size: int) -> Pool:
    """A pool, not open yet, with connections as LangGraph's libraries want them."""
    return AsyncConnectionPool(
        conninfo(),
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
        min_size=1,
        max_size=max_size,
        open=False,
        check=AsyncConnectionPool.check_connection,
    )


@asynccontextmanager
async def setup_lock(pool: Pool) -> AsyncIterator[None]:
    """Make tables, one process at a time.

    The lock is asked for, never waited for: the tables' indexes are made concurrently, which waits for every
    statement that runs, so a waiting process and the one at work would wait for each other.
    """
    async with pool.connection() as guard:
        while True:
            row = await (await guard.execute("SELECT pg_try_advisory_lock(%s) AS free", (SETUP_LOCK,))).fetchone()
            if row and row["free"]:
                break
            await asyncio.sleep(0.1)
        try:
            yield
        finally:
            await guard.execute("SELECT pg_advisory_unlock(%s)", (SETUP_LOCK,))


def conninfo() -> str:
    """Django's connection parameters as libpq reads them."""
    parameters = connection.get_connection_params()
    known = {"dbname", "host", "port", "user", "password", "service", "passfile", "connect_timeout", "options"}
    return make_conninfo(
        **{key: value for key, value in parameters.items() if key in known or key.startswith(("ssl", "keepalives"))}
    )
