"""Writing: rows inserted and changed, one by one or together."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model
from django.db.models.sql import InsertQuery, UpdateQuery
from django.dispatch import Signal

from assistants_app.models.prepared.connection import adapted, default, prepared_cursor

M = TypeVar("M", bound=Model)

rows_written = Signal()
"""Sent for a model, as `sender`, after rows of its table were inserted or changed by what is here, inside the
transaction, if there is one. Django's own signals are for its own writes."""


@dataclass(frozen=True, slots=True)
class Update:
    """`model.objects.filter(**where).update(**columns)`, not yet done. None of `where` is None; no column's value is
    an expression."""

    model: type[Model]
    where: dict[str, Any]
    columns: dict[str, Any]

    def sql(self) -> tuple[str, list[Any]]:
        connection = default()
        where = dict(sorted(self.where.items()))  # as `filter` orders them
        made = _change(self.model, where, self.columns)
        params = [
            field.get_db_prep_save(value, connection)
            for value, field in zip(self.columns.values(), made.fields, strict=True)
            if value is not None
        ]
        return made.sql, [*params, *(adapted(value, connection) for value in where.values())]


@dataclass(frozen=True, slots=True)
class Insert:
    """`row.save(force_insert=True)`, not yet done, and without signals: no history is written for it.

    `pointer` is the column that holds the key of the row that is inserted first, where that is known only then.
    """

    row: Model
    pointer: str = ""

    def sql(self) -> tuple[str, list[Any]]:
        connection = default()
        made = _insertion(type(self.row), self.row.pk is None)
        return made.sql, [field.get_db_prep_save(field.pre_save(self.row, True), connection) for field in made.fields]


def insert(row: M) -> M:
    """Inserts a row, which then has its key; see `Insert`."""
    sql, params = Insert(row).sql()
    made = _insertion(type(row), row.pk is None)
    with prepared_cursor(default()) as cursor:
        cursor.execute(sql, params)
        for field, value in zip(made.returned, cursor.fetchone() if made.returned else (), strict=True):
            setattr(row, field.attname, value)
    row._state.adding, row._state.db = False, "default"
    rows_written.send(type(row))
    return row


def update(model: type[Model], where: dict[str, Any], **columns: Any) -> int:
    """How many rows were changed; see `Update`."""
    sql, params = Update(model, where, columns).sql()
    with prepared_cursor(default()) as cursor:
        cursor.execute(sql, params)
        changed = int(cursor.rowcount)
    rows_written.send(model)
    return changed


def write(first: Update | Insert, *others: Insert) -> bool:
    """All of them or none: where `first` changes no row, nothing is done and False returned.

    PostgreSQL is told in one statement, which needs no transaction around it.
    """
    if default().vendor == "postgresql":
        return _write_at_once(first, others)
    with transaction.atomic():
        if isinstance(first, Insert):
            insert(first.row)
        elif not update(first.model, first.where, **first.columns):
            return False
        for other in others:
            if other.pointer and isinstance(first, Insert):
                setattr(other.row, other.pointer, first.row.pk)
            insert(other.row)
    return True


def _write_at_once(first: Update | Insert, others: Sequence[Insert]) -> bool:
    sql, params = first.sql()
    model = type(first.row) if isinstance(first, Insert) else first.model
    parts, keys = [_part("first", sql, model)], ['(SELECT key FROM "first")']
    for number, other in enumerate(others):
        sql, more = other.sql()
        pointed = _pointed(other)
        parts.append(_part(f"other{number}", _after_first(sql, pointed), type(other.row)))
        keys.append(f'(SELECT key FROM "other{number}")')
        params += [value for at, value in enumerate(more) if at != pointed]
    # A refusal leaves a transaction around it usable.
    around = transaction.atomic() if default().in_atomic_block else nullcontext()
    with around, prepared_cursor(default()) as cursor:
        cursor.execute(f"WITH {', '.join(parts)} SELECT {', '.join(keys)}", params)
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


def _part(name: str, sql: str, model: type[Model]) -> str:
    key: Any = model._meta.pk
    return f'"{name}" AS ({sql.partition(" RETURNING ")[0]} RETURNING {default().ops.quote_name(key.column)} AS key)'


def _after_first(sql: str, pointed: int | None) -> str:
    """An INSERT that happens where the first write did, with the key of its row in the place that is `pointed` at."""
    into, _values, rest = sql.partition(" VALUES (")
    values = rest.partition(")")[0].split(", ")
    if pointed is not None:
        values[pointed] = '(SELECT key FROM "first")'
    return f'{into} SELECT {", ".join(values)} WHERE EXISTS (SELECT 1 FROM "first")'


def _pointed(other: Insert) -> int | None:
    if not other.pointer:
        return None
    fields = _insertion(type(other.row), other.row.pk is None).fields
    return next(at for at, field in enumerate(fields) if field.attname == other.pointer)


@dataclass(frozen=True, slots=True)
class _Made:
    sql: str
    fields: Sequence[Any]
    returned: Sequence[Any] = ()


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
    return _Made(sql, fields, returned)


_changes: dict[Any, _Made] = {}


def _change(model: type[Model], where: dict[str, Any], columns: dict[str, Any]) -> _Made:
    """None is no parameter but part of the SQL, which so depends on which columns become None."""
    key = (model, tuple(where), *((name, value is None) for name, value in columns.items()))
    made = _changes.get(key)
    if made is None:
        query: Any = model._default_manager.filter(**where).query.chain(UpdateQuery)
        query.add_update_values(columns)
        sql, _params = query.get_compiler(connection=default()).as_sql()
        made = _changes[key] = _Made(sql, [model._meta.get_field(name) for name in columns])
    return made
