"""Empties the database after a test with real transactions, and only where the test has left rows.

Django's own way truncates every table, which makes new files for each of them and for each index, and then makes types
of content and triggers anew, which were never gone: on PostgreSQL that took longer than most tests.
"""

from functools import cache

from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, connections
from django.db.backends.utils import CursorWrapper

from assistants_app.models.append_only import deletable

KEPT = ContentType._meta.db_table
"""Written by `migrate`, and changed by no test. Processes remember its rows by their ids."""


TIMES = 5


def empty(using: str) -> None:
    """Waits for transactions that write, and leaves nothing of theirs either. Tables are locked one after the other:
    with one that writes there the other way round it is a deadlock, and done again."""
    for left in reversed(range(TIMES)):
        try:
            return _empty(using)
        except OperationalError:
            if not left:
                raise


def _empty(using: str) -> None:
    """The audit log refuses to be emptied, but for what grew old: so it is for all of it then."""
    connection = connections[using]
    with deletable(using=using), connection.cursor() as cursor:
        tables = _tables(using)
        if connection.vendor == "postgresql":
            cursor.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")
        for table in _filled(cursor, tables):
            cursor.execute(f"DELETE FROM {table}")


@cache
def _tables(using: str) -> tuple[str, ...]:
    """By their quoted names."""
    connection = connections[using]
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return tuple(connection.ops.quote_name(name) for name in sorted(names) if name != KEPT)


def _filled(cursor: CursorWrapper, tables: tuple[str, ...]) -> list[str]:
    asked = (f"SELECT {number} WHERE EXISTS (SELECT 1 FROM {table})" for number, table in enumerate(tables))
    cursor.execute(" UNION ALL ".join(asked))
    return [tables[number] for (number,) in cursor.fetchall()]
