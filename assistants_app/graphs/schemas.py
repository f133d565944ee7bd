"""What a graph accepts, as JSON Schemas. A graph whose types say nothing readable has "no schema"; nothing raises."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import typing_extensions

from assistants_app.domain.json_values import FixedJson
from assistants_app.graphs.entries import GraphSchemas
from assistants_app.graphs.type_schemas import fault_of, schema_of

_INTERNAL_NODES = {"__start__", "__end__"}


def read_schemas(graph: Any) -> GraphSchemas:
    """Reads a compiled graph of either API. Takes milliseconds."""
    settings, fault = _settings_schema(graph)
    managed = _managed(graph)
    builder = getattr(graph, "builder", None)
    input_schema = _without(_first(graph.get_input_jsonschema, getattr(builder, "input_schema", None)), managed)
    output_schema = _without(_first(graph.get_output_jsonschema, getattr(builder, "output_schema", None)), managed)
    return GraphSchemas(
        settings=FixedJson(settings) if settings is not None else None,
        settings_fault=fault,
        settings_place="context" if settings else None,
        input=input_schema,
        output=output_schema,
        state=_state_schema(graph),
        takes_messages="messages" in _input_keys(graph, input_schema),
        nodes=tuple(name for name in graph.nodes if name not in _INTERNAL_NODES),
    )


def _settings_schema(graph: Any) -> tuple[dict[str, Any] | None, str]:
    """The context's schema, or why there is none. LangGraph 1.x keeps an older `config_schema` in the same place."""
    context = getattr(graph, "context_schema", None)
    if context is None:
        return None, ""
    found = _first(graph.get_context_jsonschema, context)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return found, "" if found is not None else fault_of(context)


def _state_schema(graph: Any) -> dict[str, Any] | None:
    """Everything that the graph keeps, with no key required: any part of it may be absent."""
    channels = {name: graph.channels.get(name) for name in graph.stream_channels_list}
    types = {
        name: typing_extensions.NotRequired[getattr(channel, "ValueType", Any)]
        for name, channel in channels.items()
        if channel is not None
    }
    make: Any = typing_extensions.TypedDict
    return schema_of(make("State", types))


def _first(own: Callable[[], Any], declared: Any) -> dict[str, Any] | None:
    """LangGraph's own reading of a type, else ours: its reading raises for `typing.TypedDict` on Python 3.11."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = own()
        except Exception:
            found = schema_of(declared) if declared is not None else None
    return found if isinstance(found, dict) else None


def _managed(graph: Any) -> set[str]:
    """Names of the values that LangGraph itself fills in, such as `remaining_steps`."""
    from langgraph.managed.base import is_managed_value

    return {name for name, channel in graph.channels.items() if is_managed_value(channel)}


def _without(schema: dict[str, Any] | None, names: set[str]) -> dict[str, Any] | None:
    properties = (schema or {}).get("properties")
    if not schema or not isinstance(properties, dict) or names.isdisjoint(properties):
        return schema
    kept = {**schema, "properties": {name: value for name, value in properties.items() if name not in names}}
    if "required" in kept:
        kept["required"] = [name for name in kept["required"] if name not in names]
    return kept


def _input_keys(graph: Any, schema: Mapping[str, Any] | None) -> set[str]:
    properties = (schema or {}).get("properties")
    if isinstance(properties, dict):
        return set(properties)
    builder = getattr(graph, "builder", None)
    declared = getattr(builder, "schemas", {}).get(getattr(builder, "input_schema", None), {})
    return set(declared)
