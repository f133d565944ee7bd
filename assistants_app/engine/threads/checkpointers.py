"""The official checkpointers, opened for the life of the serving process: SQLite in a file of its own, or PostgreSQL.

Imported by the engine when it starts, never by pages or commands: langgraph is slow to import.
"""

import sqlite3
from collections.abc import AsyncIterator, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, contextmanager
from copy import copy
from itertools import islice
from pathlib import Path
from typing import Any, Self, cast

from django.conf import settings
from django.db import connection
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from psycopg import AsyncCursor
from psycopg.rows import DictRow

from assistants_app.engine.database.postgres import Pool, answered_soon, new_pool, setup_lock
from assistants_app.engine.runs.hiding import told_writes, without_secrets
from assistants_app.engine.runs.lease import Claim
from assistants_app.engine.runs.owners import only_for_owners
from assistants_app.engine.runs.undoing import undo_statements
from assistants_app.engine.runs.whole_tasks import of_whole_tasks
from assistants_app.engine.threads.branches import Ancestry
from assistants_app.engine.threads.group_commit import SAVED_SECONDS, GroupCommit, Writes
from assistants_app.models.json_contains import holds

FILE_NAME = "checkpoints.sqlite3"
"""In the data folder; not the product's own database, whose writes would queue behind these."""


