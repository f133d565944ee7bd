"""What is wrong with a value, in words for people who do not read JSON Schema."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from jsonschema.exceptions import ValidationError

from assistants_app.domain.errors import FieldError
from assistants_app.domain.form_spec.choices import any_of
from assistants_app.domain.form_spec.hints import choice_label
from assistants_app.domain.json_pointer import escape
from assistants_app.domain.json_values import Json
from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import gettext_noop, ngettext

_TYPE_WORDS: Final = {
    "string": gettext_noop("text"),
    "integer": gettext_noop("a whole number"),
    "number": gettext_noop("a number"),
    "boolean": gettext_noop("on or off"),
    "array": gettext_noop("a list"),
    "object": gettext_noop("a group of values"),
    "null": gettext_noop("empty (null)"),
}

_MOST: Final = 200
"""Errors told; nobody reads more."""


def told(errors: Iterator[ValidationError]) -> Iterator[FieldError]:
    """Each error on the pointer of the value that it is about."""
    for count, error in enumerate(errors):
        if count >= _MOST:
            return
        yield from _told(error, ())


def _told(error: ValidationError, around: tuple[Json, ...]) -> Iterator[FieldError]:
    path = (*around, *error.relative_path)
    if error.validator in ("anyOf", "oneOf") and error.context:
        chosen = _branch(error)
        if chosen:
            for inner in chosen:
                yield from _told(inner, path)
            return
    yield FieldError("".join(f"/{escape(str(step))}" for step in path), words(error))


def _branch(error: ValidationError) -> list[ValidationError]:
    """The errors of the branch that was meant: of all whose type (and tag) the value has, the one with the fewest."""
    branches: dict[Json, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.relative_schema_path[0] if inner.relative_schema_path else 0, []).append(inner)
    fitting = [errors for errors in branches.values() if not any(_is_other_kind(inner) for inner in errors)]
    if len(fitting) == 1 or (fitting and isinstance(error.instance, Mapping | list)):
        return min(fitting, key=len)
    return []


def _is_other_kind(error: ValidationError) -> bool:
    """Whether an error says that the branch is not meant at all: another type, another tag, another constant."""
    if error.validator == "type" and not error.relative_path:
        return True
    return error.validator in ("const", "enum") and len(error.relative_path) <= 1


def words(error: ValidationError) -> str:
    """One sentence. Values of settings are never in it: they may be secret."""
    teller = _WORDS.get(str(error.validator))
    if teller is None:
        return _("This value is not allowed here.")
    try:
        return teller(error)
    except (TypeError, ValueError, AttributeError, LookupError):
        return _("This value is not allowed here.")


def _type(error: ValidationError) -> str:
    said = error.validator_value
    names = [_(_TYPE_WORDS.get(str(name), str(name))) for name in (said if isinstance(said, list) else [said])]
    if error.instance is None:
        return _("Must not be empty (null); must be %(kinds)s.") % {"kinds": any_of(names)}
    return _("Must be %(kinds)s.") % {"kinds": any_of(names)}


def _kinds(error: ValidationError) -> str:
    if error.validator == "oneOf" and not error.context:
        return _("This value fits more than one of the kinds allowed here; it must fit exactly one.")
    types = [inner.validator_value for inner in error.context or () if inner.validator == "type"]
    names = list(dict.fromkeys(_TYPE_WORDS[name] for name in types if isinstance(name, str) and name in _TYPE_WORDS))
    if names and len(types) == len(error.context or ()):
        return _("Must be %(kinds)s.") % {"kinds": any_of([_(name) for name in names])}
    return _("This value fits none of the kinds allowed here.")


def _whole(error: ValidationError) -> int:
    """The limit of a length: 3.0 is 3 in JSON Schema."""
    limit: Any = error.validator_value
    return int(limit)


def _length(error: ValidationError) -> str:
    limit, count = _whole(error), len(str(error.instance))
    if error.validator == "minLength":
        if count == 0:
            return _("Fill this in.")
        words = ngettext(
            "Must have at least %(limit)s character; it has %(count)s.",
            "Must have at least %(limit)s characters; it has %(count)s.",
            limit,
        )
    else:
        words = ngettext(
            "Must have at most %(limit)s character; it has %(count)s.",
            "Must have at most %(limit)s characters; it has %(count)s.",
            limit,
        )
    return words % {"limit": limit, "count": count}


def _items(error: ValidationError) -> str:
    limit = _whole(error)
    if error.validator == "minItems":
        words = ngettext("Must have at least %(limit)s item.", "Must have at least %(limit)s items.", limit)
    else:
        words = ngettext("Must have at most %(limit)s item.", "Must have at most %(limit)s items.", limit)
    return words % {"limit": limit}


def _properties(error: ValidationError) -> str:
    limit = _whole(error)
    if error.validator == "minProperties":
        words = ngettext("Must have at least %(limit)s value.", "Must have at least %(limit)s values.", limit)
    else:
        words = ngettext("Must have at most %(limit)s value.", "Must have at most %(limit)s values.", limit)
    return words % {"limit": limit}


def _exclusive(error: ValidationError) -> str:
    more = error.validator == "exclusiveMinimum"
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    limit = error.validator_value
    if isinstance(limit, bool):
        limit = schema.get("minimum" if more else "maximum")
    words = _("Must be more than %(limit)s.") if more else _("Must be less than %(limit)s.")
    return words % {"limit": limit}


def _pattern(error: ValidationError) -> str:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    examples = schema.get("examples")
    if isinstance(examples, list) and examples:
        return _("Must look like this: %(example)s.") % {"example": choice_label(examples[0])}
    return _("Must match the pattern %(pattern)s") % {"pattern": error.validator_value}


def _name(error: ValidationError) -> str:
    if not error.context:
        return _("This name is not allowed.")
    return _("This name is not allowed. %(reason)s") % {"reason": words(error.context[0])}


def _limit(words: str) -> Callable[[ValidationError], str]:
    return lambda error: _(words) % {"limit": error.validator_value}


def _plain(words: str) -> Callable[[ValidationError], str]:
    return lambda error: _(words)


_WORDS: Final[dict[str, Callable[[ValidationError], str]]] = {
    "type": _type,
    "required": _plain(gettext_noop("Fill this in.")),
    "dependentRequired": _plain(gettext_noop("Fill this in: another setting needs it.")),
    "dependencies": _plain(gettext_noop("Fill this in: another setting needs it.")),
    "enum": _plain(gettext_noop("Choose one of the options.")),
    "const": lambda error: _("Must be %(value)s.") % {"value": choice_label(error.validator_value)},
    "anyOf": _kinds,
    "oneOf": _kinds,
    "minimum": _limit(gettext_noop("Must be at least %(limit)s.")),
    "maximum": _limit(gettext_noop("Must be at most %(limit)s.")),
    "exclusiveMinimum": _exclusive,
    "exclusiveMaximum": _exclusive,
    "multipleOf": _limit(gettext_noop("Must be a multiple of %(limit)s.")),
    "divisibleBy": _limit(gettext_noop("Must be a multiple of %(limit)s.")),
    "minLength": _length,
    "maxLength": _length,
    "pattern": _pattern,
    "format": lambda error: error.message,
    "minItems": _items,
    "maxItems": _items,
    "uniqueItems": lambda error: (
        _("This is the same as item %(number)s; items must differ.") % {"number": error.message}
    ),
    "contains": _plain(gettext_noop("None of the items is of the kind that this list needs.")),
    "minProperties": _properties,
    "maxProperties": _properties,
    "additionalProperties": _plain(gettext_noop("The graph does not know this setting.")),
    "unevaluatedProperties": _plain(gettext_noop("Holds a value that the graph does not know.")),
    "propertyNames": _name,
}
