"""Whatever a graph emits or keeps, as strict JSON, in the shapes that the LangGraph Server API gives it."""

import base64
import json
import math
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePath
from typing import Any
from uuid import UUID

import orjson

from assistants_app.domain.json_values import Json

DEPTH = 200
"""Deeper values end in a text: nothing that a person or a model wrote is nested like that."""


class Verbatim:
    """JSON that is encoded already, for `encode` to put in as it is."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


_OPTIONS = orjson.OPT_NON_STR_KEYS
_SURROGATE = re.compile("[\ud800-\udfff]")


def encode(value: Any) -> bytes:
    """Strict JSON in UTF-8, whatever `value` is: NaN and Infinity become null, half surrogates U+FFFD.

    Messages and other pydantic models are dumped field by field, bytes become base64, dates ISO 8601, sets lists,
    durations seconds; what has no JSON shape at all becomes its `repr`. Raises only what a graph's own object
    raises when it is dumped or shown.
    """
    try:
        return b"%b" % orjson.dumps(value, default=_plain, option=_OPTIONS)  # a copy: orjson's own hold 4 KB or more
    except (TypeError, RecursionError):  # half surrogates, integers over 64 bits, odd keys, circles
        return json.dumps(_clean(value, DEPTH), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def to_json(value: Any) -> Json:
    """The same as Python's own dicts, lists and scalars, with integers of any size as they are."""
    return json.loads(encode(value))


def _plain(value: Any) -> Any:
    """One step from a value that orjson does not know to one that it may know."""
    if isinstance(value, Verbatim):
        return orjson.Fragment(value.text.encode())
    if isinstance(value, type):
        return repr(value)
    if callable(dump := getattr(value, "model_dump", None)):
        return dump(warnings=False)
    for kind, convert in _CONVERSIONS:
        if isinstance(value, kind):
            return convert(value)
    if callable(as_dict := getattr(value, "_asdict", None)) or callable(as_dict := getattr(value, "dict", None)):
        return as_dict()
    return repr(value)[:500]


def _decimal(value: Decimal) -> int | float:
    return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)


_CONVERSIONS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    ((bytes, bytearray, memoryview), lambda value: base64.b64encode(value).decode()),
    ((set, frozenset, deque), list),
    (Mapping, dict),
    (BaseException, lambda value: {"error": type(value).__name__, "message": str(value)}),
    (timedelta, timedelta.total_seconds),
    (Decimal, _decimal),
    ((PurePath, IPv4Address, IPv6Address, complex), str),
    (tzinfo, lambda value: value.tzname(None)),
    (re.Pattern, lambda value: value.pattern),
)


def _clean(value: Any, depth: int) -> Json:
    """What `json.dumps` takes, for the few values that orjson refuses."""
    if value is None or isinstance(value, bool | int):
        return value if value is None or isinstance(value, bool) else int(value)
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", str(value))
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Verbatim):
        return json.loads(value.text)
    if depth == 0:
        return _SURROGATE.sub("\ufffd", f"<{type(value).__name__}>")
    if isinstance(value, Mapping):
        return {_clean_key(key): _clean(inner, depth - 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return _clean_all(value, depth)
    if isinstance(value, Enum):
        return _clean(value.value, depth - 1)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _clean(getattr(value, field.name), depth - 1) for field in fields(value)}
    return _clean(_plain(value), depth - 1)


def _clean_all(values: Iterable[Any], depth: int) -> list[Json]:
    return [_clean(inner, depth - 1) for inner in values]


def _clean_key(key: Any) -> str:
    plain = key if isinstance(key, str) else to_json(key)
    return _SURROGATE.sub("\ufffd", plain if isinstance(plain, str) else json.dumps(plain))
