"""Graphs that take their time, so that something can happen to them meanwhile."""

import asyncio
import os
import time
from operator import add
from typing import Annotated, TypedDict

import psycopg
from langgraph.config import get_config, get_stream_writer
from langgraph.graph import END, START, StateGraph


class Ticks(TypedDict, total=False):
    count: int
    seconds: float
    size: int
    ticked: int
    process: int


async def _tick(state: Ticks) -> Ticks:
    write = get_stream_writer()
    for number in range(state["count"]):
        write({"tick": number, **({"long": "." * state["size"]} if "size" in state else {})})
        await asyncio.sleep(state.get("seconds", 0.01))
    return {"ticked": state["count"], "process": os.getpid()}


ticks = StateGraph(Ticks).add_node("tick", _tick).add_edge(START, "tick").add_edge("tick", END)
"""Tells `count` events, `seconds` apart and of `size` bytes, and which process it ran in."""


class Walk(TypedDict, total=False):
    steps: int
    seconds: float
    done: Annotated[list[int], add]


async def _step(state: Walk) -> Walk:
    number = len(state.get("done", []))
    get_stream_writer()({"step": number, "process": os.getpid()})
    await asyncio.sleep(state.get("seconds", 0.1))
    return {"done": [number]}


def _goes_on(state: Walk) -> str:
    return "step" if len(state["done"]) < state["steps"] else END


walk = StateGraph(Walk).add_node("step", _step).add_edge(START, "step").add_conditional_edges("step", _goes_on)
"""Takes so many steps, each with a checkpoint after it."""


async def _block(state: Walk) -> Walk:
    get_stream_writer()({"process": os.getpid()})
    await asyncio.sleep(0.2)
    time.sleep(state.get("seconds", 60))  # noqa: ASYNC251 # that is the fault
    return {"done": [0]}


blocks = StateGraph(Walk).add_node("block", _block).add_edge(START, "block")
"""Lets nothing else happen in its process."""


_tried: set[str] = set()


async def _try(state: Ticks) -> Ticks:
    write, name = get_stream_writer(), get_config()["configurable"]["thread_id"]
    write({"tick": 1 if name in _tried else 0})
    if name not in _tried:
        _tried.add(name)
        raise ConnectionError("nobody answers") from psycopg.OperationalError("the connection is lost")
    return {"ticked": 2, "process": os.getpid()}


flaky = StateGraph(Ticks).add_node("try", _try).add_edge(START, "try").add_edge("try", END)
"""Fails at a process's first attempt, as if the database had been away."""
