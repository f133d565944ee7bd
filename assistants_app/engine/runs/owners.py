"""PostgreSQL's part of "only who owns a run writes for it": asked and written in one statement.

The run's row is locked for the moment of writing, so that nobody takes the run over just then; if somebody did, the
statement waits for that, and finds nothing to write for.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from assistants_app.engine.runs.lease import Claim, LeaseLost
from assistants_app.models import Run

_VALUES = re.compile(r"VALUES\s*\(([^)]*)\)")

OWNED = (
    f"FROM {Run._meta.db_table} WHERE run_id = %s AND attempt = %s AND worker_id = %s AND status = 'running' FOR SHARE"
)


def only_for_owners(sql: str) -> str:
    """An INSERT of the checkpointer's that inserts nothing unless the run is owned; it wants to know three more
    values, which OwnersCursor adds."""
    owned, replaced = _VALUES.subn(rf"SELECT \1 {OWNED}", sql.rstrip(" \n;"))
    if replaced != 1:
        raise ValueError(f"The checkpointer writes in a way that is not known: {sql}")
    return owned


class OwnersCursor:
    """A cursor for these statements, in a pipeline."""

    def __init__(self, cursor: Any, claim: Claim) -> None:
        self._cursor = cursor
        self._owner = (claim.run_id, claim.attempt, claim.lease.worker_id)
        self._writes = False

    async def execute(self, query: str, params: Sequence[Any]) -> None:
        """A checkpoint, which replaces the one with its id: so one row is always written."""
        await self._cursor.execute(query + " RETURNING 1", (*params, *self._owner))
        self._writes = True

    async def executemany(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        """What is there already may be left as it is, so nothing can be told from the count."""
        await self._cursor.executemany(query, [(*row, *self._owner) for row in rows])

    async def require_written(self) -> None:
        """Raises LeaseLost."""
        if self._writes and await self._cursor.fetchone() is None:
            raise LeaseLost
