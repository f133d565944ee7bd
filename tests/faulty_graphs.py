"""Graphs that something happens to, listed in `tests/langgraph.json`: the database leaves them, they block the loop."""

import asyncio
import time
from collections import Counter
from typing import TypedDict

import psycopg
from langchain_core.runnables import RunnableConfig
from langgraph.graph import START, StateGraph

_begun: Counter[str] = Counter()


class Trouble(TypedDict, total=False):
    times: int
    error: str
    seconds: float
    begun: int


def _of_run(config: RunnableConfig) -> str:
    return str(config["configurable"]["run_id"])


async def _stumble(state: Trouble, config: RunnableConfig) -> Trouble:
    run_id = _of_run(config)
    _begun[run_id] += 1
    if _begun[run_id] <= state["times"]:
        if state.get("error") == "its own":
            raise ValueError("the graph fell over")
        raise ConnectionError("nobody answers") from psycopg.OperationalError("the connection is lost")
    return {"begun": _begun[run_id]}


stumbles = StateGraph(Trouble).add_node("stumble", _stumble).add_edge(START, "stumble")
"""Loses its database so many `times`, or fails by an error of its own, and then tells how often it was begun."""


async def _block(state: Trouble) -> Trouble:
    await asyncio.sleep(0.05)
    time.sleep(state["seconds"])  # noqa: ASYNC251
    return {"begun": 1}


blocks = StateGraph(Trouble).add_node("block", _block).add_edge(START, "block")
"""Keeps the event loop from turning for so many `seconds`."""
