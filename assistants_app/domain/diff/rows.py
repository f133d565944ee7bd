"""A text comparison as rows to show: old line beside new line, equal stretches folded, bounded in size."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import zip_longest

from assistants_app.domain.diff.sequences import Budget
from assistants_app.domain.diff.text import Block, TextDiff
from assistants_app.domain.diff.words import Span, mark_lines

FOLDED_FROM = 5
"""This many equal lines in a row, or more, are folded."""
_AROUND = 2
"""Equal lines that stay in sight next to a change."""
_LONG_LINE = 4_000
_SAME_ENDS = 300
_CHANGED_ENDS = 2_000
_MOST_SPANS = 400
_FOLD_ROWS = 200


class GroupKind(StrEnum):
    SAME = "same"
    FOLDED = "folded"  # the same, and out of sight
    EDITED = "edited"  # each row is one line before and after
    REPLACED = "replaced"  # old lines and new ones that have little in common, beside each other to save space


@dataclass(frozen=True, slots=True)
class Line:
    number: int  # from 1
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Row:
    old: Line | None
    new: Line | None


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbouring rows of one kind.

    `first` says that a stretch of changes starts here. `count` is how many rows there are, which may be more
    than `rows` holds; `heading` is the last heading among folded lines, to know where one is.
    """

    kind: GroupKind
    rows: tuple[Row, ...]
    count: int
    first: bool = False
    heading: str = ""

    @property
    def left_out(self) -> int:
        return self.count - len(self.rows)


@dataclass(frozen=True, slots=True)
class TextRows:
    """What to show of a text comparison; the lines of either side that no longer fit are counted."""

    groups: tuple[Group, ...]
    left_out_old: int = 0
    left_out_new: int = 0


@dataclass(slots=True)
class Allowance:
    """How much may still be shown on one page. Shared by all texts of a comparison and used up by them."""

    rows: int = 1_000
    letters: int = 200_000
    budget: Budget = field(default_factory=lambda: Budget.of(0.6))

    @property
    def used_up(self) -> bool:
        return self.rows <= 0 or self.letters <= 0


