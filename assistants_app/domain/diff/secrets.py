"""What a comparison must not tell: values of secrets, found by the schemas of both sides and by their names."""

import json
from functools import lru_cache

from assistants_app.domain.form_spec.choices import position
from assistants_app.domain.form_spec.fields import FieldSpec, Kind
from assistants_app.domain.form_spec.hints import names_secret
from assistants_app.domain.json_values import ABSENT, Absent, Json, same
from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import gettext_noop
from assistants_app.domain.sealed import Sealed, variable_in

Specs = tuple[FieldSpec | None, FieldSpec | None]
"""How the schema of the old side and that of the new one describe the same spot."""

HIDDEN = gettext_noop("•••••• (hidden)")
HIDDEN_BEFORE = gettext_noop("•••••• (hidden, before)")
HIDDEN_AFTER = gettext_noop("•••••• (hidden, after)")
_DEEPEST = 60
"""Deeper values are not shown as JSON: nobody reads them, and Python's own limit is near."""


_sounds_secret = lru_cache(4096)(names_secret)  # the keys of a list's items are asked for again and again


def is_secret(key: str, old: Json | Absent, new: Json | Absent, specs: Specs) -> bool:
    """Whether a value must stay hidden: a schema says so, or the name does and the value could be one."""
    if isinstance(old, Sealed) or isinstance(new, Sealed):
        return True
    if variable_in(old) and (new is ABSENT or new is None or variable_in(new)):
        return False
    if variable_in(new) and (old is ABSENT or old is None):
        return False
    if any(spec is not None and spec.secret for spec in specs):
        return True
    return _sounds_secret(key) and not all(_is_harmless(value, specs) for value in (old, new))


def child_specs(specs: Specs, key: str) -> Specs:
    """The field specs one key further down."""
    return _child(specs[0], key), _child(specs[1], key)


def item_specs(specs: Specs, old_index: int | None, new_index: int | None) -> Specs:
    """The field specs of a list's item."""
    return _item(specs[0], old_index), _item(specs[1], new_index)


def masked(old: Json | Absent, new: Json | Absent, specs: Specs, key: str = "") -> tuple[Json | Absent, Json | Absent]:
    """Both values with each secret replaced by a word; the words differ where the secrets do."""
    return _masked(old, new, specs, key, HIDDEN_BEFORE, 0), _masked(new, old, specs, key, HIDDEN_AFTER, 0)


def _masked(
    value: Json | Absent, other: Json | Absent, specs: Specs, key: str, differs: str, depth: int
) -> Json | Absent:
    if is_secret(key, value, other, specs):
        if value is ABSENT or value is None or variable_in(value):
            return value
        return _(HIDDEN if other is ABSENT or same(value, other) else differs)
    if depth >= _DEEPEST and isinstance(value, dict | list):
        return "…"
    if isinstance(value, dict):
        others = other if isinstance(other, dict) else {}
        return {
            name: _masked(part, others.get(name, ABSENT), child_specs(specs, name), name, differs, depth + 1)
            for name, part in value.items()
        }
    if isinstance(value, list):
        items = other if isinstance(other, list) else []
        return [
            _masked(part, items[n] if n < len(items) else ABSENT, item_specs(specs, n, n), "", differs, depth + 1)
            if isinstance(part, dict | list) or specs != (None, None)
            else part
            for n, part in enumerate(value)
        ]
    return value


def pretty(value: Json | Absent) -> str:
    """A value as indented JSON, keys sorted; "" for an absent one. Mask it first."""
    return "" if value is ABSENT else json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)


def _is_harmless(value: Json | Absent, specs: Specs) -> bool:
    if value is ABSENT or value is None or isinstance(value, bool | int | float):
        return True
    return any(spec is not None and position(spec.choices, value) is not None for spec in specs)


def _child(spec: FieldSpec | None, key: str) -> FieldSpec | None:
    if spec is None:
        return None
    if spec.kind is Kind.MAP:
        return spec.item
    if spec.kind is Kind.UNION:
        found = [child for branch in spec.branches if (child := _child(branch.spec, key))]
        return next((child for child in found if child.secret), found[0] if found else None)
    return spec.child(key)


def _item(spec: FieldSpec | None, index: int | None) -> FieldSpec | None:
    if spec is None or index is None:
        return None
    if spec.kind is Kind.UNION:
        return next((found for branch in spec.branches if (found := _item(branch.spec, index))), None)
    if spec.kind is Kind.TUPLE and index < len(spec.children):
        return spec.children[index]
    return spec.item if spec.kind is not Kind.MAP else None
