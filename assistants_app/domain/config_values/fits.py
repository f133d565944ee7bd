"""Whether a stored value fits a field's widget, and which branch of a union it belongs to.

Only as deep as showing needs it; whether a value is *valid* is `validation`'s question.
"""

from collections.abc import Callable, Mapping
from typing import Final

from assistants_app.domain.form_spec.choices import position, same_value
from assistants_app.domain.form_spec.fields import FieldSpec, Kind
from assistants_app.domain.json_values import ABSENT, Json
from assistants_app.domain.validation.formats import format_fault

MOST_ROWS: Final = 500
"""Rows a form shows; a longer list is edited as JSON."""

MOST_FIELDS: Final = 2000
"""Fields a form shows within one setting; beyond, it is edited as JSON. Browsers may post 20,000 names."""

_LOOK_AHEAD: Final = 4
"""Levels of a value that are looked at to choose a branch."""


def fits(spec: FieldSpec, value: Json) -> bool:
    """Whether the widget of a field can hold a value (not null) and give it back."""
    match spec.kind:
        case Kind.TEXT:
            return isinstance(value, str) or (spec.decimal and _is_number(value))
        case Kind.TEXTAREA | Kind.PROMPT | Kind.DATE | Kind.TIME | Kind.DATETIME:
            return isinstance(value, str)
        case Kind.NUMBER | Kind.SLIDER:
            return _is_number(value)
        case Kind.BOOLEAN:
            return isinstance(value, bool)
        case Kind.MULTISELECT | Kind.LIST:
            return isinstance(value, list) and len(value) <= MOST_ROWS
        case Kind.MAP:
            return isinstance(value, Mapping) and len(value) <= MOST_ROWS
        case Kind.OBJECT:
            return isinstance(value, Mapping)
        case Kind.CONST:
            return same_value(spec.const, value)
        case Kind.TUPLE:
            most = len(spec.children) if spec.item is None else MOST_ROWS
            return isinstance(value, list) and len(value) <= most
        case Kind.UNION:
            return branch_for(spec, value) is not None
        case _:
            return True


def is_heavy(spec: FieldSpec, value: Json) -> bool:
    """Whether a setting's value would need more fields than a form shows."""
    return _weigh(spec, value, MOST_FIELDS) <= 0


def _weigh(spec: FieldSpec | None, value: Json, left: int) -> int:
    """How many fields may still come after those of this value; it stops counting at 0."""
    left -= 1
    if spec is None or left <= 0:
        return left
    if spec.kind is Kind.UNION and (index := branch_for(spec, value)) is not None:
        return _weigh(spec.branches[index].spec, value, left)
    parts: list[tuple[FieldSpec | None, Json]]
    if spec.kind is Kind.OBJECT and isinstance(value, Mapping):
        parts = [(child, value.get(child.key)) for child in spec.children]
    elif spec.kind is Kind.MAP and isinstance(value, Mapping):
        parts = [(spec.item, part) for part in value.values()]
    elif spec.kind is Kind.LIST and isinstance(value, list):
        parts = [(spec.item, part) for part in value]
    else:
        return left
    for part, inner in parts:
        if left <= 0:
            break
        left = _weigh(part, inner, left)
    return left


def branch_for(spec: FieldSpec, value: Json) -> int | None:
    """The branch of a union that a value belongs to: by its tag, else the first that it looks valid for."""
    branches = spec.branches
    if spec.discriminator and isinstance(value, Mapping) and spec.discriminator in value:
        tag = value[spec.discriminator]
        for index, branch in enumerate(branches):
            if branch.tag is not ABSENT and same_value(branch.tag, tag) and fits(branch.spec, value):
                return index
    tests: tuple[Callable[[FieldSpec], bool], ...] = (
        lambda branch: looks_valid(branch, value, _LOOK_AHEAD),
        lambda branch: branch.kind is not Kind.SECRET and fits(branch, value) and branch.kind is not Kind.JSON,
        lambda branch: branch.kind is Kind.JSON,
    )
    return next((i for test in tests for i, branch in enumerate(branches) if test(branch.spec)), None)


def looks_valid(spec: FieldSpec, value: Json, depth: int) -> bool:
    """Whether a value keeps the plain rules of a schema: its type, options, required keys, format."""
    if value is None:
        return (
            spec.nullable
            or position(spec.choices, None) is not None
            or (spec.kind is Kind.CONST and spec.const is None)
        )
    if spec.kind is Kind.JSON:
        return _typed(spec.schema.get("type"), value)
    if not fits(spec, value) or depth == 0:
        return depth == 0
    if spec.kind in (Kind.RADIO, Kind.SELECT):
        return position(spec.choices, value) is not None
    if isinstance(value, str):
        return not (spec.format and format_fault(spec.format, value)) and _keeps_length(spec, len(value))
    if spec.kind is Kind.OBJECT:
        return _object_looks_valid(spec, value, depth)
    if spec.kind is Kind.MAP and spec.item is not None:
        item = spec.item
        return all(looks_valid(item, part, depth - 1) for part in value.values())
    if spec.kind is Kind.LIST and spec.item is not None:
        item = spec.item
        return all(looks_valid(item, part, depth - 1) for part in value)
    if _is_number(value):
        return (not spec.integer or value % 1 == 0) and _keeps_bounds(spec, value)
    return True


def _object_looks_valid(spec: FieldSpec, value: Mapping[str, Json], depth: int) -> bool:
    children = {child.key: child for child in spec.children}
    if any(child.required and key not in value for key, child in children.items()):
        return False
    if spec.schema.get("additionalProperties") is False and not value.keys() <= children.keys():
        return False
    return all(looks_valid(children[key], part, depth - 1) for key, part in value.items() if key in children)


def _keeps_bounds(spec: FieldSpec, value: int | float) -> bool:
    low, high = spec.bounds.minimum, spec.bounds.maximum
    return (low is None or value >= low) and (high is None or value <= high)


def _keeps_length(spec: FieldSpec, length: int) -> bool:
    low, high = spec.bounds.min_length, spec.bounds.max_length
    return (low is None or length >= low) and (high is None or length <= high)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_PYTHON_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "string": str,
    "object": Mapping,
    "array": list,
    "boolean": bool,
    "null": type(None),
    "number": (int, float),
    "integer": (int, float),
}


def _typed(said: Json, value: Json) -> bool:
    names = said if isinstance(said, list) else [said]
    wanted = [_PYTHON_TYPES[name] for name in names if isinstance(name, str) and name in _PYTHON_TYPES]
    return not wanted or any(
        isinstance(value, kind) and (kind is bool or not isinstance(value, bool)) for kind in wanted
    )
