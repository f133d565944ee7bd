"""Own checkers for the formats of JSON Schema: jsonschema's skip most of them without further packages."""

import ipaddress
import re
import uuid
from collections.abc import Callable
from datetime import date, time
from typing import Final
from urllib.parse import urlsplit

from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import gettext_noop

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CLOCK: Final = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(\.\d+)?"
_OFFSET: Final = r"(?P<offset>[Zz]|[+-](?P<hours>\d\d):(?P<minutes>\d\d))"
_TIME: Final = re.compile(f"(\\d\\d:\\d\\d|{_CLOCK}){_OFFSET}?", re.ASCII)
_MOMENT: Final = re.compile(rf"(\d{{4}}-\d\d-\d\d)[Tt]{_CLOCK}{_OFFSET}", re.ASCII)
_DURATION: Final = re.compile(
    r"-?P(?=[\dT])(\d+W|(\d+(\.\d+)?Y)?(\d+(\.\d+)?M)?(\d+(\.\d+)?D)?(T(?=\d)(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?)",
    re.ASCII,
)
_EMAIL: Final = re.compile(r'("[^"\r\n]+"|[^\s@",:;<>()\[\]\\]+)@(\[[0-9a-fA-F.:IPv]+\]|[^\s@.]+(\.[^\s@.]+)*)')
_LABEL: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)", re.ASCII)
_URI_TEXT: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*", re.ASCII)
_POINTER: Final = re.compile(r"(/([^~/]|~[01])*)*")


def format_fault(name: str, text: str) -> str:
    """What is wrong with a text of a format, as words for the person who typed it; "" when nothing is.

    Formats nobody knows are fine, as JSON Schema has it.
    """
    checker = _CHECKERS.get(name)
    if checker is None:
        return ""
    check, words = checker
    try:
        return "" if check(text) else _(words)
    except ValueError:
        return _(words)


def _date(text: str) -> bool:
    return bool(_DATE.fullmatch(text) and date.fromisoformat(text))


def _time(text: str) -> bool:
    """RFC 3339, but without an offset too: Python's `time` has none, and pydantic takes it."""
    found = _TIME.fullmatch(text)
    if not found:
        return False
    if found["hour"] is None:
        return bool(time.fromisoformat(text[:5])) or True
    return _clock(found)


def _moment(text: str) -> bool:
    found = _MOMENT.fullmatch(text)
    return bool(found and date.fromisoformat(found[1])) and found is not None and _clock(found)


def _clock(found: re.Match[str]) -> bool:
    """Hours, minutes and seconds in their ranges; a leap second only at the end of a day in UTC."""
    hour, minute, second = (int(found[part]) for part in ("hour", "minute", "second"))
    ahead = 0
    if found["hours"] is not None:
        hours, minutes = int(found["hours"]), int(found["minutes"])
        if hours > 23 or minutes > 59:
            return False
        ahead = (hours * 60 + minutes) * (-1 if found["offset"][0] == "-" else 1)
    if second == 60:
        return hour < 24 and minute < 60 and (hour * 60 + minute - ahead) % 1440 == 1439
    return hour < 24 and minute < 60 and second < 60


def _uri(text: str) -> bool:
    return (
        bool(_URI_TEXT.fullmatch(text))
        and (urlsplit(text).port or 0) >= 0
        and not re.search("%(?![0-9A-Fa-f]{2})", text)
    )


def _iri(text: str) -> bool:
    return _uri("".join(mark if mark.isascii() else "x" for mark in text))


def _reference(text: str) -> bool:
    return _uri(text) or _uri(f"x:{text}")


def _hostname(text: str) -> bool:
    labels = text.removesuffix(".").split(".")
    return 0 < len(text) <= 253 and all(_LABEL.fullmatch(label) for label in labels)


def _email(text: str) -> bool:
    return bool(_EMAIL.fullmatch(text)) and ".." not in text.partition("@")[0] and not text.startswith(".")


def _uuid(text: str) -> bool:
    return len(text) == 36 and str(uuid.UUID(text)) == text.lower()


_CHECKERS: Final[dict[str, tuple[Callable[[str], object], str]]] = {
    "date": (_date, gettext_noop("Write a date like 2026-03-31.")),
    "time": (_time, gettext_noop("Write a time like 14:30:00.")),
    "date-time": (_moment, gettext_noop("Write a date and time with its offset, like 2026-03-31T14:30:00Z.")),
    "duration": (_DURATION.fullmatch, gettext_noop("Write a duration like P1DT2H or PT30M.")),
    "email": (_email, gettext_noop("Write an email address like name@example.com.")),
    "idn-email": (_email, gettext_noop("Write an email address like name@example.com.")),
    "uri": (_uri, gettext_noop("Write a full address, such as https://example.com.")),
    "url": (_uri, gettext_noop("Write a full address, such as https://example.com.")),
    "iri": (_iri, gettext_noop("Write a full address, such as https://example.com.")),
    "uri-reference": (_reference, gettext_noop("Write an address.")),
    "hostname": (_hostname, gettext_noop("Write a host name like www.example.com.")),
    "ipv4": (ipaddress.IPv4Address, gettext_noop("Write an IPv4 address like 192.0.2.1.")),
    "ipv6": (ipaddress.IPv6Address, gettext_noop("Write an IPv6 address like 2001:db8::1.")),
    "ipvanyaddress": (ipaddress.ip_address, gettext_noop("Write an IP address like 192.0.2.1.")),
    "ipv4network": (ipaddress.IPv4Network, gettext_noop("Write a network like 192.0.2.0/24.")),
    "ipv6network": (ipaddress.IPv6Network, gettext_noop("Write a network like 2001:db8::/32.")),
    "ipvanynetwork": (ipaddress.ip_network, gettext_noop("Write a network like 192.0.2.0/24.")),
    "uuid": (_uuid, gettext_noop("Write a UUID like 123e4567-e89b-12d3-a456-426614174000.")),
    "json-pointer": (_POINTER.fullmatch, gettext_noop("Write a JSON Pointer like /settings/model.")),
}
