"""Graphs for the tests of what is drawn, listed in `tests/langgraph.json`."""

import asyncio
from typing import Any, NoReturn, TypedDict

from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph
from pydantic import BaseModel, Field

Said = dict[str, Any]


def _say(state: MessagesState) -> Said:
    return {"messages": [AIMessage("Said.")]}


class Hinted(BaseModel):
    """Settings that name the nodes that use them."""

    tone: str = Field(default="kind", title="Tone", json_schema_extra={"langgraph_nodes": ["write", "check"]})
    free: str = Field(default="", title="Free")


hinted = (
    StateGraph(MessagesState, context_schema=Hinted)
    .add_node("write", _say)
    .add_node("check", _say)
    .add_edge(START, "write")
    .add_edge("write", "check")
)
"""Two nodes in a row that both say something; one setting feeds both."""

_child = StateGraph(MessagesState).add_node("think", _say).add_node("note", _say)
_child = _child.add_edge(START, "think").add_edge("think", "note")

branching = (
    StateGraph(MessagesState)
    .add_node("child", _child.compile())
    .add_node("check", _say)
    .add_node("shorten", _say)
    .add_edge(START, "child")
    .add_edge("child", "check")
    .add_conditional_edges(
        "check", lambda _state: "good", {"it is long": "shorten", "it is wrong": "child", "good": END}
    )
    .add_edge("shorten", "check")
)
"""A subgraph, conditions and circles."""


async def _look_left(_state: MessagesState) -> Said:
    await asyncio.sleep(0.6)
    return {}


async def _look_right(_state: MessagesState) -> Said:
    await asyncio.sleep(3)
    return {}


looking = (
    StateGraph(MessagesState)
    .add_node("left", _look_left)
    .add_node("right", _look_right)
    .add_node("say", _say)
    .add_edge(START, "left")
    .add_edge(START, "right")
    .add_edge(["left", "right"], "say")
)
"""Two nodes at once that write nothing, one for five times as long, then one that says something."""


class Nothing(TypedDict, total=False):
    """No state to speak of."""

    word: str


def _hundred() -> Any:
    graph = StateGraph(Nothing)
    for number in range(100):
        graph.add_node(f"n{number}", lambda _state: {})
        graph.add_edge(f"n{number - 1}" if number else START, f"n{number}")
    return graph


hundred = _hundred()
"""A hundred nodes in a row."""


class _Undrawable(CompiledStateGraph):  # type: ignore[type-arg]
    def get_graph(self, *args: Any, **more: Any) -> NoReturn:
        raise RuntimeError("nobody may look")

    async def aget_graph(self, *args: Any, **more: Any) -> NoReturn:
        raise RuntimeError("nobody may look")


undrawable = StateGraph(MessagesState).add_node("work", _say).add_edge(START, "work").compile()
undrawable.__class__ = _Undrawable
"""Runs, and does not tell its nodes and edges."""
