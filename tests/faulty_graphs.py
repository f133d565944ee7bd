"""Graphs that something happens to, listed in `tests/langgraph.json`: the database leaves them, they block the loop."""

import asyncio
import operator
import time
from collections import Counter
from typing import Annotated, TypedDict

import psycopg
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph

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


class Limp(TypedDict, total=False):
    steps: int
    walked: Annotated[list[int], operator.add]


async def _limp(state: Limp, config: RunnableConfig) -> Limp:
    number = len(state.get("walked", []))
    step = f"{_of_run(config)} {number}"
    _begun[step] += 1
    if _begun[step] == 1:
        raise ConnectionError("nobody answers") from psycopg.OperationalError("the connection is lost")
    return {"walked": [number]}


limps = (
    StateGraph(Limp)
    .add_node("step", _limp)
    .add_edge(START, "step")
    .add_conditional_edges("step", lambda state: "step" if len(state["walked"]) < state["steps"] else END)
)
"""Loses its database once at each of its `steps`, and goes on from there."""


async def _lead_on(state: Limp, config: RunnableConfig) -> str:
    turn = f"{_of_run(config)} {len(state['walked'])}"
    _begun[turn] += 1
    if _begun[turn] == 1:
        raise ConnectionError("nobody answers") from psycopg.OperationalError("the connection is lost")
    return "step" if len(state["walked"]) < state["steps"] else END


hesitates = (
    StateGraph(Limp)
    .add_node("step", lambda state: {"walked": [len(state.get("walked", []))]})
    .add_edge(START, "step")
    .add_conditional_edges("step", _lead_on)
)
"""Loses its database once after each of its `steps`, before it knows where to go on."""


async def _block(state: Trouble) -> Trouble:
    await asyncio.sleep(0.05)
    time.sleep(state["seconds"])  # noqa: ASYNC251
    return {"begun": 1}


blocks = StateGraph(Trouble).add_node("block", _block).add_edge(START, "block")
"""Keeps the event loop from turning for so many `seconds`."""
