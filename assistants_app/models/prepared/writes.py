"""Writing: rows inserted and changed, one by one or together."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from itertools import chain
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import (
    BooleanField,
    CharField,
    DateTimeField,
    Field,
    IntegerField,
    Model,
    TextField,
    UUIDField,
)
from django.db.models.sql import InsertQuery, UpdateQuery
from django.dispatch import Signal

from assistants_app.models.fields import JsonTextField
from assistants_app.models.prepared.connection import adapted, default, prepared_cursor
from assistants_app.models.prepared.questions import Missing

M = TypeVar("M", bound=Model)

rows_written = Signal(use_caching=True)
"""Sent for a model, as `sender`, after rows of its table were inserted or changed by what is here, inside the
transaction, if there is one. Django's own signals are for its own writes."""


@dataclass(frozen=True, slots=True)
class Update:
    """`model.objects.filter(**where).update(**columns)`, not yet done. None of `where` is None; no column's value is
    an expression."""

    model: type[Model]
    where: dict[str, Any]
    columns: dict[str, Any]

    def sql(self, connection: Any) -> tuple[str, list[Any]]:
        where = dict(sorted(self.where.items()))  # as `filter` orders them
        made = _change(self.model, where, self.columns)
        # None is a part of the SQL.
        params = [value for value in made.stored(self.columns.values(), connection) if value is not None]
        return made.sql, [*params, *(adapted(value, connection) for value in where.values())]


@dataclass(frozen=True, slots=True)
class Insert:
    """`row.save(force_insert=True)`, not yet done, and without signals: no history is written for it.

    `pointer` is the column that holds the key of the row that is inserted first, where that is known only then.
    """

    row: Model
    pointer: str = ""

    def sql(self, connection: Any) -> tuple[str, list[Any]]:
        return self.made.sql, self.values(connection)

    @property
    def made(self) -> "_Made":
        return _insertion(type(self.row), self.row.pk is None)

    def values(self, connection: Any) -> list[Any]:
        made = self.made
        for field in made.makers:  # which leave it in the row
            field.pre_save(self.row, True)
        return made.stored(made.values_of(self.row), connection)


def insert(row: M) -> M:
    """Inserts a row, which then has its key; see `Insert`."""
    connection = default()
    with prepared_cursor(connection) as cursor:
        _insert(row, connection, cursor)
    return row


def _insert(row: Model, connection: Any, cursor: Any) -> None:
    one = Insert(row)
    made = one.made
    cursor.execute(made.sql, one.values(connection))
    for field, value in zip(made.returned, cursor.fetchone() if made.returned else (), strict=True):
        setattr(row, field.attname, value)
    row._state.adding, row._state.db = False, "default"
    rows_written.send(type(row))


def update(model: type[Model], where: dict[str, Any], **columns: Any) -> int:
    """How many rows were changed; see `Update`."""
    connection = default()
    with prepared_cursor(connection) as cursor:
        return _update(Update(model, where, columns), connection, cursor)


def _update(one: Update, connection: Any, cursor: Any) -> int:
    cursor.execute(*one.sql(connection))
    changed = int(cursor.rowcount)
    rows_written.send(one.model)
    return changed


def write(first: Update | Insert, *others: Insert, unless: Sequence[Missing] = ()) -> bool:
    """All of them or none: where `first` changes no row, or anything of what is to be `Missing` is there, nothing is
    done and False returned.

    PostgreSQL is told in one statement, which needs no transaction around it.
    """
    connection = default()
    if connection.vendor == "postgresql":
        return _write_at_once(connection, first, others, unless)
    with transaction.atomic():
        if not all(each.holds() for each in unless):
            return False
        with prepared_cursor(connection) as cursor:
            if isinstance(first, Insert):
                _insert(first.row, connection, cursor)
            elif not _update(first, connection, cursor):
                return False
            for other in others:
                if other.pointer and isinstance(first, Insert):
                    setattr(other.row, other.pointer, first.row.pk)
                _insert(other.row, connection, cursor)
    return True


def _write_at_once(
    connection: Any, first: Update | Insert, others: Sequence[Insert], unless: Sequence[Missing]
) -> bool:
    sql, params = first.sql(connection)
    if unless:
        conditions, values = zip(*(each.sql() for each in unless), strict=True)
        sql, params = _only_where(sql, " AND ".join(conditions)), [*params, *chain(*values)]
    model = type(first.row) if isinstance(first, Insert) else first.model
    parts: list[_Part] = [(sql, model, None)]
    for other in others:
        sql, more = other.sql(connection)
        pointed = _pointed(other)
        parts.append((sql, type(other.row), pointed))
        params += [value for at, value in enumerate(more) if at != pointed]
    # A refusal leaves a transaction around it usable.
    around = transaction.atomic() if connection.in_atomic_block else nullcontext()
    with around, prepared_cursor(connection) as cursor:
        cursor.execute(_together(tuple(parts)), params)
        found = cursor.fetchone()
    if found[0] is None:
        return False
    inserted = zip((first, *others), found, strict=True)
    for row, key in ((each.row, key) for each, key in inserted if isinstance(each, Insert)):
        row.pk, row._state.adding, row._state.db = key, False, "default"
    for other in others:
        if other.pointer:
            setattr(other.row, other.pointer, found[0])
    for written in (model, *(type(other.row) for other in others)):
        rows_written.send(written)
    return True


_Part = tuple[str, type[Model], int | None]
"""One of several writes: its SQL, whose table it is, and which of its values the first one's key is."""


