"""An assistant's settings, as its graph gets them."""

import asyncio
from typing import Any

import pytest

from assistants_app.graphs.entries import GraphEntry
from assistants_app.graphs.run_values import run_config
from tests.graphs.conftest import Project

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "tone": {"type": "string", "default": "calm"},
        "audience": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "kind": {"$ref": "#/$defs/Kind", "default": "a"},
        "needed": {"type": "string"},
    },
    "required": ["needed"],
    "$defs": {"Kind": {"enum": ["a", "b"]}},
}


def entry(schema: dict[str, Any] | None = SCHEMA) -> GraphEntry:
    return GraphEntry("agent", available=True, settings_schema=schema, settings_place="context" if schema else None)


def test_it_works() -> None:
    values = run_config(entry(), {"tone": "loud"})
    assert values.context == values.configurable == {"tone": "loud"}
    assert values.dropped == ()


def test_keys_that_the_graph_does_not_know_are_left_out() -> None:
    values = run_config(entry(), {"old": 1, "tone": "loud", "__defaultValues": {}})
    assert values.context == {"tone": "loud"}
    assert values.dropped == ("old", "__defaultValues")


def test_keys_of_a_schema_that_takes_any() -> None:
    values = run_config(entry({**SCHEMA, "additionalProperties": True}), {"old": 1, "__defaultValues": {}})
    assert values.context == {"old": 1}
    assert values.dropped == ("__defaultValues",)


@pytest.mark.parametrize(
    ("settings", "context"),
    [
        ({"tone": None}, {}),
        ({"audience": None}, {"audience": None}),
        ({"kind": None}, {}),
        ({"needed": None}, {"needed": None}),
    ],
)
def test_nulls_where_none_is_meant(settings: dict[str, Any], context: dict[str, Any]) -> None:
    assert run_config(entry(), settings).context == context


@pytest.mark.parametrize(
    ("schema", "taken"),
    [
        ({"type": "null"}, True),
        ({"type": ["string", "null"]}, True),
        ({"type": "string"}, False),
        ({"enum": [1, None]}, True),
        ({"const": None}, True),
        ({"const": 1}, False),
        ({}, True),
        (True, True),
        ({"$ref": "#/$defs/gone"}, True),
        ({"$ref": "#"}, False),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, False),
        ({"allOf": [{"type": "string"}]}, False),
        ({"not": {"type": "null"}}, True),  # in doubt the graph decides
    ],
)
def test_where_null_is_a_value(schema: Any, taken: bool) -> None:
    whole = {"type": "object", "properties": {"x": schema}}
    assert run_config(entry(whole), {"x": None}).dropped == (() if taken else ("x",))


def test_references_that_go_round() -> None:
    whole = {"properties": {"x": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"$ref": "#/$defs/A"}}}
    assert run_config(entry(whole), {"x": None}).context == {"x": None}


def test_a_context_is_given_even_when_empty() -> None:
    assert run_config(entry(), {}).context == {}


def test_a_graph_without_a_schema() -> None:
    assert run_config(entry(None), {}).context is None
    values = run_config(entry(None), {"anything": 1})
    assert values.context == values.configurable == {"anything": 1}


def test_what_is_given_is_a_copy() -> None:
    settings = {"tone": "loud"}
    values = run_config(entry(), settings)
    assert values.context is not None
    values.context["tone"] = "quiet"
    values.configurable["tone"] = "silent"
    assert settings == {"tone": "loud"}


def test_a_dataclass_gets_its_defaults_and_no_strangers(project: Project) -> None:
    project.echo(
        "agent.py",
        """
        from dataclasses import dataclass
        from langgraph.runtime import Runtime
        @dataclass
        class Settings:
            tone: str = "calm"
            other: str = "kept"
        def say(state, runtime: Runtime[Settings]):
            return {"messages": [("ai", f"{runtime.context.tone} {runtime.context.other}")]}
        graph = StateGraph(MessagesState, context_schema=Settings).add_node("say", say).add_edge(START, "say")
        """,
    )
    catalog = project.catalog({"agent": "./agent.py:graph"})
    values = run_config(catalog.get("agent"), {"tone": "loud", "stranger": 1, "other": None})

    async def run() -> Any:
        async with catalog.open_graph("agent") as graph:
            return await graph.ainvoke({"messages": []}, context=values.context)

    assert asyncio.run(run())["messages"][-1].text == "loud kept"
