"""Graphs with graphs and tools inside, listed in `tests/langgraph.json`: what streams carry of what is inside."""

from typing import Annotated, Any, TypedDict

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.messages.tool import tool_call
from langchain_core.tools import tool
from langgraph.config import get_stream_writer
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import interrupt

Said = dict[str, list[AnyMessage]]


async def _say(state: MessagesState) -> Said:
    model = GenericFakeChatModel(messages=iter([AIMessage("hello from here")]))
    return {"messages": [await model.ainvoke(state["messages"])]}


_child = StateGraph(MessagesState).add_node("say", _say).add_edge(START, "say").compile()

family = (
    StateGraph(MessagesState)
    .add_node("child", _child)
    .add_node("say", _say)
    .add_edge(START, "child")
    .add_edge("child", "say")
)
"""Says "hello from here" token by token in a subgraph, then itself."""


class Log(TypedDict, total=False):
    text: str
    log: Annotated[list[str], lambda left, right: [*left, *(one for one in right if one not in left)]]


def _ask(state: Log) -> dict[str, Any]:
    return {"log": [f"answer: {interrupt({'ask': 'ok?'})}"]}


_asking = (
    StateGraph(Log)
    .add_node("think", lambda _state: {"log": ["think"]})
    .add_node("ask", _ask)
    .add_edge(START, "think")
    .add_edge("think", "ask")
    .compile()
)

asks_inside = (
    StateGraph(Log)
    .add_node("route", lambda _state: {"log": ["route"]})
    .add_node("child", _asking)
    .add_edge(START, "route")
    .add_edge("route", "child")
)
"""Asks "ok?" in a subgraph; logs "route", "think" and "answer: <the answer>"."""


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    if city == "Atlantis":
        raise ValueError("There is no weather in Atlantis.")
    get_stream_writer()({"name": "looking", "payload": {"city": city}})
    return f"sunny in {city}"


def _order(state: MessagesState) -> Said:
    call = tool_call(name="weather", args={"city": state["messages"][-1].text}, id="call-1")
    return {"messages": [AIMessage("", tool_calls=[call])]}


def _report(state: MessagesState) -> Said:
    return {"messages": [AIMessage("It is sunny.")]}


tool_node = (
    StateGraph(MessagesState)
    .add_node("order", _order)
    .add_node("tools", ToolNode([weather]))
    .add_node("report", _report)
    .add_edge(START, "order")
    .add_edge("order", "tools")
    .add_edge("tools", "report")
)
"""Asks LangGraph's own tool node for the weather in the city that the message names; "Atlantis" fails."""
