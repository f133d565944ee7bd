"""What a field knows once the fields inside it are known: summaries, conditions, which rows may go or come."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from assistants_app.domain.config_values.binding_leaves import json_text
from assistants_app.domain.config_values.bound_fields import BoundField, BoundRow
from assistants_app.domain.config_values.conditions import reaches
from assistants_app.domain.config_values.fits import MOST_ROWS
from assistants_app.domain.form_spec.fields import FieldSpec, Kind
from assistants_app.domain.json_values import Json
from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import ngettext

_NAMING: Final = ("name", "title", "label", "id", "key", "type")
"""Keys that tell one card of a list from another."""


def finish_object(bound: BoundField, children: tuple[BoundField, ...], values: Mapping[str, Json]) -> BoundField:
    """An OBJECT with its children: what is shown while what, the keys that it does not know, its summary."""
    known = {child.key for child in bound.spec.children}
    other = {key: value for key, value in values.items() if key not in known} if values else {}
    return replace(
        bound,
        children=_under_conditions(children, values),
        other=json_text(other) if other else "",
        summary=_summary(children),
    )


def finish_rows(bound: BoundField, rows: tuple[BoundRow, ...]) -> BoundField:
    """A LIST or MAP with its rows: which buttons are off, and why."""
    bounds, count = bound.spec.bounds, len(rows)
    add_refused = remove_refused = ""
    if bounds.max_items is not None and count >= bounds.max_items:
        add_refused = _at_most(bounds.max_items, bound.spec.kind)
    elif count >= MOST_ROWS:
        add_refused = _("A form shows at most %(count)s rows; edit this as JSON to add more.") % {"count": MOST_ROWS}
    if bounds.min_items is not None and count <= bounds.min_items:
        remove_refused = _at_least(bounds.min_items, bound.spec.kind)
    names = _key_choices(bound.spec)
    placed = tuple(
        replace(
            row,
            last=row.index == count - 1,
            removable=not remove_refused,
            # A stored key that is no longer allowed stays among them: it is kept until somebody picks another.
            key_choices=names if not names or row.key in names or row.token == "new" else (row.key, *names),
        )
        for row in rows
    )
    summary = _counted(count, bound.spec.kind) if count else ""
    return replace(bound, rows=placed, add_refused=add_refused, remove_refused=remove_refused, summary=summary)


def _key_choices(spec: FieldSpec) -> tuple[str, ...]:
    rule = spec.schema.get("propertyNames") if spec.kind is Kind.MAP else None
    names = rule.get("enum") if isinstance(rule, Mapping) else None
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def _counted(count: int, kind: Kind) -> str:
    if kind is Kind.LIST:
        return ngettext("%(count)s item", "%(count)s items", count) % {"count": count}
    return ngettext("%(count)s row", "%(count)s rows", count) % {"count": count}


def _at_most(count: int, kind: Kind) -> str:
    if kind is Kind.LIST:
        words = ngettext("There can be at most %(count)s item.", "There can be at most %(count)s items.", count)
    else:
        words = ngettext("There can be at most %(count)s row.", "There can be at most %(count)s rows.", count)
    return words % {"count": count}


def _at_least(count: int, kind: Kind) -> str:
    if kind is Kind.LIST:
        words = ngettext("There must be at least %(count)s item.", "There must be at least %(count)s items.", count)
    else:
        words = ngettext("There must be at least %(count)s row.", "There must be at least %(count)s rows.", count)
    return words % {"count": count}


def _under_conditions(children: tuple[BoundField, ...], values: Mapping[str, Json]) -> tuple[BoundField, ...]:
    found = reaches([child.spec for child in children], values)
    return tuple(
        replace(child, visible=found[child.spec.key].visible, enabled=found[child.spec.key].enabled)
        if child.spec.key in found
        else child
        for child in children
    )


def _summary(children: tuple[BoundField, ...]) -> str:
    """One line that tells this object from the next: its name, else its first values."""
    told = {child.spec.key.lower(): child.summary for child in children if child.summary and child.is_open}
    named = [told[key] for key in _NAMING if key in told]
    return named[0] if named else ", ".join(list(told.values())[:2])
