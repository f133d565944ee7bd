"""What runs told, on SQLite: in a file of its own, whose writes wait for nobody else's.

Written in a thread of its own: a disk that is slow holds up no event loop.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from assistants_app.engine.spread.table import AT_ONCE, FEW, KEPT_SECONDS, ORPHANED_HOURS, Kept
from assistants_app.engine.spread.wire import Part

T = TypeVar("T")
logger = logging.getLogger(__name__)

FILE_NAME = "events.sqlite3"
"""In the data folder. What it holds is gone in minutes: no backup needs it."""

OPEN_SECONDS = 20
LOCKED_MS = 200
"""How long to wait for who has locked the file: at the start, and whenever something is to be kept."""

FREE_PAGES = 4_000
SWEPT_AT_ONCE = 50
"""Runs; others are kept in between."""

_SETUP = """
CREATE TABLE IF NOT EXISTS parts (
    run_id TEXT NOT NULL, thread_id TEXT NOT NULL, part INTEGER NOT NULL, last INTEGER NOT NULL,
    ended INTEGER NOT NULL, told TEXT NOT NULL, at REAL NOT NULL, UNIQUE (run_id, part)
);
CREATE INDEX IF NOT EXISTS parts_of_a_thread ON parts (thread_id, run_id, ended);
CREATE INDEX IF NOT EXISTS parts_ended ON parts (at) WHERE ended;
"""


class EventsFile:
    """A `Store`. `close` it in the end."""

    def __init__(self, path: Path) -> None:
        """Raises sqlite3.Error."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="engine-events")
        try:
            self._file = _open(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            logger.warning("%s was damaged, and is begun anew: %s", path, error)
            for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
                path.with_name(name).unlink(missing_ok=True)
            self._file = _open(path)

    def close(self) -> None:
        self._thread.submit(self._file.close)
        self._thread.shutdown(wait=True)

    async def write(self, parts: Sequence[tuple[Part, int]]) -> Kept:
        """Every attempt is of this process: nobody else has the site's folder."""
        return await self._call(self._write, [part for part, _attempt in parts])

    def _write(self, parts: Sequence[Part]) -> Kept:
        now, kept = time.time(), set()
        for part in parts:
            row = (str(part.run_id), str(part.thread_id), part.number, part.last, part.ended, part.told, now)
            if self._file.execute("INSERT OR IGNORE INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)", row).rowcount:
                kept.add((part.run_id, part.number))
        return kept

    async def parts(self, run_id: UUID, since: int) -> list[Part]:
        return await self._parts("part >= ?", run_id, since, AT_ONCE)

    async def parts_after(self, run_id: UUID, seen: int) -> list[Part]:
        return await self._parts("last > ?", run_id, seen, FEW)

    async def _parts(self, which: str, run_id: UUID, number: int, limit: int) -> list[Part]:
        rows = await self._rows(
            f"SELECT run_id, thread_id, part, last, told FROM parts WHERE run_id = ? AND {which} ORDER BY part LIMIT ?",
            [str(run_id), number, limit],
        )
        return [Part(UUID(run), UUID(thread), number, last, told) for run, thread, number, last, told in rows]

    async def runs_of(self, thread_ids: Sequence[UUID]) -> list[UUID]:
        marks = ", ".join("?" * len(thread_ids))
        sql = f"SELECT run_id FROM parts WHERE thread_id IN ({marks}) GROUP BY run_id ORDER BY min(rowid)"
        return [UUID(run_id) for (run_id,) in await self._rows(sql, [str(one) for one in thread_ids])]

    async def unended(self) -> list[UUID]:
        rows = await self._rows("SELECT run_id FROM parts GROUP BY run_id HAVING NOT max(ended)")
        return [UUID(run_id) for (run_id,) in rows]

    async def end(self, run_ids: Collection[UUID]) -> None:
        now = time.time()
        for run_id in run_ids:
            await self._rows("UPDATE parts SET ended = 1, at = ? WHERE run_id = ?", [now, str(run_id)])

    async def leave(self, thread_ids: Collection[UUID], besides: Collection[UUID]) -> None:
        for run_id in set(await self.runs_of(list(thread_ids))) - set(besides):
            await self._rows("DELETE FROM parts WHERE run_id = ?", [str(run_id)])

    async def sweep(self) -> bool:
        now = time.time()
        old = await self._rows(
            f"SELECT DISTINCT run_id FROM parts WHERE ended AND at < ? LIMIT {SWEPT_AT_ONCE}", [now - KEPT_SECONDS]
        )
        for run_id in old:
            await self._rows("DELETE FROM parts WHERE run_id = ?", run_id)
        await self._rows("DELETE FROM parts WHERE at < ?", [now - ORPHANED_HOURS * 3600])
        return len(old) == SWEPT_AT_ONCE

    async def _rows(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        return await self._call(lambda: self._file.execute(sql, values).fetchall())

    async def _call(self, work: Callable[..., T], *args: object) -> T:
        """In the thread, as one transaction."""

        def done() -> T:
            with self._file:
                return work(*args)

        return await asyncio.get_running_loop().run_in_executor(self._thread, done)


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(0o700, parents=True, exist_ok=True)
    file = sqlite3.connect(path, check_same_thread=False, timeout=OPEN_SECONDS)
    try:
        file.execute("PRAGMA page_size=16384")  # a part is long: half the work
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=NORMAL")
        file.executescript(_SETUP)
        if file.execute("PRAGMA freelist_count").fetchone()[0] > FREE_PAGES:  # of an hour of many runs
            with suppress(sqlite3.OperationalError):  # the disk may be full just now
                file.execute("VACUUM")
        file.execute(f"PRAGMA busy_timeout={LOCKED_MS}")
    except sqlite3.Error:
        file.close()
        raise
    return file
