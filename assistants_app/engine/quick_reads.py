"""Reading a few rows in the event loop itself, for the calls that programs make most.

Handing a question to a thread and back takes three times as long as the question: an assistant is read in 0.8 ms by
an async connection, in 2.2 ms by way of a thread. The questions stay querysets; only who asks them is another. What
may scan many rows goes through a thread as before (`scans`), for SQLite is read inline.
"""

import sqlite3
from collections import namedtuple
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast

from django.db import connection, connections
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.db.models import JSONField, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from psycopg import OperationalError

from assistants_app.models.fields import EncodedJson, JsonTextField
from assistants_app.models.json_contains import add_function_to

M = TypeVar("M", bound=Model)
Row = Sequence[Any]

CONNECTIONS = 4

PREPARED = 256
"""How many questions are kept as SQL."""


class _Asked(Protocol):
    async def fetch(self, sql: str, params: Sequence[Any]) -> Sequence[Row]: ...


class QuickReads:
    """Bound to the event loop in which it was opened."""

    def __init__(self, asked: _Asked, *, may_scan: bool) -> None:
        self._asked = asked
        self._django: Any = connections["default"]  # itself: its proxy looks it up at every question
        self._prepared: dict[str, _Question[Any]] = {}
        self.may_scan = may_scan
        """Whether a question that takes long holds up nobody else."""

    async def rows(self, found: "QuerySet[M]") -> list[M]:
        """What `list(found)` is; relations are not followed."""
        question = self._question(found)
        return question.models(await self._asked.fetch(question.sql, question.params))

    async def prepared(self, key: str, make: "Callable[..., QuerySet[M]]", **named: object) -> list[M]:
        """What `list(make(**named))` is, put into SQL once for each `key`.

        `named` are fields that `make` filters by, in the order in which it does, and by nothing else with a value.
        """
        question = self._once(key, make, named)
        return cast("list[M]", question.models(await self._asked.fetch(question.sql, self._params(question, named))))

    async def told(self, key: str, make: "Callable[..., QuerySet[M]]", **named: object) -> list[Any]:
        """The same for who passes the rows on: with the columns as attributes and nothing else, JSON as it is stored
        (`EncodedJson`)."""
        question = self._once(key, make, named)
        return question.told(await self._asked.fetch(question.sql, self._params(question, named)))

    async def told_page(
        self, key: str, make: "Callable[..., QuerySet[M]]", page: "Callable[[Any], QuerySet[M]]", **named: object
    ) -> tuple[list[Any], int]:
        """What `told` is for `page(make(**named))`, and how many `make(**named)` has in all; 0 for an empty page."""
        every = self._once(f"count {key}", lambda **given: make(**given).order_by().only("pk"), named)
        question = self._once(f"page {key}", lambda **given: page(make(**given)), named)
        params = self._params(question, named)
        sql = f"SELECT (SELECT COUNT(*) FROM ({every.sql}) every), {question.sql.removeprefix('SELECT ')}"
        rows = await self._asked.fetch(sql, [*params, *params])
        return question.told([row[1:] for row in rows]), int(rows[0][0]) if rows else 0

    def _once(self, key: str, make: "Callable[..., QuerySet[M]]", named: dict[str, object]) -> "_Question[Any]":
        question = self._prepared.get(key)
        if question is None:
            question = self._prepared[key] = self._question(make(**named))
            if len(self._prepared) > PREPARED:
                del self._prepared[next(iter(self._prepared))]
        return question

    def _params(self, question: "_Question[Any]", named: dict[str, object]) -> list[Any]:
        fields: Any = question.model._meta
        return [fields.get_field(name).get_db_prep_value(value, self._django) for name, value in named.items()]

    async def count(self, found: "QuerySet[M]") -> int:
        """What `found.count()` is."""
        sql, params = self._compiler(found.order_by().values("pk")).as_sql()
        rows = await self._asked.fetch(f"SELECT COUNT(*) FROM ({sql}) found", params)
        return int(rows[0][0])

    def _question(self, found: "QuerySet[M]") -> "_Question[M]":
        compiler = self._compiler(found)
        sql, params = compiler.as_sql()
        columns = [column for column, _sql, _alias in cast(Any, compiler.select)]
        return _Question.of(found.model, sql, params, [column.target for column in columns], compiler, columns)

    def _compiler(self, found: "QuerySet[Any]") -> SQLCompiler:
        compiler: SQLCompiler = found.query.get_compiler(connection=self._django)
        return compiler


@dataclass(frozen=True, slots=True)
class _Question(Generic[M]):
    model: type[M]
    sql: str
    params: Sequence[Any]
    names: list[str]
    compiler: SQLCompiler
    converters: Any
    json: list[int]
    """Which columns hold JSON."""
    row: Any
    """A named tuple of the columns."""

    @classmethod
    def of(
        cls, model: type[M], sql: str, params: Sequence[Any], fields: list[Any], compiler: SQLCompiler, columns: Any
    ) -> "_Question[M]":
        names = [field.attname for field in fields]
        json = [at for at, field in enumerate(fields) if isinstance(field, JsonTextField | JSONField)]
        row = namedtuple("Row", names)  # type: ignore[misc] # only known here
        return cls(model, sql, params, names, compiler, compiler.get_converters(columns), json, row)

    def models(self, rows: Sequence[Row]) -> list[M]:
        found: Any = self.compiler.apply_converters(rows, self.converters) if self.converters else rows
        return [self.model.from_db("default", self.names, row) for row in found]

    def told(self, rows: Sequence[Row]) -> list[Any]:
        plain = {at: found for at, found in self.converters.items() if at not in self.json}
        found = []
        for row in cast(Any, self.compiler).apply_converters(rows, plain) if plain else map(list, rows):
            for at in self.json:
                row[at] = None if row[at] is None else EncodedJson(row[at])
            found.append(self.row._make(row))
        return found


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
        async with _postgres_pool() as pool:
            yield QuickReads(_Postgres(pool), may_scan=True)
        return
    file = sqlite3.connect(**{**connection.get_connection_params(), "check_same_thread": False})
    try:
        file.execute("PRAGMA query_only=ON")
        add_function_to(file)
        yield QuickReads(_Sqlite(file), may_scan=False)
    finally:
        file.close()


def _postgres_pool() -> Any:
    from django.db.backends.postgresql.psycopg_any import get_adapters_template
    from psycopg_pool import AsyncConnectionPool

    from assistants_app.engine.postgres import conninfo

    adapters = get_adapters_template(use_tz=True, timezone=connection.timezone)
    return AsyncConnectionPool(
        conninfo(),
        kwargs={"autocommit": True, "prepare_threshold": 2, "context": adapters},
        min_size=1,
        max_size=CONNECTIONS,
        open=False,
    )
