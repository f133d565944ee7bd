"""Connections that PostgreSQL has ended, by a restart for one: noticed before anything is asked on them.

Whoever gets one from a pool, or keeps one, would otherwise hear of its end as the answer to the next question: once for
each connection that there was.
"""

import select
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper


def has_farewell(connection: "psycopg.Connection[Any] | psycopg.AsyncConnection[Any]") -> bool:
    """Whether something came in unasked, which is the server's farewell, or its end. Microseconds; asks nothing."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def close_if_ended(connection: BaseDatabaseWrapper) -> bool:
    """Whether Django's connection had been ended; it is closed then, and opens anew where it is used next."""
    if connection.vendor != "postgresql" or connection.connection is None or not has_farewell(connection.connection):
        return False
    connection.connection.close()  # itself too, or a pool would take it back
    connection.close()
    return True


def replace_if_ended(*, connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Connected to Django's `connection_created`, which tells of what a pool hands out, too."""
    if close_if_ended(connection):
        connection.connect()
