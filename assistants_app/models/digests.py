"""The database itself forgets a digest that is not of its schema any more: a process of a version before that had
digests writes another schema and leaves the old one's digest beside it. Readers count what has none by the schema."""

from typing import Any

from django.db import connections

from assistants_app.models.assistants import Assistant

_NAME = "digest_is_of_its_schema"
_TABLE = Assistant._meta.db_table
_STALE = "NEW.schema_digest = OLD.schema_digest AND NEW.settings_schema IS {other} OLD.settings_schema"

_ON_SQLITE = (
    f'CREATE TRIGGER IF NOT EXISTS {_NAME} AFTER UPDATE OF settings_schema ON "{_TABLE}" '
    f"WHEN {_STALE.format(other='NOT')} "
    f"BEGIN UPDATE \"{_TABLE}\" SET schema_digest = '' WHERE id = NEW.id; END",
)

_ON_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION forget_schema_digest() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN NEW.schema_digest := ''; RETURN NEW; END $$",
    f'CREATE TRIGGER {_NAME} BEFORE UPDATE OF settings_schema ON "{_TABLE}" FOR EACH ROW '
    f"WHEN ({_STALE.format(other='DISTINCT FROM')}) EXECUTE FUNCTION forget_schema_digest()",
)


def install_forgetting(*, using: str, **_signal: Any) -> None:
    """Make the trigger where it is missing; runs after every `migrate`, as those of `immutability` do, and why."""
    connection = connections[using]
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description
        there = _TABLE in connection.introspection.table_names(cursor)
        if not there or "schema_digest" not in {column.name for column in described(cursor, _TABLE)}:
            return  # migrated to a version before it
        if connection.vendor == "postgresql":
            cursor.execute("SELECT 1 FROM pg_trigger WHERE tgname = %s AND tgrelid = %s::regclass", [_NAME, _TABLE])
            if cursor.fetchone():  # to make it again would lock the table for a moment
                return
        for statement in _ON_POSTGRESQL if connection.vendor == "postgresql" else _ON_SQLITE:
            cursor.execute(statement)
