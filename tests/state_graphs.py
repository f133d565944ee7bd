"""Graphs whose state is looked at and changed from outside, listed in `tests/langgraph.json`."""

from operator import add
from typing import Annotated, Any, TypedDict

from langgraph.func import entrypoint
from langgraph.graph import START, StateGraph
from langgraph.pregel import Pregel
from langgraph.types import interrupt
from langgraph_sdk.runtime import ServerRuntime


class Steps(TypedDict, total=False):
    text: str
    log: Annotated[list[str], add]


def _first(state: Steps) -> Steps:
    return {"log": ["first"]}


def _second(state: Steps) -> Steps:
    return {"log": ["second"]}


steps = (
    StateGraph(Steps)
    .add_node("first", _first)
    .add_node("second", _second)
    .add_edge(START, "first")
    .add_edge("first", "second")
)
"""Two nodes, each of which adds its name to `log`."""


def _ask(state: Steps) -> Steps:
    return {"log": [f"asked {interrupt({'ask': 'ok?'})}"]}


_inside = (
    StateGraph(Steps)
    .add_node("before", _first)
    .add_node("ask", _ask)
    .add_edge(START, "before")
    .add_edge("before", "ask")
)

child_asks = StateGraph(Steps).add_node("child", _inside.compile()).add_edge(START, "child")
"""A question in a subgraph."""


def only_runs(runtime: ServerRuntime) -> Pregel[Any, Any, Any, Any]:
    """Refuses to be opened for anything but a run."""
    if runtime.access_context != "threads.create_run":
        raise RuntimeError(f"not for {runtime.access_context}")
    return steps.compile()


@entrypoint()
def total(numbers: list[int]) -> int:
    """Made of a function: its state is what that returns."""
    return sum(numbers)
