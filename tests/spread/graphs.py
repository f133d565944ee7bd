"""Graphs that take their time, so that something can happen to them meanwhile."""

import asyncio
import os
from typing import TypedDict

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
