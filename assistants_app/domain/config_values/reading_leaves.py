"""Strings of single inputs -> values. What cannot be read becomes an error on the field; the typed text stays."""

import re
from collections.abc import Set
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Final

from assistants_app.domain.config_values.asked import Asked, Value, cannot_be_saved
from assistants_app.domain.config_values.binding_leaves import bind_leaf
from assistants_app.domain.config_values.bound_fields import BoundChoice, BoundField
from assistants_app.domain.config_values.hidden import strays, with_secrets
from assistants_app.domain.config_values.moments import same_moment, with_seconds
from assistants_app.domain.config_values.posts import Post, presentable, same_lines
from assistants_app.domain.config_values.reading_secrets import read_secret
from assistants_app.domain.errors import InvalidJson
from assistants_app.domain.form_spec.choices import position
from assistants_app.domain.form_spec.fields import FieldSpec, Kind
from assistants_app.domain.form_spec.kinds import number_of
from assistants_app.domain.json_values import ABSENT, load_strict, text_fault
from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import gettext_noop

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_COMMA: Final = re.compile(r"[+-]?\d+(,\d+)+(\.\d+)?", re.ASCII)
_MOST_DIGITS: Final = 4000
"""Digits of an integer: Python reads and writes no more than 4300."""

STRAY: Final = gettext_noop("A hidden secret was moved to where it would be shown; put it back, or take it out.")

_CHOOSE: Final = gettext_noop("Choose one of the options.")


def read_leaf(asked: Asked, post: Post) -> tuple[BoundField, Value]:
    """The field as typed, and its value (what is stored, when it could not be read)."""
    if asked.shown.widget is Kind.SECRET and asked.untouched:  # a sealed number, or sealed by what an older schema said
        bound, value = read_secret(asked, post)
        is_new = bound.secret_action == "replace" and isinstance(value, str) and not bound.errors
        return _numbered(asked, bound, str(value)) if is_new else (bound, value)
    match asked.spec.kind:
        case Kind.TEXT | Kind.TEXTAREA | Kind.PROMPT:
            return _read_text(asked, post)
        case Kind.NUMBER | Kind.SLIDER:
            return _read_number(asked, post)
        case Kind.BOOLEAN:
            return _read_boolean(asked, post)
        case Kind.RADIO | Kind.SELECT:
            return _read_choice(asked, post)
        case Kind.MULTISELECT:
            return _read_members(asked, post)
        case Kind.DATE | Kind.TIME | Kind.DATETIME:
            return _read_moment(asked, post)
        case Kind.SECRET:
            return read_secret(asked, post)
        case Kind.CONST:
            return replace(asked.empty, state="value"), asked.spec.const if asked.stored is ABSENT else asked.stored
        case _:
            return read_json(asked, post)


def read_json(asked: Asked, post: Post) -> tuple[BoundField, Value]:
    """A field edited as JSON: a JSON field, or one whose widget cannot hold its value."""
    text = post.first(asked.empty.name)
    if text is None or (asked.untouched and same_lines(text, asked.shown.text)):
        return asked.kept()
    bound = replace(asked.empty, state="value", text=presentable(text))
    if not text.strip():
        if asked.auto:
            return asked.nothing()
        return asked.lacking(
            bound, _("Write a JSON value: text in quotes, a number, true, false, null, a list or a group.")
        )
    try:
        value = load_strict(text)
    except InvalidJson as error:
        return asked.wrong(bound, _("This is not valid JSON: %(fault)s") % {"fault": error.message})
    restored = with_secrets(value, asked.stored)
    return asked.wrong(bound, _(STRAY)) if strays(asked.spec, value, restored) else (bound, restored)


