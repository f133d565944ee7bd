"""Submitted lists, groups, maps, tuples and unions -> values, by way of the fields inside them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from assistants_app.domain.config_values.asked import Value, cannot_be_saved
from assistants_app.domain.config_values.binding import At, bind_value, place_at
from assistants_app.domain.config_values.bound_fields import BoundField, BoundRow
from assistants_app.domain.config_values.bound_finish import finish_object, finish_rows
from assistants_app.domain.config_values.conditions import reaches, without_gaps
from assistants_app.domain.config_values.fits import MOST_ROWS
from assistants_app.domain.config_values.hidden import strays, with_secrets
from assistants_app.domain.config_values.posts import Post, presentable, same_lines
from assistants_app.domain.config_values.reading_leaves import STRAY, index_of
from assistants_app.domain.errors import InvalidJson
from assistants_app.domain.form_spec.fields import FieldSpec, Kind
from assistants_app.domain.json_values import ABSENT, Json, load_strict, text_fault
from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import gettext_noop

ReadField: TypeAlias = Callable[[FieldSpec, Value, Post, At], tuple[BoundField, Value]]

_FILL_ROW = gettext_noop("Fill this in, or remove it.")


def read_group(bound: BoundField, stored: Value, post: Post, at: At, read_field: ReadField) -> tuple[BoundField, Value]:
    """A field with fields inside. `bound` is how it was shown when it was shown open, else an empty one."""
    match bound.spec.kind:
        case Kind.OBJECT:
            return _read_object(bound, stored, post, at, read_field)
        case Kind.LIST:
            return _read_list(bound, stored, post, at, read_field)
        case Kind.MAP:
            return _read_map(bound, stored, post, at, read_field)
        case Kind.TUPLE:
            return _read_tuple(bound, stored, post, at, read_field)
        case _:
            return _read_union(bound, stored, post, at, read_field)


def _read_object(
    bound: BoundField, stored: Value, post: Post, at: At, read_field: ReadField
) -> tuple[BoundField, Value]:
    before: Mapping[str, Json] = stored if isinstance(stored, Mapping) else {}
    fresh = stored is ABSENT
    typed = {
        child.key: read_field(child, before.get(child.key, ABSENT), post, at.child(child.key, fresh=fresh))
        for child in bound.spec.children
    }
    typed = _in_reach(bound.spec.children, typed, before, at)
    parts = [(child, *typed[child.key]) for child in bound.spec.children]
    values = {child.key: value for child, _, value in parts}
    unknown = {key: value for key, value in before.items() if key not in values}
    other, other_text, fault = _read_other(bound, unknown, values, post)
    told = any(value is not ABSENT for child, _, value in parts if child.kind is not Kind.CONST) or other
    merged = {key: values.get(key, other.get(key, ABSENT)) for key in (*before, *values, *other)}
    result = {key: value for key, value in merged.items() if value is not ABSENT}
    finished = finish_object(bound, tuple(field for _, field, _ in parts), result)
    if other_text is not None:
        finished = replace(finished, other=other_text, errors=(*finished.errors, fault) if fault else finished.errors)
    if bound.state_token == "auto" and stored is ABSENT and not told:
        return replace(finished, state="default"), ABSENT
    return replace(finished, state="value"), result


def _in_reach(
    specs: Sequence[FieldSpec], typed: dict[str, tuple[BoundField, Value]], before: Mapping[str, Json], at: At
) -> dict[str, tuple[BoundField, Value]]:
    """What is off by the values typed in other fields is as it was saved; what is out of reach may be empty."""
    off: set[str] = set()
    for _round in specs:  # a field that is off may have decided about another one
        values = {key: before.get(key, ABSENT) if key in off else value for key, (_field, value) in typed.items()}
        found = reaches(specs, {key: value for key, value in values.items() if value is not ABSENT})
        off, known = {key for key, reach in found.items() if not reach.enabled}, off
        if off == known:
            break
    else:
        return typed
    saved = {spec.key: spec for spec in specs if spec.key in off}
    kept = {key: before.get(key, ABSENT) for key in saved}
    settled = {key: (bind_value(saved[key], value, at.child(key, fresh=False)), value) for key, value in kept.items()}
    for key, reach in found.items():
        if reach.enabled and not reach.visible:
            field, value = typed[key]
            settled[key] = without_gaps(field), value
    return typed | settled


def _read_other(
    bound: BoundField, unknown: dict[str, Json], known: Mapping[str, Value], post: Post
) -> tuple[dict[str, Json], str | None, str]:
    """(keys beyond the fields, their text when it was edited, what is wrong with it)"""
    text = post.first(bound.other_name) if bound.spec.open_ended else None
    if text is None or same_lines(text, bound.other):
        return unknown, None, ""
    if not text.strip():
        return {}, "", ""
    shown = presentable(text)
    try:
        typed = load_strict(text)
    except InvalidJson as error:
        return unknown, shown, _("The other values are not valid JSON: %(fault)s") % {"fault": error.message}
    edited = with_secrets(typed, unknown)
    if strays(None, typed, edited):
        return unknown, shown, _(STRAY)
    if not isinstance(edited, dict):
        return unknown, shown, _("The other values must be a group: {…}.")
    if double := next((key for key in edited if key in known), None):
        known_key = _('"%(key)s" has its own field; take it out of the other values.')
        return unknown, shown, known_key % {"key": double}
    return edited, shown, ""


def _read_list(bound: BoundField, stored: Value, post: Post, at: At, read_field: ReadField) -> tuple[BoundField, Value]:
    before: list[Json] = stored if isinstance(stored, list) else []
    tokens, item = post.every(bound.items_name), bound.spec.item
    if item is None or not post.takes_rows(len(tokens)):
        return _too_many(bound, stored, at)
    rows, values = [], []
    for index, token in enumerate(tokens):
        origin = index_of(token, len(before))
        old = ABSENT if origin is None else before[origin]
        field, value = read_field(item, old, post, at.row(index))
        if value is ABSENT and not field.has_errors:
            field = replace(field, errors=(_(_FILL_ROW),), gap=True)
        rows.append(BoundRow(field, index, "new" if origin is None else token))
        if value is not ABSENT:
            values.append(value)
    return _rowed(bound, stored, tuple(rows), values)


def _read_map(bound: BoundField, stored: Value, post: Post, at: At, read_field: ReadField) -> tuple[BoundField, Value]:
    before = list(stored.items()) if isinstance(stored, Mapping) else []
    tokens, item = post.every(bound.items_name), bound.spec.item
    if item is None or not post.takes_rows(len(tokens)):
        return _too_many(bound, stored, at)
    rows: list[BoundRow] = []
    values: dict[str, Json] = {}
    for index, token in enumerate(tokens):
        origin = index_of(token, len(before))
        old_key, old = (None, ABSENT) if origin is None else before[origin]
        key = post.first(f"{at.path}/{index}#key")
        key = old_key or "" if key is None or (old_key is not None and same_lines(key, old_key)) else key
        field, value = read_field(item, old, post, at.row(index, key))
        fault = _key_fault(key, old_key, values)
        if value is ABSENT and not field.has_errors:
            field = replace(field, errors=(_(_FILL_ROW),), gap=True)
        token = "new" if origin is None else token
        rows.append(BoundRow(field, index, token, key=presentable(key), key_errors=(fault,) if fault else ()))
        if value is not ABSENT and not fault:
            values[key] = value
    return _rowed(bound, stored, tuple(rows), values)


def _key_fault(key: str, old_key: str | None, taken: Mapping[str, Json]) -> str:
    if key == "" and old_key != "":
        return _("Give this row a name.")
    if key in taken:
        return _('There is a row named "%(key)s" already.') % {"key": presentable(key)}
    fault = text_fault(key)
    return cannot_be_saved(fault) if fault else ""


def _rowed(
    bound: BoundField, stored: Value, rows: tuple[BoundRow, ...], values: list[Json] | dict[str, Json]
) -> tuple[BoundField, Value]:
    finished = finish_rows(bound, rows)
    if bound.state_token == "auto" and not rows and stored is ABSENT:
        return replace(finished, state="default"), ABSENT
    return replace(finished, state="value"), values


def _too_many(bound: BoundField, stored: Value, at: At) -> tuple[BoundField, Value]:
    message = _("A form takes at most %(count)s rows; edit this as JSON to have more.") % {"count": MOST_ROWS}
    return replace(bind_value(bound.spec, stored, at), errors=(message,)), stored


def _read_tuple(
    bound: BoundField, stored: Value, post: Post, at: At, read_field: ReadField
) -> tuple[BoundField, Value]:
    before: list[Json] = stored if isinstance(stored, list) else []
    spec = bound.spec
    places = (*spec.children, *[spec.item] * max(0, len(before) - len(spec.children)))
    parts = [
        read_field(place, before[index] if index < len(before) else ABSENT, post, place_at(spec, stored, at, index))
        for index, place in enumerate(places)
        if place is not None
    ]
    last = max((index for index, (_, value) in enumerate(parts) if value is not ABSENT), default=-1)
    children = tuple(
        replace(field, errors=(_("Fill this in: a later place is filled."),), gap=True)
        if value is ABSENT and index < last and not field.errors
        else field
        for index, (field, value) in enumerate(parts)
    )
    values = [value for _, value in parts if value is not ABSENT]
    summary = ", ".join(child.summary for child in children if child.summary)
    finished = replace(bound, children=children, summary=summary, state="value")
    return finished, values


def _read_union(
    bound: BoundField, stored: Value, post: Post, at: At, read_field: ReadField
) -> tuple[BoundField, Value]:
    """Only the chosen branch is read; what was typed in the others is carried along, hidden."""
    spec, token = bound.spec, post.first(bound.branch_name)
    if token is None and bound.branch is not None:
        token = str(bound.branch)
    index = index_of(token or "", len(spec.branches))
    carried = tuple(post.beside(at.path, index))
    if index is None:
        empty = replace(bound, branch=None, inner=None, carried=carried)
        if not token and bound.state_token == "auto" and stored is ABSENT:
            return replace(empty, state="default"), ABSENT
        return replace(empty, state="value", errors=(_("Choose one of the kinds."),), gap=True), stored
    old = stored if index == bound.branch else ABSENT
    there = at.branch(index, spec.discriminator)
    branch = spec.branches[index]
    inner, value = read_field(branch.spec, old, post, there)
    if value is ABSENT and not inner.has_errors:
        inner = replace(inner, errors=(_("Fill this in."),), gap=True)
    summary = inner.summary or branch.title
    return replace(bound, branch=index, inner=inner, carried=carried, state="value", summary=summary), value
