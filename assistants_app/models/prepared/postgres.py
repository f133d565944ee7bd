"""PostgreSQL asked by plans that stay, without psycopg's cursor around each question.

That cursor turns the SQL, counts its uses and builds its answer in Python: with Django's wrapper 0.16 ms for a short
question, of which the database and the way to it are half. What is asked here is a few dozen questions again and again.
"""

import re
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast
from weakref import WeakKeyDictionary

import psycopg
from psycopg import adapt, errors
from psycopg.abc import Transformer
from psycopg.adapt import PyFormat
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

from assistants_app.models.prepared.cursors import BareCursor

MOST_PLANS = 200
"""That one connection keeps. Each takes PostgreSQL some 20 KB."""

_MARKS = re.compile(r"%[s%]")

_ANSWERED = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


_OF_THE_PLAN = (errors.FeatureNotSupported, errors.InvalidSqlStatementName)
"""What PostgreSQL says of a plan whose table was changed, and of one that somebody put an end to."""


class Plans:
    """Those of one connection, by SQL and the types of its values: a small and a large number have two."""

    def __init__(self) -> None:
        self._names: OrderedDict[tuple[str, tuple[int, ...]], bytes] = OrderedDict()
        self._transformers: dict[str, Transformer] = {}
        self._made = 0

    def ask(self, connection: "psycopg.Connection[Any]", sql: str, params: Sequence[Any]) -> tuple[Any, Transformer]:
        """The result, and what reads its rows. Raises psycopg's errors."""
        transformer = self._transformer(connection, sql)
        text, formats = _turned(sql)
        if len(formats) != len(params):
            raise psycopg.ProgrammingError(f"{len(params)} values for the {len(formats)} places of: {sql}")
        values: Any = transformer.dump_sequence(params, formats)
        asked = sql, transformer.types or ()
        name = self._names.get(asked)
        if name is None:
            self._remember(connection, asked)
            result = connection.pgconn.exec_params(text, values, asked[1], transformer.formats)
        else:
            self._names.move_to_end(asked)
            name = name or self._make(connection, text, asked)
            result = connection.pgconn.exec_prepared(name, values, transformer.formats)
        if result.status not in _ANSWERED:
            error = _error(connection, result)
            if isinstance(error, _OF_THE_PLAN):
                del self._names[asked]
            raise error
        transformer.set_pgresult(result)
        return result, transformer

    def _transformer(self, connection: "psycopg.Connection[Any]", sql: str) -> Transformer:
        known = self._transformers.get(sql)
        if known is None:
            if len(self._transformers) >= MOST_PLANS:
                self._transformers.clear()
            known = self._transformers[sql] = cast(Any, adapt.Transformer)(connection)
        return known

    def _remember(self, connection: "psycopg.Connection[Any]", asked: tuple[str, tuple[int, ...]]) -> None:
        """That it was asked once, which makes no plan yet; and forget what was not asked for longest."""
        self._names[asked] = b""
        if len(self._names) > MOST_PLANS:
            _asked, oldest = self._names.popitem(last=False)
            if oldest:
                connection.pgconn.exec_(b"DEALLOCATE " + oldest)

    def _make(self, connection: "psycopg.Connection[Any]", text: bytes, asked: tuple[str, tuple[int, ...]]) -> bytes:
        self._made += 1
        name = b"kept_%d" % self._made
        result = connection.pgconn.prepare(name, text, asked[1])
        if result.status not in _ANSWERED:
            raise _error(connection, result)
        self._names[asked] = name
        return name


_plans: "WeakKeyDictionary[psycopg.Connection[Any], Plans]" = WeakKeyDictionary()


class PlannedCursor(BareCursor):
    """Asks PostgreSQL once, as Django's cursor would."""

    __slots__ = ("_result", "_transformer")

    def execute(self, sql: str, params: Sequence[Any]) -> None:
        asked = self._connection.connection
        with self._connection.wrap_database_errors:
            plans = _plans.get(asked)
            if plans is None:
                plans = _plans[asked] = Plans()
            if not asked.autocommit and asked.pgconn.transaction_status == TransactionStatus.IDLE:
                _begin(asked)
            self._result, self._transformer = plans.ask(asked, sql, params)

    @property
    def rowcount(self) -> int:
        return int(self._result.command_tuples or 0)

    def fetchall(self) -> list[Any]:
        with self._connection.wrap_database_errors:
            return list(self._transformer.load_rows(0, self._result.ntuples, tuple))


@lru_cache(maxsize=512)
def _turned(sql: str) -> tuple[bytes, list[PyFormat]]:
    """PostgreSQL's own marks for values, and how each is sent."""
    places: list[PyFormat] = []

    def mark(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        places.append(PyFormat.AUTO)
        return f"${len(places)}"

    return _MARKS.sub(mark, sql).encode(), places


def _begin(connection: "psycopg.Connection[Any]") -> None:
    """As psycopg does before the first question of a transaction."""
    if connection.isolation_level is not None or connection.read_only is not None or connection.deferrable is not None:
        connection.execute("SELECT 1")  # it knows how to say that
        return
    result = connection.pgconn.exec_(b"BEGIN")
    if result.status not in _ANSWERED:
        raise _error(connection, result)


def _error(connection: "psycopg.Connection[Any]", result: Any) -> psycopg.Error:
    if connection.pgconn.status == ConnStatus.BAD:
        return psycopg.OperationalError(connection.pgconn.get_error_message())
    return errors.error_from_result(result)
