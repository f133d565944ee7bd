"""Values of single inputs as the strings that those inputs hold."""

import json
from dataclasses import replace
from typing import Final

from assistants_app.domain.config_values.bound_fields import BoundChoice, BoundField
from assistants_app.domain.config_values.hidden import without_secrets
from assistants_app.domain.config_values.moments import show_moment
from assistants_app.domain.form_spec.choices import position, same_value
from assistants_app.domain.form_spec.fields import Choice, FieldSpec, Kind
from assistants_app.domain.json_values import ABSENT, Absent, Json
from assistants_app.domain.language import gettext as _

LONGEST_NUMBER: Final = 1e300
"""Browsers empty a number input whose value does not fit a double."""


def bind_leaf(bound: BoundField, value: Json | Absent) -> BoundField:
    """A field of one input, with a value that fits it; ABSENT for an empty one."""
    match bound.spec.kind:
        case Kind.TEXT | Kind.TEXTAREA | Kind.PROMPT:
            return _text(bound, value)
        case Kind.NUMBER | Kind.SLIDER:
            return _number(bound, value)
        case Kind.BOOLEAN:
            return _boolean(bound, value)
        case Kind.RADIO | Kind.SELECT:
            choices = _one_of(bound.spec.choices, value)
            return replace(bound, choices=choices, summary=_selected(choices))
        case Kind.MULTISELECT:
            choices = _members(bound.spec.choices, value if isinstance(value, list) else [])
            return replace(bound, choices=choices, summary=_selected(choices))
        case Kind.DATE | Kind.TIME | Kind.DATETIME:
            text = value if isinstance(value, str) else ""
            widget, shown, offset = show_moment(bound.spec.kind, text)
            return replace(bound, widget=widget, text=shown, offset=offset, summary=text)
        case Kind.JSON:
            return replace(bound, text="" if value is ABSENT else json_text(value))
        case _:
            return bound


def json_text(value: Json, spec: FieldSpec | None = None) -> str:
    """JSON as people edit it; secrets in it are masked, and put back when it is read."""
    return json.dumps(without_secrets(spec, value), indent=2, ensure_ascii=False)


def plain_text(value: Json) -> str:
    """A text as it is; anything else as JSON in one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def short(text: str) -> str:
    """The start of a text, in one line."""
    first = text.strip().partition("\n")[0]
    return first if len(first) <= 60 and first == text.strip() else f"{first[:59]}…"


def slider_step(spec: FieldSpec) -> int | float:
    """The distance between two marks of a slider."""
    return spec.bounds.step or (1 if spec.integer else 0.01)


def _text(bound: BoundField, value: Json | Absent) -> BoundField:
    text = "" if value is ABSENT else plain_text(value)
    breaks = bound.spec.kind is Kind.TEXT and ("\n" in text or "\r" in text)
    # An <input> of another type strips blanks at the ends: then the value would not come back as it is.
    input_type = "text" if text != text.strip() else bound.spec.input_type
    widget = Kind.TEXTAREA if breaks else bound.spec.kind
    return replace(bound, text=text, summary=short(text), widget=widget, input_type=input_type)


def _number(bound: BoundField, value: Json | Absent) -> BoundField:
    """A slider only for a value that it can stand on: browsers move any other to the nearest mark."""
    if value is ABSENT:
        return replace(bound, input_type="number")
    widget, bounds = bound.spec.kind, bound.spec.bounds
    input_type = "number" if abs(value) < LONGEST_NUMBER else "text"
    if widget is Kind.SLIDER and bounds.minimum is not None and bounds.maximum is not None:
        steps = (value - bounds.minimum) / slider_step(bound.spec) if abs(value) < LONGEST_NUMBER else 0.5
        on_mark = abs(steps - round(steps)) < 1e-9 and bounds.minimum <= value <= bounds.maximum
        widget = Kind.SLIDER if on_mark else Kind.NUMBER
    text = json.dumps(value)
    return replace(bound, text=text, summary=short(text), widget=widget, input_type=input_type)


def _boolean(bound: BoundField, value: Json | Absent) -> BoundField:
    """A switch; while nothing is set, two radios of which none is chosen."""
    options = tuple(
        BoundChoice(Choice(flag, label), token, value is flag)
        for flag, label, token in ((True, _("On"), "true"), (False, _("Off"), "false"))
    )
    widget = Kind.RADIO if bound.state_token == "auto" else Kind.BOOLEAN
    return replace(bound, checked=value is True, choices=options, widget=widget, summary=_selected(options))


def _one_of(choices: tuple[Choice, ...], value: Json | Absent) -> tuple[BoundChoice, ...]:
    chosen = None if value is ABSENT else position(choices, value)
    offered = tuple(BoundChoice(choice, str(index), index == chosen) for index, choice in enumerate(choices))
    if value is ABSENT or chosen is not None:
        return offered
    return (*offered, BoundChoice(Choice(value, short(plain_text(value))), "kept", True, offered=False))


def _members(choices: tuple[Choice, ...], members: list[Json]) -> tuple[BoundChoice, ...]:
    offered = (
        BoundChoice(choice, str(index), any(same_value(choice.value, member) for member in members))
        for index, choice in enumerate(choices)
    )
    unknown = (
        BoundChoice(Choice(member, short(plain_text(member))), f"kept:{index}", True, offered=False)
        for index, member in enumerate(members)
        if position(choices, member) is None
    )
    return (*offered, *unknown)


def _selected(choices: tuple[BoundChoice, ...]) -> str:
    return ", ".join(choice.label for choice in choices if choice.selected)
