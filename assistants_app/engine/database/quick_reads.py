"""Reading a few rows in the event loop itself, for the calls that programs make most.

Handing a question to a thread and back takes three times as long as the question: an assistant is read in 0.8 ms by
an async connection, in 2.2 ms by way of a thread. The questions stay querysets; only who asks them is another. What
may scan many rows goes through a thread as before (`scans`), for SQLite is read inline.
"""

import asyncio
import contextvars
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, Protocol, TypeAlias, TypeVar, cast
from uuid import UUID

from django.conf import settings
from django.db import connection, connections
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.db.models import Model, QuerySet
from psycopg import Error as DatabaseError
from psycopg import OperationalError

from assistants_app.engine.database.kept_rows import KeptRows, KeptRowsOfFile, keeping_rows
from assistants_app.models.json_contains import add_function_to
from assistants_app.models.prepared import Question, Questions, ToldRows

M = TypeVar("M", bound=Model)
Row = Sequence[Any]
Fetch: TypeAlias = Callable[[str, Sequence[Any]], Awaitable[Sequence[Row]]]

logger = logging.getLogger(__name__)

CONNECTIONS = 4

SEVERAL = 4
"""After so many questions for one row, and again after as many more, rows are read ahead."""

SHORT = 4_000
"""Letters of a row beside which others may be read."""


class _Asked(Protocol):
    async def fetch(self, sql: str, params: Sequence[Any]) -> Sequence[Row]: ...


class QuickReads:
    """Bound to the event loop in which it was opened."""

    def __init__(self, asked: _Asked, *, may_scan: bool, kept: KeptRows | None = None) -> None:
        self._asked = asked
        self._kept = kept
        self._django: Any = connections["default"]  # itself: its proxy looks it up at every question
        self._questions = Questions()
        self._reading: set[asyncio.Task[None]] = set()
        self.may_scan = may_scan
        """Whether a question that takes long holds up nobody else."""

    async def rows(self, found: "QuerySet[M]") -> list[M]:
        """What `list(found)` is; relations are not followed."""
        question = Question.of(found, self._django)
        return question.models(await self._asked.fetch(question.sql, question.params))

    async def prepared(self, key: str, make: "Callable[..., QuerySet[M]]", **named: object) -> list[M]:
        """What `list(make(**named))` is, put into SQL once for each `key`; see `Questions`."""
        question, params = self._questions.asked(key, make, named, self._django)
        return question.models(await self._asked.fetch(question.sql, params))

    async def told(self, key: str, make: "Callable[..., QuerySet[M]]", **named: object) -> ToldRows:
        """The same for who passes rows of assistants on; see `Question.told` and `KeptRows`."""
        question, params = self._questions.asked(key, make, named, self._django)
        return await self._assistants(question.told, question.sql, params)

    async def told_one(
        self,
        key: str,
        make: "Callable[..., QuerySet[M]]",
        beside: "Callable[[Any], QuerySet[M]]",
        **named: UUID,
    ) -> ToldRows:
        """The same for one row. A change makes all that is kept old: where several rows were asked for since, those
        `beside` one are read as well, after it is told, for who asks for them next."""
        kept, known = self._kept, self._kept.missed if self._kept else 0
        rows = await self.told(key, make, **named)
        if kept and rows and kept.missed != known and kept.missed % SEVERAL == 0 and _is_short(rows[0]):
            reading = asyncio.get_running_loop().create_task(
                self._read_beside(kept, key, make, beside(rows[0]), list(named)), context=contextvars.Context()
            )
            self._reading.add(reading)
            reading.add_done_callback(self._reading.discard)
        return rows

    async def _read_beside(
        self, kept: KeptRows, key: str, make: "Callable[..., QuerySet[M]]", found: "QuerySet[M]", names: list[str]
    ) -> None:
        since = kept.since
        several = Question.of(found, self._django)
        try:
            rows = several.told(await self._asked.fetch(several.sql, several.params))
        except (DatabaseError, sqlite3.Error) as error:  # nobody waits for them
            logger.info("assistants could not be read ahead: %s", error)
            return
        for row in rows:
            named = {name: UUID(str(getattr(row, name))) for name in names}
            question, params = self._questions.asked(key, make, named, self._django)
            kept.keep((question.sql, tuple(params)), ToldRows([row]), since)

    async def told_page(
        self,
        key: str,
        make: "Callable[..., QuerySet[M]]",
        page: "Callable[[Any], QuerySet[M]]",
        *,
        scan: Fetch | None = None,
        **named: object,
    ) -> ToldRows:
        """What `told` is for `page(make(**named))`; its `total` is that of `make(**named)`, and 0 for an empty page.

        By `scan`, when it is given, what may take long is asked where it holds up nobody else."""
        asked, django = self._questions.asked, self._django
        every, within = asked(f"count {key}", lambda **given: make(**given).order_by().only("pk"), named, django)
        question, params = asked(f"page {key}", lambda **given: page(make(**given)), named, django)
        sql = f"SELECT (SELECT COUNT(*) FROM ({every.sql}) every), {question.sql.removeprefix('SELECT ')}"
        return await self._assistants(question.told_page, sql, [*within, *params], None if self.may_scan else scan)

    async def _assistants(
        self, tell: Callable[[Sequence[Row]], ToldRows], sql: str, params: Sequence[Any], scan: Fetch | None = None
    ) -> ToldRows:
        """Rows of the tables that `KeptRows` of PostgreSQL hears of, and of no other."""
        fetch = scan or self._asked.fetch
        if (kept := self._kept) is None:
            return tell(await fetch(sql, params))
        asked = (sql, tuple(params))
        if (rows := kept.find(asked)) is None:
            since = kept.since
            rows = tell(await fetch(sql, params))
            kept.keep(asked, rows, since)
        return rows

    async def count(self, found: "QuerySet[M]") -> int:
        """What `found.count()` is."""
        every: Any = found.order_by().values("pk").query.get_compiler(connection=self._django)
        sql, params = every.as_sql()
        rows = await self._asked.fetch(f"SELECT COUNT(*) FROM ({sql}) found", params)
        return int(rows[0][0])


