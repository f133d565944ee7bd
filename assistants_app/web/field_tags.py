"""Template tags of the forms: attributes that every control needs, made in one place and fast."""

import json
from dataclasses import replace
from typing import Any

from django import template
from django.forms.utils import flatatt
from django.template import Context
from django.utils.safestring import SafeString

from assistants_app.domain.binding import At, bind_open, bind_value
from assistants_app.domain.bound_fields import BoundField, BoundForm, BoundRow, BoundSection
from assistants_app.domain.field_specs import FieldSpec, Kind
from assistants_app.domain.json_values import ABSENT, Json, same
from assistants_app.graphs.known_models import known_models

register = template.Library()

_ONE_CONTROL = frozenset(
    {Kind.TEXT, Kind.TEXTAREA, Kind.PROMPT, Kind.NUMBER, Kind.SLIDER, Kind.BOOLEAN, Kind.SELECT, Kind.JSON}
    | {Kind.DATE, Kind.TIME, Kind.DATETIME, Kind.SECRET}
)
"""Kinds that are one control, which a <label> can point to; the others are groups."""

_LIVE = _ONE_CONTROL - {Kind.SECRET} | {Kind.RADIO, Kind.MULTISELECT}
"""Kinds whose control is shown although nothing is set: off, until the script lets one type into it."""

_COUNTED = frozenset({Kind.TEXT, Kind.TEXTAREA})
_CARDS = frozenset({Kind.OBJECT, Kind.UNION, Kind.LIST, Kind.MAP, Kind.TUPLE})


@register.filter
def shown(field: BoundField) -> BoundField:
    """A field at the graph's default with that default in its control, so that one sees it, and may type over it."""
    spec = field.spec
    if field.state_token != "default" or spec.kind not in _LIVE or spec.prefill is ABSENT:
        return field
    at = At(field.path, field.pointer)
    preview = bind_open(spec, ABSENT, at, "value") if spec.prefill is None else bind_value(spec, spec.prefill, at)
    if preview.widget not in _LIVE:
        return field
    return replace(preview, state="default", state_token="default", enabled=field.enabled, warnings=field.warnings)


@register.filter
def const_words(field: BoundField) -> str:
    const = field.spec.const
    return "" if const is ABSENT else const if isinstance(const, str) else json.dumps(const, ensure_ascii=False)


@register.filter
def is_live(field: BoundField) -> bool:
    return field.widget in _LIVE


@register.filter
def has_control(field: BoundField) -> bool:
    """Whether the field's id is that of one control; else it is that of the group around its parts."""
    if field.widget not in _ONE_CONTROL or field.state_token == "null":
        return False
    if field.widget is Kind.SELECT and field.spec.searchable:
        return False
    return field.is_open or field.widget in _LIVE


@register.filter
def is_card(field: BoundField) -> bool:
    """Whether a row of this field is a form of its own, folded under its summary."""
    return field.widget in _CARDS


@register.filter
def is_tag(field: BoundField) -> bool:
    """Whether the field is a constant that cannot be left out: there is nothing to choose."""
    return field.widget is Kind.CONST and field.spec.required and field.state == "value"


@register.filter
def counts(field: BoundField) -> bool:
    """Whether the length of the field's text is worth showing."""
    if field.state_token == "null":
        return False
    return field.widget is Kind.PROMPT or (field.widget in _COUNTED and field.spec.bounds.max_length is not None)


@register.filter
def holds(field: BoundField, focus: str | None) -> bool:
    """Whether what is to be focused lies in this field."""
    return bool(focus) and any(part.id == focus for part in field.walk())


@register.filter
def has_shown(section: BoundSection) -> bool:
    """Whether a section has anything to see: hidden settings alone make none."""
    return any(field.widget is not Kind.HIDDEN for field in section.fields)


@register.filter
def suggestions(field: BoundField) -> tuple[str, ...]:
    """What a text may offer to pick from; for a model's name also the models of the providers that are installed."""
    own = field.spec.suggestions
    return tuple(dict.fromkeys([*own, *known_models()])) if field.spec.suggests_models else own


