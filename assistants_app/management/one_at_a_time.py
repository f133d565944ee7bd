"""Of several processes that start at one moment, one makes the tables and the first operator; the others wait."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.db import connection

LOCK = 0x6173_6D69_6772
"""The advisory lock that the one holds; a connection that ends lets go."""

ASK_SECONDS = 0.2


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Does nothing on SQLite, whose data folder belongs to one process.

    The lock is asked for, never waited for: a migration may wait for every statement that runs, and a waiting one
    is such a statement. Raises DatabaseError.
    """
    if connection.vendor != "postgresql":
        yield
        return
    given = connection.get_connection_params()
    given.pop("pool", None)
    with connection.wrap_database_errors:
        guard: Any = connection.Database.connect(**given, autocommit=True)  # type: ignore[attr-defined]
    with closing(guard):
        while not guard.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()[0]:
            time.sleep(ASK_SECONDS)
        yield
