"""Which words changed inside changed lines, and which old line became which new one."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from diff_match_patch import diff_match_patch

from assistants_app.domain.diff.sequences import Budget, match_sequences

_SINGLE = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Scripts that put no space between words: every character is a word of its own (Thai, Japanese, Chinese…)."""
_MARKS = "\u0300-\u036f\u200c\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff"
"""What belongs to the character before it: accents, joiners, the colours of emoji."""
_WORD = re.compile(
    rf"\n|\r|[^\S\r\n]+|[{_SINGLE}]|(?:[\u0900-\u0dff]|[^\W{_SINGLE}][{_MARKS}]*)+"
    rf"|[\U0001f1e6-\U0001f1ff]{{2}}|[^\w\s](?:\u200d[^\w\s]|[{_MARKS}])*"
)

_MOST_LETTERS = 300_000
"""The longest text, either side, that is compared by word; in longer ones only the common ends are found."""
_LONG_WORD = 32
"""Longer words, as in base64, are marked by what differs between their common ends."""
_FEW_LETTERS = 3
"""Shorter equal stretches between two changes are marked with them: confetti is hard to read."""
_ALIKE = 0.4
"""The least share of equal letters at which two lines are one line edited, not one replaced by another."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of two texts: the same on both sides, or what stands in the old one and what in the new one."""

    same: bool
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a line. `left_out` counts letters that are not shown here, for length; then `text` is empty."""

    text: str
    changed: bool = False
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class MarkedLines:
    """Two runs of lines that replace each other, words marked; `pairs` are places (old, new) of edited lines."""

    old: list[list[Span]]
    new: list[list[Span]]
    pairs: list[tuple[int, int]]


def segments(old: str, new: str, budget: Budget) -> list[Segment]:
    """Two texts by word, top to bottom. Joining either side of the segments gives back that text exactly."""
    if max(len(old), len(new)) > _MOST_LETTERS or not budget.left:
        return list(_common_ends(old, new))
    olds, news = _WORD.findall(old), _WORD.findall(new)
    found: list[Segment] = []
    i = j = 0
    for match in match_sequences(olds, news, budget):
        _change(found, "".join(olds[i : match.old]), "".join(news[j : match.new]))
        i, j = match.old + match.size, match.new + match.size
        text = "".join(olds[match.old : i])
        found.append(Segment(True, text, text))
    _change(found, "".join(olds[i:]), "".join(news[j:]))
    return [part for segment in _slid(_readable(found)) for part in _shortened(segment)]


def mark_lines(old: list[str], new: list[str], budget: Budget) -> MarkedLines:
    """Compare two runs of lines by word and pair the lines that are edits of each other."""
    parts = segments("\n".join(old), "\n".join(new), budget)
    weights: dict[tuple[int, int], int] = {}
    i = j = 0
    for part in parts:
        if not part.same:
            i += part.old.count("\n")
            j += part.new.count("\n")
            continue
        for n, text in enumerate(part.old.split("\n")):
            i += n > 0
            j += n > 0
            weights[i, j] = weights.get((i, j), 0) + len(text.strip())
    pairs = [(i, j) for i, j in _heaviest(weights) if _alike(old[i], new[j], weights[i, j])]
    marked = MarkedLines(
        _spans_by_line((part.old, not part.same) for part in parts),
        _spans_by_line((part.new, not part.same) for part in parts),
        pairs,
    )
    for i, j in pairs:
        # Seen alone, a pair often matches better; but not where words went over into the next line.
        left, right = _spans(segments(old[i], new[j], budget))
        if _changed_letters(left, right) <= _changed_letters(marked.old[i], marked.new[j]):
            marked.old[i], marked.new[j] = left, right
    return marked


def mark_words(old: str, new: str, budget: Budget) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The spans of two short texts; without marks when they have too little in common."""
    parts = segments(old, new, budget)
    if not _alike(old, new, sum(len(part.old.strip()) for part in parts if part.same)):
        return (Span(old),), (Span(new),)
    left, right = _spans(parts)
    return tuple(left), tuple(right)


