"""Graphs that take their time, so that something can happen to them meanwhile."""

import asyncio
import os
import time
from operator import add
from typing import Annotated, TypedDict

from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph


class Ticks(TypedDict, total=False):
    count: int
    seconds: float
    ticked: int
    process: int


async def _tick(state: Ticks) -> Ticks:
    write = get_stream_writer()
    for number in range(state["count"]):
        write({"tick": number})
        await asyncio.sleep(state.get("seconds", 0.01))
    return {"ticked": state["count"], "process": os.getpid()}


ticks = StateGraph(Ticks).add_node("tick", _tick).add_edge(START, "tick").add_edge("tick", END)
"""Tells `count` events, `seconds` apart, and which process it ran in."""


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
