"""Own readings of some keywords of JSON Schema, for the validator of `validation`.

jsonschema says that 0.3 is no multiple of 0.1, crashes on `\\p{L}`, hangs on some patterns, compares every item of
a list with every other, and fetches references. Each run has a time limit and keeps what it could not check.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from jsonschema.exceptions import UndefinedTypeCheck, UnknownType, ValidationError
from referencing.exceptions import Unresolvable

from assistants_app.domain.form_spec.kinds import number_of
from assistants_app.domain.json_values import Json
from assistants_app.domain.language import gettext as _
from assistants_app.domain.sealed import stands_for_another
from assistants_app.domain.validation.formats import format_fault
from assistants_app.domain.validation.patterns import PatternNotChecked, search

Errors = Iterator[ValidationError]
Keyword = Callable[[Any, Any, Any, Any], Errors | None]

SECONDS: Final = 1.5
"""Of computing: a check of settings ends after this, and says so. On a busy machine it gets no less."""

UNREADABLE: Final = (
    TypeError, ValueError, KeyError, AttributeError, IndexError, ArithmeticError, UnknownType, UndefinedTypeCheck,
)  # fmt: skip


class OutOfTime(Exception):
    """The check took too long."""


@dataclass(slots=True)
class Run:
    """One check: when it has to end, and what could not be checked."""

    ends: float = field(default_factory=lambda: time.thread_time() + SECONDS)
    not_checked: dict[str, None] = field(default_factory=dict)  # reasons, each once, in order
    patterns_left: set[str] = field(default_factory=set)
    wild: bool = False  # whether the schema names properties by patterns that jsonschema itself should not search

    def in_time(self) -> None:
        """Raises OutOfTime."""
        if time.thread_time() > self.ends:
            raise OutOfTime

    def search(self, pattern: str, text: str) -> bool | None:
        """Whether a pattern is found; None when that was not checked."""
        if pattern in self.patterns_left:
            return None
        try:
            return search(pattern, text)
        except PatternNotChecked as reason:
            self.patterns_left.add(pattern)
            self.not_checked[str(reason)] = None
            return None


RUN: ContextVar[Run] = ContextVar("RUN")


def guarded(name: str, keyword: Keyword) -> Keyword:
    """A keyword that looks at the clock, and for which a schema that makes no sense is "not checked"."""

    def check(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
        run = RUN.get()
        run.in_time()
        if stands_for_another(instance):
            return
        try:
            yield from keyword(validator, value, instance, schema) or ()
        except Unresolvable:
            reason = _("What %(reference)s refers to was not checked: it is not part of the schema.")
            run.not_checked[reason % {"reference": _shown(value)}] = None
        except UNREADABLE:
            reason = _("The rule “%(rule)s” was not checked: its value in the schema makes no sense.")
            run.not_checked[reason % {"rule": name}] = None

    return check


def _type(inner: Keyword) -> Keyword:
    def check(validator: Any, types: Any, instance: Any, schema: Any) -> Errors:
        if not (instance is None and isinstance(schema, Mapping) and schema.get("nullable") is True):
            yield from inner(validator, types, instance, schema) or ()

    return check


def _multiple_of(validator: Any, step: Any, instance: Any, schema: Any) -> Errors:
    if number_of(instance) is None:
        return
    # Fractions of the decimal text: exact, where 0.3 % 0.1 as floats leaves a rest.
    if Fraction(str(instance)) % Fraction(str(step)):
        yield ValidationError(f"{step}")


def _pattern(validator: Any, pattern: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, str) and RUN.get().search(pattern, instance) is False:
        yield ValidationError(pattern)


def _format(validator: Any, name: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, str) and isinstance(name, str) and (fault := format_fault(name, instance)):
        yield ValidationError(fault)


def _unique_items(validator: Any, unique: Any, instance: Any, schema: Any) -> Errors:
    if unique is not True or not isinstance(instance, list):
        return
    seen: dict[str, int] = {}
    for index, item in enumerate(instance):
        if (first := seen.setdefault(_identity(item), index)) != index:
            yield ValidationError(f"{first + 1}", path=(index,))


def _identity(value: Json) -> str:
    """A text that is the same for values that JSON Schema calls equal: 1 and 1.0, but not 1 and true."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key!r}:{_identity(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_identity, value)) + "]"
    return repr(value)


def _required(validator: Any, required: Any, instance: Any, schema: Any) -> Errors:
    """On the missing key itself, so that the error lands on its field."""
    if isinstance(instance, Mapping) and isinstance(required, list):
        for key in required:
            if key not in instance:
                yield ValidationError(key, path=(key,))


