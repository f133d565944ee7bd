"""Graphs for the API's tests, listed in `tests/langgraph.json`."""

from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from pydantic import BaseModel, Field, SecretStr


class Words(TypedDict, total=False):
    words: list[str]


class GenerationsSettings(BaseModel):
    depth: int = Field(default=1, ge=1, le=3)


def _say(state: Words) -> dict[str, Any]:
    return {"words": [*state.get("words", []), "said"]}


_grandchild = StateGraph(Words).add_node("say", _say).add_edge(START, "say").compile()
_child = (
    StateGraph(Words)
    .add_node("grandchild", _grandchild)
    .add_node("after", _say)
    .add_edge(START, "grandchild")
    .add_edge("grandchild", "after")
    .compile()
)
generations = (
    StateGraph(Words, context_schema=GenerationsSettings)
    .add_node("child", _child)
    .add_edge(START, "child")
    .add_edge("child", END)
)
"""Has a subgraph that has a subgraph."""


class KeptSettings(BaseModel):
    """One secret that its name does not give away, and one that it does."""

    prompt: str = ""
    license: SecretStr = SecretStr("")
    openai_api_key: str = ""


class Lengths(TypedDict, total=False):
    lengths: list[int]


def _measure(state: Lengths, runtime: Runtime[KeptSettings]) -> Lengths:
    given = runtime.context
    return {"lengths": [len(given.prompt), len(given.license.get_secret_value()), len(given.openai_api_key)]}


keeper = StateGraph(Lengths, context_schema=KeptSettings).add_node("measure", _measure).add_edge(START, "measure")
"""Tells how long each of its settings is."""


class Heard(TypedDict, total=False):
    messages: list[Any]


class TelltaleSettings(BaseModel):
    api_key: str = ""


def _quote(state: Heard, runtime: Runtime[TelltaleSettings]) -> Heard:
    raise ValueError(f"refused: {runtime.context.api_key}")


telltale = StateGraph(Heard, context_schema=TelltaleSettings).add_node("quote", _quote).add_edge(START, "quote")
"""Quotes its secret in its error."""
