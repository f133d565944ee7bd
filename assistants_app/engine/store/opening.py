"""LangGraph's official stores, opened for the life of the serving process: what graphs remember across threads.

SQLite in a file of its own, or the tables beside the others on PostgreSQL. Imported by the engine when it starts,
like the checkpointers. What the classes below add to the official ones is said at each.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from langgraph.store.base import BaseStore, GetOp, ListNamespacesOp, Op, PutOp, Result, SearchItem, SearchOp, TTLConfig
from langgraph.store.postgres.aio import AsyncPostgresStore
from langgraph.store.sqlite import SqliteStore

from assistants_app.engine.background import ended
from assistants_app.engine.database.postgres import new_pool, setup_lock
from assistants_app.engine.store.filters import ALL, SQLITE_FUNCTION, matches, postgres_condition, sqlite_condition
from assistants_app.engine.store.meaning import Meaning, known, page, prepared, texts_of
from assistants_app.engine.store.sqlite_vectors import connection_class
from assistants_app.graphs.config_file import GraphsConfig
from assistants_app.graphs.sections.store import StoreTtl

logger = logging.getLogger(__name__)

FILE_NAME = "store.sqlite3"
"""In the data folder."""

POOL_SIZE = 4

FIRST_SECONDS = 60.0
"""The first sweep, however long the interval: a site that is started often would never come to one."""

NO_EXTENSION = (psycopg.NotSupportedError, psycopg.errors.UndefinedFile, psycopg.errors.InsufficientPrivilege)


class InlineSqliteStore(SqliteStore):
    """The official sync store behind the async interface: reads and writes of single items take less in the event
    loop itself than by way of a thread, searches go to one.

    Beyond the official one: a transaction that fails is rolled back; `created_at` survives an update; times have
    microseconds and a zone; an expired item is gone at once; vectors go with their item.
    """

    meaning: Meaning

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        asked = list(ops)
        given = prepared(asked, self.meaning)
        with known(self.meaning.embed(texts_of(self, given))):
            return page(asked, self._run(given), self.meaning)

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        asked = list(ops)
        given = prepared(asked, self.meaning)
        with known(await self.meaning.aembed(texts_of(self, given))):
            if self.lock.locked() or any(isinstance(op, SearchOp | ListNamespacesOp) for op in given):
                results = await asyncio.to_thread(self._run, given)
            else:
                results = self._run(given)
            return page(asked, results, self.meaning)

    async def asweep(self) -> int:
        return await asyncio.to_thread(self.sweep_ttl)

    def _run(self, ops: list[Op]) -> list[Result]:
        with self._cursor() as cursor:
            expired = "SELECT 1 FROM store WHERE expires_at IS NOT NULL AND expires_at < CURRENT_TIMESTAMP LIMIT 1"
            if cursor.execute(expired).fetchone():
                cursor.execute("DELETE FROM store WHERE expires_at IS NOT NULL AND expires_at < CURRENT_TIMESTAMP")
        return super().batch(ops)

    def _batch_put_ops(self, put_ops: Sequence[tuple[int, PutOp]], cur: sqlite3.Cursor) -> None:
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        kept = []
        for _index, op in put_ops:
            place = (".".join(op.namespace), op.key)
            row = cur.execute("SELECT created_at FROM store WHERE prefix = ? AND key = ?", place).fetchone()
            kept.append((row[0] if row else now, now, *place))
        super()._batch_put_ops(put_ops, cur)
        cur.executemany("UPDATE store SET created_at = ?, updated_at = ? WHERE prefix = ? AND key = ?", kept)

    def _batch_get_ops(self, get_ops: Sequence[tuple[int, GetOp]], results: list[Result], cur: sqlite3.Cursor) -> None:
        super()._batch_get_ops(get_ops, results, cur)
        found = [(op.namespace, op.key) for index, op in get_ops if op.refresh_ttl and results[index] is not None]
        self._refresh(found, cur)

    def _batch_search_ops(
        self, search_ops: Sequence[tuple[int, SearchOp]], results: list[Result], cur: sqlite3.Cursor
    ) -> None:
        super()._batch_search_ops(search_ops, results, cur)
        for index, op in search_ops:
            found: list[SearchItem] = results[index]  # type: ignore[assignment]
            self._refresh([(one.namespace, one.key) for one in found] if op.refresh_ttl else [], cur)

    def _refresh(self, places: list[tuple[tuple[str, ...], str]], cur: sqlite3.Cursor) -> None:
        """The official store refreshes nothing that is asked for by name, unless it refreshes everything."""
        cur.executemany(
            "UPDATE store SET expires_at = DATETIME(CURRENT_TIMESTAMP, '+' || ttl_minutes || ' minutes')"
            " WHERE prefix = ? AND key = ? AND ttl_minutes IS NOT NULL",
            [(".".join(namespace), key) for namespace, key in places],
        )

    def _get_filter_condition(self, key: str, op: str, value: Any) -> tuple[str, list[Any]]:
        assert op == ALL
        return sqlite_condition(value)

    @contextmanager
    def _cursor(self, *, transaction: bool = True) -> Iterator[sqlite3.Cursor]:
        with self.lock:
            cursor = self.conn.cursor()
            try:
                if transaction:
                    cursor.execute("BEGIN IMMEDIATE")
                yield cursor
                if transaction:
                    cursor.execute("COMMIT")
            except BaseException:
                if self.conn.in_transaction:
                    self.conn.rollback()
                raise
            finally:
                cursor.close()


class PooledPostgresStore(AsyncPostgresStore):
    """The official store over a small pool.

    Each call is a batch of its own: the official one joins what comes at the same moment, and where one of them
    fails, all do. Beyond the official one: numbers compare as numbers, parts of minutes are kept, vectors of an
    item are replaced with it, and search by meaning is exact: an approximate index over all namespaces misses what
    is near in a small one.
    """

    VECTOR_MIGRATIONS = AsyncPostgresStore.VECTOR_MIGRATIONS[:2]  # the third is the approximate index

    meaning: Meaning

    aget = BaseStore.aget
    asearch = BaseStore.asearch
    aput = BaseStore.aput
    adelete = BaseStore.adelete
    alist_namespaces = BaseStore.alist_namespaces

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        asked = list(ops)
        given = prepared(asked, self.meaning)
        with known(await self.meaning.aembed(texts_of(self, given))):
            return page(asked, await super().abatch(given), self.meaning)

    def close(self) -> None:
        """End the official store's own task, which joins calls into batches; nothing comes its way here."""
        if self._task:
            self._task.cancel()

    async def asweep(self) -> int:
        return await self.sweep_ttl()

    def _prepare_batch_PUT_queries(self, put_ops: Sequence[tuple[int, PutOp]]) -> Any:
        queries, embedded = super()._prepare_batch_PUT_queries(put_ops)
        if self.index_config:
            gone = "DELETE FROM store_vectors WHERE prefix = %s AND key = %s"
            queries = [*((gone, (".".join(op.namespace), op.key)) for _index, op in put_ops), *queries]
        return queries, embedded

    def _get_filter_condition(self, key: str, op: str, value: Any) -> tuple[str, list[Any]]:
        assert op == ALL
        return postgres_condition(value)