def _dependent_required(validator: Any, rules: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, Mapping):
        for key, required in rules.items():
            if key in instance:
                yield from _required(validator, required, instance, schema)


def _pattern_properties(validator: Any, rules: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, Mapping):
        for pattern, rule in rules.items():
            for key, value in instance.items():
                if RUN.get().search(pattern, key):
                    yield from validator.descend(value, rule, path=key, schema_path=pattern)


def _additional_properties(validator: Any, rule: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(instance, Mapping):
        return
    known = schema.get("properties", {})
    patterns = list(schema.get("patternProperties", {}))
    for key, value in instance.items():
        # A pattern that could not be checked may well know the key.
        if key in known or any(RUN.get().search(pattern, key) is not False for pattern in patterns):
            continue
        if rule is False:
            yield ValidationError(key, path=(key,))
        elif isinstance(rule, Mapping):
            yield from validator.descend(value, rule, path=key)


def _property_names(validator: Any, rule: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, Mapping):
        for key in instance:
            for error in validator.descend(key, rule):
                yield ValidationError(key, path=(key,), context=[error])
                break


def _unevaluated(inner: Keyword) -> Keyword:
    """jsonschema's; but it searches patterns of its own accord, which may hang: then not."""

    def check(validator: Any, rule: Any, instance: Any, schema: Any) -> Errors:
        run = RUN.get()
        if run.wild and isinstance(instance, Mapping):
            reason = _("The rule “%(rule)s” was not checked: it could take too long.")
            run.not_checked[reason % {"rule": "unevaluatedProperties"}] = None
        else:
            yield from inner(validator, rule, instance, schema) or ()

    return check


def _exclusive(word: str, inner: Keyword) -> Keyword:
    """In draft-04 a flag beside `minimum`, whatever draft the schema says or does not say it is."""

    def check(validator: Any, rule: Any, instance: Any, schema: Any) -> Errors:
        if not isinstance(rule, bool):
            yield from inner(validator, rule, instance, schema) or ()
        elif rule and number_of(instance) is not None and instance == schema.get(word):
            yield ValidationError(f"{instance}")

    return check


def _items(inner: Keyword) -> Keyword:
    """A list of schemas was how drafts before 2020-12 wrote `prefixItems`."""

    def check(validator: Any, rule: Any, instance: Any, schema: Any) -> Errors:
        if not isinstance(rule, list):
            yield from inner(validator, rule, instance, schema) or ()
        elif isinstance(instance, list):
            for index, (item, part) in enumerate(zip(instance, rule, strict=False)):
                yield from validator.descend(item, part, path=index, schema_path=index)
            rest = schema.get("additionalItems", True)
            for index in range(len(rule), len(instance)):
                yield from validator.descend(instance[index], rest, path=index)

    return check


def _dependencies(validator: Any, rules: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, Mapping):
        for key, rule in rules.items():
            if key in instance and isinstance(rule, list):
                yield from _required(validator, rule, instance, schema)
            elif key in instance:
                yield from validator.descend(instance, rule, schema_path=key)


def _shown(value: Any) -> str:
    text = str(value)
    return f"“{text if len(text) <= 80 else text[:79] + '…'}”"


_OWN: Final[dict[str, Keyword]] = {
    "multipleOf": _multiple_of,
    "divisibleBy": _multiple_of,
    "pattern": _pattern,
    "format": _format,
    "uniqueItems": _unique_items,
    "required": _required,
    "dependentRequired": _dependent_required,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "propertyNames": _property_names,
    "dependencies": _dependencies,
}

_AROUND: Final[dict[str, Callable[[Keyword], Keyword]]] = {
    "type": _type,
    "enum": _type,
    "items": _items,
    "unevaluatedProperties": _unevaluated,
    "exclusiveMinimum": lambda inner: _exclusive("minimum", inner),
    "exclusiveMaximum": lambda inner: _exclusive("maximum", inner),
}


def keywords(inner: Mapping[str, Keyword]) -> dict[str, Keyword]:
    """jsonschema's keywords of one draft, with ours in their place, each guarded."""
    own = {name: keyword for name, keyword in _OWN.items() if name in inner or name == "dependencies"}
    around = {name: wrap(inner[name]) for name, wrap in _AROUND.items() if name in inner}
    return {name: guarded(name, keyword) for name, keyword in {**inner, **around, **own}.items()}
