"""Rows in memory, made without `Model.__init__`, which takes a quarter of the time of a short question: it goes through
every column's descriptor and default, and tells `pre_init` and `post_init`, to which nobody listens here."""

from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar

from django.db.models import Model
from django.db.models.base import ModelState

M = TypeVar("M", bound=Model)


def new_row(model: type[M], **columns: Any) -> M:
    """What `model(**columns)` is; a relation is named by its column (`owner_id`). Raises TypeError for what is no
    column, and for a missing one whose default is made anew for each row."""
    names, constants = _columns(model)
    row = model.__new__(model)
    row.__dict__.update(constants, **columns)
    if len(row.__dict__) != len(names) or not columns.keys() <= names:
        raise TypeError(f"{model.__name__} has not just these columns: {', '.join(columns)}.")
    row._state = ModelState()
    return row


def read_row(model: type[M], names: Iterable[str], values: Iterable[Any]) -> M:
    """What `model.from_db("default", names, values)` is."""
    row = model.__new__(model)
    row._state = state = ModelState()
    state.adding, state.db = False, "default"
    row.__dict__.update(zip(names, values, strict=True))
    return row


def copied(row: M, **columns: Any) -> M:
    """A copy, with these columns in place of its own."""
    new = row.__class__.__new__(row.__class__)
    new.__dict__.update(row.__dict__, **columns)
    new._state = state = ModelState()
    state.adding, state.db, state.fields_cache = row._state.adding, row._state.db, dict(row._state.fields_cache)
    return new


@cache
def _columns(model: type[Model]) -> tuple[frozenset[str], dict[str, Any]]:
    """Their names, and what is in those whose default is the same for every row."""
    fields, row = model._meta.concrete_fields, model()
    constants = [field.attname for field in fields if not (field.has_default() and callable(field.default))]
    return frozenset(field.attname for field in fields), {name: getattr(row, name) for name in constants}
