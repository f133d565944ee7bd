"""What runs told, on PostgreSQL: in the table of the distributed engine, by its statements."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from assistants_app.engine.database.postgres import ANSWER_SECONDS
from assistants_app.engine.spread.table import KEPT_SECONDS, SWEEP, Kept, Table, publish
from assistants_app.engine.spread.wire import Part

_TABLE = "assistants_app_relayedpart"

UNENDED = f"SELECT run_id FROM {_TABLE} GROUP BY run_id HAVING NOT bool_or(ended)"
END = f"UPDATE {_TABLE} SET ended = true, at = now() WHERE run_id = ANY(%(run_ids)s)"
LEAVE = f"DELETE FROM {_TABLE} WHERE thread_id = ANY(%(thread_ids)s) AND run_id <> ALL(%(besides)s)"


class EventsTable(Table):
    """A `Store`."""

    async def write(self, parts: Sequence[tuple[Part, int]]) -> Kept:
        """What an attempt tells that does not own its run any more is refused."""
        async with self._pool.connection(timeout=ANSWER_SECONDS) as connection:
            return await publish(connection, parts)

    async def unended(self) -> list[UUID]:
        return [row["run_id"] for row in await self._rows(UNENDED, ())]

    async def end(self, run_ids: Collection[UUID]) -> None:
        await self.tell(END, run_ids=list(run_ids))

    async def leave(self, thread_ids: Collection[UUID], besides: Collection[UUID]) -> None:
        await self.tell(LEAVE, thread_ids=list(thread_ids), besides=list(besides))

    async def sweep(self) -> bool:
        for statement in SWEEP:
            await self.tell(statement, kept=timedelta(seconds=KEPT_SECONDS))
        return False
