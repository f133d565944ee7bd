"""PostgreSQL, for what LangGraph's own libraries keep there: pools beside Django's, and one process at a time."""

import asyncio
import math
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeAlias

from django.db import connection
from psycopg import AsyncConnection, InterfaceError, OperationalError
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from psycopg_pool.base import AttemptWithBackoff

from assistants_app.models.ended_connections import has_farewell

Pool: TypeAlias = AsyncConnectionPool[AsyncConnection[DictRow]]

SETUP_LOCK = 0x6173_7369_7374
"""The advisory lock under which tables are made."""


ANSWER_SECONDS = 5.0
"""How long the database may take over a short statement before its connection counts as dead."""

STOPS_OR_STARTS = {"57P01", "57P02", "57P03"}
"""PostgreSQL's codes for: an operator ends it, it ends after a crash, it does not take connections yet."""

STEADY_SECONDS = 1.0
"""For so long a connection of a pool that was asked whether it lives is believed to, if nothing came in since."""


AttemptWithBackoff.DELAY_BACKOFF = 1.0
"""All pools of the process ask every second for a database that is away. Theirs is to double the time, and so to find
one that was away for half a minute up to half a minute late."""


@contextmanager
def answered_soon(connection: AsyncConnection[Any], seconds: float = ANSWER_SECONDS) -> Iterator[None]:
    """What is asked in the block fails with OperationalError when it is not answered soon.

    A cancelled statement would wait for the server's word, which never comes over a network that was cut: so the
    connection is hung up, and the statement hears of that as of any other end of its connection.
    """
    timer = asyncio.get_running_loop().call_later(seconds, _hang_up, connection)
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(connection: AsyncConnection[Any]) -> None:
    if not connection.closed:
        with socket.socket(fileno=os.dup(connection.fileno())) as same:
            same.shutdown(socket.SHUT_RDWR)


def is_away(error: Exception) -> bool:
    """Whether the way to the database was cut, or it stops or starts: what was asked may succeed when asked anew."""
    if not isinstance(error, OperationalError | InterfaceError) or isinstance(error, PoolTimeout):
        return False
    return error.sqlstate is None or error.sqlstate.startswith("08") or error.sqlstate in STOPS_OR_STARTS


class PooledConnection(AsyncConnection[DictRow]):
    """Knows when its pool saw last that it lives."""

    seen_at = -math.inf


async def _check(connection: AsyncConnection[DictRow]) -> None:
    """Asking takes longer than a short statement does. What comes in unasked is the server's farewell, or its end."""
    assert isinstance(connection, PooledConnection)
    now = time.monotonic()
    if now - connection.seen_at > STEADY_SECONDS or has_farewell(connection):
        with answered_soon(connection):
            await connection.execute(b"")
        connection.seen_at = now


def new_pool(max_size: int, configure: Callable[[AsyncConnection[Any]], Awaitable[None]] | None = None) -> Pool:
    """A pool, not open yet, with connections as LangGraph's libraries want them, and as `configure` makes them."""
    return AsyncConnectionPool(
        conninfo(),
        connection_class=PooledConnection,
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
        min_size=1,
        max_size=max_size,
        open=False,
        configure=configure,
        check=_check,
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
    known |= {"application_name", "tcp_user_timeout"}
    return make_conninfo(
        **{key: value for key, value in parameters.items() if key in known or key.startswith(("ssl", "keepalives"))}
    )
