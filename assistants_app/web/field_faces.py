"""A bound field as its template shows it: everything that is decided, decided once, so that templates only print.

A template's lookup costs more than the decision behind it, and a form may have hundreds of fields.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from assistants_app.domain.config_values.binding import At, bind_open, bind_value
from assistants_app.domain.config_values.bound_fields import BoundField
from assistants_app.domain.form_spec.fields import Kind
from assistants_app.domain.json_values import ABSENT

_ONE_CONTROL = frozenset(
    {Kind.TEXT, Kind.TEXTAREA, Kind.PROMPT, Kind.NUMBER, Kind.SLIDER, Kind.BOOLEAN, Kind.SELECT, Kind.JSON}
    | {Kind.DATE, Kind.TIME, Kind.DATETIME, Kind.SECRET}
)
"""Kinds that are one control, which a <label> can point to; the others are groups."""

LIVE = _ONE_CONTROL - {Kind.SECRET} | {Kind.RADIO, Kind.MULTISELECT}
"""Kinds whose control is shown although nothing is set: off, until the script lets one type into it."""

CARDS = frozenset({Kind.OBJECT, Kind.UNION, Kind.LIST, Kind.MAP, Kind.TUPLE})
_COUNTED = frozenset({Kind.TEXT, Kind.TEXTAREA})
_SHORT_DEFAULT = 60


@dataclass(frozen=True, slots=True)
class Words:
    """The words of every field, looked up once per form."""

    override: str
    reset: str
    null: str
    fields: str
    json: str

    @classmethod
    def now(cls) -> "Words":
        return cls(
            override=_("Override"),
            reset=_("Reset to graph default"),
            null=_("Set to empty (null)"),
            fields=_("Edit as fields"),
            json=_("Edit as JSON"),
        )


@dataclass(frozen=True, slots=True)
class Button:
    """A structural button of a field; `then` is what it becomes once one has typed over the default."""

    action: str
    words: str
    then: str = ""


@dataclass(frozen=True, slots=True)
class Face:
    """`one`: the field's id is that of its one control; else that of the group around its parts.

    `body` is the template of the control, "" where words stand in its place.
    """

    field: BoundField
    id: str
    one: bool
    body: str
    sends_state: bool
    default_note: str
    long_default: str
    buttons: tuple[Button, ...]
    counts: bool

    def __getitem__(self, name: str) -> Any:
        """Templates look here first: without it each of their lookups raises and catches an error."""
        return getattr(self, name)


def face_of(field: BoundField, words: Words) -> Face:
    field = _with_default_shown(field)
    spec, token, widget = field.spec, field.state_token, field.widget
    null = token == "null"
    in_place = null or (token == "default" and widget not in LIVE and widget is not Kind.CONST)
    note = long_default = ""
    if field.can_be_absent and spec.default_note and (field.default_text or field.state != "value"):
        note = spec.default_note
        long_default = field.default_text if len(field.default_text) > _SHORT_DEFAULT else ""
    return Face(
        field=field,
        id=field.id,
        one=not in_place and widget in _ONE_CONTROL and not (widget is Kind.SELECT and spec.searchable),
        body="" if in_place else field.template,
        sends_state=not spec.read_only,
        default_note=note,
        long_default=long_default,
        buttons=() if spec.read_only or _is_tag(field) else tuple(_buttons(field, words)),
        counts=not null and (widget is Kind.PROMPT or (widget in _COUNTED and spec.bounds.max_length is not None)),
    )


def _with_default_shown(field: BoundField) -> BoundField:
    """A field at the graph's default with that default in its control, so that one sees it, and may type over it."""
    spec = field.spec
    if field.state_token != "default" or spec.kind not in LIVE or spec.prefill is ABSENT:
        return field
    at = At(field.path, field.pointer)
    preview = bind_open(spec, ABSENT, at, "value") if spec.prefill is None else bind_value(spec, spec.prefill, at)
    if preview.widget not in LIVE:
        return field
    return replace(
        preview,
        state="default",
        state_token="default",
        visible=field.visible,
        enabled=field.enabled,
        warnings=field.warnings,
    )


def _is_tag(field: BoundField) -> bool:
    """Whether the field is a constant that cannot be left out: there is nothing to choose."""
    return field.widget is Kind.CONST and field.spec.required and field.state == "value"


def _buttons(field: BoundField, words: Words) -> list[Button]:
    spec, token = field.spec, field.state_token
    buttons = []
    if token == "default":
        buttons.append(Button(field.override_action, words.override, words.reset if field.widget in LIVE else ""))
    elif token == "null":
        buttons.append(Button(field.override_action, words.override))
    if field.can_reset:
        buttons.append(Button(field.reset_action, words.reset))
    if spec.nullable and token != "null":
        buttons.append(Button(field.null_action, words.null))
    if token == "json" and spec.kind is not Kind.JSON:
        buttons.append(Button(field.fields_action, words.fields))
    elif field.widget in CARDS and field.is_open and field.can_be_absent:
        buttons.append(Button(field.json_action, words.json))
    return buttons
