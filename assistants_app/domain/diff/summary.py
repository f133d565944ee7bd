"""One line that says what changed between two versions: kept with each version, proposed as its note."""

from assistants_app.domain.diff.changes import Change, ChangeKind, Comparison, Place, SideState
from assistants_app.domain.diff.text import TextDiff

_MOST_PHRASES = 4
_LABEL_LETTERS = 40
_NAME_LETTERS = 60
_METADATA = "changed metadata"
_OPTIONS = "changed run options"
_ONCE = (_METADATA, _OPTIONS)


def summarise(comparison: Comparison) -> str:
    """As in "Changed Model; rewrote 3 lines of System prompt"; "" when nothing changed. No values but names."""
    phrases: list[str] = []
    for change in comparison.changes:
        phrase = _phrase(change)
        if phrase not in _ONCE or phrase not in phrases:
            phrases.append(phrase)
    if len(phrases) > _MOST_PHRASES:
        rest = len(phrases) - _MOST_PHRASES + 1
        phrases = [*phrases[: _MOST_PHRASES - 1], f"{rest} more changes"]
    line = "; ".join(phrases)
    return line[:1].upper() + line[1:]


def _phrase(change: Change) -> str:
    label = _clipped(change.spot.label, _LABEL_LETTERS)
    if change.spot.place is Place.METADATA:
        return _METADATA
    if change.spot.place is Place.OPTION:
        return _OPTIONS
    if change.spot.place is Place.DETAIL:
        return _detail_phrase(change)
    if change.kind is ChangeKind.REMOVED:
        return f"took {label} back to the graph's default"
    if change.new.state is SideState.NULL:
        return f"set {label} to null"
    if change.new.state is SideState.EMPTY:
        return f"emptied {label}"
    if change.kind is ChangeKind.ADDED or change.old.state in (SideState.NULL, SideState.EMPTY):
        return f"set {label}"
    if change.kind is ChangeKind.SECRET:
        return f"replaced {label}"
    if change.of_list:
        return _list_phrase(change, label)
    if change.text and not change.as_json:
        return _text_phrase(change.text, change.only_space, label)
    return f"changed {label}"


def _detail_phrase(change: Change) -> str:
    if change.spot.key == "name":
        return f"renamed to {_clipped(str(change.new.value), _NAME_LETTERS)}"
    return f"changed the {change.spot.label.lower()}"


def _text_phrase(text: TextDiff, only_space: bool, label: str) -> str:
    if only_space:
        return f"changed white space in {label}"
    if not text.removed:
        return f"added {_count(text.added, 'line')} to {label}"
    if not text.added:
        return f"removed {_count(text.removed, 'line')} from {label}"
    if not text.matches:
        return f"edited {label}" if _shares_words(text) else f"rewrote {label}"
    return f"rewrote {_count(max(text.added, text.removed), 'line')} of {label}"


def _shares_words(text: TextDiff) -> bool:
    """Whether half of the words, as far as one looks, stand on both sides: prompts may be one long line."""
    olds, news = ({word for line in side[:100] for word in line[:5_000].split()} for side in (text.old, text.new))
    return 2 * len(olds & news) >= max(len(olds), len(news))


def _list_phrase(change: Change, label: str) -> str:
    counts = {
        "added": sum(child.kind is ChangeKind.ADDED for child in change.children),
        "removed": sum(child.kind is ChangeKind.REMOVED for child in change.children),
        "edited": sum(child.changed and child.kind not in _WHOLE for child in change.children),
    }
    told = [f"{word} {_count(count, 'item')}" for word, count in counts.items() if count]
    return f"{', '.join(told)} in {label}" if told else f"reordered {label}"


_WHOLE = (ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.MOVED)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _clipped(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
