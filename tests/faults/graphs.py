"""Graphs whose state tells what was done, how often, and in which order."""

import asyncio
import os
import signal
from typing import Annotated, TypedDict

from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph


def _both(left: list[int], right: list[int]) -> list[int]:
    return left + right


class Walk(TypedDict, total=False):
    steps: int
    seconds: float
    walked: Annotated[list[int], _both]
    process: int


async def _step(state: Walk) -> Walk:
    number = len(state.get("walked", []))
    get_stream_writer()({"step": number, "process": os.getpid()})
    await asyncio.sleep(state["seconds"])
    return {"walked": [number], "process": os.getpid()}


def _further(state: Walk) -> str:
    return "step" if len(state["walked"]) < state["steps"] else END


walks = StateGraph(Walk).add_node("step", _step).add_edge(START, "step").add_conditional_edges("step", _further)
"""Walks so many `steps`, each of them a checkpoint: 0, 1, 2 … stand in its state, each once."""


async def _kill(state: Walk) -> Walk:
    await asyncio.sleep(0.2)
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


kills = StateGraph(Walk).add_node("kill", _kill).add_edge(START, "kill")
"""Takes its process with it."""


async def _cling(state: Walk) -> Walk:
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        await asyncio.sleep(4)
        raise
    return {"walked": [1]}


clings = (
    StateGraph(Walk)
    .add_node("step", lambda _state: {"walked": [0]})
    .add_node("cling", _cling)
    .add_edge(START, "step")
    .add_edge("step", "cling")
)
"""Takes its time to stop."""