def _read_text(asked: Asked, post: Post) -> tuple[BoundField, Value]:
    text = post.first(asked.empty.name)
    if text is None or (asked.untouched and same_lines(text, asked.shown.text)):
        return asked.kept() if asked.untouched else asked.nothing()
    text = text.replace("\r\n", "\n")
    bound = replace(bind_leaf(asked.empty, presentable(text)), state="value")
    if fault := text_fault(text):
        return asked.wrong(bound, cannot_be_saved(fault))
    if text == "" and (
        asked.auto or not asked.shown.can_be_absent or (asked.spec.required and asked.spec.default != "")
    ):
        return asked.nothing()
    return (bound, text) if not asked.spec.decimal else _read_decimal(asked, bound, text)


def _read_decimal(asked: Asked, bound: BoundField, text: str) -> tuple[BoundField, Value]:
    """A literal is kept as typed, as a text; a number that was one stays one while it can."""
    literal = text.strip()
    if not _NUMBER.fullmatch(literal):
        return (
            (bound, text)
            if not any("pattern" in part for part in asked.spec.schema["anyOf"])
            else (asked.wrong(bound, _("Write a number, such as 12.50.")))
        )
    if number_of(asked.stored) is None:
        return bound, literal
    value = parse_number(literal, integer=False)
    return bound, literal if isinstance(value, str) else value


def _read_number(asked: Asked, post: Post) -> tuple[BoundField, Value]:
    text = post.first(asked.empty.name)
    if text is None or (asked.untouched and text.strip() == asked.shown.text):
        return asked.kept() if asked.untouched else asked.nothing()
    text = presentable(text.strip())
    if not text:
        return asked.nothing()
    bound = replace(asked.empty, state="value", text=text, summary=text, widget=Kind.NUMBER, input_type="text")
    value = parse_number(text, integer=asked.spec.integer)
    if isinstance(value, str):
        return asked.wrong(bound, value)
    bound = replace(bind_leaf(asked.empty, value), state="value")
    fault = _hint_fault(asked.spec, value)
    return asked.wrong(bound, fault) if fault else (bound, value)


def _numbered(asked: Asked, bound: BoundField, typed: str) -> tuple[BoundField, Value]:
    """What replaces a sealed number is one."""
    if asked.spec.kind not in (Kind.NUMBER, Kind.SLIDER):
        return bound, typed
    value = parse_number(typed.strip(), integer=asked.spec.integer)
    return asked.wrong(bound, value) if isinstance(value, str) else (bound, value)


def parse_number(text: str, *, integer: bool) -> int | float | str:
    """A number as typed, in any spelling of JSON or HTML; or what is wrong with it. Never localised."""
    if not _NUMBER.fullmatch(text):
        if _COMMA.fullmatch(text):
            return _("Write the number without commas; a point separates the decimals: 1.5.")
        return _("Write a whole number, such as 12.") if integer else _("Write a number, such as 0.7.")
    if len(text) > _MOST_DIGITS:
        return _("This number has too many digits.")
    try:
        exact = Decimal(text)
    except InvalidOperation:
        return _("This number is too large.")
    if exact and abs(exact.adjusted()) > _MOST_DIGITS:
        return _("This number is too large.") if exact.adjusted() > 0 else _("This number has too many decimals.")
    if integer or not re.search("[.eE]", text):
        ratio = Fraction(exact) if exact else Fraction(0)
        return int(ratio) if ratio.denominator == 1 else _("Write a whole number, without decimals.")
    value = float(exact)
    return value if value - value == 0 else _("This number is too large.")


def _hint_fault(spec: FieldSpec, value: int | float) -> str:
    """The limits of an author's hint; the schema's own are checked with the whole schema."""
    low, high, schema = spec.bounds.minimum, spec.bounds.maximum, spec.schema
    if low is not None and value < low and not {"minimum", "exclusiveMinimum"} & schema.keys():
        return _("Must be at least %(limit)s.") % {"limit": low}
    if high is not None and value > high and not {"maximum", "exclusiveMaximum"} & schema.keys():
        return _("Must be at most %(limit)s.") % {"limit": high}
    return ""


