"""Reading: a queryset as SQL that is kept."""

import secrets
import uuid
from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Generic, TypeVar, cast

from django.db.models import DateTimeField, JSONField, Model, QuerySet, UUIDField
from django.db.models.sql.compiler import SQLCompiler

from assistants_app.models.fields import EncodedJson, JsonTextField
from assistants_app.models.prepared.connection import adapted, default, prepared_cursor
from assistants_app.models.prepared.rows import read_row

M = TypeVar("M", bound=Model)
Row = Sequence[Any]

KEPT = 256
"""How many questions are kept."""


class ToldRows(list[Any]):
    """Rows to pass on, and what was made of them already, for as long as they are kept."""

    def __init__(self, rows: Iterable[Any], total: int = 0) -> None:
        super().__init__(rows)
        self.total = total
        """Of a page, how many there are in all."""
        self.made: dict[Any, tuple[Sequence[Any], bytes]] = {}
        """By what made it: of what else it was made, and what it is."""


@dataclass(frozen=True, slots=True)
class Question(Generic[M]):
    """A queryset as SQL, and what becomes of the rows that answer it."""

    model: type[M]
    sql: str
    params: Sequence[Any]
    names: list[str]
    compiler: SQLCompiler
    converters: Any
    tells: "list[tuple[int, Callable[[Any], Any]]]"
    row: Any
    """A named tuple of the columns."""

    @classmethod
    def of(cls, found: "QuerySet[M, Any]", connection: Any) -> "Question[M]":
        compiler: SQLCompiler = found.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        columns = [(column, alias) for column, _sql, alias in cast(Any, compiler.select)]
        fields = [getattr(column, "target", None) for column, _alias in columns]
        names = [field.attname if field else alias for field, (_column, alias) in zip(fields, columns, strict=True)]
        row = namedtuple("Row", names)  # type: ignore[misc] # only known here
        converters = compiler.get_converters([column for column, _alias in columns])
        tells = _tells(fields, converters, connection)
        return cls(found.model, sql, params, names, compiler, converters, tells, row)

    def values(self, rows: Sequence[Row]) -> Any:
        """A sequence of values for each row."""
        return cast(Any, self.compiler).apply_converters(rows, self.converters) if self.converters else rows

    def models(self, rows: Sequence[Row]) -> list[M]:
        return [read_row(self.model, self.names, row) for row in self.values(rows)]

    def told(self, rows: Sequence[Row]) -> ToldRows:
        """With the columns as attributes and nothing else, as JSON tells them: JSON is as it is stored (`EncodedJson`),
        and a UUID or a time may be its text."""
        found = []
        for row in map(list, rows):
            for at, tell in self.tells:
                row[at] = tell(row[at])
            found.append(self.row._make(row))
        return ToldRows(found)

    def told_page(self, rows: Sequence[Row]) -> ToldRows:
        """The same where the number of all stands before each row."""
        told = self.told([row[1:] for row in rows])
        told.total = int(rows[0][0]) if rows else 0
        return told


def _tells(fields: Sequence[Any], converters: Any, connection: Any) -> "list[tuple[int, Callable[[Any], Any]]]":
    """What `Question.told` makes of which columns."""
    tells: list[tuple[int, Callable[[Any], Any]]] = []
    for at, field in enumerate(fields):
        if isinstance(field, JsonTextField | JSONField):
            tells.append((at, _encoded))
        elif connection.vendor == "sqlite" and isinstance(field, UUIDField):
            tells.append((at, _dashed))
        elif connection.vendor == "sqlite" and isinstance(field, DateTimeField):
            tells.append((at, _iso))
        elif at in converters:
            convert, expression = converters[at]
            tells.append((at, partial(_converted, convert, expression, connection)))
    return tells


def _encoded(value: str | None) -> EncodedJson | None:
    return None if value is None else EncodedJson(value)


def _dashed(value: str | None) -> str | None:
    return value and f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"


def _iso(value: datetime | str | None) -> str | None:
    """A time of SQLite's, which is in UTC and has no zone."""
    return None if value is None else f"{(text := str(value))[:10]}T{text[11:]}+00:00"


def _converted(convert: Any, expression: Any, connection: Any, value: Any) -> Any:
    for each in convert:
        value = each(value, expression, connection)
    return value


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


@dataclass(frozen=True, slots=True)
class Missing:
    """Rows that must not be there for a write to be done: `make(**named)`, as `ask` takes it."""

    key: str
    make: "Callable[..., QuerySet[Any, Any]]"
    named: dict[str, Any]

    def sql(self) -> tuple[str, list[Any]]:
        """The condition, and its values."""
        question, params = _questions.asked(self.key, self.make, self.named, default())
        return f"NOT EXISTS ({question.sql})", params


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
