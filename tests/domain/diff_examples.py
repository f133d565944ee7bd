"""Texts and values to compare, and putting a comparison together again."""

from hypothesis import strategies as st

from assistants_app.domain.diff import Change, ChangeKind, compare
from assistants_app.domain.diff.changes import Comparison, Snapshot
from assistants_app.domain.diff.rows import Allowance, Line, TextRows, text_rows
from assistants_app.domain.diff.sequences import Budget
from assistants_app.domain.diff.text import TextDiff
from assistants_app.domain.json_values import ABSENT, Absent, Json

LINES = st.sampled_from(
    ["", " ", "a", "b", "You are a bot.", "You are a kind bot.", "# Tone", "x\r", "tab\there", "é", "e\u0301", "温度"]
)
TEXTS = st.one_of(st.lists(LINES, max_size=30).map("\n".join), st.text(max_size=60))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["", "a", "b", "5", 0.5, 1.0]))
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["id", "name", "a", "b/c", "~"]), inner, max_size=4),
    ),
    max_leaves=12,
)
SETTINGS = st.dictionaries(st.sampled_from(["prompt", "model", "items", "x y"]), VALUES, max_size=4)


def ample() -> Allowance:
    return Allowance(rows=1_000_000, letters=100_000_000, budget=Budget.of(60))


def diff(old: str, new: str) -> TextDiff:
    return TextDiff.of(old, new, Budget.of(60))


def rows(old: str, new: str) -> TextRows:
    return text_rows(diff(old, new), ample())


def marked(line: Line | None) -> str:
    """A line with its changed words in brackets."""
    if line is None:
        return ""
    return "".join(f"[{span.text}]" if span.changed else span.text for span in line.spans)


def settings_compared(old: dict[str, Json], new: dict[str, Json], schema: Json = None) -> Comparison:
    return compare(Snapshot(settings=old, schema=schema), Snapshot(settings=new, schema=schema))


def only_change(old: Json | Absent, new: Json | Absent, schema: Json = None) -> Change:
    """What comparing one setting comes to."""
    sides = [{} if value is ABSENT else {"setting": value} for value in (old, new)]
    (change,) = settings_compared(sides[0], sides[1], schema and {"properties": {"setting": schema}}).changes
    return change


def rebuilt(change: Change, side: str) -> Json | Absent:
    """One side of a change put together from its parts, lines and values alone."""
    shown = change.old if side == "old" else change.new
    if change.text and not change.as_json and shown.is_text:
        return "\n".join(change.text.old if side == "old" else change.text.new)
    if not change.children or not shown.is_container:
        return shown.value
    parts = [child for child in change.children if child.kind is not _other(side)]
    if change.of_list:
        places = {
            (child.spot.old_index if side == "old" else child.spot.new_index): rebuilt(child, side) for child in parts
        }
        return [places[n] for n in range(len(places))]
    return {child.spot.key: rebuilt(child, side) for child in parts}


def _other(side: str) -> ChangeKind:
    return ChangeKind.ADDED if side == "old" else ChangeKind.REMOVED
