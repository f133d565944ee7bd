"""Graphs to test with, listed in `tests/langgraph.json`: no key, no network, no waiting.

The product's own code is never replaced in tests; its graphs are these instead.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AnyMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import BaseModel, Field


class WriterSettings(BaseModel):
    """What the writer can be told."""

    system_prompt: str = Field(default="Be brief.", title="System prompt", description="How it should write.")
    model: str = Field(default="demo", title="Model")
    temperature: float = Field(default=0.7, ge=0, le=2, title="Temperature")
    tags: list[str] = Field(default=[], title="Tags")


async def _write(state: MessagesState, runtime: Runtime[WriterSettings]) -> dict[str, list[AnyMessage]]:
    prompt = (runtime.context or WriterSettings()).system_prompt
    answer = f"{prompt} You said: {state['messages'][-1].text}"
    model = GenericFakeChatModel(messages=iter([AIMessage(answer)]))
    return {"messages": [await model.ainvoke(state["messages"])]}


writer = (
    StateGraph(MessagesState, context_schema=WriterSettings)
    .add_node("write", _write)
    .add_edge(START, "write")
    .add_edge("write", END)
)
"""Answers "<system prompt> You said: <the message>", word by word."""


def _ask(state: MessagesState) -> dict[str, list[AnyMessage]]:
    answer = interrupt({"question": "May I?"})
    return {"messages": [AIMessage(f"You answered: {answer}")]}


approval = StateGraph(MessagesState).add_node("ask", _ask).add_edge(START, "ask").add_edge("ask", END)
"""Waits for a human, then says what the human answered."""


def _fail(state: MessagesState) -> dict[str, list[AnyMessage]]:
    raise ValueError("the graph fell over")


failing = StateGraph(MessagesState).add_node("fail", _fail).add_edge(START, "fail").add_edge("fail", END)
"""Raises ValueError("the graph fell over")."""


@dataclass
class SlowSettings:
    """How slow."""

    seconds: float = field(default=30.0, metadata={"description": "How long an answer takes."})


async def _wait(state: MessagesState, runtime: Runtime[SlowSettings]) -> dict[str, list[AnyMessage]]:
    await asyncio.sleep((runtime.context or SlowSettings()).seconds)
    return {"messages": [AIMessage("done")]}


slow = (
    StateGraph(MessagesState, context_schema=SlowSettings)
    .add_node("wait", _wait)
    .add_edge(START, "wait")
    .add_edge("wait", END)
)
"""Sleeps `seconds`, 30 by default, then answers "done"."""


class Sums(BaseModel):
    """Two numbers and what they come to."""

    left: int = 0
    right: int = 0
    total: Annotated[int, Field(description="Their sum.")] = 0


class SumInput(BaseModel):
    left: int
    right: int = 0


def _add(state: Sums) -> dict[str, Any]:
    return {"total": state.left + state.right}


adder = StateGraph(Sums, input_schema=SumInput).add_node("add", _add).add_edge(START, "add").add_edge("add", END)
"""Has no messages: adds two numbers."""


class _Empty(TypedDict):
    pass


bare = StateGraph(_Empty).add_node("nothing", lambda _state: {}).add_edge(START, "nothing")
"""Has no settings, no messages and does nothing."""
