"""What each construct of a schema becomes: kind, label, help, default, limits, section."""

from pathlib import Path
from typing import Any

import pytest

from assistants_app.domain.config_values import read
from assistants_app.domain.form_spec import FieldSpec, Kind, read_schema
from assistants_app.domain.json_values import ABSENT
from tests.domain.browser_form import schema_of


def field(part: Any, key: str = "field") -> FieldSpec:
    return read_schema(schema_of(**{key: part})).fields[0]


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


def test_switches_inside_a_group_are_on_or_off() -> None:
    shape = {"type": "object", "properties": {}, "default": {"headings": True, "emoji": False, "closing": None}}
    assert field(shape).default_note == "Graph default: Headings: On, Emoji: Off, Closing: Empty (null)"
