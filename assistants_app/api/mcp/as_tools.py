"""Assistants as MCP tools: a name that every client takes, a schema that a model can fill in."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from assistants_app.graphs.entries import GraphEntry

NAME_LENGTH = 64
"""What the strictest of the model providers allows; MCP itself allows 128."""

ANY_OBJECT: dict[str, Any] = {"type": "object", "additionalProperties": True}

MESSAGES: dict[str, Any] = {
    "type": "array",
    "description": "The conversation, the newest message last. One message of a user is enough.",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {
            "role": {"type": "string", "enum": ["user", "assistant", "system"]},
            "content": {"type": "string"},
        },
        "required": ["role", "content"],
    },
}
"""In place of the schema of LangChain's messages, which is long and asks models for what they cannot know."""


def tool_names(assistants: Iterable[tuple[UUID, str]]) -> dict[str, UUID]:
    """A name for each assistant, unique among them. `assistants` are ids and names, the oldest first: whoever had a
    name first keeps it, and a later one of the same name gets a piece of its id behind it."""
    named: dict[str, UUID] = {}
    for assistant_id, name in assistants:
        plain = _plain(name)
        wanted = plain if plain not in named else f"{plain[: NAME_LENGTH - 9]}-{assistant_id.hex[:8]}"
        if wanted in named:  # somebody gave an assistant that very name
            wanted = f"{plain[: NAME_LENGTH - 33]}-{assistant_id.hex}"
        named[wanted] = assistant_id
    return named


def _plain(name: str) -> str:
    """Only letters, digits, _ and -, as the strictest clients ask."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_-]+", "_", ascii_only).strip("_")[:NAME_LENGTH] or "assistant"


def input_schema(entry: GraphEntry) -> dict[str, Any]:
    """What a tool takes: the graph's input, always as an object."""
    schema = entry.input_schema
    if not schema or schema.get("type") != "object":
        return ANY_OBJECT
    properties = schema.get("properties", {})
    if not entry.takes_messages or "messages" not in properties:
        return schema
    told = {**schema, "properties": {**properties, "messages": MESSAGES}}
    return _without_unused(told)


OUTPUT = "output"
"""Where the answer of a graph stands that gives back something else than named values."""

TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


def output_schema(entry: GraphEntry) -> dict[str, Any]:
    """What a tool gives back. What is inside a value is not told: clients refuse an answer that differs from its
    schema, and no graph is held to what it declares."""
    properties = _outputs(entry)
    if properties is None:
        return {"type": "object", "properties": {OUTPUT: {}}, "required": [OUTPUT]}
    return {"type": "object", "properties": {name: _roughly(one) for name, one in properties.items()}}


def structured(entry: GraphEntry, values: Any) -> dict[str, Any]:
    """A graph's values as `output_schema` has them; without those that are of another type than was declared."""
    properties = _outputs(entry)
    if properties is None or not isinstance(values, dict):
        return {OUTPUT: values}
    return {name: value for name, value in values.items() if _is_a(value, properties.get(name))}


def _outputs(entry: GraphEntry) -> Mapping[str, Any] | None:
    schema = entry.output_schema or {}
    found = schema.get("properties")
    return found if schema.get("type") == "object" and isinstance(found, Mapping) else None


def _roughly(schema: Any) -> dict[str, Any]:
    told = {key: schema[key] for key in ("title", "description") if isinstance(schema, Mapping) and key in schema}
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    return {**told, "type": [kind, "null"]} if kind in TYPES else told


def _is_a(value: Any, schema: Any) -> bool:
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    if value is None or kind not in TYPES:
        return True
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _without_unused(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same without definitions that nothing refers to any more."""
    rest = {key: value for key, value in schema.items() if key != "$defs"}
    definitions, kept = schema.get("$defs", {}), set[str]()
    found = _referred(rest)
    while found - kept:
        kept |= found
        found = set().union(*(_referred(definitions.get(name)) for name in kept))
    if kept:
        rest["$defs"] = {name: definitions[name] for name in definitions if name in kept}
    return rest


def _referred(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        own = {str(value["$ref"]).rpartition("/")[2]} if isinstance(value.get("$ref"), str) else set[str]()
        return own.union(*map(_referred, value.values()))
    return set[str]().union(*map(_referred, value)) if isinstance(value, list) else set()
