"""The database itself refuses to change a version, whoever asks: a trigger on the history table.

`resealable` is the one way past it, for secrets that are sealed by another key: what they are stays.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction

from assistants_app.models.assistants import AssistantVersion

_MESSAGE = "a version is immutable: save a new one"


def install_triggers(*, using: str, **_signal: Any) -> None:
    """Make the trigger where it is missing; runs after every `migrate`.

    Not a migration, because SQLite drops triggers whenever a later migration rebuilds the table. The column of
    the person stays free, so that an account can be removed; the author's name stays with the version.
    """
    connection = connections[using]
    table = AssistantVersion._meta.db_table
    columns = ", ".join(f'"{f.column}"' for f in AssistantVersion._meta.concrete_fields if f.name != "history_user")
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return
        for statement in _STATEMENTS[connection.vendor]:
            cursor.execute(statement.format(table=table, columns=columns, message=_MESSAGE))


@contextmanager
def resealable(*, using: str = "default") -> Iterator[None]:
    """A transaction in which versions may be written anew. Other connections notice nothing of it.

    On SQLite the trigger is away meanwhile: whoever writes to the database waits for the transaction.
    """
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL assistants.versions = 'resealable'")
            yield
            cursor.execute("SET LOCAL assistants.versions = ''")  # a transaction around this one goes on
        else:
            cursor.execute("DROP TRIGGER IF EXISTS versions_are_immutable")
            yield
            install_triggers(using=using)


_STATEMENTS = {
    "sqlite": [
        'CREATE TRIGGER IF NOT EXISTS versions_are_immutable BEFORE UPDATE OF {columns} ON "{table}" '
        "BEGIN SELECT RAISE(ABORT, '{message}'); END"
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION refuse_version_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF current_setting('assistants.versions', true) = 'resealable' THEN RETURN NEW; END IF; "
        "RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        'CREATE OR REPLACE TRIGGER versions_are_immutable BEFORE UPDATE OF {columns} ON "{table}" '
        "FOR EACH ROW EXECUTE FUNCTION refuse_version_change()",
    ],
}
