"""Distances between vectors, for a Python whose SQLite loads no extensions (macOS's own, some built from source)."""

import sqlite3
from array import array
from math import sqrt
from operator import mul
from typing import Any


class WithoutExtensions(sqlite3.Connection):
    """Has in Python what the official store needs of the extension sqlite-vec: slower, and else the same."""

    def enable_load_extension(self, enable: bool, /) -> None:
        """Whatever is loaded is ours."""

    def load_extension(self, name: str, /, **_more: Any) -> None:
        self.create_function("vec_distance_cosine", 2, _cosine_distance, deterministic=True)


def connection_class() -> type[sqlite3.Connection]:
    return sqlite3.Connection if hasattr(sqlite3.Connection, "enable_load_extension") else WithoutExtensions


def _cosine_distance(left: bytes, right: bytes) -> float | None:
    """Null where one of them has no direction."""
    one, other = array("f", left), array("f", right)
    if len(one) != len(other):
        raise ValueError("vectors of different dimensions")
    lengths = sqrt(sum(map(mul, one, one))) * sqrt(sum(map(mul, other, other)))
    return 1 - sum(map(mul, one, other)) / lengths if lengths else None
