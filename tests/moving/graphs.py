"""A graph whose state is hard to move."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from operator import add
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph


@dataclass
class Own:
    """Known to nobody but this module."""

    name: str


class Hoard(TypedDict, total=False):
    text: str
    nothing: str
    whole: float
    endless: float
    raw: bytes
    kept: dict[Any, Any]
    log: Annotated[list[str], add]
    changed: list[str]


def _fill(state: Hoard) -> Hoard:
    return {
        "nothing": "a\0b",
        "whole": 1e22,
        "endless": math.inf,
        "raw": b"\0\xff",
        "kept": {1: Own("x"), "when": datetime(2026, 1, 2, tzinfo=UTC), "set": {1}, "cost": Decimal("0.10")},
        "log": ["filled"],
        "changed": ["first"],
    }


def _change(state: Hoard) -> Hoard:
    """What a node should not do: the list is another one now, and its channel does not know."""
    state["changed"].append("in its place")
    return {"log": ["changed"]}


hoard = (
    StateGraph(Hoard)
    .add_node("fill", _fill)
    .add_node("change", _change)
    .add_node("end", lambda _state: {"log": ["end"]})
    .add_edge(START, "fill")
    .add_edge("fill", "change")
    .add_edge("change", "end")
    .add_edge("end", END)
)
