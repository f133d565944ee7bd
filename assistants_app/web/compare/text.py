"""A comparison as plain text, in full."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from assistants_app.domain.diff import Change, Side, Snapshot, compare
from assistants_app.web.compare.words import chip, label, state_words


def comparison_text(old: Snapshot, new: Snapshot, old_name: str, new_name: str) -> Iterator[str]:
    """Lines: a heading for each change, then its values, "-" before what was, "+" before what is."""
    comparison = compare(old, new)
    yield f"--- {old_name}: {old.name}"
    yield f"+++ {new_name}: {new.name}"
    if not comparison.changes:
        yield _("No differences.")
    for change in comparison.changes:
        yield from _change(change, 0)
    yield ""


def _change(change: Change, indent: int) -> Iterator[str]:
    margin = "  " * indent
    key = f" ({change.spot.key})" if change.spot.key else ""
    if not indent:
        yield ""
    yield f"{margin}@@ {label(change)}{key}: {chip(change)}"
    if change.children:
        for child in change.children:
            if child.changed:
                yield from _change(child, indent + 1)
    elif change.text:
        for block in change.text.blocks:
            if block.same:
                yield from (f"{margin}  {change.text.new[n]}" for n in block.new)
            else:
                yield from (f"{margin}- {change.text.old[n]}" for n in block.old)
                yield from (f"{margin}+ {change.text.new[n]}" for n in block.new)
    else:
        yield f"{margin}- {_said(change.old)}"
        yield f"{margin}+ {_said(change.new)}"


def _said(side: Side) -> str:
    """A text as it is stored; any other value, or that there is none, in words."""
    stored = side.value if isinstance(side.value, str) else ""
    return stored or side.words or state_words(side)
