"""PostgreSQL asked by plans that stay, without psycopg's cursor around each question.

That cursor turns the SQL, counts its uses and builds its answer in Python: with Django's wrapper 0.16 ms for a short
question, of which the database and the way to it are half. What is asked here is a few dozen questions again and again.
"""

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self, cast
from weakref import WeakKeyDictionary

import psycopg
from psycopg import adapt, errors
from psycopg.abc import Transformer
from psycopg.adapt import PyFormat
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

MOST_PLANS = 200
"""That one connection keeps. Each takes PostgreSQL some 20 KB."""

_MARKS = re.compile(r"%[s%]")

_ANSWERED = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


@dataclass(slots=True)
class _Asked:
    """What one connection knows of one SQL."""

    transformer: Transformer
    plans: dict[tuple[int, ...], bytes] = field(default_factory=dict)
    """The names of its plans, by the types of its values: a small and a large number have two types. b"" after the
    first use, which makes none yet."""


class Plans:
    """Those of one connection."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, _Asked] = OrderedDict()
        self._made = 0

    def ask(self, connection: "psycopg.Connection[Any]", sql: str, params: Sequence[Any]) -> tuple[Any, Transformer]:
        """The result, and what reads its rows. Raises psycopg's errors."""
        asked = self._asked.get(sql)
        if asked is None:
            asked = self._asked[sql] = _Asked(cast(Any, adapt.Transformer)(connection))
        else:
            self._asked.move_to_end(sql)
        server, transformer = connection.pgconn, asked.transformer
        text, formats = _turned(sql)
        if len(formats) != len(params):
            raise psycopg.ProgrammingError(f"{len(params)} values for the {len(formats)} places of: {sql}")
        values: Any = transformer.dump_sequence(params, formats)
        types = transformer.types or ()
        name = asked.plans.get(types)
        try:
            if name is None:
                asked.plans[types] = b""
                result = server.exec_params(text, values, types, transformer.formats)
            else:
                if not name:
                    name = self._make(connection, text, types)
                    asked.plans[types] = name
                result = server.exec_prepared(name, values, transformer.formats)
            if result.status not in _ANSWERED:
                raise _error(connection, result)
        except psycopg.Error:
            del self._asked[
                sql
            ]  # a plan may be refused for good, after a table was changed; its name is not used again
            raise
        transformer.set_pgresult(result)
        return result, transformer

    def _make(self, connection: "psycopg.Connection[Any]", text: bytes, types: Sequence[int]) -> bytes:
        """Plan it, and forget what was not asked for longest."""
        self._made += 1
        name = b"kept_%d" % self._made
        if len(self._asked) > MOST_PLANS:
            _sql, old = self._asked.popitem(last=False)
            for plan in filter(None, old.plans.values()):
                connection.pgconn.exec_(b"DEALLOCATE " + plan)
        result = connection.pgconn.prepare(name, text, types)
        if result.status not in _ANSWERED:
            raise _error(connection, result)
        return name


_plans: "WeakKeyDictionary[psycopg.Connection[Any], Plans]" = WeakKeyDictionary()


class PlannedCursor:
    """Asks PostgreSQL once, as Django's cursor would."""

    __slots__ = ("_connection", "_result", "_transformer")

    def __init__(self, connection: Any) -> None:
        connection.validate_no_broken_transaction()
        self._connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

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

    def fetchone(self) -> Any:
        rows = self.fetchall()
        return rows[0] if rows else None

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
