"""The database itself writes down each run that ends, in the statement that ends it: whoever ends it, of whatever
version, and whether or not its row is deleted a moment later. One narrow row, which `services.counting` takes away."""

from typing import Any

from django.db import connections

from assistants_app.models.tallies import EndedRun
from assistants_app.models.threads import Run

_NAME = "ended_runs_are_noted"

_COLUMNS = {
    "run_id": "run_id",
    "graph_id": "graph_id",
    "assistant_pk": "assistant_id",
    "version": "version",
    "status": "status",
    "attempt": "attempt",
    "author": "author",
    "started_at": "started_at",
    "first_token_at": "first_token_at",
    "finished_at": "finished_at",
    "usage": "usage",
}
"""Of the note, and of the run."""


def install_noting(*, using: str, **_signal: Any) -> None:
    """Make the trigger where it is missing; runs after every `migrate`, as SQLite drops it when a table is rebuilt."""
    connection = connections[using]
    runs, notes = Run._meta.db_table, EndedRun._meta.db_table
    with connection.cursor() as cursor:
        if not {runs, notes} <= set(connection.introspection.table_names(cursor)):
            return
        if connection.vendor == "postgresql":
            cursor.execute("SELECT 1 FROM pg_trigger WHERE tgname = %s", [_NAME])
            if cursor.fetchone():  # to make it again would lock the table for a moment
                return
        columns = ", ".join(f'"{name}"' for name in _COLUMNS)
        values = ", ".join(f'NEW."{name}"' for name in _COLUMNS.values())
        for statement in _STATEMENTS[connection.vendor]:
            cursor.execute(statement.format(name=_NAME, runs=runs, notes=notes, columns=columns, values=values))


_STATEMENTS = {
    "sqlite": [
        'CREATE TRIGGER IF NOT EXISTS {name} AFTER UPDATE OF finished_at ON "{runs}" '
        "WHEN OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL "
        'BEGIN INSERT OR IGNORE INTO "{notes}" ({columns}) VALUES ({values}); END'
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION note_ended_run() RETURNS trigger LANGUAGE plpgsql AS "
        '$$ BEGIN INSERT INTO "{notes}" ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING; RETURN NULL; END $$',
        'CREATE OR REPLACE TRIGGER {name} AFTER UPDATE OF finished_at ON "{runs}" FOR EACH ROW '
        "WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL) EXECUTE FUNCTION note_ended_run()",
    ],
}
