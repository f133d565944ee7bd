"""What is wrong with a value, in words for people who do not read JSON Schema."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from jsonschema.exceptions import ValidationError

from assistants_app.domain.errors import FieldError
from assistants_app.domain.form_spec.hints import choice_label
from assistants_app.domain.json_pointer import escape
from assistants_app.domain.json_values import Json

_TYPE_WORDS: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "on or off",
    "array": "a list",
    "object": "a group of values",
    "null": "empty (null)",
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
        return "This value is not allowed here."
    try:
        return teller(error)
    except (TypeError, ValueError, AttributeError, LookupError):
        return "This value is not allowed here."


def _type(error: ValidationError) -> str:
    said = error.validator_value
    names = [_TYPE_WORDS.get(str(name), str(name)) for name in (said if isinstance(said, list) else [said])]
    return f"Must not be empty (null); must be {_or(names)}." if error.instance is None else f"Must be {_or(names)}."


def _or(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _kinds(error: ValidationError) -> str:
    if error.validator == "oneOf" and not error.context:
        return "This value fits more than one of the kinds allowed here; it must fit exactly one."
    types = [inner.validator_value for inner in error.context or () if inner.validator == "type"]
    names = list(dict.fromkeys(_TYPE_WORDS[name] for name in types if isinstance(name, str) and name in _TYPE_WORDS))
    if names and len(types) == len(error.context or ()):
        return f"Must be {_or(names)}."
    return "This value fits none of the kinds allowed here."


def _length(error: ValidationError) -> str:
    limit, count = error.validator_value, len(str(error.instance))
    if error.validator == "minLength":
        return "Fill this in." if count == 0 else f"Must have at least {_counted(limit, 'character')}; it has {count}."
    return f"Must have at most {_counted(limit, 'character')}; it has {count}."


def _counted(count: Any, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _exclusive(error: ValidationError) -> str:
    more = error.validator == "exclusiveMinimum"
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    limit = error.validator_value
    if isinstance(limit, bool):
        limit = schema.get("minimum" if more else "maximum")
    return f"Must be {'more' if more else 'less'} than {limit}."


def _pattern(error: ValidationError) -> str:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    examples = schema.get("examples")
    if isinstance(examples, list) and examples:
        return f"Must look like this: {choice_label(examples[0])}."
    return f"Must match the pattern {error.validator_value}"


def _name(error: ValidationError) -> str:
    inner = words(error.context[0]) if error.context else ""
    return f"This name is not allowed. {inner}".strip()


_WORDS: Final[dict[str, Callable[[ValidationError], str]]] = {
    "type": _type,
    "required": lambda error: "Fill this in.",
    "dependentRequired": lambda error: "Fill this in: another setting needs it.",
    "dependencies": lambda error: "Fill this in: another setting needs it.",
    "enum": lambda error: "Choose one of the options.",
    "const": lambda error: f"Must be {choice_label(error.validator_value)}.",
    "anyOf": _kinds,
    "oneOf": _kinds,
    "minimum": lambda error: f"Must be at least {error.validator_value}.",
    "maximum": lambda error: f"Must be at most {error.validator_value}.",
    "exclusiveMinimum": _exclusive,
    "exclusiveMaximum": _exclusive,
    "multipleOf": lambda error: f"Must be a multiple of {error.validator_value}.",
    "divisibleBy": lambda error: f"Must be a multiple of {error.validator_value}.",
    "minLength": _length,
    "maxLength": _length,
    "pattern": _pattern,
    "format": lambda error: f"{error.message}.",
    "minItems": lambda error: f"Must have at least {_counted(error.validator_value, 'item')}.",
    "maxItems": lambda error: f"Must have at most {_counted(error.validator_value, 'item')}.",
    "uniqueItems": lambda error: f"This is the same as item {error.message}; items must differ.",
    "contains": lambda error: "None of the items is of the kind that this list needs.",
    "minProperties": lambda error: f"Must have at least {_counted(error.validator_value, 'value')}.",
    "maxProperties": lambda error: f"Must have at most {_counted(error.validator_value, 'value')}.",
    "additionalProperties": lambda error: "The graph does not know this setting.",
    "unevaluatedProperties": lambda error: "Holds a value that the graph does not know.",
    "propertyNames": _name,
}
