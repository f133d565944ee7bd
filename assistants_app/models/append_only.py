"""The database itself keeps the audit log: triggers refuse to change, replace, delete or truncate its entries.

They guard against faults of this product, and against whoever gets SQL past it; the database's owner can take triggers
away as they can the whole database. `deletable` is the one way past them, for entries that grew old.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction

from assistants_app.models.audit import AuditEntry

_MESSAGE = "the audit log is append-only"
_TABLE = AuditEntry._meta.db_table

_ON_SQLITE = {
    "audit_is_not_changed": f'BEFORE UPDATE ON "{_TABLE}"',
    # INSERT OR REPLACE deletes what is there without asking the trigger below.
    "audit_is_not_replaced": f'BEFORE INSERT ON "{_TABLE}" WHEN EXISTS (SELECT 1 FROM "{_TABLE}" WHERE id = NEW.id)',
    "audit_is_not_deleted": f'BEFORE DELETE ON "{_TABLE}"',
}

_ON_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF TG_OP <> 'UPDATE' AND current_setting('assistants.audit_log', true) = 'deletable' THEN RETURN NULL; END IF; "
    f"RAISE EXCEPTION '{_MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    f'CREATE OR REPLACE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "{_TABLE}" '
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
)


def install_triggers(*, using: str, **_signal: Any) -> None:
    """Make them where they are missing; runs after every `migrate`, as those of `immutability` do, and why."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if _TABLE not in connection.introspection.table_names(cursor):
            return
        for statement in _ON_POSTGRESQL if connection.vendor == "postgresql" else map(_on_sqlite, _ON_SQLITE):
            cursor.execute(statement)


@contextmanager
def deletable(*, using: str = "default") -> Iterator[None]:
    """A transaction in which entries may be deleted; never changed. Other connections notice nothing of it.

    On SQLite the trigger is away meanwhile: whoever writes to the database waits for the transaction.
    """
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL assistants.audit_log = 'deletable'")
            yield
            cursor.execute("SET LOCAL assistants.audit_log = ''")  # a transaction around this one goes on
        else:
            cursor.execute("DROP TRIGGER IF EXISTS audit_is_not_deleted")
            yield
            cursor.execute(_on_sqlite("audit_is_not_deleted"))


def _on_sqlite(name: str) -> str:
    return f"CREATE TRIGGER IF NOT EXISTS {name} {_ON_SQLITE[name]} BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
