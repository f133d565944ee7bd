"""The statements behind outbox and inbox. Events and signals are kept for KEPT_SECONDS after they mattered last."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from assistants_app.engine.database.postgres import Pool, answered_soon
from assistants_app.engine.events.relay import FINISHED_SECONDS
from assistants_app.engine.spread.wire import CARRIED_BYTES, Part

EVENTS = "assistants_events"
SIGNALS = "assistants_signals"
"""Channels: the first for processes that have listeners, the second for every one."""

AT_ONCE = 200
"""Parts that one question reads."""

FEW = 8
"""The same for one of many listeners, which holds them in memory."""

ORPHANED_HOURS = 24
"""After that much quiet nobody ends a run any more."""

_TABLE = "assistants_app_relayedpart"

_TELL = f"""
pg_notify('{EVENTS}', concat_ws(' ', run_id, thread_id, part, last, ended::int) || E'\\n' ||
          CASE WHEN octet_length(told) < {CARRIED_BYTES - 150} THEN told ELSE '' END)
"""

PUBLISH = f"""
WITH given AS (
    SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::int[], %b::int8[], %b::bool[], %b::text[], %b::int[])
        WITH ORDINALITY AS given (run_id, thread_id, part, last, ended, told, attempt, place)
), owned AS (
    SELECT run_id, attempt FROM assistants_app_run WHERE run_id IN (SELECT run_id FROM given) ORDER BY run_id FOR SHARE
), allowed AS (
    SELECT given.* FROM given LEFT JOIN owned USING (run_id)
     WHERE owned.attempt IS NULL OR owned.attempt = given.attempt
), kept AS (
    INSERT INTO {_TABLE} (run_id, thread_id, part, last, ended, told, at)
    SELECT run_id, thread_id, part, last, ended, told, now() FROM allowed ORDER BY place
    ON CONFLICT (run_id, part) DO NOTHING
    RETURNING id, run_id, part
)
SELECT run_id, part, CASE WHEN id IS NOT NULL THEN {_TELL} END
  FROM (SELECT allowed.*, kept.id FROM allowed
          LEFT JOIN kept USING (run_id, part) LEFT JOIN {_TABLE} AS earlier USING (run_id, part)
         WHERE kept.id IS NOT NULL OR earlier.told = allowed.told ORDER BY place) AS known
