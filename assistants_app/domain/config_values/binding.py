"""Stored settings -> a form with values. Shows whatever is stored: what a widget cannot hold is shown as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from assistants_app.domain.config_values.binding_leaves import bind_leaf, json_text, short
from assistants_app.domain.config_values.bound_fields import BoundField, BoundForm, BoundRow, Token
from assistants_app.domain.config_values.bound_finish import finish_object, finish_rows
from assistants_app.domain.config_values.fits import branch_for, fits, is_heavy
from assistants_app.domain.config_values.hidden import without_secrets
from assistants_app.domain.form_spec.choices import position, value_words
from assistants_app.domain.form_spec.fields import FieldSpec, FormSpec, Kind
from assistants_app.domain.json_pointer import escape
from assistants_app.domain.json_values import ABSENT, Absent, Json, Settings, same
from assistants_app.domain.sealed import Sealed, variable_in

_CLOSED: Final = frozenset({Kind.SLIDER, Kind.TUPLE, Kind.CONST, Kind.HIDDEN})
"""Kinds that cannot be shown empty: while nothing is set, only the graph's default is."""

GROUPS: Final = frozenset({Kind.OBJECT, Kind.LIST, Kind.MAP, Kind.TUPLE, Kind.UNION})
"""Kinds with fields inside."""

_OPEN_DEPTH: Final = 3
"""Objects below this depth are shown only when they are set: a form must end."""


@dataclass(frozen=True, slots=True)
class At:
    """Where a field stands in a form."""

    path: str
    pointer: str
    can_be_absent: bool = True  # False for the root, items and branches
    fresh: bool = False  # inside something that is being added: constants are sent by themselves
    tag: str = ""  # of a branch: the key that tells it apart
    is_tag: bool = False

    def child(self, key: str, *, fresh: bool) -> "At":
        step = escape(key)
        path = f"{self.path}/{step.replace('#', '~2')}"
        return At(path, f"{self.pointer}/{step}", fresh=fresh, is_tag=bool(self.tag) and key == self.tag)

    def row(self, index: int, key: str | None = None, *, can_be_absent: bool = False) -> "At":
        step = str(index) if key is None else escape(key)
        return At(f"{self.path}/{index}", f"{self.pointer}/{step}", can_be_absent)

    def branch(self, index: int, tag: str) -> "At":
        return At(f"{self.path}#{index}", self.pointer, can_be_absent=False, tag=tag)


def bind(spec: FormSpec, stored: Settings, prefix: str = "") -> BoundForm:
    """The form of stored settings. `prefix` keeps the names of several forms on one page apart."""
    root = bind_value(spec.root, stored, At(prefix, "", can_be_absent=False))
    return BoundForm(spec, root, other_values(spec, stored), prefix)


def other_values(spec: FormSpec, settings: Json) -> Settings:
    """Saved keys that the schema does not know; what is named like a secret is hidden."""
    if spec.root.kind is not Kind.OBJECT or not isinstance(settings, dict):
        return {}
    known = {field.key for field in spec.fields}
    masked = without_secrets(None, {key: value for key, value in settings.items() if key not in known})
    return dict(masked)


def bind_value(spec: FieldSpec, value: Json | Absent, at: At, *, shell: bool = False) -> BoundField:
    """One field with a stored value, or with none. A `shell` is the field itself, without the fields inside it."""
    if value is ABSENT:
        return bind_absent(spec, at, shell=shell)
    if value is None and position(spec.choices, None) is None and spec.kind not in (Kind.CONST, Kind.JSON):
        return replace(_start(spec, at, "null"), state="null")
    if spec.kind is Kind.SECRET or isinstance(value, Sealed):
        return _bind_secret(spec, value, at)
    if not fits(spec, value) or (spec.depth == 1 and spec.kind in GROUPS and is_heavy(spec, value)):
        return as_json(spec, value, at)
    return bind_open(spec, value, at, "value", shell=shell)


def _bind_secret(spec: FieldSpec, value: Json, at: At) -> BoundField:
    if name := variable_in(value):
        return replace(_start(spec, at), variable=name, secret_action="variable", summary=name)
    return replace(_start(spec, at, secret_set=True), widget=Kind.SECRET)


def bind_absent(spec: FieldSpec, at: At, *, shell: bool = False) -> BoundField:
    """A field that is not set: the graph's default, or an input that says nothing until it is typed in."""
    if not at.can_be_absent:
        return bind_open(spec, ABSENT, at, "value", shell=shell)
    if spec.kind is Kind.CONST and at.fresh and (spec.required or at.is_tag):
        return _start(spec, at)
    token: Token = "auto" if _opens(spec) else "default"
    return replace(bind_open(spec, ABSENT, at, token, shell=shell), state="default")


