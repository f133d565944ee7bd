"""Which items of two sequences stay the same, in order: the engine under every line, word and list comparison.

Common ends first, then patience (items that occur once on both sides anchor the rest), then Myers' algorithm
between the anchors, through diff-match-patch. Every step is bounded, so that no pair of texts can hang a page:
what cannot be matched in time counts as replaced, which is coarse but never wrong.
"""

import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from diff_match_patch import diff_match_patch

_MOST_ITEMS = 200_000
"""The most items of a gap, both sides together, that are searched for matches at all."""
_MYERS_ITEMS = 20_000
"""The most items of a gap, both sides together, that Myers' algorithm is tried on."""

_SURROGATES = 0xD800


@dataclass(frozen=True, slots=True)
class Budget:
    """The moment (of `time.monotonic`) after which comparing gets coarser instead of finer."""

    ends: float

    @classmethod
    def of(cls, seconds: float) -> Self:
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds, 0 when there are none."""
        return max(0.0, self.ends - time.monotonic())


@dataclass(frozen=True, slots=True)
class Match:
    """`size` items that are the same on both sides, from these two places on."""

    old: int
    new: int
    size: int


def match_sequences(old: Sequence[str], new: Sequence[str], budget: Budget) -> list[Match]:
    """The longest sensible common subsequence, as runs in ascending order that do not touch each other."""
    found: list[Match] = []
    a, b, c, d = whole = _trim(old, new, (0, len(old), 0, len(new)), found)
    if _is_open(whole):
        found += [Match(match.old + a, match.new + c, match.size) for match in _inner(old[a:b], new[c:d], budget)]
    return _joined(found)


def _inner(old: Sequence[str], new: Sequence[str], budget: Budget) -> list[Match]:
    if len(old) + len(new) > _MOST_ITEMS or set(old).isdisjoint(new):
        return []
    numbers: dict[str, int] = {}
    olds = [numbers.setdefault(item, len(numbers)) for item in old]
    news = [numbers.setdefault(item, len(numbers)) for item in new]
    found: list[Match] = []
    gaps = [(0, len(olds), 0, len(news))]
    while gaps:
        gap = _trim(olds, news, gaps.pop(), found)
        if not _is_open(gap):
            continue
        anchors = _anchors(olds, news, gap) if budget.left else []
        if anchors:
            found += anchors
            gaps += _between(gap, anchors)
        else:
            found += _myers(olds, news, gap, budget)
    return found


def longest_rising(values: Sequence[int]) -> list[int]:
    """The places of a longest strictly ascending subsequence."""
    tails: list[int] = []  # places, by the length of the run that they end
    heads: list[int] = []  # the values at those places, to search in
    before: list[int] = []
    for place, value in enumerate(values):
        length = bisect_left(heads, value)
        before.append(tails[length - 1] if length else -1)
        if length == len(tails):
            tails.append(place)
            heads.append(value)
        else:
            tails[length] = place
            heads[length] = value
    result: list[int] = []
    place = tails[-1] if tails else -1
    while place >= 0:
        result.append(place)
        place = before[place]
    return result[::-1]


_Gap = tuple[int, int, int, int]  # old start and end, new start and end


def _is_open(gap: _Gap) -> bool:
    return gap[0] < gap[1] and gap[2] < gap[3]


def _trim(olds: Sequence[object], news: Sequence[object], gap: _Gap, found: list[Match]) -> _Gap:
    """Take the common ends off a gap, and note them as found."""
    a, b, c, d = gap
    start = a
    while a < b and c < d and olds[a] == news[c]:
        a += 1
        c += 1
    if a > start:
        found.append(Match(start, c - (a - start), a - start))
    end = b
    while a < b and c < d and olds[b - 1] == news[d - 1]:
        b -= 1
        d -= 1
    if b < end:
        found.append(Match(b, d, end - b))
    return a, b, c, d


def _anchors(olds: list[int], news: list[int], gap: _Gap) -> list[Match]:
    """Items that occur just once in the gap on either side, as many of them as keep their order."""
    once_old = _once(olds, gap[0], gap[1])
    once_new = _once(news, gap[2], gap[3])
    pairs = [(place, once_new[item]) for item, place in once_old.items() if item in once_new]
    rising = longest_rising([new for _, new in pairs])
    return [Match(pairs[place][0], pairs[place][1], 1) for place in rising]


def _once(items: list[int], start: int, end: int) -> dict[int, int]:
    """The place of each item that occurs once between start and end, in the order of places."""
    places: dict[int, int] = {}
    for place in range(start, end):
        item = items[place]
        places[item] = -1 if item in places else place
    return {item: place for item, place in places.items() if place >= 0}


def _between(gap: _Gap, anchors: list[Match]) -> Iterator[_Gap]:
    a, b, c, d = gap
    for anchor in anchors:
        if a < anchor.old and c < anchor.new:
            yield a, anchor.old, c, anchor.new
        a, c = anchor.old + 1, anchor.new + 1
    if a < b and c < d:
        yield a, b, c, d


def _myers(olds: list[int], news: list[int], gap: _Gap, budget: Budget) -> list[Match]:
    a, b, c, d = gap
    shared = set(olds[a:b]) & set(news[c:d])
    # An item of one side alone is in no common subsequence: leaving those out saves most of the work.
    left = [place for place in range(a, b) if olds[place] in shared]
    right = [place for place in range(c, d) if news[place] in shared]
    if not shared or len(left) + len(right) > _MYERS_ITEMS or not budget.left:
        return []
    letters = {item: chr(n if n < _SURROGATES else n + 0x800) for n, item in enumerate(sorted(shared))}
    differ: Any = diff_match_patch()
    parts = differ.diff_main(
        "".join(letters[olds[place]] for place in left),
        "".join(letters[news[place]] for place in right),
        False,
        time.time() + budget.left,
    )
    found = []
    i = j = 0
    for operation, text in parts:
        if operation == differ.DIFF_EQUAL:
            found += [Match(left[i + n], right[j + n], 1) for n in range(len(text))]
        i += len(text) if operation != differ.DIFF_INSERT else 0
        j += len(text) if operation != differ.DIFF_DELETE else 0
    return found


def _joined(found: list[Match]) -> list[Match]:
    """Runs in order, neighbours made one."""
    result: list[Match] = []
    for match in sorted(found, key=lambda match: match.old):
        last = result[-1] if result else None
        if last and last.old + last.size == match.old and last.new + last.size == match.new:
            result[-1] = Match(last.old, last.new, last.size + match.size)
        else:
            result.append(match)
    return result
