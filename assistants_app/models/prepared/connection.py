"""Django's own connection, and a cursor on it that keeps plans."""

import uuid
from datetime import datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

from django.db import connections


def default() -> Any:
    """The connection of this thread itself: Django's proxy for it looks it up at every use."""
    return connections["default"]


def adapted(value: Any, connection: Any) -> Any:
    """A UUID, a time, a text or a number as the database takes it."""
    if isinstance(value, uuid.UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def prepared_cursor(connection: Any) -> Any:
    """On PostgreSQL one that binds values in the server, which Django's does not, and so keeps plans."""
    if connection.vendor != "postgresql":
        return connection.cursor()
    connection.ensure_connection()
    return connection._prepare_cursor(_preparing_cursor()(connection.connection))


@cache
def _preparing_cursor() -> Any:
    from django.db.backends.postgresql.base import ServerBindingCursor

    class PlanKeepingCursor(ServerBindingCursor):
        """Knows what it was asked, which psycopg forgets where it only names a plan; Django's log of queries asks."""

        def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
            try:
                return super().execute(query, params, **more)  # type: ignore[misc] # psycopg's, whose stubs hide it
            finally:
                if getattr(self, "_query", None) is None:
                    self._query = SimpleNamespace(query=str(query).encode())

    return PlanKeepingCursor