def _opens(spec: FieldSpec) -> bool:
    if spec.read_only or spec.recursive:
        return False
    if spec.kind is Kind.OBJECT:
        return spec.depth <= _OPEN_DEPTH and _default_is_its_childrens(spec)
    return spec.kind not in _CLOSED and spec.prefill is ABSENT


def _default_is_its_childrens(spec: FieldSpec) -> bool:
    """Whether setting one child of an absent object leaves the others what they were.

    Not so when the object's own default says other than the children's defaults: then *Override* copies it.
    """
    if spec.prefill is ABSENT:
        return True
    if not isinstance(spec.prefill, dict):
        return False
    own = {child.key: child.default for child in spec.children}
    return all(key in own and same(own[key], value) for key, value in spec.prefill.items())


def bind_open(spec: FieldSpec, value: Json | Absent, at: At, token: Token, *, shell: bool = False) -> BoundField:
    """A field whose widget is shown, with a value that fits it or ABSENT for an empty one."""
    bound = _start(spec, at, token)
    if token == "default":
        return bound
    if shell and spec.kind in GROUPS:
        return _bind_shell(bound, value)
    match spec.kind:
        case Kind.OBJECT:
            return _bind_object(bound, value, at)
        case Kind.TUPLE:
            return _bind_tuple(bound, value, at)
        case Kind.LIST | Kind.MAP:
            return _bind_rows(bound, value, at)
        case Kind.UNION:
            return _bind_union(bound, value, at)
        case _:
            return bind_leaf(bound, value)


def as_json(spec: FieldSpec, value: Json | Absent, at: At) -> BoundField:
    """A field shown as JSON because its own widget cannot hold its value."""
    text = "" if value is ABSENT else json_text(value, spec)
    return replace(_start(spec, at, "json"), widget=Kind.JSON, text=text, summary=short(text))


def _start(spec: FieldSpec, at: At, token: Token = "value", *, secret_set: bool = False) -> BoundField:
    return BoundField(
        spec=spec,
        path=at.path,
        pointer=at.pointer,
        state="default" if token == "default" else "value",
        state_token=token,
        widget=spec.kind,
        default_text="" if spec.default is ABSENT else value_words(spec, spec.default),
        can_be_absent=at.can_be_absent,
        input_type=spec.input_type,
        secret_set=secret_set,
    )


def _bind_shell(bound: BoundField, value: Json | Absent) -> BoundField:
    if bound.spec.kind is Kind.UNION and value is not ABSENT:
        return replace(bound, branch=branch_for(bound.spec, value))
    if bound.spec.open_ended and isinstance(value, Mapping):
        return finish_object(bound, (), value)
    return bound


def _bind_object(bound: BoundField, value: Json | Absent, at: At) -> BoundField:
    values = value if isinstance(value, dict) else {}
    fresh = value is ABSENT
    children = tuple(
        bind_value(child, values.get(child.key, ABSENT), at.child(child.key, fresh=fresh))
        for child in bound.spec.children
    )
    return finish_object(bound, children, values)


def _bind_tuple(bound: BoundField, value: Json | Absent, at: At) -> BoundField:
    values: list[Json] = value if isinstance(value, list) else []
    places = (*bound.spec.children, *[bound.spec.item] * max(0, len(values) - len(bound.spec.children)))
    children = tuple(
        bind_value(place, values[index] if index < len(values) else ABSENT, place_at(bound.spec, value, at, index))
        for index, place in enumerate(places)
        if place is not None
    )
    return replace(bound, children=children, summary=", ".join(child.summary for child in children))


def place_at(spec: FieldSpec, value: Json | Absent, at: At, index: int) -> At:
    """Where a place of a tuple stands. It may be empty beyond `minItems`, or where what is stored ends before it."""
    needed = spec.bounds.min_items
    optional = (needed is not None and index >= needed) or (isinstance(value, list) and index >= len(value))
    return at.row(index, can_be_absent=optional)


def _bind_rows(bound: BoundField, value: Json | Absent, at: At) -> BoundField:
    item = bound.spec.item
    if item is None or value is ABSENT:
        return finish_rows(bound, ())
    keys = list(value) if isinstance(value, dict) else [None] * len(value)
    values = list(value.values()) if isinstance(value, dict) else value
    return finish_rows(
        bound,
        tuple(
            BoundRow(bind_value(item, part, at.row(index, key)), index, str(index), key=key or "")
            for index, (key, part) in enumerate(zip(keys, values, strict=True))
        ),
    )


def _bind_union(bound: BoundField, value: Json | Absent, at: At) -> BoundField:
    spec = bound.spec
    index = None if value is ABSENT else branch_for(spec, value)
    if index is None:
        return bound
    inner = bind_value(spec.branches[index].spec, value, at.branch(index, spec.discriminator))
    return replace(bound, branch=index, inner=inner, summary=inner.summary or spec.branches[index].title)
