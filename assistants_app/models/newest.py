"""The database itself notes on an assistant's row which version is its newest, in the statement that inserts one:
whoever saves it. So lists tell and filter by it without a look into the history of each assistant."""

from typing import Any

from django.db import connections
from django.db.models import F, OuterRef, Subquery

from assistants_app.models.assistants import Assistant, AssistantVersion

AT_ONCE = 500
"""Assistants of one statement, whose rows are locked meanwhile."""

_NAME = "newest_versions_are_noted"


def install_noting_newest(*, using: str, **_signal: Any) -> None:
    """Make the trigger where it is missing, and note what was saved without it; runs after every `migrate`."""
    connection = connections[using]
    versions, assistants = AssistantVersion._meta.db_table, Assistant._meta.db_table
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if not {versions, assistants} <= tables or "newest_author" not in _columns(connection, cursor, assistants):
            return
        for statement in () if _is_there(connection, cursor) else _STATEMENTS[connection.vendor]:
            cursor.execute(statement.format(name=_NAME, versions=versions, assistants=assistants))
    _catch_up(using)


def take_away(*, using: str, plan: Any = True, **_signal: Any) -> None:
    """Before SQLite rebuilds a table: it refuses to, while a trigger names it."""
    connection = connections[using]
    if plan and connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER IF EXISTS {_NAME}")


def _columns(connection: Any, cursor: Any, table: str) -> set[str]:
    return {column.name for column in connection.introspection.get_table_description(cursor, table)}


def _is_there(connection: Any, cursor: Any) -> bool:
    """On PostgreSQL to make it again would lock the table for a moment; SQLite is told so in its statement."""
    if connection.vendor == "postgresql":
        cursor.execute("SELECT 1 FROM pg_trigger WHERE tgname = %s", [_NAME])
        return cursor.fetchone() is not None
    return False


def _catch_up(using: str) -> None:
    """A version that is saved at the same moment is newer than what is written here, and stays."""
    versions = AssistantVersion.objects.filter(id=OuterRef("pk"), number__isnull=False).order_by("-number")
    number, author = Subquery(versions.values("number")[:1]), Subquery(versions.values("author")[:1])
    behind = Assistant._base_manager.using(using).alias(last=number).filter(newest__lt=F("last"))
    pks = list(behind.values_list("pk", flat=True))
    for start in range(0, len(pks), AT_ONCE):
        behind.filter(pk__in=pks[start : start + AT_ONCE]).update(newest=number, newest_author=author)


_NOTE = (
    'UPDATE "{assistants}" SET newest = NEW.number, newest_author = NEW.author '
    "WHERE id = NEW.id AND newest < NEW.number"
)

_STATEMENTS = {
    "sqlite": [
        'CREATE TRIGGER IF NOT EXISTS {name} AFTER INSERT ON "{versions}" WHEN NEW.number IS NOT NULL '
        f"BEGIN {_NOTE}; END"
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION note_newest_version() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {_NOTE}; RETURN NULL; END $$",
        'CREATE OR REPLACE TRIGGER {name} AFTER INSERT ON "{versions}" FOR EACH ROW '
        "WHEN (NEW.number IS NOT NULL) EXECUTE FUNCTION note_newest_version()",
    ],
}