@lru_cache(maxsize=256)
def _together(writes: tuple[_Part, ...]) -> str:
    names = ["first", *(f"other{number}" for number in range(len(writes) - 1))]
    parts = [
        _part(name, _after_first(sql, pointed) if name != "first" else sql, model)
        for name, (sql, model, pointed) in zip(names, writes, strict=True)
    ]
    keys = [f'(SELECT key FROM "{name}")' for name in names]
    return f"WITH {', '.join(parts)} SELECT {', '.join(keys)}"


def _part(name: str, sql: str, model: type[Model]) -> str:
    key: Any = model._meta.pk
    return f'"{name}" AS ({sql.partition(" RETURNING ")[0]} RETURNING {default().ops.quote_name(key.column)} AS key)'


def _after_first(sql: str, pointed: int | None) -> str:
    """An INSERT that happens where the first write did, with the key of its row in the place that is `pointed` at."""
    into, values = _inserted(sql)
    if pointed is not None:
        values[pointed] = '(SELECT key FROM "first")'
    return f'{into} SELECT {", ".join(values)} WHERE EXISTS (SELECT 1 FROM "first")'


@lru_cache(maxsize=256)
def _only_where(sql: str, condition: str) -> str:
    """An INSERT or UPDATE that happens under a condition more, whose values come last."""
    if sql.startswith("UPDATE"):
        return f"{sql.partition(' RETURNING ')[0]} AND {condition}"
    into, values = _inserted(sql)
    return f"{into} SELECT {', '.join(values)} WHERE {condition}"


def _inserted(sql: str) -> tuple[str, list[str]]:
    """What an INSERT begins with, and its values."""
    into, _values, rest = sql.partition(" VALUES (")
    return into, rest.partition(")")[0].split(", ")


def _pointed(other: Insert) -> int | None:
    if not other.pointer:
        return None
    columns = _insertion(type(other.row), other.row.pk is None).columns
    return next(at for at, column in enumerate(columns) if column.field.attname == other.pointer)


@dataclass(frozen=True, slots=True)
class _Column:
    """A field, and what is known of it once, not at every write."""

    field: Any
    plain: type | None
    """Values of just this type are stored as they are."""
    stored: Callable[[Any, Any], Any]
    """Any other, as the database takes it, whose connection is told."""

    @classmethod
    def for_field(cls, field: Any) -> "_Column":
        kept = type(getattr(field, "target_field", field)).get_prep_value
        known = (*_PLAIN, *_PLAIN_TO_POSTGRESQL) if default().vendor == "postgresql" else _PLAIN
        plain = next((made for kind, made in known if kept is kind.get_prep_value), None)
        if kept is JsonTextField.get_prep_value:
            return cls(field, plain, lambda value, _connection: field.get_prep_value(value))
        if kept is DateTimeField.get_prep_value:
            return cls(field, plain, partial(_time_stored, field))
        return cls(field, plain, field.get_db_prep_save)


def _time_stored(field: Any, value: Any, connection: Any) -> Any:
    """As SQLite's columns keep it; PostgreSQL's take it as it is."""
    if type(value) is datetime and value.tzinfo is UTC and connection.timezone is UTC:
        return str(value.replace(tzinfo=None))
    return field.get_db_prep_save(value, connection)


_PLAIN: "tuple[tuple[Any, type], ...]" = (
    (CharField, str),
    (TextField, str),
    (IntegerField, int),
    (BooleanField, bool),
)
_PLAIN_TO_POSTGRESQL: "tuple[tuple[Any, type], ...]" = ((UUIDField, UUID), (DateTimeField, datetime))


@dataclass(frozen=True, slots=True)
class _Made:
    sql: str
    columns: Sequence[_Column]
    values_of: Callable[[Any], Iterable[Any]] = tuple
    """All at once."""
    makers: Sequence[Any] = ()
    """The fields that make a row's value before it is kept."""
    returned: Sequence[Any] = ()

    def stored(self, values: Iterable[Any], connection: Any) -> list[Any]:
        """Values of these columns as the database takes them."""
        return [
            value if value is None or type(value) is column.plain else column.stored(value, connection)
            for value, column in zip(values, self.columns, strict=True)
        ]


@cache
def _insertion(model: type[Model], without_pk: bool) -> _Made:
    meta: Any = model._meta
    fields = [field for field in meta.local_concrete_fields if not (without_pk and field is meta.auto_field)]
    returned = [meta.auto_field] if without_pk and meta.auto_field else []
    query: Any = InsertQuery(model)
    query.insert_values(fields, [model()])
    compiler = query.get_compiler(connection=default())
    compiler.returning_fields = returned
    ((sql, _params),) = compiler.as_sql()
    columns = [_Column.for_field(field) for field in fields]
    makers = [field for field in fields if type(field).pre_save is not Field.pre_save]
    return _Made(sql, columns, attrgetter(*(field.attname for field in fields)), makers, returned)


_changes: dict[Any, _Made] = {}


def _change(model: type[Model], where: dict[str, Any], columns: dict[str, Any]) -> _Made:
    """None is no parameter but part of the SQL, which so depends on which columns become None."""
    key = (model, tuple(where), *((name, value is None) for name, value in columns.items()))
    made = _changes.get(key)
    if made is None:
        query: Any = model._default_manager.filter(**where).query.chain(UpdateQuery)
        query.add_update_values(columns)
        sql, _params = query.get_compiler(connection=default()).as_sql()
        made = _changes[key] = _Made(sql, [_Column.for_field(model._meta.get_field(name)) for name in columns])
    return made
