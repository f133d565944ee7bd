"""A comparison prepared for templates: words for its kinds, pieces for its texts, and no more than a page can hold."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from django.http import QueryDict
from django.utils.translation import gettext as _

from assistants_app.domain.diff import Change, ChangeKind, Comparison, Place, Side, SideState, Snapshot, compare
from assistants_app.domain.diff_marks import MarkSpace, Piece, looks_alike, pieces
from assistants_app.domain.diff_rows import Allowance, Group, GroupKind, Line, Row, text_rows
from assistants_app.domain.diff_text import TextDiff
from assistants_app.domain.diff_words import Span, mark_words
from assistants_app.web.compare_words import LINE_LETTERS, chip, label, state_words, tone

_CLIPPED_LETTERS = 2_000


class Space(StrEnum):
    """What a comparison does with white space."""

    CHANGES = "changes"  # marked where it changed
    ALL = "all"  # marked everywhere
    IGNORE = "ignore"  # lines that differ in nothing else are not shown as changes


@dataclass(frozen=True, slots=True)
class Options:
    """How a comparison is shown; all of it stands in the address."""

    unified: bool = False
    wrap: bool = True
    space: Space = Space.CHANGES

    @classmethod
    def of(cls, query: QueryDict) -> "Options":
        asked = query.get("space", "")
        space = next((space for space in Space if space == asked), Space.CHANGES)
        return cls(query.get("view") == "unified", query.get("wrap") != "off", space)


@dataclass(frozen=True, slots=True)
class ShownLine:
    number: int
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class ShownRow:
    old: ShownLine | None
    new: ShownLine | None


@dataclass(frozen=True, slots=True)
class ShownGroup:
    group: Group
    rows: list[ShownRow]


@dataclass(frozen=True, slots=True)
class ShownText:
    """A text comparison; `left_out` is how many lines, the longer side's, did not fit."""

    groups: list[ShownGroup]
    added: int
    removed: int
    left_out: int
    alike: bool = False  # in white space, or in how letters are stored, and nowhere else


@dataclass(frozen=True, slots=True)
class Value:
    """One side, to show in a line. `code` is the stored value when its label is another."""

    side: Side
    words: str = ""
    pieces: list[Piece] = field(default_factory=list)
    code: str = ""
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """One change. `only` is "old" or "new" where one side alone is worth showing: a list's item come or gone."""

    change: Change
    label: str
    chip: str
    tone: str
    old: Value
    new: Value
    text: ShownText | None = None
    children: tuple["Block", ...] = ()
    same: int = 0
    left_out: int = 0
    only: str = ""
    alike: bool = False

    @property
    def present(self) -> Value:
        """The side to show of what only came, went or moved."""
        return self.old if self.only == "old" else self.new

    @property
    def name(self) -> str:
        """What a part is called; "" for a list's item without a name, whose value says enough."""
        return self.change.spot.label

    @property
    def plain(self) -> bool:
        """Whether a name or a value tells all: it came, went or moved, and has no parts."""
        whole = bool(self.only) or self.change.kind is ChangeKind.MOVED
        return whole and self.text is None and not (self.children or self.same or self.left_out)

    @property
    def shows_states(self) -> bool:
        """Whether a side must be named beside the lines or parts: it is null, absent, empty or of another type."""
        sides = (self.change.old, self.change.new)
        return not self.only and any(side.state is not SideState.VALUE for side in sides)

    @property
    def old_place(self) -> int:
        """Of a list's item, from 1."""
        return (self.change.spot.old_index or 0) + 1

    @property
    def new_place(self) -> int:
        return (self.change.spot.new_index or 0) + 1


@dataclass(frozen=True, slots=True)
class Shown:
    """What `compare/_changes.html` takes. `old_name` and `new_name` head the two sides."""

    comparison: Comparison
    options: Options
    blocks: tuple[Block, ...]
    unchanged: tuple[Block, ...]
    old_name: str
    new_name: str
    full_url: str = ""  # where everything stands that did not fit

    @property
    def settings_total(self) -> int:
        return len(self.comparison.of(Place.SETTING))

    @property
    def settings_changed(self) -> int:
        return sum(change.changed for change in self.comparison.of(Place.SETTING))

    @property
    def other_labels(self) -> list[str]:
        """What changed beside the settings."""
        return [block.label for block in self.blocks if block.change.spot.place is not Place.SETTING]

    @property
    def added(self) -> int:
        return self.comparison.added_lines

    @property
    def removed(self) -> int:
        return self.comparison.removed_lines


