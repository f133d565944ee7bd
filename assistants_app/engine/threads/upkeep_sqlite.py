"""The upkeep of checkpoints in SQLite: a few at a time, for the event loop waits meanwhile."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from assistants_app.engine.threads.checkpointers import InlineSqliteSaver
from assistants_app.engine.threads.upkeep import DeltasKept, StoredSize

AT_ONCE = 20
"""Checkpoints that are copied, deleted or measured before others have a turn."""


@dataclass(frozen=True, slots=True)
class _Head:
    """The newest checkpoint of a namespace; `root` is the one of the thread's own graph that it was run from."""

    namespace: str
    checkpoint_id: str
    root: str


class SqliteUpkeep:
    def __init__(self, saver: InlineSqliteSaver) -> None:
        self._saver = saver

    async def copy(self, thread_id: str, to: str) -> None:
        for some in _some(self._keys(thread_id)):
            with self._transaction() as cursor:
                for namespace, checkpoint_id in some:
                    cursor.execute(_COPY_CHECKPOINT, (to, thread_id, namespace, checkpoint_id))
                    cursor.execute(_COPY_WRITES, (to, thread_id, namespace, checkpoint_id))
            await asyncio.sleep(0)

    async def keep_latest(self, thread_id: str) -> None:
        """Everything is decided first, so that a run that goes on meanwhile loses nothing."""
        heads, keys = self._heads(thread_id), self._keys(thread_id)
        newest = heads[""].checkpoint_id if "" in heads else ""
        saved = {checkpoint_id for namespace, checkpoint_id in keys if not namespace}
        kept = {
            (head.namespace, head.checkpoint_id)
            for head in heads.values()
            if ":" not in head.namespace or head.root == newest or head.root not in saved
        }
        for some in _some([key for key in keys if key not in kept]):
            with self._transaction() as cursor:
                for table in ("writes", "checkpoints"):
                    cursor.executemany(
                        f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ?",
                        [(thread_id, *key) for key in some],
                    )
            await asyncio.sleep(0)
        with self._transaction() as cursor:
            cursor.executemany(_FORGET_PARENT, [(thread_id, *key) for key in kept])

    async def size(self, thread_id: str) -> StoredSize:
        found = StoredSize()
        seen: set[tuple[str, str, str]] = set()
        for some in _some(self._keys(thread_id)):
            for namespace, checkpoint_id in some:
                self._measure(thread_id, namespace, checkpoint_id, found, seen)
            await asyncio.sleep(0)
        return found

    def _measure(
        self, thread_id: str, namespace: str, checkpoint_id: str, found: StoredSize, seen: set[tuple[str, str, str]]
    ) -> None:
        """Add one checkpoint; each holds the values of all channels."""
        place = (thread_id, namespace, checkpoint_id)
        row = self._one(f"SELECT type, checkpoint, metadata FROM checkpoints {_AT}", place)
        if row is None:
            return
        kind, content, metadata = row
        checkpoint = self._saver.serde.loads_typed((kind, content))
        in_channels = 0
        for name, value in checkpoint["channel_values"].items():
            channel = found.channels[name]
            size = len(self._saver.serde.dumps_typed(value)[1])
            channel.bytes += size
            in_channels += size
            version = (namespace, name, str(checkpoint["channel_versions"].get(name)))
            channel.versions += version not in seen
            seen.add(version)
        found.checkpoints += 1
        found.checkpoint_bytes += max(0, len(content) - in_channels) + len(metadata or b"")
        writes, size = self._one(f"SELECT count(*), sum(length(value)) FROM writes {_AT}", place) or (0, 0)
        found.writes += writes
        found.write_bytes += size or 0

    def _keys(self, thread_id: str) -> list[tuple[str, str]]:
        """Namespace and id of every checkpoint, the oldest first."""
        with closing(self._saver.conn.cursor()) as cursor, self._saver.lock:
            cursor.execute(
                "SELECT checkpoint_ns, checkpoint_id FROM checkpoints WHERE thread_id = ? ORDER BY checkpoint_id",
                (thread_id,),
            )
            return cursor.fetchall()

    def _heads(self, thread_id: str) -> dict[str, _Head]:
        """By namespace. Raises DeltasKept."""
        if self._one(_DELTAS, (thread_id,)):
            raise DeltasKept
        with closing(self._saver.conn.cursor()) as cursor, self._saver.lock:
            cursor.execute(
                "SELECT checkpoint_ns, max(checkpoint_id), metadata FROM checkpoints WHERE thread_id = ?"
                " GROUP BY checkpoint_ns",  # SQLite takes the other columns from the row of the maximum
                (thread_id,),
            )
            rows = cursor.fetchall()
        parents = {namespace: (json.loads(text or "{}").get("parents") or {}) for namespace, _id, text in rows}
        return {ns: _Head(ns, checkpoint_id, parents[ns].get("", "")) for ns, checkpoint_id, _text in rows}

    def _one(self, query: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
        with closing(self._saver.conn.cursor()) as cursor, self._saver.lock:
            found: tuple[Any, ...] | None = cursor.execute(query, values).fetchone()
            return found

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        """All or nothing: the saver's own cursor commits what was done before an error."""
        with closing(self._saver.conn.cursor()) as cursor, self._saver.lock, self._saver.conn:
            yield cursor


def _some(keys: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]


_AT = "WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ?"

_COPY_CHECKPOINT = f"""
INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata)
SELECT ?, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata
FROM checkpoints {_AT}
"""

_COPY_WRITES = f"""
INSERT INTO writes (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, value)
SELECT ?, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, value
FROM writes {_AT}
"""

_FORGET_PARENT = f"UPDATE checkpoints SET parent_checkpoint_id = NULL {_AT}"

_DELTAS = """
SELECT 1 FROM checkpoints
WHERE thread_id = ? AND json_extract(CAST(metadata AS TEXT), '$.counters_since_delta_snapshot') IS NOT NULL
"""
