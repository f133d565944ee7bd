"""A comparison prepared for templates: words for its kinds, pieces for its texts, and no more than a page can hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from assistants_app.domain.diff import Change, ChangeKind, Side, SideState, Snapshot, compare
from assistants_app.domain.diff.marks import MarkSpace, looks_alike, pieces
from assistants_app.domain.diff.rows import Allowance, GroupKind, Line, Row, text_rows
from assistants_app.domain.diff.text import TextDiff
from assistants_app.domain.diff.words import Span, mark_words
from assistants_app.web.compare.shown import (
    MOST_BLOCKS,
    Block,
    Options,
    Shown,
    ShownGroup,
    ShownLine,
    ShownRow,
    ShownText,
    Space,
    Value,
)
from assistants_app.web.compare.words import LINE_LETTERS, chip, label, state_words, tone

__all__ = ["Builder", "Options", "Shown", "show"]

_CLIPPED_LETTERS = 2_000
FAIR_SHARE = 60
FAIR_LETTERS = 4_000
"""What each change has of the page's rows and letters in any case."""
AS_USUAL = Options()


def show(
    old: Snapshot,
    new: Snapshot,
    *,
    old_name: str,
    new_name: str,
    options: Options = AS_USUAL,
    full_url: str = "",
    blocks: bool = True,
) -> Shown:
    """Compare two snapshots and prepare all of it for `compare/_changes.html`; without `blocks`, only the counts."""
    comparison = compare(old, new, ignore_space=options.space is Space.IGNORE)
    changes, unchanged = comparison.changes[:MOST_BLOCKS], comparison.unchanged[:MOST_BLOCKS]
    builder = Builder(options, Allowance())
    return Shown(
        comparison,
        options,
        tuple(shared_out(changes, options)) if blocks else (),
        tuple(
            Block(row, label(row), "", "same", builder.value(row.old, most=LINE_LETTERS), Value(row.new))
            for row in unchanged
        ),
        old_name,
        new_name,
        full_url,
    )


def shared_out(changes: Sequence[Change], options: Options) -> Iterator[Block]:
    """The blocks of a page. A long text may fill the page, but leaves room for what comes after it."""
    page = Allowance()
    needs = [min(FAIR_SHARE, _need(change)) for change in changes]
    for n, change in enumerate(changes):
        later = needs[n + 1 :]
        share = Allowance(
            rows=max(needs[n], page.rows - sum(later)),
            letters=max(FAIR_LETTERS, page.letters - FAIR_LETTERS * len(later)),
            budget=page.budget,
        )
        given = share.rows, share.letters
        yield Builder(options, share).block(change)
        page.rows -= given[0] - share.rows
        page.letters -= given[1] - share.letters


def _need(change: Change) -> int:
    """About how many rows a change would like to have."""
    if change.text:
        return 1 + change.text.added + change.text.removed
    return 1 + sum(_need(child) for child in change.children if child.changed)


@dataclass(frozen=True, slots=True)
class Builder:
    """Makes blocks of changes, within what one page may hold."""

    options: Options
    allowance: Allowance

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
