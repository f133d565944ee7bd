"""PostgreSQL itself says on a channel that assistants have changed, whoever changed them and by whatever way: for who
keeps what was read of them. It tells that, not what, and once for each transaction."""

from typing import Any

from django.db import connections

from assistants_app.models.assistants import Assistant, AssistantVersion

CHANNEL = "assistants_changed"

CHANGES = (Assistant, AssistantVersion)
"""The tables whose changes are told."""


def install_announcing(*, using: str, **_signal: Any) -> None:
    """Make the triggers where they are missing; runs after every `migrate`. SQLite has no such channel."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        there = connection.introspection.table_names(cursor)
        for table in (model._meta.db_table for model in CHANGES):
            cursor.execute(
                "SELECT 1 FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE tgname = %s AND relname = %s",
                [CHANNEL, table],
            )
            if table not in there or cursor.fetchone():  # to make it again would lock the table for a moment
                continue
            cursor.execute(
                "CREATE OR REPLACE FUNCTION announce_assistants() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN PERFORM pg_notify('{CHANNEL}', ''); RETURN NULL; END $$"
            )
            cursor.execute(
                f'CREATE TRIGGER {CHANNEL} AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "{table}" '
                "FOR EACH STATEMENT EXECUTE FUNCTION announce_assistants()"
            )