def _read_boolean(asked: Asked, post: Post) -> tuple[BoundField, Value]:
    said = post.last(asked.empty.name)
    if said is None and post.first(asked.empty.present_name) is None:
        return asked.kept() if asked.untouched else asked.nothing()
    if said == "" and asked.auto:
        return asked.nothing()
    value = said in ("true", "on", "1")
    return replace(bind_leaf(asked.empty, value), state="value"), value


def _read_choice(asked: Asked, post: Post) -> tuple[BoundField, Value]:
    token = post.last(asked.empty.name)
    if token is None and asked.untouched:
        return asked.kept()
    if not token:
        return asked.nothing() if asked.auto else asked.lacking(asked.empty, _(_CHOOSE))
    if asked.untouched and any(choice.token == token and choice.selected for choice in asked.shown.choices):
        return asked.kept()
    index = index_of(token, len(asked.spec.choices))
    if index is None:
        return asked.wrong(asked.empty, _(_CHOOSE))
    bound = replace(asked.empty, state="value", choices=_now_selected(asked, {token}))
    return replace(bound, summary=asked.spec.choices[index].label), asked.spec.choices[index].value


def _now_selected(asked: Asked, tokens: Set[str]) -> tuple[BoundChoice, ...]:
    """The options as they stand now; what is stored but no longer offered can still be chosen again."""
    choices = asked.shown.choices if asked.untouched else asked.empty.choices
    return tuple(replace(choice, selected=choice.token in tokens) for choice in choices)


def _read_members(asked: Asked, post: Post) -> tuple[BoundField, Value]:
    """What was stored keeps its order (and its members that are no longer offered); what is new comes after."""
    tokens = post.every(asked.empty.name)
    if not tokens and post.first(asked.empty.present_name) is None and asked.untouched:
        return asked.kept()
    before = {choice.token for choice in asked.shown.choices if choice.selected}
    if asked.untouched and set(tokens) == before and (asked.stored is not ABSENT or asked.shown.can_be_absent):
        return asked.kept()
    choices = asked.spec.choices
    wanted = {index for token in tokens if (index := index_of(token, len(choices))) is not None}
    stored = asked.stored if isinstance(asked.stored, list) else []
    kept = [
        member
        for place, member in enumerate(stored)
        if (f"kept:{place}" in tokens if (index := position(choices, member)) is None else index in wanted)
    ]
    held = {position(choices, member) for member in kept}
    value = [*kept, *(choice.value for index, choice in enumerate(choices) if index in wanted - held)]
    if not value and asked.auto:
        return asked.nothing()
    shown = _now_selected(asked, set(tokens))
    summary = ", ".join(choice.label for choice in shown if choice.selected)
    return replace(asked.empty, state="value", choices=shown, summary=summary), value


def _read_moment(asked: Asked, post: Post) -> tuple[BoundField, Value]:
    text, offset = post.first(asked.empty.name), (post.first(asked.empty.offset_name) or "").strip()
    if text is None:
        return asked.kept() if asked.untouched else asked.nothing()
    if asked.untouched and same_moment(text, asked.shown.text) and offset == asked.shown.offset:
        return asked.kept()
    text = presentable(text.strip())
    if not text:
        return asked.nothing()
    value = text
    if asked.spec.kind is not Kind.DATE:
        value = with_seconds(text)
    if asked.spec.kind is Kind.DATETIME and re.search(r"T[\d:.]+$", value):
        if not offset:
            bound = replace(asked.empty, state="value", text=text)
            return asked.wrong(bound, _("Add the offset from UTC, such as Z or +02:00."))
        value += offset
    return replace(bind_leaf(asked.empty, value), state="value"), value


def index_of(token: str, count: int) -> int | None:
    """A posted position, when it is one of `count`."""
    if not (token.isascii() and token.isdigit() and len(token) < 9):
        return None
    index = int(token)
    return index if index < count else None