def show(
    old: Snapshot,
    new: Snapshot,
    *,
    old_name: str,
    new_name: str,
    options: Options = Options(),
    full_url: str = "",
) -> Shown:
    """Compare two snapshots and prepare all of it for `compare/_changes.html`."""
    comparison = compare(old, new, ignore_space=options.space is Space.IGNORE)
    builder = Builder(options, Allowance())
    blocks = builder.blocks(comparison.changes)
    unchanged = tuple(
        Block(row, label(row), "", "same", builder.value(row.old, most=LINE_LETTERS), Value(row.new))
        for row in comparison.unchanged
    )
    return Shown(comparison, options, blocks, unchanged, old_name, new_name, full_url)


@dataclass(frozen=True, slots=True)
class Builder:
    """Makes blocks of changes, within what one page may hold."""

    options: Options
    allowance: Allowance

    def blocks(self, changes: Iterable[Change], only: str = "") -> tuple[Block, ...]:
        return tuple(self.block(change, only) for change in changes)

    def block(self, change: Change, only: str = "") -> Block:
        self.allowance.rows -= 1
        only = only or _only(change)
        marked: tuple[tuple[Span, ...] | None, tuple[Span, ...] | None] = None, None
        if change.text is None and change.old.is_text and change.new.is_text:
            marked = mark_words(str(change.old.value), str(change.new.value), self.allowance.budget)
        alike = change.kind is ChangeKind.EDITED and change.old.is_text and change.new.is_text and _alike(change)
        differing = [child for child in change.children if child.changed]
        children: list[Block] = []
        for child in differing:
            if self.allowance.used_up:
                break
            children.append(self.block(child, only))
        return Block(
            change=change,
            label=label(change),
            chip=chip(change),
            tone=tone(change),
            old=_named(change.old) if change.text else self.value(change.old, marked[0], reveal=alike),
            new=_named(change.new) if change.text else self.value(change.new, marked[1], reveal=alike),
            text=self.text(change.text, alike=alike) if change.text else None,
            children=tuple(children),
            same=len(change.children) - len(differing),
            left_out=len(differing) - len(children),
            only=only,
            alike=alike,
        )

    def value(
        self, side: Side, spans: tuple[Span, ...] | None = None, *, reveal: bool = False, most: int = _CLIPPED_LETTERS
    ) -> Value:
        if not side.is_text or side.state is SideState.EMPTY:
            return Value(side, side.words or state_words(side))
        text = str(side.value)
        if side.words:
            return Value(side, side.words, code=text if text != side.words else "")
        shown = pieces(spans or (Span(text[:most]),), self._marks, line_changed=spans is not None, reveal=reveal)
        self.allowance.letters -= min(len(text), most)
        return Value(side, "", shown, left_out=max(0, len(text) - most))

    def text(self, diff: TextDiff, *, alike: bool = False) -> ShownText:
        rows = text_rows(diff, self.allowance)
        return ShownText(
            groups=[ShownGroup(group, [self._row(row, group.kind) for row in group.rows]) for group in rows.groups],
            added=diff.added,
            removed=diff.removed,
            left_out=max(rows.left_out_old, rows.left_out_new),
            alike=alike,
        )

    @property
    def _marks(self) -> MarkSpace:
        return MarkSpace.ALL if self.options.space is Space.ALL else MarkSpace.CHANGES

    def _row(self, row: Row, kind: GroupKind) -> ShownRow:
        changed = kind in (GroupKind.EDITED, GroupKind.REPLACED)
        reveal = kind is GroupKind.EDITED and _lines_alike(row)
        return ShownRow(*(self._line(line, changed=changed, reveal=reveal) for line in (row.old, row.new)))

    def _line(self, line: Line | None, *, changed: bool, reveal: bool) -> ShownLine | None:
        if line is None:
            return None
        return ShownLine(line.number, pieces(line.spans, self._marks, line_changed=changed, reveal=reveal))


def _named(side: Side) -> Value:
    """A side whose text stands below, line by line."""
    return Value(side, _("the text below") if side.state is SideState.VALUE else state_words(side))


def _only(change: Change) -> str:
    """Items of lists, and parts of groups, that came or went: the other side has nothing to show."""
    if change.spot.level == 0 or change.kind not in (ChangeKind.ADDED, ChangeKind.REMOVED):
        return ""
    return "new" if change.kind is ChangeKind.ADDED else "old"


def _alike(change: Change) -> bool:
    return change.only_space or looks_alike(str(change.old.value), str(change.new.value))


def _lines_alike(row: Row) -> bool:
    old, new = ("".join(span.text for span in line.spans) if line else "" for line in (row.old, row.new))
    return looks_alike(old, new)
