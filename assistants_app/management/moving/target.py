"""The PostgreSQL that a site moves to: takes rows in, in the transaction that is open."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models
from psycopg import sql

from assistants_app.domain.errors import CannotMove
from assistants_app.management.moving.parts import Part, Row

ROWS, BYTES = 2_000, 4_000_000
"""What is held in memory at most, the last row aside."""

TELL_SECONDS = 5.0

Tell = Callable[[str], object]


class Target:
    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def lock(self, tables: Iterable[str]) -> None:
        """Nobody else writes there until the transaction ends."""
        named = sql.SQL(", ").join(map(sql.Identifier, tables))
        self._execute(sql.SQL("SET LOCAL lock_timeout = '5s'"))
        self._execute(sql.SQL("SET LOCAL TimeZone = 'UTC'"))  # of the times that SQLite keeps without one
        self._execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(named))

    def holding(self, tables: Iterable[str]) -> list[str]:
        """Those that have rows."""
        return [table for table in tables if self.count(table)]

    def empty(self, table: str) -> None:
        self._execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))

    def has(self, table: str) -> bool:
        return table in connection.introspection.table_names()

    def count(self, table: str) -> int:
        return int(self._execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))[0])

    def take(self, part: Part) -> dict[str, int]:
        """Copies a part, and counts what is there afterwards by table. Raises CannotMove."""
        sent: Counter[str] = Counter()
        told = time.monotonic()
        for batch in batches(part):
            for table, rows in batch.items():
                self._copy(table, part.tables[table], rows)
                sent[table] += len(rows)
            if time.monotonic() - told > TELL_SECONDS:
                told = time.monotonic()
                self._tell(f"{part.name}: {sent[next(iter(part.tables))]:,} of {part.count:,}")
        counted = {table: self.count(table) for table in part.tables}
        first = next(iter(part.tables))
        if sent[first] != part.count or any(sent[table] != number for table, number in counted.items()):
            raise CannotMove(f"{part.name}: of {part.count:,} rows {counted[first]:,} arrived.")
        return counted

    def settle(self, of: Sequence[type[models.Model]]) -> None:
        """References are checked now, and what is made next gets the next numbers."""
        self._execute(sql.SQL("SET CONSTRAINTS ALL IMMEDIATE"))
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(of)):
                cursor.execute(statement)

    def analyze(self) -> None:
        """Let the planner know what came, now and not some minutes later."""
        self._execute(sql.SQL("ANALYZE"))

    def _copy(self, table: str, columns: Sequence[str], rows: list[Row]) -> None:
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(into) as copy:
            for row in rows:
                copy.write_row(row)

    def _execute(self, query: sql.Composable) -> Any:
        """The first row of the answer."""
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone() if cursor.description else None


def batches(part: Part) -> Iterable[dict[str, list[Row]]]:
    """Its rows by table, a bounded number at a time."""
    batch: dict[str, list[Row]] = {table: [] for table in part.tables}
    rows = size = 0
    for table, row in part.rows():
        batch[table].append(row)
        rows += 1
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if rows >= ROWS or size >= BYTES:
            yield batch
            batch, rows, size = {table: [] for table in part.tables}, 0, 0
    if rows:
        yield batch
