"""The upkeep of checkpoints in PostgreSQL."""

from psycopg.rows import DictRow

from assistants_app.engine.threads.checkpointers import PooledPostgresSaver
from assistants_app.engine.threads.upkeep import DeltasKept, StoredSize


class PostgresUpkeep:
    def __init__(self, saver: PooledPostgresSaver) -> None:
        self._saver = saver

    async def copy(self, thread_id: str, to: str) -> None:
        async with self._saver._cursor() as cursor, cursor.connection.transaction():
            await cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            for statement in _COPY:
                await cursor.execute(statement, {"to": to, "thread": thread_id})

    async def keep_latest(self, thread_id: str) -> None:
        try:
            await self._saver.aprune([thread_id], strategy="keep_latest")
        except NotImplementedError:
            raise DeltasKept from None

    async def size(self, thread_id: str) -> StoredSize:
        found = StoredSize()
        for row in await self._rows(_CHECKPOINTS, thread_id):
            found.checkpoints, found.checkpoint_bytes = row["count"], int(row["bytes"])
        for row in await self._rows(_WRITES, thread_id):
            found.writes, found.write_bytes = row["count"], int(row["bytes"])
        for row in await self._rows(_INLINE, thread_id):
            channel = found.channels[row["channel"]]
            channel.versions += row["versions"]
            channel.bytes += int(row["bytes"])
            found.checkpoint_bytes = max(0, found.checkpoint_bytes - int(row["bytes"]))
        for row in await self._rows(_BLOBS, thread_id):
            channel = found.channels[row["channel"]]
            channel.versions += row["versions"]
            channel.bytes += int(row["bytes"])
        return found

    async def _rows(self, query: str, thread_id: str) -> list[DictRow]:
        async with self._saver._cursor() as cursor:
            await cursor.execute(query, {"thread": thread_id})
            return await cursor.fetchall()


_COPY = (
    """
    INSERT INTO checkpoints
        (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata)
    SELECT %(to)s, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata
    FROM checkpoints WHERE thread_id = %(thread)s
    """,
    """
    INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
    SELECT %(to)s, checkpoint_ns, channel, version, type, blob
    FROM checkpoint_blobs WHERE thread_id = %(thread)s
    """,
    """
    INSERT INTO checkpoint_writes
        (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob)
    SELECT %(to)s, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob
    FROM checkpoint_writes WHERE thread_id = %(thread)s
    """,
)

_CHECKPOINTS = """
SELECT count(*) AS count, coalesce(sum(octet_length(checkpoint::text) + octet_length(metadata::text)), 0) AS bytes
FROM checkpoints WHERE thread_id = %(thread)s
"""

_WRITES = """
SELECT count(*) AS count, coalesce(sum(octet_length(blob)), 0) AS bytes
FROM checkpoint_writes WHERE thread_id = %(thread)s
"""

_BLOBS = """
SELECT channel, count(*) AS versions, coalesce(sum(octet_length(blob)), 0) AS bytes
FROM checkpoint_blobs WHERE thread_id = %(thread)s AND type <> 'empty' GROUP BY channel
"""

_INLINE = """
SELECT v.key AS channel, sum(octet_length(v.value::text)) AS bytes,
    count(DISTINCT (c.checkpoint_ns, c.checkpoint -> 'channel_versions' ->> v.key)) AS versions
FROM checkpoints c CROSS JOIN LATERAL jsonb_each(c.checkpoint -> 'channel_values') AS v
WHERE c.thread_id = %(thread)s GROUP BY v.key
"""
"""Small values stand in the checkpoints themselves."""
