"""A part of a site on its way: the rows of one of its tables."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Row: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """`tables` are those it goes to, with their columns; the first gets a row for each of the `count` it has."""

    name: str
    count: int
    tables: Mapping[str, Sequence[str]]
    rows: Callable[[], Iterator[tuple[str, Row]]]
    """Each with the table it goes to."""
