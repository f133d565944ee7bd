"""Template tags of the forms: attributes that every control needs, made in one place and fast."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.forms.utils import flatatt
from django.template import Context
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from assistants_app.domain.config_values.bound_fields import BoundField, BoundForm, BoundRow, BoundSection
from assistants_app.domain.form_spec.choices import any_of, value_words
from assistants_app.domain.form_spec.fields import Condition, FieldSpec, Kind
from assistants_app.domain.json_values import ABSENT, Json, same
from assistants_app.graphs.known_models import known_models
from assistants_app.services.secrets import carried, known_variables
from assistants_app.web.field_faces import CARDS, Face, Words, face_of
from assistants_app.web.locked import Locked

register = template.Library()

_HINTED = frozenset({Kind.TEXT, Kind.TEXTAREA, Kind.PROMPT, Kind.NUMBER})


@register.simple_tag
def face(field: BoundField) -> Face:
    """Everything that is decided about a field before it is printed."""
    return face_of(field, _words(get_language() or ""))


@lru_cache
def _words(_language: str) -> Words:
    return Words.now()


@register.filter
def lock_on(locked: object, key: str) -> str:
    """Why a setting is switched off here; "" when it is not, or the page knows of no locks."""
    return locked.fields.get(key, "") if isinstance(locked, Locked) else ""


@register.filter
def hidden_on(locked: object, key: str) -> str:
    """Why a setting is not shown here; "" when it is, or the page knows of no locks."""
    return locked.hidden.get(key, "") if isinstance(locked, Locked) else ""


@register.filter
def hidden_below(locked: object, key: str) -> str:
    """From whom a setting is hidden that is shown here."""
    return locked.below.get(key, "") if isinstance(locked, Locked) else ""


@register.filter
def const_words(field: BoundField) -> str:
    const = field.spec.const
    return "" if const is ABSENT else const if isinstance(const, str) else json.dumps(const, ensure_ascii=False)


@register.filter
def at(mapping: Any, key: str) -> Any:
    """What a table has under a key; None without a table."""
    return mapping.get(key) if mapping else None


@register.filter
def carry(text: str) -> str:
    """A secret that was typed and is not saved yet, so that nobody can read it in the page."""
    return carried(text)


@register.simple_tag
def variables_of_site() -> list[str]:
    """The environment variables that a secret may be read from, and that are there."""
    return known_variables()


@register.simple_tag
def offers_variables(form: BoundForm, field: BoundField) -> bool:
    """Settings may name variables; what a graph is asked or answered may not."""
    return not form.prefix and bool(settings.SECRET_VARIABLES or field.variable)


@register.filter
def is_card(field: BoundField) -> bool:
    """Whether a row of this field is a form of its own, folded under its summary."""
    return field.widget in CARDS


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
def group_attributes(context: Context, face: Face) -> SafeString:
    """The id and the name of a field without a control that could carry them."""
    attributes: dict[str, Any] = {
        "id": face.id,
        "role": "group",
        "tabindex": "-1",
        "aria-labelledby": f"{face.id}-label",
    }
    if described := _described(face.field):
        attributes["aria-describedby"] = described
    attributes["autofocus"] = context.get("focus") == face.id
    return flatatt(attributes)


@register.simple_tag(takes_context=True)
def control(context: Context, field: BoundField, part: str = "") -> SafeString:
    """The attributes of a field's control: id, name, what describes it, whether it is wrong, off or in focus.

    `part` tells the controls of one field apart (a choice's token): it is added to the id.
    """
    spec, identity = field.spec, field.id
    off = field.is_default or spec.read_only
    attributes: dict[str, Any] = {"id": f"{identity}-{part}" if part else identity, "name": field.name}
    if field.errors:
        attributes["aria-invalid"] = "true"
    if off:
        attributes["disabled"] = True
        attributes["data-live"] = field.is_default and not spec.read_only
    if not part:
        if described := _described(field):
            attributes["aria-describedby"] = described
        if spec.required and not off:
            attributes["aria-required"] = "true"
        if context.get("focus") == identity:
            attributes["autofocus"] = True
        if field.widget in _HINTED:
            _add_hints(attributes, field, identity)
    return flatatt(attributes)


def _add_hints(attributes: dict[str, Any], field: BoundField, identity: str) -> None:
    """Placeholder, suggestions and on-screen keyboard of a text."""
    spec = field.spec
    if spec.placeholder:
        attributes["placeholder"] = spec.placeholder
    if field.widget is Kind.TEXT and (spec.suggests_models or spec.suggestions):
        attributes["list"] = f"{identity}-suggestions"
    if field.input_type in ("url", "email"):
        # Not type="url": browsers strip the spaces of such inputs, and an untouched value would look changed.
        attributes["inputmode"] = field.input_type


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


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition of a field, for the page's script and for its reader.

    `script`, as JSON: which input decides, what it submits while the condition holds, and whether it holds now, for
    when there is no input to look at.
    """

    script: str
    setting: str
    values: str


@register.simple_tag
def visible_if(form: BoundForm, field: BoundField) -> Rule | None:
    return _rule(form, field, field.spec.visible_if, holds=field.visible)


@register.simple_tag
def disabled_when(form: BoundForm, field: BoundField) -> Rule | None:
    return _rule(form, field, field.spec.disabled_when, holds=not field.enabled)


def _rule(form: BoundForm, field: BoundField, wanted: Condition | None, *, holds: bool) -> Rule | None:
    """None without a condition, or when no field beside this one decides it."""
    if wanted is None:
        return None
    group = field.path.rpartition("/")[0]
    beside = (one for one in form.root.walk() if one.spec.key == wanted.key and one.path.rpartition("/")[0] == group)
    decider = next(beside, None)
    if decider is None:
        return None
    tokens = [token for value in wanted.values for token in _tokens(decider, value)]
    return Rule(
        script=json.dumps({"name": decider.name, "values": tokens, "holds": holds}),
        setting=decider.label,
        values=any_of([value_words(decider.spec, value) for value in wanted.values]),
    )


def _described(field: BoundField) -> str:
    ids = [field.help_id] if field.spec.help else []
    return " ".join([*ids, field.error_id] if field.errors else ids)


def _tokens(field: BoundField, value: Json) -> list[str]:
    choices = field.spec.choices
    if choices:
        return [str(index) for index, choice in enumerate(choices) if same(choice.value, value)]
    if field.spec.kind is Kind.BOOLEAN:
        return ["true" if value else ""]
    return [value if isinstance(value, str) else json.dumps(value)]