Store = InlineSqliteStore | PooledPostgresStore


@asynccontextmanager
async def open_store(config: GraphsConfig | None) -> AsyncIterator[Store]:
    """The store beside the configured database, as the langgraph.json wants it; bound to the running event loop."""
    meaning = await asyncio.to_thread(Meaning.load, config)
    ttl = config.store.ttl if config else StoreTtl()
    opened = _open_postgres(meaning, ttl) if connection.vendor == "postgresql" else _open_sqlite(meaning, ttl)
    async with opened as store:
        store.meaning = meaning
        async with _sweeping(store, ttl):
            yield store


@asynccontextmanager
async def _open_sqlite(meaning: Meaning, ttl: StoreTtl) -> AsyncIterator[InlineSqliteStore]:
    path = Path(settings.DATA_FOLDER) / FILE_NAME
    path.parent.mkdir(0o700, parents=True, exist_ok=True)
    kind = connection_class()
    file = sqlite3.connect(path, check_same_thread=False, timeout=20, isolation_level=None, factory=kind)
    try:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            file.execute(f"PRAGMA {pragma}")
        file.create_function(SQLITE_FUNCTION, 2, matches, deterministic=True)
        make = partial(InlineSqliteStore, file, ttl=_ttl(ttl))
        store = make(index=meaning.index())
        try:
            store.setup()
            meaning.check_stored(_sqlite_dims(file) if meaning.embeddings else None)
        except sqlite3.OperationalError as error:
            if not meaning.embeddings:
                raise
            meaning.give_up(f"SQLite's vector extension cannot be loaded ({error})")
        if meaning.problem:
            store = make(index=None)
            store.setup()
        yield store
    finally:
        file.close()


