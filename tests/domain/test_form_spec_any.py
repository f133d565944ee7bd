"""Any JSON at all becomes a form: a schema never breaks the page."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from assistants_app.domain.config_values import bind, form_data, read
from assistants_app.domain.form_spec import FormSpec, Kind, read_schema
from tests.domain.browser_form import schema_of
from tests.domain.form_schemas import VALUES

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"


def explored(spec: FormSpec) -> int:
    """Walks into everything a form may show, to some depth."""
    stack, seen = [(spec.root, 0)], 0
    while stack:
        part, depth = stack.pop()
        seen += 1
        if depth < 6 and not part.recursive:
            below = [*part.children, *([part.item] if part.item else []), *(branch.spec for branch in part.branches)]
            stack += [(inner, depth + 1) for inner in below]
    return seen


JUNK: list[Any] = [
    None, True, False, 3, 1.5, "text", [], {}, [{}], {"type": 12}, {"type": "unheard-of"}, {"properties": 3},
    {"properties": []}, {"properties": {"a": 3, "b": None, "c": "text", "d": []}}, {"required": "a"},
    {"properties": {"a": {"type": []}}}, {"properties": {"a": {"enum": 3}}}, {"properties": {"a": {"enum": []}}},
    {"properties": {"a": {"enum": [[1], {"b": 2}, None]}}}, {"properties": {"a": {"anyOf": 3}}},
    {"properties": {"a": {"anyOf": []}}}, {"properties": {"a": {"oneOf": [3, None, "x"]}}},
    {"properties": {"a": {"anyOf": [{"type": ["number"]}, {"type": "string"}]}}},
    {"properties": {"a": {"anyOf": [{"type": {}}, {"type": "string"}]}}},
    {"properties": {"a": {"allOf": 3}}}, {"properties": {"a": {"allOf": [3, {"$ref": 5}]}}},
    {"$ref": "#"}, {"$ref": "#/properties/a", "properties": {"a": {"$ref": "#"}}}, {"$ref": "#/%zz~9"},
    {"properties": {"a": {"$ref": "#/properties/b"}, "b": {"$ref": "#/properties/a"}}},
    {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}, {"allOf": [{"$ref": "#"}]},
    {"properties": {"a": {"allOf": [{"$ref": "#"}]}}},
    {"properties": {"a": {"anyOf": [{"$ref": "#/properties/a"}, {"type": "null"}]}}},
    {"properties": {"a": {"type": "array", "items": {"$ref": "#/properties/a"}}}},
    {"properties": {"a": {"type": "object", "additionalProperties": {"$ref": "#/properties/a"}}}},
    {"properties": {"a": {"type": "array", "prefixItems": [{"$ref": "#/properties/a"}]}}},
    {"properties": {"a": {"x_oap_ui_config": 3, "metadata": 4, "langgraph_nodes": 5, "langgraph_type": []}}},
    {"properties": {"a": {"x_oap_ui_config": {"type": 3, "options": [3, {"value": {}}, None], "visible_if": []}}}},
    {"properties": {"a": {"x_oap_ui_config": {"type": "select", "options": [{"value": [1]}]}}}},
    {"properties": {"a": {"x_oap_ui_config": {"type": "slider", "min": 5, "max": 1, "step": 0}, "type": "number"}}},
    {"properties": {"a": {"type": "number", "minimum": "x", "maximum": [], "multipleOf": 0}}},
    {"properties": {"a": {"type": "string", "minLength": "x", "maxLength": -1, "pattern": 3, "format": []}}},
    {"properties": {"a": {"title": 3, "description": [], "default": {"x": 1}, "examples": 3}}},
    {"properties": {"a": {"discriminator": 3, "oneOf": [{"properties": 3}, {"properties": {"k": 3}}]}}},
    {"properties": {"a": {"const": [1, {"b": None}]}}}, {"properties": {"a": {"const": []}}},
    {"properties": {"a": {"propertyNames": 3, "additionalProperties": {"type": "string"}, "type": "object"}}},
    {"properties": {"a": {"type": "array", "items": []}}}, {"properties": {"a": {"type": "array", "items": False}}},
    {"$schema": "http://json-schema.org/draft-03/schema#",
     "properties": {"a": {"type": ["string", {}], "required": 1}}},
    {"$schema": 3}, {"$schema": "nowhere"}, {"$id": 3, "$anchor": [], "$defs": 3}, {"if": True, "then": 3},
]  # fmt: skip


@pytest.mark.parametrize("schema", JUNK, ids=lambda schema: json.dumps(schema)[:60])
def test_junk_gives_a_form(schema: Any) -> None:
    spec = read_schema(schema)
    assert explored(spec) >= 1
    for stored in ({}, {"a": 1}, {"a": [1]}, {"a": {"k": "x"}}, {"a": None}, {"a": "x"}):
        assert read(spec, stored, form_data(bind(spec, stored))).settings == stored


@given(VALUES)
def test_any_json_gives_a_form(schema: Any) -> None:
    assert explored(read_schema(schema)) >= 1
    assert explored(read_schema({"properties": {"a": schema}})) >= 1


@pytest.mark.parametrize("value", [{1, 2}, object(), float("nan"), {"a": float("inf")}])
def test_even_what_is_no_json(value: Any) -> None:
    assert read_schema(value).root.kind is Kind.JSON


def test_a_schema_that_nests_for_ever() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(5000):
        schema = {"type": "object", "properties": {"a": schema}}
    assert read_schema(schema).root.kind in (Kind.JSON, Kind.OBJECT)


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the public schemas are not here")
def test_public_schemas() -> None:
    for path in sorted(CORPORA.glob("*/*.json")):
        held = json.loads(path.read_text())
        for word in ("schema", "context_schema", "input_schema"):
            assert explored(read_schema(held.get(word))) >= 1, path


@pytest.mark.parametrize("schema", [None, {}, {"type": "object"}, {"type": "object", "properties": {}}, True])
def test_a_graph_without_settings(schema: Any) -> None:
    spec = read_schema(schema)
    assert (spec.has_settings, spec.fields, spec.sections) == (False, (), ())


@pytest.mark.parametrize("schema", [{"type": "string"}, {"type": "array", "items": {}}, {"enum": [1]}, False])
def test_a_schema_that_is_no_object_is_written_as_json(schema: Any) -> None:
    spec = read_schema(schema)
    assert (spec.root.kind, spec.has_settings) == (Kind.JSON, True)
    assert "cannot be shown as a form" in spec.notes[-1]


def test_reading_is_remembered() -> None:
    schema = schema_of(a={"type": "string"})
    assert read_schema(schema) is read_schema(json.loads(json.dumps(schema)))
    assert read_schema(schema_of(a={"const": 1})) is not read_schema(schema_of(a={"const": True}))


def test_a_changed_schema_is_read_anew() -> None:
    schema = schema_of(x={"type": "string"})
    before = read_schema(schema)
    schema["properties"]["y"] = {"type": "string"}
    assert len(read_schema(schema).fields) == 2
    assert read_schema(schema_of(x={"type": "string"})) is before
    assert [list(before.schema["properties"]), len(before.fields)] == [["x"], 1]


def test_the_order_of_the_properties_is_the_order_of_the_fields() -> None:
    one, other = {"b": {"type": "string"}, "a": {"type": "string"}}, {"a": {"type": "string"}, "b": {"type": "string"}}
    assert [spec.key for spec in read_schema({"properties": one}).fields] == ["b", "a"]
    assert [spec.key for spec in read_schema({"properties": other}).fields] == ["a", "b"]
