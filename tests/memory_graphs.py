"""Graphs that use the store, and embeddings to search it by meaning: no key, no network."""

from typing import Any

from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore


async def _remember(state: MessagesState, runtime: Runtime[Any]) -> dict[str, Any]:
    assert runtime.store is not None
    said = state["messages"][-1].text
    place = (said.split()[0], "notes")
    before = await runtime.store.aget(place, "last")
    await runtime.store.aput(place, "last", {"said": said})
    return {"messages": [("ai", f"Before: {before.value['said'] if before else 'nothing'}")]}


def _look_back(state: MessagesState, store: BaseStore) -> dict[str, Any]:
    """In a thread, as LangGraph runs plain functions."""
    place = (state["messages"][0].text.split()[0], "notes")
    found = store.get(place, "last")
    assert found is not None
    return {"messages": [("ai", f"Now: {found.value['said']}")]}


remembers = (
    StateGraph(MessagesState)
    .add_node("remember", _remember)
    .add_node("look_back", _look_back)
    .add_edge(START, "remember")
    .add_edge("remember", "look_back")
    .add_edge("look_back", END)
)
"""Keeps the last message under (<its first word>, "notes"), and says what was there before."""

_WORDS = ("fruit", "car", "sea")


async def embed(texts: list[str]) -> list[list[float]]:
    """How often each of three words occurs, so that what is near is easily told."""
    return [[0.01 + text.count(word) for word in _WORDS] for text in texts]


def embed_plainly(texts: list[str]) -> list[list[float]]:
    return [[0.01 + text.count(word) for word in _WORDS] for text in texts]


def embed_badly(texts: list[str]) -> list[list[float]]:
    """Of two dimensions, or not at all."""
    if any("down" in text for text in texts):
        raise ConnectionError("the provider is down")
    return [[1.0, 2.0] for _text in texts]
