"""The alternatives of a schema, and what to call them."""

from collections.abc import Mapping
from typing import Final

from assistants_app.domain.form_spec.fields import FieldSpec, Kind
from assistants_app.domain.form_spec.hints import choice_label, humanise
from assistants_app.domain.form_spec.nodes import SchemaSource, types_of
from assistants_app.domain.json_values import ABSENT, Absent, Json
from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import gettext_noop

_TYPE_WORDS: Final = {
    "string": gettext_noop("Text"),
    "integer": gettext_noop("Whole number"),
    "number": gettext_noop("Number"),
    "boolean": gettext_noop("Yes or no"),
    "array": gettext_noop("List"),
    "object": gettext_noop("Group"),
    "null": gettext_noop("Empty (null)"),
}


def union_branches(schema: Mapping[str, Json]) -> tuple[Json, ...]:
    """The alternatives of a schema: `oneOf`, `anyOf`, or several types. What stands beside them holds for each."""
    for word in ("oneOf", "anyOf"):
        if isinstance(branches := schema.get(word), list) and branches:
            shared = {key: schema[key] for key in ("type", "required") if key in schema}
            if not shared:
                return tuple(branches)
            return tuple({**shared, **part} if isinstance(part, Mapping) else part for part in branches)
    if isinstance(schema.get("type"), list):
        rest = {key: value for key, value in schema.items() if key not in ("type", "title", "description", "default")}
        return tuple({**rest, "type": name} for name in types_of(schema))
    return ()


def tag_key(source: SchemaSource, schema: Mapping[str, Json]) -> str:
    """The key whose value tells the branches apart: the discriminator's, or one that is a const in each. Or ""."""
    said = schema.get("discriminator")
    if isinstance(said, Mapping) and isinstance(name := said.get("propertyName"), str):
        return name
    if isinstance(said, str):
        return said
    branches = [source.plain(branch).schema for branch in union_branches(schema)]
    first = branches[0].get("properties") if branches else None
    if not isinstance(first, Mapping):
        return ""
    keys = [key for key in first if all(tag_value(branch, key) is not ABSENT for branch in branches)]
    return str(keys[0]) if keys else ""


def tag_value(schema: Mapping[str, Json], tag: str) -> Json | Absent:
    """What a branch's tag is: its const, or the only member of its enum; ABSENT when it has none."""
    properties = schema.get("properties")
    part = properties.get(tag) if tag and isinstance(properties, Mapping) else None
    if not isinstance(part, Mapping):
        return ABSENT
    if "const" in part:
        return part["const"]
    values = part.get("enum")
    return values[0] if isinstance(values, list) and len(values) == 1 else ABSENT


def branch_title(spec: FieldSpec, tag: Json | Absent) -> str:
    """What to call a branch: its own title, else its tag, else the kind of its values."""
    if spec.label:
        return spec.label
    if isinstance(tag, str) and tag:
        return humanise(tag)
    if spec.kind is Kind.CONST:
        return choice_label(spec.const)
    if spec.kind in (Kind.RADIO, Kind.SELECT):
        return _("One of a list")
    types = types_of(spec.schema)
    return _(_TYPE_WORDS[types[0]]) if len(types) == 1 else _("JSON")
