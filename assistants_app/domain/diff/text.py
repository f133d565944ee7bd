"""Two texts compared by line. Words inside the lines are `words`' matter, showing them `rows`'."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from assistants_app.domain.diff.sequences import Budget, Match, match_sequences


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring lines that are the same on both sides, or that replace each other (one side may have none)."""

    same: bool
    old: range
    new: range


@dataclass(frozen=True, slots=True)
class TextDiff:
    """Two texts as lines, and which lines are the same on both sides.

    Only a line feed ends a line; any other character, a carriage return too, belongs to its line. Joining the
    lines with line feeds gives back either text exactly.
    """

    old: tuple[str, ...]
    new: tuple[str, ...]
    matches: tuple[Match, ...]

    @classmethod
    def of(cls, old: str, new: str, budget: Budget, *, ignore_space: bool = False) -> Self:
        """Compare two texts; with `ignore_space`, lines that differ in white space alone count as the same."""
        olds, news = split_lines(old), split_lines(new)
        if ignore_space:
            matches = match_sequences([squeeze(line) for line in olds], [squeeze(line) for line in news], budget)
        else:
            matches = match_sequences(olds, news, budget)
        return cls(tuple(olds), tuple(news), tuple(matches))

    @property
    def added(self) -> int:
        """How many lines of the new text are not in the old one."""
        return len(self.new) - sum(match.size for match in self.matches)

    @property
    def removed(self) -> int:
        """How many lines of the old text are not in the new one."""
        return len(self.old) - sum(match.size for match in self.matches)

    @property
    def blocks(self) -> Iterator[Block]:
        """Both texts from top to bottom: every line of either side is in just one block."""
        i = j = 0
        for match in (*self.matches, Match(len(self.old), len(self.new), 0)):
            if i < match.old or j < match.new:
                yield Block(False, range(i, match.old), range(j, match.new))
            i, j = match.old + match.size, match.new + match.size
            if match.size:
                yield Block(True, range(match.old, i), range(match.new, j))

    @property
    def only_space(self) -> bool:
        """Whether the texts differ in nothing but white space and line ends."""
        return squeeze(" ".join(self.old)) == squeeze(" ".join(self.new))


def split_lines(text: str) -> list[str]:
    """The lines of a text; the empty text has none."""
    return text.split("\n") if text else []


def squeeze(line: str) -> str:
    """The line with each run of white space made one space, and none at its ends."""
    return " ".join(line.split())
