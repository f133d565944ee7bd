"""How long things took, as counts that add up: fixed buckets, each a fifth wider than the one before.

A median of medians is none; the sum of two histograms is the histogram of both. A quantile read from one is at most
a fifth off.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil, log2
from typing import Final, Self

LEAST: Final = 0.01
"""Seconds: the end of bucket 0. What took less is not told apart."""

A_DOUBLING: Final = 4
"""Buckets until the seconds have doubled."""

LAST: Final = 96
"""The bucket of everything beyond two days."""


def bucket_of(seconds: float) -> int:
    """Negative seconds, which clocks that were set tell, count as none."""
    return 0 if seconds <= LEAST else min(LAST, ceil(A_DOUBLING * log2(seconds / LEAST)))


def end_of(bucket: int) -> float:
    return float(LEAST * 2 ** (bucket / A_DOUBLING))


@dataclass(slots=True)
class Histogram:
    counts: dict[int, int] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: object) -> Self:
        """From what `stored` made; anything else is an empty one."""
        result = cls()
        result.take_in_stored([stored])
        return result

    @property
    def stored(self) -> dict[str, int]:
        return {str(bucket): count for bucket, count in sorted(self.counts.items())}

    def add(self, seconds: float) -> None:
        bucket = bucket_of(seconds)
        self.counts[bucket] = self.counts.get(bucket, 0) + 1

    def take_in(self, other: "Histogram") -> None:
        for bucket, count in other.counts.items():
            self.counts[bucket] = self.counts.get(bucket, 0) + count

    def take_in_stored(self, stored: Iterable[object]) -> None:
        """What `read` makes of each."""
        found: dict[str, int] = {}
        for one in stored:
            for bucket, count in one.items() if isinstance(one, Mapping) else ():
                found[bucket] = found.get(bucket, 0) + count
        for bucket, count in found.items():
            number = int(bucket)
            self.counts[number] = self.counts.get(number, 0) + count

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def quantile(self, part: float) -> float | None:
        """Seconds that this part of all (0.5: half of them) took at most; None where there is nothing."""
        wanted = part * self.total
        below = 0.0
        for bucket, count in sorted(self.counts.items()):
            if below + count >= wanted:
                inside = (wanted - below) / count
                return float(end_of(bucket) * 2 ** ((inside - 1) / A_DOUBLING)) if bucket else LEAST
            below += count
        return None


def sum_of(histograms: Iterable[Histogram]) -> Histogram:
    result = Histogram()
    for one in histograms:
        result.take_in(one)
    return result
