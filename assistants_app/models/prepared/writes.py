"""Writing: rows inserted and changed, one by one or together."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model
from django.dispatch import Signal

from assistants_app.models.prepared.compiled import Compiled, change, insertion
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
        made = change(self.model, where, self.columns)
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
    def made(self) -> Compiled:
        return insertion(type(self.row), self.row.pk is None)

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


def _insert(row: Model, connection: Any, cursor: Any, unless: Sequence[Missing] = ()) -> bool:
    one = Insert(row)
    returned = one.made.returned
    cursor.execute(*_sql(one, unless, connection))
    found = cursor.fetchone() if returned else () if cursor.rowcount else None
    if found is None:
        return False
    for field, value in zip(returned, found, strict=True):
        setattr(row, field.attname, value)
    row._state.adding, row._state.db = False, "default"
    rows_written.send(type(row))
    return True


def update(model: type[Model], where: dict[str, Any], **columns: Any) -> int:
    """How many rows were changed; see `Update`."""
    connection = default()
    with prepared_cursor(connection) as cursor:
        return _update(Update(model, where, columns), connection, cursor)


def _update(one: Update, connection: Any, cursor: Any, unless: Sequence[Missing] = ()) -> int:
    cursor.execute(*_sql(one, unless, connection))
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
    with transaction.atomic(), prepared_cursor(connection) as cursor:
        if isinstance(first, Insert):
            if not _insert(first.row, connection, cursor, unless):
                return False
        elif not _update(first, connection, cursor, unless):
            return False
        for other in others:
            if other.pointer and isinstance(first, Insert):
                setattr(other.row, other.pointer, first.row.pk)
            _insert(other.row, connection, cursor)
    return True


def _sql(one: Update | Insert, unless: Sequence[Missing], connection: Any) -> tuple[str, list[Any]]:
    """What writes it, unless anything of what is to be missing is there."""
    sql, params = one.sql(connection)
    if not unless:
        return sql, params
    conditions, values = zip(*(each.sql() for each in unless), strict=True)
    return _only_where(sql, " AND ".join(conditions)), [*params, *chain(*values)]


def _write_at_once(
    connection: Any, first: Update | Insert, others: Sequence[Insert], unless: Sequence[Missing]
) -> bool:
    sql, params = _sql(first, unless, connection)
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
    does, returning, key = sql.partition(" RETURNING ")
    if does.startswith("INSERT"):
        into, values = _inserted(does)
        does = f"{into} SELECT {', '.join(values)} WHERE"
    else:
        does += " AND"
    return f"{does} {condition}{returning}{key}"


def _inserted(sql: str) -> tuple[str, list[str]]:
    """What an INSERT begins with, and its values."""
    into, _values, rest = sql.partition(" VALUES (")
    return into, rest.partition(")")[0].split(", ")


def _pointed(other: Insert) -> int | None:
    if not other.pointer:
        return None
    columns = insertion(type(other.row), other.row.pk is None).columns
    return next(at for at, column in enumerate(columns) if column.field.attname == other.pointer)
