"""What a search in the store filters by, with one meaning on both databases.

`{"key": value}` asks for an equal value, `{"key": {"$gt": value}}` compares, `{"key": {"inner": …}}` looks inside. The
official stores write keys into SQL, compare numbers as texts on PostgreSQL, and know different keys on SQLite; here a
filter is read once, and every key and value goes to the database as a parameter.
"""

import json
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from assistants_app.domain.errors import InvalidFilter
from assistants_app.domain.json_values import Json, find_unstorable

ALL: Final = "$all"
"""The operator under which a whole filter reaches the official store's hook for conditions."""

SQLITE_FUNCTION: Final = "store_matches"

_COMPARISONS: Final = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
_COMPARE: Final = {"$gt": operator.gt, "$gte": operator.ge, "$lt": operator.lt, "$lte": operator.le}


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison: `path` leads from the item's value inwards."""

    path: tuple[str, ...]
    operator: str
    operand: Json


def conditions(wanted: Mapping[str, Json]) -> list[Condition]:
    """A filter's conditions, all of which must hold. Raises InvalidFilter."""
    if fault := find_unstorable(dict(wanted)):
        raise InvalidFilter(f"The filter cannot be used: {fault}.")
    return [one for key, value in wanted.items() for one in _conditions((key,), value)]


def _conditions(path: tuple[str, ...], value: Json) -> list[Condition]:
    if not isinstance(value, Mapping) or not value:
        return [Condition(path, "$eq", value)]
    operators = [key for key in value if key.startswith("$")]
    if not operators:
        return [one for key, inner in value.items() for one in _conditions((*path, key), inner)]
    if len(operators) < len(value):
        raise InvalidFilter(f'The filter of "{path[-1]}" mixes operators and keys.')
    return [_compared(path, name, operand) for name, operand in value.items()]


def _compared(path: tuple[str, ...], name: str, operand: Json) -> Condition:
    if name in _COMPARISONS:
        if not _is_comparable(operand):
            raise InvalidFilter(f'"{name}" compares with a number or a text.')
    elif name not in ("$eq", "$ne"):
        known = ", ".join(["$eq", "$ne", *_COMPARISONS])
        raise InvalidFilter(f'There is no operator "{name}" in filters; there are {known}.')
    return Condition(path, name, operand)


# -- SQLite: a function that is called for each row -------------------------------------------------------------------


def sqlite_condition(wanted: Mapping[str, Json]) -> tuple[str, list[Any]]:
    conditions(wanted)  # refused now, not while rows are read
    return f"{SQLITE_FUNCTION}(value, ?) = 1", [json.dumps(wanted)]


def matches(value: bytes | str, wanted: str) -> bool:
    """Whether an item's value, as JSON, meets a filter, as JSON."""
    whole = json.loads(value)
    return all(_holds(whole, one) for one in _read(wanted))


@lru_cache(maxsize=64)
def _read(wanted: str) -> list[Condition]:
    return conditions(json.loads(wanted))


def _holds(value: Json, condition: Condition) -> bool:
    for key in condition.path:
        value = value.get(key) if isinstance(value, Mapping) else None
    operand = condition.operand
    if condition.operator == "$eq":
        return _equal(value, operand)
    if condition.operator == "$ne":
        return not _equal(value, operand)
    if isinstance(operand, str) != isinstance(value, str) or not _is_comparable(value):
        return False
    return bool(_COMPARE[condition.operator](value, operand))


def _is_comparable(value: Json) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool)


def _equal(left: Json, right: Json) -> bool:
    """As jsonb sees it: 1 is 1.0, true is no 1."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(_equal(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


# -- PostgreSQL -------------------------------------------------------------------------------------------------------


def postgres_condition(wanted: Mapping[str, Json]) -> tuple[str, list[Any]]:
    parts, parameters = ["TRUE"], []
    for one in conditions(wanted):
        inner, path = "value" + "->%s::text" * len(one.path), [*one.path]
        if one.operator in _COMPARISONS:
            sign, is_text = _COMPARISONS[one.operator], isinstance(one.operand, str)
            kind, left = ("string", f"({inner} #>> '{{}}') COLLATE \"C\"") if is_text else ("number", f"({inner})")
            right = "%s::text" if is_text else "%s::jsonb"
            parts.append(f"CASE WHEN jsonb_typeof({inner}) = '{kind}' THEN {left} {sign} {right} ELSE FALSE END")
            parameters += [*path, *path, one.operand if is_text else json.dumps(one.operand)]
        else:
            sign = "=" if one.operator == "$eq" else "<>"
            parts.append(f"coalesce({inner}, 'null'::jsonb) {sign} %s::jsonb")
            parameters += [*path, json.dumps(one.operand)]
    return " AND ".join(parts), parameters
