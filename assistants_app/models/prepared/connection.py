"""Django's own connection, and a cursor on it that keeps plans."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from django.db import connections
from django.db.backends.sqlite3.base import FORMAT_QMARK_REGEX

from assistants_app.models.prepared.cursors import BareCursor
from assistants_app.models.prepared.postgres import PlannedCursor


def default() -> Any:
    """The connection of this thread itself: Django's proxy for it looks it up at every use."""
    return connections["default"]


def adapted(value: Any, connection: Any) -> Any:
    """A UUID, a time, a text or a number as the database takes it."""
    if isinstance(value, uuid.UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def prepared_cursor(connection: Any) -> Any:
    """On PostgreSQL one that binds values in the server, which Django's does not, and so keeps plans. Where nobody
    counts or listens one without the wrappers of Django and psycopg, which take half as long as the question."""
    if connection.connection is None:
        connection.ensure_connection()
    counted = connection.queries_logged or connection.execute_wrappers
    if connection.vendor == "postgresql":
        return (
            connection._prepare_cursor(_binding_cursor()(connection.connection))
            if counted
            else PlannedCursor(connection)
        )
    return connection.cursor() if counted else StraightCursor(connection)


class StraightCursor(BareCursor):
    """Asks SQLite."""

    __slots__ = ("_cursor",)

    def execute(self, sql: str, params: Sequence[Any]) -> None:
        with self._connection.wrap_database_errors:
            self._cursor = self._connection.connection.execute(_with_marks(sql), params)

    @property
    def rowcount(self) -> int:
        return int(self._cursor.rowcount)

    def fetchall(self) -> list[Any]:
        with self._connection.wrap_database_errors:
            return list(self._cursor.fetchall())


@lru_cache(maxsize=512)
def _with_marks(sql: str) -> str:
    """SQLite's own marks for values."""
    marked: str = FORMAT_QMARK_REGEX.sub("?", sql)
    return marked.replace("%%", "%")


@cache
def _binding_cursor() -> Any:
    from django.db.backends.postgresql.base import ServerBindingCursor

    return ServerBindingCursor
