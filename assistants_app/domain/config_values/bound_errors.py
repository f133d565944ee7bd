"""Errors onto the fields that they are about, by JSON Pointer."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from assistants_app.domain.config_values.bound_fields import BoundField
from assistants_app.domain.errors import FieldError
from assistants_app.domain.json_pointer import unescape


def attach(root: BoundField, errors: Sequence[FieldError], warnings: Sequence[FieldError]) -> BoundField:
    """The fields with these errors: each on its own field, or on the nearest one around it that there is."""
    if not errors and not warnings:
        return root
    pointers = {field.pointer for field in root.walk()}
    wrong, doubtful = _by_field(errors, pointers), _by_field(warnings, pointers)
    return _attach(root, wrong, doubtful)


def _attach(field: BoundField, wrong: dict[str, list[str]], doubtful: dict[str, list[str]]) -> BoundField:
    # Innermost first: a union and its branch share a pointer, and the branch's input is what people see.
    inner = field.inner and _attach(field.inner, wrong, doubtful)
    children = tuple(_attach(child, wrong, doubtful) for child in field.children)
    rows = tuple(replace(row, field=_attach(row.field, wrong, doubtful)) for row in field.rows)
    errors, warnings = wrong.pop(field.pointer, ()), doubtful.pop(field.pointer, ())
    if not (errors or warnings or inner or children or rows):
        return field
    return replace(
        field,
        inner=inner,
        children=children,
        rows=rows,
        errors=(*field.errors, *errors),
        warnings=(*field.warnings, *warnings),
    )


def _by_field(errors: Iterable[FieldError], pointers: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for error in errors:
        pointer = _nearest(error.pointer, pointers)
        within = unescape(error.pointer[len(pointer) + 1 :].replace("/", " → "))
        messages = found.setdefault(pointer, [])
        message = f"{within}: {error.message}" if within else error.message
        if message not in messages:
            messages.append(message)
    return found


def _nearest(pointer: str, pointers: set[str]) -> str:
    while pointer not in pointers and pointer:
        pointer = pointer.rpartition("/")[0]
    return pointer


def beyond(told: Sequence[FieldError], found: Sequence[FieldError]) -> list[FieldError]:
    """Errors found by the schema that do not come from a value which could not be read in the first place.

    Such a value spoils what is said about it, about all inside it, and about the lists and groups around it.
    """
    faulty = {error.pointer for error in told}
    return [error for error in found if not any(_related(pointer, error.pointer) for pointer in faulty)]


def _related(left: str, right: str) -> bool:
    return left == right or left.startswith(f"{right}/") or right.startswith(f"{left}/")


def in_order(root: BoundField, errors: Sequence[FieldError]) -> tuple[FieldError, ...]:
    """Errors in the order of their fields on the page."""
    places: dict[str, int] = {}
    for place, field in enumerate(root.walk()):
        places.setdefault(field.pointer, place)
    pointers = set(places)
    return tuple(sorted(errors, key=lambda error: places.get(_nearest(error.pointer, pointers), 0)))


def without_errors(field: BoundField) -> BoundField:
    """The field as if nothing had been checked yet: for a form that is only rearranged."""
    return replace(
        field,
        errors=(),
        children=tuple(without_errors(child) for child in field.children),
        rows=tuple(replace(row, key_errors=(), field=without_errors(row.field)) for row in field.rows),
        inner=field.inner and without_errors(field.inner),
    )
