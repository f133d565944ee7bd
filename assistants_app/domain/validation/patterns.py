"""Patterns of JSON Schema: ECMAScript's regular expressions, searched in bounded time."""

from functools import lru_cache
from typing import Final

import regex

from assistants_app.domain.language import gettext as _

_SECONDS: Final = 0.25
"""A pattern that needs longer for one text is catastrophic: no person waits for it."""

_OUTSIDE: Final = {
    "d": "[0-9]",
    "D": "[^0-9]",
    "w": "[A-Za-z0-9_]",
    "W": "[^A-Za-z0-9_]",
    "s": r"[\s\uFEFF]",
    "S": r"[^\s\uFEFF]",
    "z": r"\Z",
}
_INSIDE: Final = {"d": "0-9", "w": "A-Za-z0-9_", "s": r"\s\uFEFF"}


class PatternNotChecked(Exception):
    """A pattern was not checked, for a reason that people can read."""


def search(pattern: str, text: str) -> bool:
    """Whether a pattern is found anywhere in a text. Raises PatternNotChecked."""
    compiled = _compiled(pattern)
    if compiled is None:
        reason = _("The pattern %(pattern)s was not checked: this server cannot read it.")
        raise PatternNotChecked(reason % {"pattern": _shown(pattern)})
    try:
        return compiled.search(text, timeout=_SECONDS) is not None
    except TimeoutError:
        reason = _("The pattern %(pattern)s was not checked: it takes too long.")
        raise PatternNotChecked(reason % {"pattern": _shown(pattern)}) from None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> "regex.Pattern[str] | None":
    for spelling in dict.fromkeys((_as_python(pattern), pattern)):
        try:
            return regex.compile(spelling, regex.VERSION0)
        except (regex.error, ValueError, OverflowError, RecursionError):
            continue
    return None


def _as_python(pattern: str) -> str:
    r"""ECMAScript's meaning in Python's spelling: `\d` and `\w` are ASCII, `$` is the very end."""
    parts: list[str] = []
    inside = False
    index = 0
    while index < len(pattern):
        mark = pattern[index]
        if mark == "\\" and index + 1 < len(pattern):
            follower = pattern[index + 1]
            if follower == "c" and index + 2 < len(pattern) and pattern[index + 2].isalpha():
                parts.append(f"\\x{ord(pattern[index + 2]) % 32:02x}")
                index += 3
                continue
            parts.append((_INSIDE if inside else _OUTSIDE).get(follower, mark + follower))
            index += 2
            continue
        if mark == "[" and not inside:
            inside = True
        elif mark == "]":
            inside = False
        elif mark == "[":
            mark = r"\["
        parts.append(r"\Z" if mark == "$" and not inside else mark)
        index += 1
    return "".join(parts)


def _shown(pattern: str) -> str:
    return f"“{pattern if len(pattern) <= 60 else pattern[:59] + '…'}”"
