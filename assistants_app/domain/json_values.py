"""JSON as the product handles it: strict to read, canonical to compare, and a value for "not there"."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final, TypeAlias

from assistants_app.domain.errors import InvalidJson
from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import gettext_noop
from assistants_app.domain.sealed import MARK, Sealed, looks_sealed

Json: TypeAlias = Any
"""What `json.loads` can return: dict, list, str, int, float, bool or None."""

Settings: TypeAlias = dict[str, Json]
"""The values of an assistant's settings, by key; a key that is absent lets the graph's default apply."""


class FixedJson(dict[str, Json]):
    """A JSON object that nobody changes, such as a graph's schema: its text and its digest are made once.

    A copy may be changed: it is a `dict`.
    """

    __slots__ = ("_digest", "_text")

    def __reduce__(self) -> tuple[type, tuple[dict[str, Json]]]:
        return dict, (dict(self),)

    @property
    def text(self) -> str:
        try:
            return self._text
        except AttributeError:
            self._text: str = _encoder.encode(self)
            return self._text

    @property
    def digest(self) -> str:
        try:
            return self._digest
        except AttributeError:
            self._digest: str = digest_of_text(self.text)
            return self._digest


def text_of(value: Json) -> str:
    """JSON as columns keep it: its keys in their order. Raises ValueError for NaN and Infinity."""
    return value.text if type(value) is FixedJson else _encoder.encode(value)


def digest_of_text(text: str) -> str:
    """32 letters, for what is no secret."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Absent(Enum):
    """The type of `ABSENT`: a key that is not there, which is neither null nor a value."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Absent.ABSENT

_SURROGATE = re.compile("[\ud800-\udfff]")

_SYNTAX: Final = (
    gettext_noop("Expecting value"),
    gettext_noop("Expecting property name enclosed in double quotes"),
    gettext_noop("Expecting ':' delimiter"),
    gettext_noop("Expecting ',' delimiter"),
    gettext_noop("Illegal trailing comma before end of object"),
    gettext_noop("Illegal trailing comma before end of array"),
    gettext_noop("Extra data"),
    gettext_noop("Unterminated string starting at"),
    gettext_noop("Invalid control character at"),
    gettext_noop("Invalid \\escape"),
    gettext_noop("Invalid \\escape: "),
    gettext_noop("Invalid \\uXXXX escape"),
)
"""What Python's own reader says about JSON, for translators to find."""


_encoder: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_PLAIN: Final = frozenset({str, int, bool, type(None)})
_canonical: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def canonical(value: Json) -> str:
    """The one text of a JSON value: keys sorted, no spaces; `1`, `1.0`, `true` and `"1"` stay different."""
    return _canonical.encode(value)


def same(left: Json | Absent, right: Json | Absent) -> bool:
    """Whether two values are the same JSON, key order aside; absent equals only absent."""
    if left is right:
        return True
    if left is ABSENT or right is ABSENT:
        return False
    if type(left) is type(right) and type(left) in _PLAIN:
        return bool(left == right)
    if type(left) is float and type(right) is float:
        return repr(left) == repr(right)  # as `canonical` writes them
    return canonical(left) == canonical(right)


def load_strict(text: str) -> Json:
    """Read JSON as RFC 8259 means it, and as both databases can keep it.

    Raises InvalidJson, with line and column where they are known, for bad syntax, duplicate keys, NaN and
    Infinity, numbers too long to read, nesting too deep, NUL and lone surrogates.
    """
    try:
        value = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
        unstorable = None if _tells_it_is_storable(text) else find_unstorable(value)
    except json.JSONDecodeError as error:
        raise InvalidJson(_(error.msg), line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise InvalidJson(_("the value is nested too deeply")) from None
    except ValueError as error:
        too_long = str(error).startswith("Exceeds the limit")  # Python's own, with advice for programmers
        raise InvalidJson(_("a number has too many digits") if too_long else str(error)) from None
    if unstorable:
        raise InvalidJson(unstorable)
    return value


DEEPEST: Final = 100
"""Levels of lists and groups in a stored value; beyond, everything that walks through it would meet its end."""


def find_unstorable(value: Json, depth: int = 0) -> str | None:
    """Why a value cannot be stored (NUL, lone surrogate, NaN, Infinity, nesting too deep), or None when it can."""
    if isinstance(value, str):
        return text_fault(value)
    if type(value) in _PLAIN:
        return None
    if isinstance(value, float):
        if value - value == 0:
            return None
        return _("a number is too large") if value == value else _no_number("NaN")
    if isinstance(value, Mapping):
        parts: Sequence[Json] = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple):
        parts = value
    else:
        return None
    if depth >= DEEPEST:
        return _("the value is nested more than %(count)s levels deep") % {"count": DEEPEST}
    return next((fault for part in parts if (fault := find_unstorable(part, depth + 1))), None)


def text_fault(text: str) -> str | None:
    """Why a text cannot be stored, or None: PostgreSQL refuses NUL, and UTF-8 has no lone surrogates."""
    if "\x00" in text:
        return _("the text holds a NUL character (U+0000)")
    if not text.isascii() and _SURROGATE.search(text):
        return _("the text holds half of a surrogate pair, which is no character")
    if text.startswith(MARK) and looks_sealed(text) and not isinstance(text, Sealed):
        return _("the text is a secret as this site stores it; write the secret itself")
    return None


def _no_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(_('the key "%(key)s" occurs twice') % {"key": twice})
    return result


def _finite(digits: str) -> float:
    value = float(digits)
    if value - value != 0:
        raise ValueError(_("a number is too large"))
    return value


def _tells_it_is_storable(text: str) -> bool:
    """Whether nothing that cannot be stored can be written in so plain a text, its numbers apart: without escapes there
    is neither NUL nor half a surrogate, and with few brackets nothing is nested deeply. So are most."""
    return (
        "\\u" not in text
        and MARK not in text
        and not _SURROGATE.search(text)
        and text.count("[") + text.count("{") <= DEEPEST
    )


def _no_constant(name: str) -> Json:
    raise ValueError(_no_number(name))


def _no_number(name: str) -> str:
    return _("%(name)s is not a JSON number") % {"name": name}
