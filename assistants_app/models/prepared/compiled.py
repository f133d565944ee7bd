"""The SQL of one INSERT or UPDATE, made by Django once, and its columns' values as the database takes them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from operator import attrgetter
from typing import Any
from uuid import UUID

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

from assistants_app.models.fields import JsonTextField
from assistants_app.models.prepared.connection import default


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
class Compiled:
    """A statement, and what is known of its columns once."""

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
def insertion(model: type[Model], without_pk: bool) -> Compiled:
    """Of one row; where it is `without_pk`, the database makes that and returns it."""
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
    return Compiled(sql, columns, attrgetter(*(field.attname for field in fields)), makers, returned)


_changes: dict[Any, Compiled] = {}


def change(model: type[Model], where: dict[str, Any], columns: dict[str, Any]) -> Compiled:
    """`model.objects.filter(**where).update(**columns)`. None is no parameter but part of the SQL, which so depends on
    which columns become None."""
    key = (model, tuple(where), *((name, value is None) for name, value in columns.items()))
    made = _changes.get(key)
    if made is None:
        query: Any = model._default_manager.filter(**where).query.chain(UpdateQuery)
        query.add_update_values(columns)
        sql, _params = query.get_compiler(connection=default()).as_sql()
        made = _changes[key] = Compiled(sql, [_Column.for_field(model._meta.get_field(name)) for name in columns])
    return made
