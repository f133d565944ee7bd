"""Where settings are that a proposal leaves alone, and what lies at a place of the settings."""

from collections.abc import Iterator, Mapping, Sequence

from assistants_app.domain.config_values.fits import branch_for
from assistants_app.domain.config_values.hidden import masks, secret_pointers, without_secrets
from assistants_app.domain.form_spec.fields import FieldSpec, FormSpec, Kind
from assistants_app.domain.json_pointer import escape, unescape
from assistants_app.domain.json_values import ABSENT, Absent, Json, Settings

_DEEPEST = 6
"""Levels of groups that are looked through."""


def is_within(pointer: str, outer: str) -> bool:
    """Whether a place is another one, or lies in it."""
    return pointer == outer or pointer.startswith(f"{outer}/")


def overlap(pointer: str, other: str) -> bool:
    return is_within(pointer, other) or is_within(other, pointer)


def closed_by_schema(spec: FormSpec, settings: Settings) -> frozenset[str]:
    """What the form itself does not let anybody change: hidden, read-only, secret."""
    return frozenset(_closed(spec.root, settings, "", _DEEPEST))


def _closed(spec: FieldSpec, value: Json, pointer: str, left: int) -> Iterator[str]:
    if spec.hidden or spec.read_only or spec.secret:
        yield pointer
        return
    spec = _chosen(spec, value)
    if spec.kind is not Kind.OBJECT or not left:
        return
    values = value if isinstance(value, Mapping) else {}
    for child in spec.children:
        yield from _closed(child, values.get(child.key), f"{pointer}/{escape(child.key)}", left - 1)


def _chosen(spec: FieldSpec, value: Json) -> FieldSpec:
    """Of a union, the branch that the value is of."""
    if spec.kind is Kind.UNION and (index := branch_for(spec, value)) is not None:
        return spec.branches[index].spec
    return spec


def field_at(spec: FormSpec, settings: Settings, pointer: str) -> FieldSpec | None:
    """The field of the outermost setting that a pointer leads into, where it leads anywhere; else None."""
    found: FieldSpec | None = spec.root
    value: Json = settings
    outermost: FieldSpec | None = None
    for step in map(unescape, pointer.split("/")[1:]):
        if found is not None:
            found = _chosen(found, value)
            if found.kind is Kind.JSON or (found.kind is Kind.UNION and outermost is not None):
                return outermost or found
            found = _below(found, step)
        if found is None:
            return None
        outermost = outermost or found
        value = _value_below(value, step)
    return outermost


def _below(spec: FieldSpec, step: str) -> FieldSpec | None:
    match spec.kind:
        case Kind.OBJECT:
            return spec.child(step)
        case Kind.MAP:
            return spec.item
        case Kind.LIST:
            return None if index_in(step) is None else spec.item
        case Kind.TUPLE if (index := index_in(step)) is not None:
            return spec.children[index] if index < len(spec.children) else spec.item
        case _:
            return None


def _value_below(value: Json, step: str) -> Json:
    if isinstance(value, Mapping):
        return value.get(step)
    index = index_in(step)
    return value[index] if isinstance(value, list) and index is not None and index < len(value) else None


def index_in(step: str) -> int | None:
    """The place in a list that a step names."""
    return int(step) if step.isascii() and step.isdigit() and len(step) < 9 else None


def with_value(spec: FieldSpec | None, value: Json | Absent, steps: Sequence[str], new: Json | Absent) -> Json | Absent:
    """Settings, or a part of them, with another value at a place; ABSENT takes away what stands there.

    A group that is not set begins as the graph has it, as *Override* does in the form. Raises LookupError where there
    is no such place.
    """
    if not steps:
        return new
    step, rest = steps[0], steps[1:]
    if value is ABSENT or value is None:
        if new is ABSENT:
            return value
        value = _start(spec)
    below = _below(_chosen(spec, value), step) if spec is not None else None
    if isinstance(value, Mapping):
        part = with_value(below, value.get(step, ABSENT), rest, new)
        if part is not ABSENT:
            return {**value, step: part}
        return {key: other for key, other in value.items() if key != step}
    index = index_in(step)
    if not isinstance(value, list) or index is None or index >= len(value):
        raise LookupError
    part = with_value(below, value[index], rest, new)
    if part is ABSENT:
        raise LookupError
    return [*value[:index], part, *value[index + 1 :]]


def _start(spec: FieldSpec | None) -> Json:
    default = spec.default if spec is not None else ABSENT
    return default if isinstance(default, Mapping) and not tuple(secrets_in(spec, default)) else {}


def secret_places(spec: FormSpec, settings: Settings) -> frozenset[str]:
    """All that is a secret by the schema, and what is called like one whatever the schema says: a model is told less
    than a page."""
    return frozenset(secret_pointers(spec, settings)) | frozenset(secret_pointers(None, settings))


def secrets_in(spec: FieldSpec | None, value: Json) -> frozenset[str]:
    """The pointers of the secrets in the value of a field."""
    return frozenset(masks(without_secrets(spec, value)))