class InlineSqliteSaver(SqliteSaver):
    """The official sync saver behind the async interface, called in the event loop itself.

    A write to a local WAL file takes less than handing it to a thread and back (one-node run: 2.0 ms inline,
    3.9 ms by the aiosqlite saver).
    """

    claim: Claim | None = None

    def owned_as(self, claim: Claim) -> Self:
        """The same, for one attempt of a run: it writes nothing once that is over. Writing raises LeaseLost then."""
        mine = copy(self)
        mine.claim = claim
        return mine

    @contextmanager
    def cursor(self, transaction: bool = True) -> Iterator[sqlite3.Cursor]:
        if transaction and self.claim is not None:
            self.claim.require()
        with super().cursor(transaction) as cursor:
            yield cursor

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return self.get_tuple(config)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        # All at once: the sync generator holds the saver's lock while it is read. What `filter` asks of the metadata
        # is told here as PostgreSQL tells it: the saver's own SQL compares texts, and refuses many keys.
        listing = cast("Generator[CheckpointTuple]", self.list(config, before=before, limit=None if filter else limit))
        with closing(listing):
            wanted = (one for one in listing if not filter or holds(dict(one.metadata), filter))
            found = list(islice(wanted, limit))
        for one in found:
            yield one

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        await _confirmed(self.claim)
        written = self.put(without_secrets(config), checkpoint, metadata, new_versions)
        if self.claim is not None:
            self.claim.saved(metadata)
        return written

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        await _confirmed(self.claim)
        self.put_writes(config, told_writes(of_whole_tasks(writes)), task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        self.delete_thread(thread_id)

    async def aget_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        return self.get_delta_channel_history(config=config, channels=channels)

    async def lineage(self, thread_id: str) -> list[Ancestry]:
        with self.cursor(transaction=False) as cursor:
            cursor.execute(
                "SELECT checkpoint_id, parent_checkpoint_id, json_extract(metadata, '$.source'),"
                " json_extract(metadata, '$.run_id') FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = ''",
                (thread_id,),
            )
            return [Ancestry(own, parent, source or "", run_id or "") for own, parent, source, run_id in cursor]

    async def undo(self, thread_id: str, run_id: str) -> None:
        """Delete what a run stored in a thread, whose questions wait again as before it."""
        known = {"thread": thread_id, "run": run_id}
        with self.cursor() as cursor:
            for sql, wanted in undo_statements(writes="writes", run_of="json_extract(metadata, '$.run_id')", mark="?"):
                cursor.execute(sql, [known[name] for name in wanted])


class PooledPostgresSaver(AsyncPostgresSaver):
    """The official saver over a small pool. It serialises its own work, but for what runs write, which is committed
    together."""

    claim: Claim | None = None

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._commits = GroupCommit(pool)

    def owned_as(self, claim: Claim) -> Self:
        """The same, for one attempt of a run: it writes nothing once that is over. Writing raises LeaseLost then."""
        mine = copy(self)
        mine.claim = claim
        mine.UPSERT_CHECKPOINT_BLOBS_SQL = only_for_owners(self.UPSERT_CHECKPOINT_BLOBS_SQL)
        mine.UPSERT_CHECKPOINTS_SQL = only_for_owners(self.UPSERT_CHECKPOINTS_SQL)
        mine.UPSERT_CHECKPOINT_WRITES_SQL = only_for_owners(self.UPSERT_CHECKPOINT_WRITES_SQL)
        mine.INSERT_CHECKPOINT_WRITES_SQL = only_for_owners(self.INSERT_CHECKPOINT_WRITES_SQL)
        return mine

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Nothing is asked for where nothing can be."""
        return None if self.claim is not None and self.claim.finds_nothing else await super().aget_tuple(config)

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[AsyncCursor[DictRow]]:
        if self.claim is None or not pipeline:  # the saver writes in pipelines, and only writes in them
            async with super()._cursor(pipeline=pipeline) as cursor, _answered(cursor):
                yield cursor
            return
        writes = Writes(self.claim)
        yield cast("AsyncCursor[DictRow]", writes)
        writes.followed = all(query != self.UPSERT_CHECKPOINTS_SQL for query, _rows in writes.statements)
        await self._commits.commit(writes)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        await _confirmed(self.claim)
        written = await super().aput(without_secrets(config), checkpoint, metadata, new_versions)
        if self.claim is not None:
            self.claim.saved(metadata)
        return written

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        await _confirmed(self.claim)
        await super().aput_writes(config, told_writes(of_whole_tasks(writes)), task_id, task_path)

    async def undo(self, thread_id: str, run_id: str) -> None:
        """Delete what a run stored in a thread, whose questions wait again as before it."""
        known = {"thread": thread_id, "run": run_id}
        statements = undo_statements(writes="checkpoint_writes", run_of="metadata->>'run_id'", mark="%s")
        async with self._cursor() as cursor:
            for sql, wanted in statements:
                await cursor.execute(sql.encode(), [known[name] for name in wanted])

    async def lineage(self, thread_id: str) -> list[Ancestry]:
        async with self._cursor() as cursor:
            await cursor.execute(
                "SELECT checkpoint_id AS id, parent_checkpoint_id AS parent, metadata->>'source' AS source,"
                " metadata->>'run_id' AS run_id FROM checkpoints WHERE thread_id = %s AND checkpoint_ns = ''",
                (thread_id,),
            )
            rows = await cursor.fetchall()
            return [Ancestry(row["id"], row["parent"], row["source"] or "", row["run_id"] or "") for row in rows]


@asynccontextmanager
async def _answered(cursor: AsyncCursor[DictRow]) -> AsyncIterator[None]:
    """Everybody's checkpoints wait for the one that is written."""
    with answered_soon(cursor.connection, SAVED_SECONDS):
        yield


Saver = InlineSqliteSaver | PooledPostgresSaver


async def _confirmed(claim: Claim | None) -> None:
    if claim is not None:
        await claim.confirm()


def open_saver() -> AbstractAsyncContextManager[Saver]:
    """The checkpointer beside the configured database; it is bound to the running event loop."""
    if connection.vendor == "postgresql":
        return _open_postgres()
    return _open_sqlite(Path(settings.DATA_FOLDER) / FILE_NAME)


@asynccontextmanager
async def _open_sqlite(path: Path) -> AsyncIterator[InlineSqliteSaver]:
    path.parent.mkdir(0o700, parents=True, exist_ok=True)
    file = sqlite3.connect(path, check_same_thread=False, timeout=20)
    try:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=NORMAL")
        saver = InlineSqliteSaver(file)
        saver.setup()
        yield saver
    finally:
        file.close()


@asynccontextmanager
async def _open_postgres() -> AsyncIterator[PooledPostgresSaver]:
    async with new_pool(max_size=2) as pool:
        saver = PooledPostgresSaver(pool)
        async with setup_lock(pool):
            await saver.setup()
        yield saver
