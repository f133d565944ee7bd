"""Dates and times as RFC 3339 writes them and as browsers' inputs hold them.

A browser's date-time input knows no offset, shortens ":00" seconds, and empties itself of anything it cannot
read: what does not fit it is shown as text.
"""

import re
from typing import Final

from assistants_app.domain.form_spec.fields import Kind
from assistants_app.domain.validation.formats import format_fault

_MOMENT: Final = re.compile(
    r"(?P<local>\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?)(?P<offset>Z|[+-]\d\d:\d\d)?", re.ASCII
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME: Final = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,3})?)?", re.ASCII)
_NO_SECONDS: Final = re.compile(r"(\d\d:\d\d)(?::00(?:\.0{1,3})?)?", re.ASCII)


def show_moment(kind: Kind, text: str) -> tuple[Kind, str, str]:
    """(widget, text of its input, offset): the native input when it would give the value back, else a text."""
    if not text:
        return kind, "", ""
    if ":60" in text:
        return Kind.TEXT, text, ""
    if kind is Kind.DATETIME:
        found = _MOMENT.fullmatch(text)
        if found and not format_fault("date-time", with_seconds(found["local"]) + (found["offset"] or "Z")):
            return kind, found["local"], found["offset"] or ""
        return Kind.TEXT, text, ""
    pattern = _DATE if kind is Kind.DATE else _TIME
    if pattern.fullmatch(text) and not format_fault(kind, text):
        return kind, text, ""
    return Kind.TEXT, text, ""


def same_moment(left: str, right: str) -> bool:
    """Whether two texts of one input are the same to a browser: it writes 10:00 for 10:00:00."""
    return _shortest(left) == _shortest(right)


def with_seconds(text: str) -> str:
    """A local time as RFC 3339 wants it."""
    return f"{text}:00" if re.search(r"(^|T)\d\d:\d\d$", text) else text


def _shortest(text: str) -> str:
    day, mark, time = text.rpartition("T")
    found = _NO_SECONDS.fullmatch(time)
    if found:
        return f"{day}{mark}{found[1]}"
    # Browsers also drop the zeros that end a fraction: 10:00:01.500 is 10:00:01.5.
    return re.sub(r"(\.\d*?)0+$", r"\1", text).removesuffix(".") if "." in time else text
