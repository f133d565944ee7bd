"""What is wrong in a file of assistants, in words for whoever puts it right: where, what, and what must be there."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from jsonschema import ValidationError

from assistants_app.domain.json_values import Json
from assistants_app.domain.language import gettext as _
from assistants_app.domain.written_text import seen_line

_LONGEST: Final = 60
"""Of a name that the file itself holds."""


def assistant_words(place: int, name: Json) -> str:
    """Which assistant of a file: `place` counts from 1."""
    said = {"place": place, "name": _short(name)}
    return _("Assistant %(place)s, “%(name)s”") % said if said["name"] else _("Assistant %(place)s") % said


def version_words(place: int, name: Json, number: Json) -> str:
    """Which version of it."""
    said = {"assistant": assistant_words(place, name), "number": _short(number)}
    return _("%(assistant)s, version %(number)s") % said


def placed(where: str, what: str) -> str:
    return f"{where}: {what}"


def rule_words(error: ValidationError, whole: Json) -> str:
    """A rule of the format that a file breaks; never what stands there, which may be a secret."""
    path = list(error.absolute_path)
    where, rest = _place(path, whole)
    what = " ".join(_broken(error, "/".join(_short(part) for part in rest)))
    return placed(where, what) if where else what


def _place(path: Sequence[str | int], whole: Any) -> tuple[str, Sequence[str | int]]:
    """Words for the assistant or the version that a path leads into, and the rest of the path."""
    if len(path) < 2 or path[0] != "assistants":
        return "", path
    assistant, place = whole["assistants"][path[1]], int(path[1]) + 1
    name = assistant.get("name") if isinstance(assistant, dict) else None
    if len(path) < 4 or path[2] != "versions":
        return assistant_words(place, name), path[2:]
    version = assistant["versions"][path[3]]
    number = version.get("number") if isinstance(version, dict) else None
    if isinstance(number, bool) or not isinstance(number, int):
        number = _("no. %(place)s of its list") % {"place": int(path[3]) + 1}
    return version_words(place, name, number), path[4:]


def _broken(error: Any, field: str) -> Iterator[str]:
    """Sentences about the value of `field`; "" where it is the whole."""
    rule, limit, value = error.validator, error.validator_value, error.instance
    said = {"field": field, "limit": limit}
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    if rule == "required":
        names = ", ".join(f"“{name}”" for name in limit if name not in value)
        yield _("%(names)s is missing. Add it.") % {"names": names}
    elif rule == "additionalProperties":
        names = ", ".join(f"“{_short(name)}”" for name in sorted(value) if name not in known)
        yield _("The format knows nothing called %(names)s. Take it out.") % {"names": names}
    elif not field:
        yield _("This must be %(kind)s.") % {"kind": _kind(limit)}
    elif rule == "type":
        yield _("“%(field)s” must be %(kind)s.") % {**said, "kind": _kind(limit)}
    elif rule == "maxLength":
        yield _("“%(field)s” has %(count)s characters. Shorten it to at most %(limit)s.") % {
            **said,
            "count": len(value),
        }
    elif rule in ("minLength", "minItems"):
        yield _("“%(field)s” is empty. Give it at least one entry or character.") % said
    elif rule in ("minimum", "maximum"):
        yield _("“%(field)s” must be a whole number from 1 to 2147483647.") % said
    elif field == "assistant_id":
        yield _("“%(field)s” must be an ID such as 123e4567-e89b-42d3-a456-426614174000.") % said
    elif field == "created_at":
        yield _("“%(field)s” must be a date and a time such as 2026-01-31T09:30:00Z.") % said
    else:
        yield _("“%(field)s” must be %(kind)s.") % {**said, "kind": limit}


def _kind(name: Json) -> str:
    kinds = {
        "object": _("an object, in { }"),
        "array": _("a list, in [ ]"),
        "string": _("a text, in quotation marks"),
        "integer": _("a whole number"),
    }
    return kinds.get(str(name), str(name))


def _short(value: Json) -> str:
    text = seen_line(value) if isinstance(value, str) else "" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
