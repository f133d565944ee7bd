"""Graphs for the tests of runs through the API, listed in `tests/langgraph.json`."""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import BaseModel, Field


def _both(left: list[str], right: list[str]) -> list[str]:
    return left + right


class Log(TypedDict, total=False):
    text: str
    log: Annotated[list[str], _both]


@dataclass
class StepSettings:
    """How long each of the two steps takes."""

    seconds: float = field(default=0.0)


async def _first(state: Log, runtime: Runtime[StepSettings]) -> Log:
    await asyncio.sleep(runtime.context.seconds)
    return {"log": [f"first:{state['text']}"]}


async def _second(state: Log, runtime: Runtime[StepSettings]) -> Log:
    await asyncio.sleep(runtime.context.seconds)
    return {"log": [f"second:{state['text']}"]}


two_steps = (
    StateGraph(Log, context_schema=StepSettings)
    .add_node("first", _first)
    .add_node("second", _second)
    .add_edge(START, "first")
    .add_edge("first", "second")
)
"""Two steps that log what they were given, each as slow as asked."""


class MergedSettings(BaseModel):
    model: str = "a"
    temperature: float = Field(default=0.5, le=2)


class Seen(TypedDict, total=False):
    context: dict[str, Any]
    config: dict[str, Any]
    metadata: dict[str, Any]
    user: dict[str, Any]
    limit: int


def _see(state: Seen, config: RunnableConfig, runtime: Runtime[MergedSettings]) -> Seen:
    user = config["configurable"].get("langgraph_auth_user")
    return {
        "context": runtime.context.model_dump(),
        "config": {
            key: value for key, value in config["configurable"].items() if not key.startswith(("__", "checkpoint"))
        },
        "metadata": dict(config.get("metadata") or {}),
        "user": {} if user is None else {"identity": user.identity, "role": user["role"]},
        "limit": config["recursion_limit"],
    }


sees = StateGraph(Seen, context_schema=MergedSettings).add_node("see", _see).add_edge(START, "see")
"""Tells what it was given: settings, config, metadata, who asked."""


class Ending(BaseException):
    """What no `except Exception` catches."""


class Way(TypedDict, total=False):
    way: str
    left: Any


async def _end_badly(state: Way) -> Way:
    match state["way"]:
        case "BaseException":
            raise Ending("the graph ended badly")
        case "cancels itself":
            raise asyncio.CancelledError
        case "keeps a lock":
            return {"left": asyncio.Lock()}
        case "emits a lock":
            get_stream_writer()({"lock": asyncio.Lock()})
        case "emits 5 MB":
            get_stream_writer()("x" * 5_000_000)
    return {"left": "fine"}


bad = StateGraph(Way).add_node("end", _end_badly).add_edge(START, "end")
"""Ends in each bad way that its input names."""


def _ask_twice(state: Log) -> Log:
    first = interrupt({"question": "First?"})
    if first == "slowly":
        time.sleep(1)
    second = interrupt({"question": "Second?"})
    return {"log": [f"{first} {second}"]}


asks_twice = StateGraph(Log).add_node("ask", _ask_twice).add_edge(START, "ask")
"""Asks two questions in one node, one after the other."""


class Flood(TypedDict, total=False):
    megabytes: int


async def _flood(state: Flood) -> Flood:
    write = get_stream_writer()
    for _number in range(state["megabytes"]):
        write("x" * 1_000_000)
        await asyncio.sleep(0)
    return {}


flood = StateGraph(Flood).add_node("flood", _flood).add_edge(START, "flood")
"""Emits as many events of a megabyte each as its input says."""


def _ask_once(state: Log) -> Log:
    return {"log": [str(interrupt({"question": "Go on?"}))]}


asks_first = (
    StateGraph(Log, context_schema=StepSettings)
    .add_node("ask", _ask_once)
    .add_node("second", _second)
    .add_edge(START, "ask")
    .add_edge("ask", "second")
)
"""Asks, then does a step that is as slow as asked."""


def _log_in_a_thread(state: Log) -> Log:
    logging.getLogger("graph.own").warning("from a synchronous node: %s", state["text"])
    return {"log": ["first"]}


async def _log_in_a_task(state: Log) -> Log:
    async def tell() -> None:
        logging.getLogger("graph.own").warning("from a task of its own")

    await asyncio.create_task(tell())
    return {"log": ["second"]}


logs = (
    StateGraph(Log)
    .add_node("first", _log_in_a_thread)
    .add_node("second", _log_in_a_task)
    .add_edge(START, "first")
    .add_edge("first", "second")
)
"""Writes into the log from wherever a graph's code runs."""


def _trace_in_a_thread(state: Log) -> Log:
    from opentelemetry import trace

    with trace.get_tracer("own").start_as_current_span("own in a thread"):
        return {"log": ["first"]}


async def _trace_in_a_task(state: Log) -> Log:
    from opentelemetry import trace

    with trace.get_tracer("own").start_as_current_span("own in a task"):
        return {"log": ["second"]}


traces = (
    StateGraph(Log)
    .add_node("first", _trace_in_a_thread)
    .add_node("second", _trace_in_a_task)
    .add_edge(START, "first")
    .add_edge("first", "second")
)
"""Traces what it does, as instrumented libraries do."""