def _is_short(row: Row) -> bool:
    return sum(len(value) for value in row if isinstance(value, str)) < SHORT


class _Postgres:
    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def fetch(self, sql: str, params: Sequence[Any]) -> Sequence[Row]:
        try:
            return await self._fetch(sql, params)
        except OperationalError:  # a connection that the server ended meanwhile
            await self._pool.check()
            return await self._fetch(sql, params)

    async def _fetch(self, sql: str, params: Sequence[Any]) -> Sequence[Row]:
        async with self._pool.connection() as asking:
            cursor = await asking.execute(sql, params)
            return cast(Sequence[Row], await cursor.fetchall())


class _Sqlite:
    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file

    async def fetch(self, sql: str, params: Sequence[Any]) -> Sequence[Row]:
        cursor = self._file.cursor(factory=SQLiteCursorWrapper)
        try:
            return cast(Sequence[Row], cursor.execute(sql, params).fetchall())
        finally:
            cursor.close()


@asynccontextmanager
async def open_quick_reads() -> AsyncIterator[QuickReads]:
    """On connections of their own, which see what was committed."""
    if connection.vendor == "postgresql":
        async with _postgres_pool() as pool, _kept_rows() as kept:
            yield QuickReads(_Postgres(pool), may_scan=True, kept=kept)
        return
    # Without the types of columns, which would make times of texts: whoever asks does that, and `told` does not.
    more = {"check_same_thread": False, "detect_types": 0}
    file = sqlite3.connect(**{**connection.get_connection_params(), **more})
    try:
        file.execute("PRAGMA query_only=ON")
        add_function_to(file)
        yield QuickReads(_Sqlite(file), may_scan=False, kept=KeptRowsOfFile(file))
    finally:
        file.close()


def _kept_rows() -> AbstractAsyncContextManager[KeptRows | None]:
    return nullcontext() if settings.ENGINE == "distributed" else keeping_rows()


def _postgres_pool() -> Any:
    from django.db.backends.postgresql.psycopg_any import get_adapters_template
    from psycopg_pool import AsyncConnectionPool

    from assistants_app.engine.database.postgres import conninfo

    adapters = get_adapters_template(use_tz=True, timezone=connection.timezone)
    return AsyncConnectionPool(
        conninfo(),
        kwargs={"autocommit": True, "prepare_threshold": 2, "context": adapters},
        min_size=1,
        max_size=CONNECTIONS,
        open=False,
    )
