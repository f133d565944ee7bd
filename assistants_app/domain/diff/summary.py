"""One line that says what changed between two versions: kept with each version, proposed as its note."""

from collections.abc import Mapping

from assistants_app.domain import tags
from assistants_app.domain.diff.changes import Change, ChangeKind, Comparison, Place, SideState
from assistants_app.domain.diff.text import TextDiff
from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import gettext_noop, ngettext

MOST_PHRASES = 4
_LABEL_LETTERS = 40
_NAME_LETTERS = 60
_TOLD_ONCE = {
    Place.METADATA: gettext_noop("changed metadata"),
    Place.OPTION: gettext_noop("changed run options"),
}
_DETAILS = {
    "description": gettext_noop("changed the description"),
    "graph_id": gettext_noop("changed the graph"),
}


def summarise(comparison: Comparison) -> str:
    """As in "Changed Model; rewrote 3 lines of System prompt"; "" when nothing changed. No values but names."""
    phrases: list[str] = []
    told: set[str] = set()
    for change in comparison.changes:
        phrase = _phrase(change)
        if change.spot.place not in _TOLD_ONCE or phrase not in told:
            phrases.append(phrase)
        told.add(phrase)
    if len(phrases) + comparison.further > MOST_PHRASES:
        rest = len(phrases) + comparison.further - MOST_PHRASES + 1
        more = ngettext("%(count)s more change", "%(count)s more changes", rest) % {"count": rest}
        phrases = [*phrases[: MOST_PHRASES - 1], more]
    line = "; ".join(phrases)
    return line[:1].upper() + line[1:]


def _phrase(change: Change) -> str:
    if change.spot.place is Place.METADATA and change.spot.key == tags.KEY:
        return _("changed the tags")
    if change.spot.place in _TOLD_ONCE:
        return _(_TOLD_ONCE[change.spot.place])
    if change.spot.place is Place.DETAIL:
        return _detail_phrase(change)
    label = {"label": _clipped(change.spot.label, _LABEL_LETTERS)}
    if change.new.state is SideState.ABSENT:  # of a secret, `kind` does not tell
        return _("took %(label)s back to the graph's default") % label
    if change.new.state is SideState.NULL:
        return _("set %(label)s to null") % label
    if change.new.state is SideState.EMPTY:
        return _("emptied %(label)s") % label
    if change.old.state in (SideState.ABSENT, SideState.NULL, SideState.EMPTY):
        return _("set %(label)s") % label
    if change.kind is ChangeKind.SECRET:
        return _("replaced %(label)s") % label
    if change.of_list:
        return _list_phrase(change, label)
    if change.text and not change.as_json:
        return _text_phrase(change.text, change.only_space, label)
    return _("changed %(label)s") % label


def _detail_phrase(change: Change) -> str:
    if change.spot.key == "name":
        return _("renamed to %(name)s") % {"name": _clipped(str(change.new.value), _NAME_LETTERS)}
    return _(_DETAILS[change.spot.key])


def _text_phrase(text: TextDiff, only_space: bool, label: Mapping[str, str]) -> str:
    if only_space:
        return _("changed white space in %(label)s") % label
    if not text.removed:
        return _counted(
            ngettext("added %(count)s line to %(label)s", "added %(count)s lines to %(label)s", text.added),
            text.added,
            label,
        )
    if not text.added:
        return _counted(
            ngettext("removed %(count)s line from %(label)s", "removed %(count)s lines from %(label)s", text.removed),
            text.removed,
            label,
        )
    if not text.matches:
        return (_("edited %(label)s") if _shares_words(text) else _("rewrote %(label)s")) % label
    lines = max(text.added, text.removed)
    return _counted(
        ngettext("rewrote %(count)s line of %(label)s", "rewrote %(count)s lines of %(label)s", lines), lines, label
    )


def _shares_words(text: TextDiff) -> bool:
    """Whether half of the words, as far as one looks, stand on both sides: prompts may be one long line."""
    olds, news = ({word for line in side[:100] for word in line[:5_000].split()} for side in (text.old, text.new))
    return 2 * len(olds & news) >= max(len(olds), len(news))


def _list_phrase(change: Change, label: Mapping[str, str]) -> str:
    added = sum(child.kind is ChangeKind.ADDED for child in change.children)
    removed = sum(child.kind is ChangeKind.REMOVED for child in change.children)
    edited = sum(child.changed and child.kind not in _WHOLE for child in change.children)
    told = [
        _counted(words, count)
        for words, count in (
            (ngettext("added %(count)s item", "added %(count)s items", added), added),
            (ngettext("removed %(count)s item", "removed %(count)s items", removed), removed),
            (ngettext("edited %(count)s item", "edited %(count)s items", edited), edited),
        )
        if count
    ]
    if not told:
        return _("reordered %(label)s") % label
    return _("%(changes)s in %(label)s") % {"changes": ", ".join(told), **label}


_WHOLE = (ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.MOVED)


def _counted(words: str, count: int, label: Mapping[str, str] | None = None) -> str:
    return words % {"count": f"{count:,}", **(label or {})}


def _clipped(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
