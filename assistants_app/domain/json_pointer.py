"""Addresses within JSON: RFC 6901. Errors, HTML names, anchors and permalinks of settings are all made of them."""

from collections.abc import Mapping

from assistants_app.domain.json_values import ABSENT, Absent, Json


def escape(key: str) -> str:
    """A key as a step of a JSON Pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def unescape(step: str) -> str:
    """The key that a step of a JSON Pointer stands for."""
    return step.replace("~1", "/").replace("~0", "~")


def look_up(value: Json | Absent, pointer: str) -> Json | Absent:
    """What a JSON Pointer leads to, or ABSENT."""
    for step in map(unescape, pointer.split("/")[1:]):
        if isinstance(value, Mapping):
            value = value.get(step, ABSENT)
        elif isinstance(value, list) and step.isascii() and step.isdigit() and len(step) < 9 and int(step) < len(value):
            value = value[int(step)]
        else:
            return ABSENT
    return value