"""
"""An attempt that does not own its run any more is not heard: runs are locked while it tells, so that what it tells is
there for its successor to go on after, or is not told at all. Asked twice it tells once. The answer: which are kept, by
this question or an earlier one that nobody heard the answer of."""

END = f"""
WITH known AS (
    SELECT coalesce(max(part) + 1, 0) AS part, coalesce(max(last), 0) AS last, coalesce(bool_or(ended), false) AS ended
      FROM {_TABLE} WHERE run_id = %(run_id)s
), kept AS (
    INSERT INTO {_TABLE} (run_id, thread_id, part, last, ended, told, at)
    SELECT %(run_id)s, %(thread_id)s, part, last + %(events)s, true, %(told)s, now() FROM known WHERE NOT known.ended
    ON CONFLICT (run_id, part) DO NOTHING
    RETURNING id, run_id, thread_id, part, last, ended, told
) SELECT {_TELL} FROM kept
"""
"""The end of a run that nobody executes, after so many events that are told with it."""

SIGNAL = f"""
WITH kept AS (INSERT INTO assistants_app_signal (told, at) VALUES (%(told)s, now()) RETURNING id, told)
SELECT pg_notify('{SIGNALS}', CASE WHEN octet_length(told) < {CARRIED_BYTES} THEN told ELSE id::text END) FROM kept
"""

SWEEP = (
    f"DELETE FROM {_TABLE} WHERE run_id IN (SELECT run_id FROM {_TABLE} WHERE ended AND at < now() - %(kept)s)",
    f"DELETE FROM {_TABLE} WHERE at < now() - interval '{ORPHANED_HOURS} hours'",
    "DELETE FROM assistants_app_signal WHERE at < now() - %(kept)s",
)

KEPT_SECONDS = FINISHED_SECONDS

Kept = set[tuple[UUID, int]]
"""Runs, and the numbers of their parts."""


class Table:
    """Reads, and writes that are no run's events. For the engine's loop."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def parts(self, run_id: UUID, since: int) -> list[Part]:
        """The parts of a run from number `since` on, so many as are read at once."""
        return await self._parts("part >= %s", run_id, since, AT_ONCE)

    async def parts_after(self, run_id: UUID, seen: int) -> list[Part]:
        """A few of the parts of a run, the first that hold events after number `seen`."""
        return await self._parts("last > %s", run_id, seen, FEW)

    async def _parts(self, which: str, run_id: UUID, number: int, limit: int) -> list[Part]:
        rows = await self._rows(
            f"SELECT run_id, thread_id, part, last, told FROM {_TABLE} WHERE run_id = %s AND {which}"
            " ORDER BY part LIMIT %s",
            (run_id, number, limit),
        )
        return [Part(row["run_id"], row["thread_id"], row["part"], row["last"], row["told"]) for row in rows]

    async def runs_of(self, thread_ids: Sequence[UUID]) -> list[UUID]:
        """The runs of threads of which events are kept, in their order."""
        rows = await self._rows(
            f"SELECT run_id FROM {_TABLE} WHERE thread_id = ANY(%s) GROUP BY run_id ORDER BY min(id)",
            (list(thread_ids),),
        )
        return [row["run_id"] for row in rows]

    async def told(self, run_ids: Sequence[UUID]) -> dict[UUID, int]:
        """How many parts there are of each run."""
        rows = await self._rows(
            f"SELECT run_id, max(part) + 1 AS parts FROM {_TABLE} WHERE run_id = ANY(%s) GROUP BY run_id",
            (list(run_ids),),
        )
        return {row["run_id"]: row["parts"] for row in rows}

    async def unfinished(self, run_ids: Sequence[UUID]) -> set[UUID]:
        """Those that have not ended."""
        rows = await self._rows(
            "SELECT run_id FROM assistants_app_run WHERE run_id = ANY(%s) AND finished_at IS NULL", (list(run_ids),)
        )
        return {row["run_id"] for row in rows}

    async def signals(self, seconds: float) -> list[str]:
        """What was said in the last `seconds`."""
        rows = await self._rows(
            "SELECT told FROM assistants_app_signal WHERE at > now() - make_interval(secs => %s) ORDER BY id",
            (seconds,),
        )
        return [row["told"] for row in rows]

    async def signal(self, signal_id: int) -> str | None:
        rows = await self._rows("SELECT told FROM assistants_app_signal WHERE id = %s", (signal_id,))
        return rows[0]["told"] if rows else None

    async def tell(self, statement: str, **values: Any) -> None:
        async with self._pool.connection() as connection:
            with answered_soon(connection):
                await connection.execute(statement.encode(), values)

    async def _rows(self, statement: str, values: Sequence[Any]) -> list[dict[str, Any]]:
        async with self._pool.connection() as connection:
            with answered_soon(connection):
                cursor = await connection.execute(statement.encode(), values)
                return await cursor.fetchall()


async def publish(connection: AsyncConnection[Any], parts: Sequence[tuple[Part, int]]) -> Kept:
    """Write parts, each told by an attempt at its run, and say so; which of them are kept."""
    columns = [
        [part.run_id for part, _attempt in parts],
        [part.thread_id for part, _attempt in parts],
        [part.number for part, _attempt in parts],
        [part.last for part, _attempt in parts],
        [part.ended for part, _attempt in parts],
        [part.told or "" for part, _attempt in parts],
        [attempt for _part, attempt in parts],
    ]
    with answered_soon(connection):
        cursor = await connection.cursor(row_factory=tuple_row).execute(PUBLISH.encode(), columns)
        return {(run_id, number) for run_id, number, _told in await cursor.fetchall()}
