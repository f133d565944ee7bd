"""Graphs that are hard on the engine, listed in `tests/langgraph.json`: they stream, ask twice, block, exit, refuse."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypedDict
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, BaseMessage, ToolMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import BaseModel, Field

Said = dict[str, list[AnyMessage]]


class CountingModel(BaseChatModel):
    """Answers the message "200" with 200 tokens, turning the event loop between them as a socket would."""

    model_name: str = "counting-1"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **more: Any,
    ) -> ChatResult:
        count = int(messages[-1].text)
        text = "".join(f"w{number} " for number in range(count))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text, usage_metadata=_used(count)))])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **more: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        count = int(messages[-1].text)
        for number in range(count):
            await asyncio.sleep(0)
            chunk = ChatGenerationChunk(message=AIMessageChunk(f"w{number} "))
            if run_manager:
                await run_manager.on_llm_new_token(f"w{number} ", chunk=chunk)
            yield chunk
        yield ChatGenerationChunk(message=AIMessageChunk("", usage_metadata=_used(count)))

    @property
    def _llm_type(self) -> str:
        return "counting"


def _used(count: int) -> UsageMetadata:
    return UsageMetadata(input_tokens=3, output_tokens=count, total_tokens=count + 3)


async def _count(state: MessagesState) -> Said:
    return {"messages": [await CountingModel().ainvoke(state["messages"])]}


tokens = StateGraph(MessagesState).add_node("count", _count).add_edge(START, "count").add_edge("count", END)
"""Streams as many tokens as the message says: "200"."""


class Decisions(TypedDict):
    answers: Annotated[list[str], lambda left, right: left + right]


def _ask_colour(state: Decisions) -> dict[str, list[str]]:
    return {"answers": [f"colour {interrupt({'question': 'Which colour?'})}"]}


def _ask_size(state: Decisions) -> dict[str, list[str]]:
    return {"answers": [f"size {interrupt({'question': 'Which size?'})}"]}


twice = (
    StateGraph(Decisions)
    .add_node("colour", _ask_colour)
    .add_node("size", _ask_size)
    .add_edge(START, "colour")
    .add_edge(START, "size")
)
"""Asks two questions at once."""


def _order(state: MessagesState) -> Said:
    call = tool_call(name="weather", args={"city": "Paris"}, id="call-1")
    return {"messages": [AIMessage("", tool_calls=[call])]}


def _tool(state: MessagesState) -> Said:
    get_stream_writer()({"progress": 50})
    return {"messages": [ToolMessage("sunny", tool_call_id="call-1", name="weather")]}


def _report(state: MessagesState) -> Said:
    return {"messages": [AIMessage("It is sunny in Paris.")]}


tools = (
    StateGraph(MessagesState)
    .add_node("order", _order)
    .add_node("tool", _tool)
    .add_node("report", _report)
    .add_edge(START, "order")
    .add_edge("order", "tool")
    .add_edge("tool", "report")
)
"""Calls a tool, which writes to the custom stream, and answers."""


def _block(state: MessagesState) -> Said:
    time.sleep(0.5)
    return {"messages": [AIMessage("done")]}


blocking = StateGraph(MessagesState).add_node("block", _block).add_edge(START, "block")
"""A sync node that sleeps half a second."""


def _write_much(state: MessagesState) -> Said:
    return {"messages": [AIMessage("x" * 5_000_000)]}


big = StateGraph(MessagesState).add_node("write", _write_much).add_edge(START, "write")
"""Answers with five million characters."""


async def _exit(state: MessagesState) -> Said:
    sys.exit(3)


exiting = StateGraph(MessagesState).add_node("exit", _exit).add_edge(START, "exit")
"""Calls sys.exit in an async node, which would end an event loop."""


async def _refuse_to_stop(state: MessagesState) -> Said:
    end = time.monotonic() + 1
    while time.monotonic() < end:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(0.05)
    return {"messages": [AIMessage("done")]}


stubborn = StateGraph(MessagesState).add_node("stay", _refuse_to_stop).add_edge(START, "stay")
"""Goes on for a second however often it is cancelled."""


class StrictSettings(BaseModel):
    """Settings with a bound."""

    temperature: float = Field(default=0.5, le=2)


def _tell_temperature(state: MessagesState, runtime: Runtime[StrictSettings]) -> Said:
    return {"messages": [AIMessage(str(runtime.context.temperature))]}


strict = (
    StateGraph(MessagesState, context_schema=StrictSettings).add_node("tell", _tell_temperature).add_edge(START, "tell")
)
"""Refuses a temperature over 2; tells it."""


@dataclass
class NeedySettings:
    """A setting without a default."""

    model: str


def _tell_model(state: MessagesState, runtime: Runtime[NeedySettings]) -> Said:
    return {"messages": [AIMessage(runtime.context.model)]}


needy = StateGraph(MessagesState, context_schema=NeedySettings).add_node("tell", _tell_model).add_edge(START, "tell")
"""Cannot run without a model; tells it."""


class Odd(TypedDict, total=False):
    values: dict[str, Any]


def _be_odd(state: Odd) -> dict[str, Any]:
    values = {
        "when": datetime(2026, 1, 2, tzinfo=UTC),
        "id": UUID(int=7),
        "bytes": b"abc",
        "settings": StrictSettings(),
        "nan": float("nan"),
        "set": {1},
    }
    return {"values": values}


odd = StateGraph(Odd).add_node("odd", _be_odd).add_edge(START, "odd")
"""Keeps values that JSON does not know."""

_inner = StateGraph(MessagesState).add_node("report", _report).add_edge(START, "report").compile()

nested = (
    StateGraph(MessagesState).add_node("inner", _inner).add_edge(START, "inner").compile(checkpointer=InMemorySaver())
)
"""Has a subgraph, and brings a checkpointer of its own."""


class Told(TypedDict, total=False):
    context: dict[str, Any]
    config: dict[str, Any]
    tags: list[str]


def _tell_all(state: Told, config: RunnableConfig, runtime: Runtime[StrictSettings]) -> dict[str, Any]:
    known = {"temperature", "thread_id", "run_id", "graph_id", "assistant_id"}
    configurable = {key: value for key, value in config["configurable"].items() if key in known}
    tags = [tag for tag in config.get("tags") or [] if ":" not in tag]
    return {"context": runtime.context.model_dump(), "config": configurable, "tags": tags}


telling = StateGraph(Told, context_schema=StrictSettings).add_node("tell", _tell_all).add_edge(START, "tell")
"""Tells what it was given as context, as configurable and as tags."""


@dataclass
class UnclearSettings:
    tone: str = "calm"
    choose: Callable[[], str] | None = None


unclear = StateGraph(Told, context_schema=UnclearSettings).add_node("tell", _tell_all).add_edge(START, "tell")
"""Has a setting that no JSON Schema can describe, so that there is none for any."""
