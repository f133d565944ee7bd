"""Column types that Django does not have."""

import json
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from assistants_app.domain.json_values import FixedJson, Json, digest_of_text, text_of
from assistants_app.domain.sealed import MARK, revived


class Constant(models.Value):
    """A word of our own (never a stranger's) that stands in the SQL itself. SQLite uses an index with a condition only
    where the question repeats it, and a bound value repeats nothing."""

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str | int, ...]]:
        word = str(self.value)
        if not word.isalpha():
            raise ValueError(word)
        return f"'{word}'", ()


class EncodedJson(str):
    """A JSON value as the text that a column keeps: encoded where it was made, and never again."""

    __slots__ = ()


class JsonTextField(models.TextField):  # type: ignore[type-arg] # not subscriptable at run time
    """A JSON value kept as its own text, for values that must come back exactly as they were saved.

    PostgreSQL's jsonb, behind Django's JSONField, forgets the order of keys; SQLite's JSON functions round big
    integers. Nothing filters on these columns, so text loses nothing.
    """

    if TYPE_CHECKING:
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, expression: Any, connection: BaseDatabaseWrapper) -> Json:
        if value is None:
            return None
        return revived(json.loads(value)) if MARK in value else json.loads(value)

    def to_python(self, value: Any) -> Json:
        return value

    def get_prep_value(self, value: Any) -> str | None:
        if isinstance(value, EncodedJson):
            return str(value)
        return None if value is None else text_of(value)

    def value_to_string(self, obj: models.Model) -> Any:
        return self.value_from_object(obj)


NO_DIGEST = "none"
"""Of a column that holds nothing."""


class DigestField(models.CharField):  # type: ignore[type-arg] # not subscriptable at run time
    """The digest of another column's JSON, written whenever the row is saved; "" where an older process saved it."""

    def __init__(self, *args: Any, of: str = "", **kwargs: Any) -> None:
        self.of = of
        told = {"max_length": 32, "blank": True, "default": "", "db_default": "", "editable": False}
        super().__init__(*args, **{**told, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        if self.of not in model_instance.__dict__:  # deferred
            return str(getattr(model_instance, self.attname))
        digest = digest_of(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, digest)
        return digest


def digest_of(value: Json) -> str:
    """Of the text that a JsonTextField keeps of it."""
    if value is None:
        return NO_DIGEST
    if isinstance(value, FixedJson):
        return value.digest
    return digest_of_text(value if isinstance(value, EncodedJson) else text_of(value))
