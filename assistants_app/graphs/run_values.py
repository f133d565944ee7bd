"""An assistant's settings in the shape that a run gives them to its graph."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistants_app.domain.json_pointer import unescape
from assistants_app.domain.json_values import Json, Settings
from assistants_app.graphs.entries import GraphEntry

_LEFTOVERS = {"__defaultValues"}
"""Keys that other tools left among saved settings; no graph means them."""


@dataclass(frozen=True, slots=True)
class RunValues:
    """`context` is None only for a graph without a settings schema and an assistant without settings.

    `dropped` are the keys that stay stored but are not given to the graph, in the order of the settings.
    """

    context: Settings | None
    configurable: Settings
    dropped: tuple[str, ...]


def run_config(entry: GraphEntry, settings: Mapping[str, Json]) -> RunValues:
    """The values to run with: as `context`, and as `config.configurable` too.

    Many public graphs read only one of the two. Where the graph declares settings, keys that it does not know are
    left out, for they crash a dataclass before the first node; so are nulls where its schema allows none and the
    key has a default to fall back to. A context is given even when empty, or its defaults would not be built.
    """
    schema = entry.settings_schema
    kept = {key: value for key, value in settings.items() if key not in _LEFTOVERS}
    if schema is not None:
        kept = {key: value for key, value in kept.items() if _taken(schema, key, value)}
    dropped = tuple(key for key in settings if key not in kept)
    context = dict(kept) if schema is not None or kept else None
    return RunValues(context=context, configurable=kept, dropped=dropped)


def _taken(schema: Mapping[str, Any], key: str, value: Json) -> bool:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or key not in properties:
        return bool(schema.get("additionalProperties"))
    return value is not None or key in schema.get("required", ()) or _allows_null(schema, properties[key])


def _allows_null(root: Mapping[str, Any], schema: Json, depth: int = 0) -> bool:
    """Whether null is a value of this property, as far as its own keywords say; in doubt it is."""
    if not isinstance(schema, Mapping) or depth > 8:
        return True
    if isinstance(reference := schema.get("$ref"), str):
        return _allows_null(root, _resolved(root, reference), depth + 1)
    for keyword, enough in (("anyOf", any), ("oneOf", any), ("allOf", all)):
        if isinstance(branches := schema.get(keyword), list):
            return enough(_allows_null(root, branch, depth + 1) for branch in branches)
    if "enum" in schema:
        return None in schema["enum"]
    if "const" in schema:
        return schema["const"] is None
    kinds = schema.get("type", "null")
    return "null" in kinds if isinstance(kinds, list) else bool(kinds == "null")


def _resolved(root: Mapping[str, Any], reference: str) -> Json:
    """What a reference within the schema points at; `True`, which allows everything, when it leads nowhere."""
    found: Json = root
    for part in reference.removeprefix("#").split("/")[1:]:
        found = found.get(unescape(part), True) if isinstance(found, Mapping) else True
    return found
