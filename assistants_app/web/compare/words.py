"""The words of a comparison: what happened, what it happened to, what a value without a text of its own is called."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from assistants_app.domain.diff import Change, ChangeKind, Place, Side, SideState

LINE_LETTERS = 300
"""The most letters of a value that is told in passing."""


def chip(change: Change) -> str:
    """What happened, in a word or three."""
    setting = change.spot.place is Place.SETTING and change.spot.level == 0
    if change.kind is ChangeKind.SECRET:
        if change.old.state is not SideState.HIDDEN:
            return _("Set (hidden)")
        return _("Changed (hidden)") if change.new.state is SideState.HIDDEN else _("Removed (hidden)")
    if change.kind is ChangeKind.ADDED:
        return pgettext("a setting", "Set") if setting else _("Added")
    if change.kind is ChangeKind.REMOVED:
        back = setting and not change.spot.gone and not change.spot.unknown
        return _("Back to graph default") if back else _("Removed")
    if change.kind is ChangeKind.MOVED:
        return _("Moved")
    if change.kind is ChangeKind.TYPE_CHANGED:
        return _("Type changed")
    if change.new.state is SideState.NULL:
        return _("Set to null")
    if change.new.state is SideState.EMPTY:
        return _("Emptied")
    if change.old.state in (SideState.NULL, SideState.EMPTY):
        return _("Filled in")
    return _("Edited and moved") if change.moved else _("Edited")


def tone(change: Change) -> str:
    """The colour of a change: added, removed, moved or edited."""
    if change.kind in (ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.MOVED):
        return change.kind.value
    return "edited"


def label(change: Change) -> str:
    if change.spot.old_index is None and change.spot.new_index is None:
        return _(change.spot.label) if change.spot.place is Place.DETAIL else change.spot.label
    index = change.spot.old_index if change.spot.new_index is None else change.spot.new_index
    return change.spot.label or _("Item %(number)s") % {"number": (index or 0) + 1}


def state_words(side: Side) -> str:
    if side.state is SideState.ABSENT:
        return side.default_note or _("Not set")
    if side.state is SideState.NULL:
        return _("null (empty on purpose)")
    if side.state is SideState.HIDDEN:
        return _("hidden")
    if side.state is SideState.EMPTY:
        if side.is_text:
            return _("empty text")
        return _("empty list") if isinstance(side.value, list) else _("empty group")
    if isinstance(side.value, list) and all(isinstance(item, str | int | float) for item in side.value):
        return ", ".join(map(str, side.value))[:LINE_LETTERS]
    size = len(side.value) if isinstance(side.value, dict | list) else 0
    return ngettext("%(count)s entry", "%(count)s entries", size) % {"count": size}