def _sqlite_dims(file: sqlite3.Connection) -> int | None:
    row = file.execute("SELECT length(embedding) / 4 FROM store_vectors LIMIT 1").fetchone()
    return int(row[0]) if row else None


@asynccontextmanager
async def _open_postgres(meaning: Meaning, ttl: StoreTtl) -> AsyncIterator[PooledPostgresStore]:
    async with new_pool(max_size=POOL_SIZE) as pool:
        async with setup_lock(pool), pool.connection() as guard:
            store = PooledPostgresStore(pool, index=meaning.index(), ttl=_ttl(ttl))
            try:
                await store.setup()
                meaning.check_stored(await _postgres_dims(guard) if meaning.embeddings else None)
            except NO_EXTENSION as error:
                meaning.give_up(f"PostgreSQL's extension pgvector cannot be used ({str(error).splitlines()[0]})")
            if meaning.problem:
                store.close()
                store = PooledPostgresStore(pool, ttl=_ttl(ttl))
                await store.setup()
            await _keep_parts_of_minutes(guard)
        try:
            yield store
        finally:
            store.close()


async def _postgres_dims(guard: psycopg.AsyncConnection[Any]) -> int | None:
    found = await guard.execute(
        "SELECT atttypmod AS dims FROM pg_attribute"
        " WHERE attrelid = to_regclass('store_vectors') AND attname = 'embedding' AND atttypmod > 0"
    )
    row = await found.fetchone()
    return row["dims"] if row else None


async def _keep_parts_of_minutes(guard: psycopg.AsyncConnection[Any]) -> None:
    """The official table has whole minutes: half a one would be none when it is refreshed."""
    found = await guard.execute(
        "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('store') AND attname = 'ttl_minutes'"
        " AND atttypid = 'integer'::regtype"
    )
    if await found.fetchone():
        await guard.execute("ALTER TABLE store ALTER COLUMN ttl_minutes TYPE double precision")


def _ttl(ttl: StoreTtl) -> TTLConfig:
    return {"default_ttl": ttl.default_ttl, "refresh_on_read": ttl.refresh_on_read, "omit_expired": True}


@asynccontextmanager
async def _sweeping(store: Store, ttl: StoreTtl) -> AsyncIterator[None]:
    """Delete what expired, every now and then; reads pass it over already."""

    async def sweep() -> None:
        interval = ttl.sweep_interval_minutes * 60
        await asyncio.sleep(min(FIRST_SECONDS, interval))
        while True:
            try:
                await store.asweep()
            except Exception:  # a database that does not answer now may do so the next time
                logger.exception("Expired items of the store could not be deleted.")
            await asyncio.sleep(interval)

    task = asyncio.create_task(sweep(), name="store sweeper")
    try:
        yield
    finally:
        await ended(task)