@register.simple_tag
def row_label(field: BoundField, row: BoundRow) -> str:
    """What a screen reader calls a row: "Tags 2"."""
    return f"{field.label} {row.number}".strip()


@register.simple_tag(takes_context=True)
def field_attributes(context: Context, form: BoundForm, field: BoundField) -> SafeString:
    """State and kind of a field; for a group also its id and name, as there is no control to carry them."""
    attributes: dict[str, Any] = {"data-kind": field.widget.value, "data-state": field.state_token}
    if not has_control(field):
        attributes |= {"id": field.id, "role": "group", "tabindex": "-1", "aria-labelledby": f"{field.id}-label"}
        if described := _described(field):
            attributes["aria-describedby"] = described
        attributes["autofocus"] = context.get("focus") == field.id
    if field.spec.visible_if:
        attributes["data-visible-if"] = _condition(form, field)
    return flatatt(attributes)


@register.simple_tag(takes_context=True)
def control(context: Context, field: BoundField, part: str = "") -> SafeString:
    """The attributes of a field's control: id, name, what describes it, whether it is wrong, off or in focus.

    `part` tells the controls of one field apart (a choice's token): it is added to the id.
    """
    spec = field.spec
    off = field.is_default or spec.read_only or not field.enabled
    attributes: dict[str, Any] = {"id": f"{field.id}-{part}" if part else field.id, "name": field.name}
    if not part and (described := _described(field)):
        attributes["aria-describedby"] = described
    if field.errors:
        attributes["aria-invalid"] = "true"
    if spec.required and not off and not part:
        attributes["aria-required"] = "true"
    if off:
        attributes["disabled"] = True
        attributes["data-live"] = field.is_default and field.enabled and not spec.read_only
    if not part and context.get("focus") == field.id:
        attributes["autofocus"] = True
    return flatatt(attributes)


@register.simple_tag
def text_hints(field: BoundField) -> SafeString:
    """Placeholder, suggestions and on-screen keyboard of a line of text."""
    spec = field.spec
    attributes = {"placeholder": spec.placeholder} if spec.placeholder else {}
    if field.widget is Kind.TEXT and suggestions(field):
        attributes["list"] = f"{field.id}-suggestions"
    if field.input_type in ("url", "email"):
        # Not type="url": browsers strip the spaces of such inputs, and an untouched value would look changed.
        attributes["inputmode"] = field.input_type
    return flatatt(attributes)


@register.simple_tag
def text_limits(field: BoundField) -> SafeString:
    limit = field.spec.bounds.max_length
    return flatatt({"data-max": str(limit)} if limit is not None else {})


@register.simple_tag
def number_limits(spec: FieldSpec, prefix: str = "") -> SafeString:
    """`min`, `max` and `step` as plain numbers, whatever the page's language; `prefix` makes them data attributes."""
    bounds = spec.bounds
    step = bounds.step if bounds.step is not None else (1 if spec.integer else "any")
    limits = {"min": bounds.minimum, "max": bounds.maximum, "step": step}
    return flatatt({f"{prefix}{name}": str(value) for name, value in limits.items() if value is not None})


def _described(field: BoundField) -> str:
    ids = [field.help_id] if field.spec.help else []
    return " ".join([*ids, field.error_id] if field.errors else ids)


def _condition(form: BoundForm, field: BoundField) -> str:
    """Name of the field that decides, and what the browser submits for the values that show this one, as JSON."""
    condition = field.spec.visible_if
    assert condition is not None
    decider = next((other for other in form.fields if other.spec.key == condition.key), None)
    if decider is None:
        return ""
    values = [token for value in condition.values for token in _tokens(decider, value)]
    return json.dumps({"name": decider.name, "values": values})


def _tokens(field: BoundField, value: Json) -> list[str]:
    if field.choices:
        return [choice.token for choice in field.choices if same(choice.choice.value, value)]
    if field.widget is Kind.BOOLEAN:
        return ["true" if value else ""]
    return [value if isinstance(value, str) else json.dumps(value)]