_Places = list[tuple[int | None, int | None]]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A group before its lines are made: places in the two texts, and the marked words where there are any."""

    kind: GroupKind
    places: _Places
    count: int
    first: bool = False
    marked: tuple[dict[int, list[Span]], dict[int, list[Span]]] = ({}, {})


def text_rows(diff: TextDiff, allowance: Allowance) -> TextRows:
    """The rows of a text comparison, from top to bottom. Changes are shown before folded lines use up room."""
    groups: list[Group] = []
    folded: dict[int, _Plan] = {}
    shown_old = shown_new = 0
    for plan in _plans(diff, allowance):
        if allowance.used_up:
            break
        if plan.kind is GroupKind.FOLDED:
            folded[len(groups)] = plan
            groups.append(Group(plan.kind, (), plan.count, heading=_heading(diff, plan)))
            shown_old += plan.count
            shown_new += plan.count
            continue
        rows = _rows(diff, plan, allowance)
        groups.append(Group(plan.kind, rows, len(rows), first=plan.first))
        shown_old += sum(row.old is not None for row in rows)
        shown_new += sum(row.new is not None for row in rows)
    for n, plan in folded.items():
        groups[n] = replace(groups[n], rows=_rows(diff, plan, allowance))
    return TextRows(tuple(groups), len(diff.old) - shown_old, len(diff.new) - shown_new)


def _plans(diff: TextDiff, allowance: Allowance) -> Iterator[_Plan]:
    blocks = list(diff.blocks)
    for n, block in enumerate(blocks):
        if block.same:
            yield from _same_plans(block, top=n == 0, bottom=n == len(blocks) - 1)
        else:
            yield from _changed_plans(diff, block, allowance)


def _same_plans(block: Block, *, top: bool, bottom: bool) -> Iterator[_Plan]:
    size = len(block.old)
    if size < FOLDED_FROM:
        yield _Plan(GroupKind.SAME, list(zip(block.old, block.new, strict=True)), size)
        return
    around = _AROUND if size > FOLDED_FROM + _AROUND else 1
    head = 0 if top else around
    tail = size - (0 if bottom else around)
    for kind, start, end, most in (
        (GroupKind.SAME, 0, head, head),
        (GroupKind.FOLDED, head, tail, _FOLD_ROWS),
        (GroupKind.SAME, tail, size, size),
    ):
        if start < end:
            stop = min(end, start + most)
            yield _Plan(kind, list(zip(block.old[start:stop], block.new[start:stop], strict=True)), end - start)


def _changed_plans(diff: TextDiff, block: Block, allowance: Allowance) -> Iterator[_Plan]:
    # What could not be shown anyway is not compared by word either.
    olds, news = block.old[: allowance.rows], block.new[: allowance.rows]
    if not olds or not news:
        yield _replaced(olds, news, first=True)
        return
    marks = mark_lines([diff.old[n] for n in olds], [diff.new[n] for n in news], allowance.budget)
    marked = dict(zip(olds, marks.old, strict=True)), dict(zip(news, marks.new, strict=True))
    i, j = olds.start, news.start
    first = True
    edited: _Places = []
    for old, new in [*((olds[i], news[j]) for i, j in marks.pairs), (olds.stop, news.stop)]:
        if (i < old or j < new) and edited:
            yield _Plan(GroupKind.EDITED, edited, len(edited), first, marked)
            first, edited = False, []
        if i < old or j < new:
            yield _replaced(range(i, old), range(j, new), first)
            first = False
        if old < olds.stop:
            edited.append((old, new))
        i, j = old + 1, new + 1
    if edited:
        yield _Plan(GroupKind.EDITED, edited, len(edited), first, marked)


def _replaced(olds: range, news: range, first: bool) -> _Plan:
    places: _Places = list(zip_longest(olds, news))
    return _Plan(GroupKind.REPLACED, places, len(places), first)


def _rows(diff: TextDiff, plan: _Plan, allowance: Allowance) -> tuple[Row, ...]:
    rows: list[Row] = []
    for old, new in plan.places:
        if allowance.used_up:
            break
        left = None if old is None else _line(old, diff.old[old], plan.marked[0].get(old), allowance)
        right = None if new is None else _line(new, diff.new[new], plan.marked[1].get(new), allowance)
        rows.append(Row(left, right))
        allowance.rows -= 1
    return tuple(rows)


def _line(place: int, text: str, marked: list[Span] | None, allowance: Allowance) -> Line:
    spans = [Span(text)] if marked is None else marked
    if len(text) > _LONG_LINE:
        spans = list(_clipped(spans))
    allowance.letters -= sum(len(span.text) for span in spans)
    return Line(place + 1, tuple(spans))


def _clipped(spans: list[Span]) -> Iterator[Span]:
    """The spans of a very long line, the middle of its long stretches left out."""
    for span in spans[:_MOST_SPANS]:
        ends = _CHANGED_ENDS if span.changed else _SAME_ENDS
        left_out = len(span.text) - 2 * ends
        if left_out <= 0:
            yield span
            continue
        yield Span(span.text[:ends], span.changed)
        yield Span("", span.changed, left_out)
        yield Span(span.text[-ends:], span.changed)
    rest = spans[_MOST_SPANS:]
    if rest:
        yield Span("", any(span.changed for span in rest), sum(len(span.text) for span in rest))


def _heading(diff: TextDiff, plan: _Plan) -> str:
    """The last line among the folded ones that looks like a heading: Markdown's #, or an opening tag."""
    for _, new in reversed(plan.places):
        line = diff.new[new].strip() if new is not None else ""
        if line.startswith("#") or (line.startswith("<") and line.endswith(">") and not line.startswith("</")):
            return line[:80]
    return ""
