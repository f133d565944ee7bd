"""`json_contains`: a lookup that finds rows whose JSON column holds at least what is asked for, on both databases.

What contains what is PostgreSQL's rule for `jsonb @> jsonb`: an object holds an object whose every key it has with a
contained value; a list holds a list whose every element is contained in one of its own, and a scalar at its top level.
SQLite has no such operator; there a function of ours is called for each row whose text has the words asked for.
"""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup
from django.db.models.sql.compiler import SQLCompiler

from assistants_app.domain.json_values import Json

FUNCTION = "json_holds"

_PLAIN = re.compile(r"[\w .:@-]+", re.ASCII)
"""What every writer of JSON writes as it is."""


MOST_WORDS = 20
"""That are looked for: SQLite takes a limited number of values."""


def holds(whole: Json, part: Json) -> bool:
    """Whether `whole` contains `part`."""
    if isinstance(whole, list) and not isinstance(part, list | dict):
        return any(_same(each, part) for each in whole)
    return _holds(whole, part)


def _holds(whole: Json, part: Json) -> bool:
    if isinstance(part, Mapping):
        return isinstance(whole, Mapping) and all(key in whole and _holds(whole[key], part[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and all(any(_holds(each, one) for each in whole) for one in part)
    return _same(whole, part)


def _same(left: Json, right: Json) -> bool:
    """Numbers by value, as jsonb keeps them; true is no 1."""
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        return False
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def add_function(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Teach a new SQLite connection the function; connected to Django's `connection_created`."""
    if connection.vendor == "sqlite":
        add_function_to(connection.connection)


def add_function_to(connection: sqlite3.Connection) -> None:
    """The same for a connection that is not Django's."""
    connection.create_function(FUNCTION, 2, _holds_text, deterministic=True)


def _holds_text(whole: str | None, part: str) -> bool:
    return whole is not None and holds(json.loads(whole), json.loads(part))


def _words(part: Json) -> Iterator[str]:
    """Texts that stand in whatever contains it."""
    if isinstance(part, str) and _PLAIN.fullmatch(part):
        yield f'"{part}"'
    elif isinstance(part, Mapping):
        for key, value in part.items():
            yield from (*_words(key), *_words(value))
    elif isinstance(part, list):
        for each in part:
            yield from _words(each)


class JsonContains(Lookup):
    """`filter(metadata__json_contains={"team": "x"})`. The value must be storable JSON (no NUL, no lone surrogate)."""

    lookup_name = "json_contains"

    def get_prep_lookup(self) -> str:
        return json.dumps(self.rhs, ensure_ascii=False, allow_nan=False)

    def process_rhs(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self.rhs,)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        column, column_values = self.process_lhs(compiler, connection)
        value, values = self.process_rhs(compiler, connection)
        if connection.vendor == "sqlite":
            words = sorted(set(_words(json.loads(self.rhs))))[:MOST_WORDS]
            there = " AND ".join([f"instr({column}, %s)" for _word in words] or ["1"])
            in_order = [value for word in words for value in (*column_values, word)]
            found = f"(CASE WHEN {there} THEN {FUNCTION}({column}, {value}) ELSE 0 END)"
            return found, (*in_order, *column_values, *values)
        return f"({column})::jsonb @> {value}::jsonb", (*column_values, *values)
