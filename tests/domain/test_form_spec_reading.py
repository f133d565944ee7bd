"""Any JSON at all becomes a form: a schema never breaks the page."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from assistants_app.domain.config_values import bind, form_data, read
from assistants_app.domain.form_spec import FieldSpec, FormSpec, Kind, read_schema
from assistants_app.domain.json_values import ABSENT
from tests.domain.browser_form import schema_of
from tests.domain.form_schemas import VALUES

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"


def field(part: Any, key: str = "field") -> FieldSpec:
    return read_schema(schema_of(**{key: part})).fields[0]


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


def test_it_works() -> None:
    spec = read_schema(
        {
            "type": "object",
            "properties": {
                "system_prompt": {"type": "string", "title": "System Prompt", "description": "Who it is."},
                "max_results": {"type": "integer", "default": 3},
            },
            "required": ["system_prompt"],
        }
    )
    first, second = spec.fields
    assert (first.key, first.kind, first.label, first.help, first.required) == (
        "system_prompt", Kind.PROMPT, "System Prompt", "Who it is.", True,
    )  # fmt: skip
    assert (second.label, second.default, second.integer) == ("Max results", 3, True)
    assert spec.has_settings
    assert not spec.lenient


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
    schema = schema_of(a={"type": "string"})
    read_schema(schema)
    schema["properties"]["b"] = {"type": "string"}
    assert len(read_schema(schema).fields) == 2


@pytest.mark.parametrize(
    ("part", "kind", "nullable"),
    [
        ({"type": "string"}, "text", False),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text", True),
        ({"oneOf": [{"type": "null"}, {"type": "integer"}]}, "number", True),
        ({"type": ["boolean", "null"]}, "boolean", True),
        ({"type": "number", "nullable": True}, "number", True),
        ({"anyOf": [{"enum": ["a", "b"]}, {"const": None}]}, "radio", True),
        ({"anyOf": [{"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "null"}]}, "text", True),
        ({"anyOf": [{"type": "string"}]}, "text", False),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}, "union", True),
        ({"type": ["string", "integer"]}, "union", False),
        ({"type": "null"}, "const", False),
        ({"const": 1}, "const", False),
        ({"type": "array", "items": {"type": "string"}}, "list", False),
        ({"type": "array"}, "json", False),
        ({"type": "array", "items": [{"type": "string"}]}, "tuple", False),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, "tuple", False),
        ({"type": "array", "items": {"enum": ["a"]}}, "multiselect", False),
        ({"type": "object"}, "json", False),
        ({"type": "object", "additionalProperties": True}, "json", False),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "map", False),
        ({"properties": {"a": {}}}, "object", False),
        ({}, "json", False),
        (True, "json", False),
        (False, "json", False),
        ({"$ref": "https://example.com/x.json"}, "json", False),
        ({"not": {}}, "json", False),
    ],
)
def test_kinds(part: Any, kind: str, nullable: bool) -> None:
    spec = field(part)
    assert (spec.kind, spec.nullable) == (kind, nullable)


@pytest.mark.parametrize(
    ("key", "part", "label"),
    [
        ("max_search_results", {}, "Max search results"),
        ("llmProvider", {}, "LLM provider"),
        ("ollama_base_url", {}, "Ollama base URL"),
        ("x", {"title": "The X"}, "The X"),
        ("x", {"title": "X", "x_oap_ui_config": {"label": "Hinted"}}, "Hinted"),
        ("planner", {"$ref": "#/$defs/Planner"}, "Planner"),
        ("search_api", {"anyOf": [{"$ref": "#/$defs/Planner"}, {"type": "null"}]}, "Search API"),
        ("日本", {}, "日本"),
        ("_", {}, "_"),
    ],
)
def test_labels(key: str, part: dict[str, Any], label: str) -> None:
    schema = {**schema_of(**{key: part}), "$defs": {"Planner": {"title": "PlannerClass", "enum": [1, 2]}}}
    assert read_schema(schema).fields[0].label == label


def test_siblings_of_a_reference_win() -> None:
    schema = {
        **schema_of(a={"$ref": "#/$defs/D", "default": 2, "description": "here", "maximum": 5}),
        "$defs": {"D": {"type": "integer", "default": 1, "description": "there", "minimum": 0, "maximum": 9}},
    }
    spec = read_schema(schema).fields[0]
    assert (spec.default, spec.help, spec.bounds.minimum, spec.bounds.maximum) == (2, "here", 0, 5)


def test_references_by_anchor_id_and_escaped_pointer() -> None:
    schema = {
        **schema_of(a={"$ref": "#here"}, b={"$ref": "item.json"}, c={"$ref": "#/$defs/x~1y%20z"}),
        "$defs": {
            "h": {"$anchor": "here", "type": "integer"},
            "i": {"$id": "item.json", "type": "boolean"},
            "x/y z": {"type": "string", "format": "date"},
        },
    }
    assert [spec.kind for spec in read_schema(schema).fields] == ["number", "boolean", "date"]


def test_a_remote_reference_is_never_followed_and_said() -> None:
    spec = read_schema(schema_of(a={"$ref": "http://127.0.0.1:9/x.json", "title": "A"}))
    assert spec.fields[0].kind is Kind.JSON
    assert spec.notes == ("A: It refers to http://127.0.0.1:9/x.json, which is not part of the schema.",)
    reading = read(spec, {}, {"/a#state": ["value"], "/a": ["5"]})
    assert reading.settings == {"a": 5}
    assert "was not checked" in reading.not_checked[0]


def test_all_of_merges() -> None:
    part = {
        "allOf": [{"type": "string", "minLength": 2}, {"minLength": 3, "maxLength": 9}],
        "maxLength": 8,
        "title": "T",
    }
    spec = field(part)
    assert (spec.kind, spec.label, spec.bounds.min_length, spec.bounds.max_length) == ("text", "T", 3, 8)
    both = {"allOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"b": {}}, "required": ["a"]}]}
    assert [(child.key, child.required) for child in field(both).children] == [("a", True), ("b", False)]


def test_a_default_factory_is_decided_by_the_graph() -> None:
    assert field({"type": "array", "items": {"type": "string"}}).default is ABSENT
    assert field({"type": "array", "items": {"type": "string"}}).default_note == "Decided by the graph"


@pytest.mark.parametrize(
    ("part", "note"),
    [
        ({"type": "number", "default": 0}, "Graph default: 0"),
        ({"type": "boolean", "default": False}, "Graph default: Off"),
        ({"type": "string", "default": ""}, "Graph default: (empty text)"),
        ({"enum": ["a"], "enumNames": ["The A"], "default": "a"}, "Graph default: The A"),
        ({"type": "array", "items": {"type": "string"}, "default": []}, "Graph default: No items"),
        ({"type": "array", "items": {"type": "string"}, "default": ["a", "b"]}, "Graph default: a, b"),
        ({"type": "string", "default": "one\ntwo"}, "Graph default: one…"),
    ],
)
def test_defaults_in_words(part: dict[str, Any], note: str) -> None:
    assert field(part).default_note == note


def test_sections_follow_the_nodes() -> None:
    spec = read_schema(
        schema_of(
            a={"type": "string", "langgraph_nodes": ["call_model", "unheard_of"]},
            b={"type": "string"},
            c={"type": "string", "metadata": {"langgraph_nodes": ["call_model"]}},
            d={"type": "string", "deprecated": True},
            e={"type": "string", "x_oap_ui_config": {"type": "hidden"}},
        )
    )
    assert [(section.title, section.keys, section.folded) for section in spec.sections] == [
        ("Call model", ("a", "c"), False),
        ("General", ("b",), False),
        ("Deprecated", ("d",), True),
    ]
    assert spec.fields[0].nodes == ("call_model", "unheard_of")


def test_one_section_needs_no_title() -> None:
    assert [section.title for section in read_schema(schema_of(a={}, b={})).sections] == [""]


@pytest.mark.parametrize(
    ("schema", "lenient"),
    [
        (schema_of(["a", "b"], a={"type": "string"}, b={"type": "integer"}), True),
        (schema_of(["a"], a={"type": "string"}, b={"type": "integer"}), False),
        (schema_of(["a", "b"], a={"type": "string"}, b={"type": "integer", "default": 1}), False),
        (schema_of([], a={"type": "string"}), False),
        (schema_of([]), False),
    ],
)
def test_typed_dicts_are_recognised(schema: dict[str, Any], lenient: bool) -> None:
    assert read_schema(schema).lenient is lenient
    assert read_schema(schema, lenient=False).lenient is False


def test_hints_of_open_agent_platform() -> None:
    spec = field(
        {
            "type": "number",
            "metadata": {
                "x_oap_ui_config": {
                    "type": "slider", "min": 0, "max": 2, "step": 0.1, "description": "How bold.", "label": "Boldness",
                    "placeholder": "…", "default": 0.5,
                }
            },
        }
    )  # fmt: skip
    assert (spec.kind, spec.label, spec.help, spec.bounds.step) == ("slider", "Boldness", "How bold.", 0.1)
    assert (spec.default, spec.prefill, spec.placeholder) == (ABSENT, 0.5, "…")


@pytest.mark.parametrize("widget", ["mcp", "rag", "agents", "runbook", "skills", "sandbox_config", "", "TEXTAREA2"])
def test_hints_nobody_knows_fall_back_to_the_schema(widget: str) -> None:
    part = {"properties": {"url": {"type": "string"}}, "x_oap_ui_config": {"type": widget}}
    assert field(part).kind is Kind.OBJECT


def test_hints_inside_definitions() -> None:
    schema = {
        **schema_of(a={"$ref": "#/$defs/D"}),
        "$defs": {"D": {"properties": {"b": {"type": "string", "x_oap_ui_config": {"type": "textarea"}}}}},
    }
    assert read_schema(schema).fields[0].children[0].kind is Kind.TEXTAREA


def test_multiselect_hint() -> None:
    part = {
        "type": "array",
        "items": {"type": "string"},
        "x_oap_ui_config": {"type": "multiselect", "options": ["a", "b"]},
    }
    spec = field(part)
    assert (spec.kind, [choice.value for choice in spec.choices]) == (Kind.MULTISELECT, ["a", "b"])


def test_json_hint() -> None:
    assert field({"type": "object", "properties": {"a": {}}, "x_oap_ui_config": {"type": "json"}}).kind is Kind.JSON


def test_300_settings() -> None:
    spec = read_schema(schema_of(**{f"setting_{n}": {"type": "string", "default": "x"} for n in range(300)}))
    assert len(spec.fields) == len(spec.sections[0].keys) == 300


def test_every_kind_has_its_template() -> None:
    folder = Path(__file__).parents[2] / "templates" / "fields"
    assert {kind for kind in Kind if not (folder / f"{kind}.html").is_file()} <= set()
