"""PostgreSQL itself counts the threads, in the statement that makes or deletes them: to count 200,000 anew takes twice
to seven times as long as all else of a search. SQLite counts them quickly.

Each such statement adds a row that says by how many there are more, so that none waits for another; the sum is exact in
whatever transaction it is asked for. `fold` makes one row of many.
"""

from typing import Any

from django.db import connection, connections, transaction

from assistants_app.models.threads import Thread

TABLE = "assistants_app_countedthreads"
"""No model: it is part of the trigger, and a site that moves here from SQLite makes it by itself."""

FEW = 100
"""Rows that are summed as quickly as one."""

_NAME = "threads_are_counted"

_COUNT = f"""
CREATE OR REPLACE FUNCTION count_threads() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO "{TABLE}" SELECT count(*) FROM changed HAVING count(*) > 0;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO "{TABLE}" SELECT -count(*) FROM changed HAVING count(*) > 0;
    ELSE
        DELETE FROM "{TABLE}";
    END IF;
    RETURN NULL;
END $$
"""

_WHEN = {
    f"{_NAME}_made": ("INSERT", "REFERENCING NEW TABLE AS changed"),
    f"{_NAME}_deleted": ("DELETE", "REFERENCING OLD TABLE AS changed"),
    _NAME: ("TRUNCATE", ""),
}


def install_counting(*, using: str, **_signal: Any) -> None:
    """Make table and triggers where they are missing, and count what is there; runs after every `migrate`."""
    asked = connections[using]
    if asked.vendor != "postgresql":
        return
    threads = Thread._meta.db_table
    with transaction.atomic(using=using), asked.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_trigger WHERE tgname = %s", [_NAME])
        if cursor.fetchone() or threads not in asked.introspection.table_names(cursor):
            return
        cursor.execute(f'CREATE TABLE IF NOT EXISTS "{TABLE}" (more bigint NOT NULL)')
        cursor.execute(_COUNT)
        for name, (event, changed) in _WHEN.items():  # which waits for who writes threads, and keeps others waiting
            cursor.execute(
                f'CREATE TRIGGER {name} AFTER {event} ON "{threads}" {changed} '
                "FOR EACH STATEMENT EXECUTE FUNCTION count_threads()"
            )
        cursor.execute(f'DELETE FROM "{TABLE}"')
        cursor.execute(f'INSERT INTO "{TABLE}" SELECT count(*) FROM "{threads}"')


def count_all() -> int:
    """How many threads there are, those of this transaction among them."""
    if connection.vendor != "postgresql":
        return Thread.objects.count()
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT COALESCE(sum(more), 0) FROM "{TABLE}"')
        return int(cursor.fetchone()[0])


def fold() -> None:
    """Any number of processes may: what one takes away, another passes over."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f'WITH taken AS (DELETE FROM "{TABLE}" WHERE (SELECT count(*) FROM "{TABLE}") > {FEW} RETURNING more) '
            f'INSERT INTO "{TABLE}" SELECT sum(more) FROM taken HAVING count(*) > 0'
        )
