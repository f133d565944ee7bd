"""Reading: a queryset as SQL that is kept."""

import secrets
import uuid
from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar, cast

from django.db.models import JSONField, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from assistants_app.models.fields import EncodedJson, JsonTextField
from assistants_app.models.prepared.connection import adapted, default, prepared_cursor

M = TypeVar("M", bound=Model)
Row = Sequence[Any]

KEPT = 256
"""How many questions are kept."""


@dataclass(frozen=True, slots=True)
class Question(Generic[M]):
    """A queryset as SQL, and what becomes of the rows that answer it."""

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
    def of(cls, found: "QuerySet[M, Any]", connection: Any) -> "Question[M]":
        compiler: SQLCompiler = found.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        columns = [(column, alias) for column, _sql, alias in cast(Any, compiler.select)]
        fields = [getattr(column, "target", None) for column, _alias in columns]
        names = [field.attname if field else alias for field, (_column, alias) in zip(fields, columns, strict=True)]
        json = [at for at, field in enumerate(fields) if isinstance(field, JsonTextField | JSONField)]
        row = namedtuple("Row", names)  # type: ignore[misc] # only known here
        converters = compiler.get_converters([column for column, _alias in columns])
        return cls(found.model, sql, params, names, compiler, converters, json, row)

    def values(self, rows: Sequence[Row]) -> Any:
        """A sequence of values for each row."""
        return cast(Any, self.compiler).apply_converters(rows, self.converters) if self.converters else rows

    def models(self, rows: Sequence[Row]) -> list[M]:
        return [self.model.from_db("default", self.names, row) for row in self.values(rows)]

    def told(self, rows: Sequence[Row]) -> list[Any]:
        """With the columns as attributes and nothing else, JSON as it is stored (`EncodedJson`)."""
        plain = {at: found for at, found in self.converters.items() if at not in self.json}
        found = []
        for row in cast(Any, self.compiler).apply_converters(rows, plain) if plain else map(list, rows):
            for at in self.json:
                row[at] = None if row[at] is None else EncodedJson(row[at])
            found.append(self.row._make(row))
        return found


class Questions:
    """Keeps the SQL of the questions that were asked last.

    A question has a `key` and named values: UUIDs, times, texts or numbers, which are all that may differ between two
    questions of one key. They are told from its other values by stand-ins, so that it is no matter where in the SQL,
    and how often, each of them stands.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Question[Any], list[Any]]] = {}

    def asked(
        self, key: str, make: "Callable[..., QuerySet[M, Any]]", named: dict[str, Any], connection: Any
    ) -> "tuple[Question[M], list[Any]]":
        """`make(**named)` as a question, made once for each `key`, and its parameters with these values."""
        kept = self._kept.get(key)
        if kept is None:
            stand_ins = {name: _stand_in(value) for name, value in named.items()}
            question = Question.of(make(**stand_ins), connection)
            names = {adapted(value, connection): name for name, value in stand_ins.items()}
            kept = self._kept[key] = question, [names.get(param, _Fixed(param)) for param in question.params]
            if len(self._kept) > KEPT:
                self._kept.pop(next(iter(self._kept)), None)
        question, places = kept
        values = {name: adapted(value, connection) for name, value in named.items()}
        return question, [place.value if isinstance(place, _Fixed) else values[place] for place in places]


@dataclass(frozen=True, slots=True)
class _Fixed:
    value: Any


def _stand_in(value: Any) -> Any:
    """A value of the same kind that no question has by itself. Raises TypeError for a kind that cannot be named."""
    match value:
        case uuid.UUID():
            return uuid.uuid4()
        case datetime():
            return datetime.fromtimestamp(secrets.randbelow(10**9), UTC) + timedelta(microseconds=1)
        case str():
            return secrets.token_hex()
        case int() if not isinstance(value, bool):
            return 10**8 + secrets.randbelow(10**9)
    raise TypeError(f"A question cannot be asked by {type(value).__name__}.")


_questions = Questions()


def ask(key: str, make: "Callable[..., QuerySet[M, M]]", **named: Any) -> list[M]:
    """What `list(make(**named))` is; relations are not followed. See `Questions` for `key` and `named`."""
    question, rows = _ask(key, make, named)
    return question.models(rows)


def ask_values(key: str, make: "Callable[..., QuerySet[Any, tuple[Any, ...]]]", **named: Any) -> list[tuple[Any, ...]]:
    """The same for what was made by `values_list`."""
    question, rows = _ask(key, make, named)
    return [tuple(row) for row in question.values(rows)]


def _ask(
    key: str, make: "Callable[..., QuerySet[M, Any]]", named: dict[str, Any]
) -> "tuple[Question[M], Sequence[Row]]":
    connection = default()
    question, params = _questions.asked(key, make, named, connection)
    with prepared_cursor(connection) as cursor:
        cursor.execute(question.sql, params)
        return question, cursor.fetchall()