def _spans(parts: list[Segment]) -> tuple[list[Span], list[Span]]:
    return (
        [Span(part.old, not part.same) for part in parts if part.old],
        [Span(part.new, not part.same) for part in parts if part.new],
    )


def _changed_letters(*sides: Iterable[Span]) -> int:
    return sum(len(span.text) for side in sides for span in side if span.changed)


def _change(found: list[Segment], old: str, new: str) -> None:
    if old or new:
        found.append(Segment(False, old, new))


def _readable(found: list[Segment]) -> list[Segment]:
    """Let a short equal stretch go up in the changes around it, when those are larger on both sides."""
    result: list[Segment] = []
    for segment in found:
        result.append(segment)
        while len(result) >= 3 and not result[-1].same and _swallowed(*result[-3:]):
            before, middle, after = result[-3:]
            old, new = before.old + middle.old + after.old, before.new + middle.new + after.new
            result[-3:] = [Segment(False, old, new)]
    return result


def _swallowed(before: Segment, middle: Segment, after: Segment) -> bool:
    if before.same or not middle.same or "\n" in middle.old:
        return False
    if not middle.old.strip():
        return bool(before.old and after.old) or bool(before.new and after.new)
    least = min(len(before.old) + len(before.new), len(after.old) + len(after.new))
    return len(middle.old.strip()) <= _FEW_LETTERS and least >= 3 * len(middle.old)


def _slid(found: list[Segment]) -> list[Segment]:
    """Where words were put in or taken out, let the space after them go with them, not the one before."""
    for n in range(1, len(found) - 1):
        before, change, after = found[n - 1 : n + 2]
        text = change.old or change.new
        slides = not (change.same or (change.old and change.new)) and text[0] == " " == after.old[:1]
        if slides and before.same and after.same and text.strip():
            moved = text[1:] + " "
            found[n - 1] = Segment(True, before.old + " ", before.new + " ")
            found[n] = Segment(False, moved if change.old else "", moved if change.new else "")
            found[n + 1] = Segment(True, after.old[1:], after.new[1:])
    return [segment for segment in found if segment.old or segment.new]


def _shortened(segment: Segment) -> Iterator[Segment]:
    if segment.same or max(len(segment.old), len(segment.new)) <= _LONG_WORD or " " in segment.old + segment.new:
        yield segment
    else:
        yield from _common_ends(segment.old, segment.new)


def _common_ends(old: str, new: str) -> Iterator[Segment]:
    differ: Any = diff_match_patch()
    start = differ.diff_commonPrefix(old, new)
    end = min(differ.diff_commonSuffix(old, new), len(old) - start, len(new) - start)
    if start:
        yield Segment(True, old[:start], old[:start])
    if start < len(old) - end or start < len(new) - end:
        yield Segment(False, old[start : len(old) - end], new[start : len(new) - end])
    if end:
        yield Segment(True, old[-end:], old[-end:])


def _heaviest(weights: dict[tuple[int, int], int]) -> list[tuple[int, int]]:
    """Of the pairs of lines, in ascending order, those with the most in common; a line is in one pair at most."""
    kept: list[tuple[int, int]] = []
    for pair, weight in weights.items():
        while kept and weight > weights[kept[-1]] and (kept[-1][0] == pair[0] or kept[-1][1] == pair[1]):
            kept.pop()
        if not kept or (kept[-1][0] < pair[0] and kept[-1][1] < pair[1]):
            kept.append(pair)
    return kept


def _alike(old: str, new: str, equal: int) -> bool:
    """Whether so many equal letters make two lines one edited line; blank lines are like nothing."""
    lengths = len(old.strip()), len(new.strip())
    return min(lengths) > 0 and (equal >= _ALIKE * max(lengths) or equal >= 0.75 * min(lengths) > 12)


def _spans_by_line(parts: Iterable[tuple[str, bool]]) -> list[list[Span]]:
    lines: list[list[Span]] = [[]]
    for text, changed in parts:
        for n, piece in enumerate(text.split("\n")):
            if n:
                lines.append([])
            if piece:
                lines[-1].append(Span(piece, changed))
    return lines
