"""The full validator: right, bounded, and in words for people."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from assistants_app.domain.errors import FieldError
from assistants_app.domain.validation import check, judge
from tests.domain.browser_form import schema_of

SUITE = Path(__file__).parents[3] / "shared" / "corpora" / "json_schema_test_suite"


def messages(part: Any, value: Any) -> list[str]:
    return [error.message for error in check(schema_of(a=part), {"a": value})[0]]


def test_it_works() -> None:
    errors, not_checked = check(schema_of(a={"type": "integer", "maximum": 2}), {"a": 3})
    assert errors == [FieldError("/a", "Must be at most 2.")]
    assert not_checked == []


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ({"type": "string"}, 1, "Must be text."),
        ({"type": "string"}, None, "Must not be empty (null); must be text."),
        ({"type": ["string", "integer"]}, True, "Must be text or a whole number."),
        ({"type": "integer"}, 1.5, "Must be a whole number."),
        ({"type": "integer"}, True, "Must be a whole number."),
        ({"type": "boolean"}, 1, "Must be on or off."),
        ({"enum": [1, 2]}, True, "Choose one of the options."),
        ({"const": "a"}, "b", "Must be a."),
        ({"minimum": 0}, -1, "Must be at least 0."),
        ({"exclusiveMinimum": 0}, 0, "Must be more than 0."),
        ({"minimum": 0, "exclusiveMinimum": True}, 0, "Must be more than 0."),
        ({"multipleOf": 0.01}, 0.015, "Must be a multiple of 0.01."),
        ({"minLength": 1}, "", "Fill this in."),
        ({"minLength": 2}, "a", "Must have at least 2 characters; it has 1."),
        ({"format": "email"}, "a", "Write an email address like name@example.com."),
        ({"minItems": 1}, [], "Must have at least 1 item."),
        ({"contains": {"const": 1}}, [2], "None of the items is of the kind that this list needs."),
        ({"not": {"type": "string"}}, "a", "This value is not allowed here."),
        (False, "a", "This value is not allowed here."),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, [], "Must be text or a whole number."),
        ({"anyOf": [{"type": "integer", "maximum": 5}, {"type": "null"}]}, 9, "Must be at most 5."),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, 1,
         "This value fits more than one of the kinds allowed here; it must fit exactly one."),
        ({"pattern": "^a", "examples": ["abc"]}, "b", "Must look like this: abc."),
        ({"minProperties": 1}, {}, "Must have at least 1 value."),
    ],
)  # fmt: skip
def test_words(part: Any, value: Any, message: str) -> None:
    assert messages(part, value) == [message]


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ({"type": "integer"}, 1.0),
        ({"type": "integer"}, 10**400),
        ({"multipleOf": 0.1}, 0.3),
        ({"multipleOf": 0.01}, 1e20),
        ({"enum": [1]}, 1.0),
        ({"type": "string", "nullable": True}, None),
        ({"uniqueItems": True}, [1, True, "1", [1], {"a": 1}]),
        ({"pattern": r"^\p{Lu}\d+$"}, "Ä12"),
        ({"format": "unheard-of"}, "x"),
    ],
)
def test_fine(part: Any, value: Any) -> None:
    assert messages(part, value) == []


def test_missing_keys_are_told_on_themselves() -> None:
    schema = schema_of(["b"], a=schema_of(["c"], c={}), b={})
    assert check(schema, {"a": {}})[0] == [FieldError("/a/c", "Fill this in."), FieldError("/b", "Fill this in.")]


def test_unknown_keys_are_told_on_themselves() -> None:
    assert check({"additionalProperties": False}, {"x/y": 1})[0] == [
        FieldError("/x~1y", "The graph does not know this setting.")
    ]


def test_only_the_tagged_branch_is_told() -> None:
    part = {
        "oneOf": [
            {"properties": {"kind": {"const": "a"}, "n": {"type": "integer"}}, "required": ["kind", "n"]},
            {"properties": {"kind": {"const": "b"}, "s": {"type": "string"}}, "required": ["kind", "s"]},
        ]
    }
    assert check(schema_of(a=part), {"a": {"kind": "b", "s": 1}})[0] == [FieldError("/a/s", "Must be text.")]


def test_no_value_is_in_the_words() -> None:
    schema = schema_of(key={"type": "string", "pattern": "^sk-", "maxLength": 3, "enum": ["x"], "format": "uuid"})
    assert "hunter2" not in str(check(schema, {"key": "hunter2"}))


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"properties": {"a": {"minLength": "x"}}}, "minLength"),
        ({"properties": {"a": {"type": "unheard-of"}}}, "type"),
        ({"properties": {"a": {"$ref": "http://127.0.0.1:9/x"}}}, "refers to"),
        ({"properties": {"a": {"$ref": "#/nowhere"}}}, "refers to"),
        ({"properties": {"a": {"pattern": "("}}}, "cannot read it"),
        ({"properties": {"a": {"pattern": r"^(a|a|aa)+(b|c)+(a|a|aa)+\1$"}}}, "takes too long"),
        ({"$ref": "#"}, "nested too deeply"),
    ],
)
def test_not_checked_says_why(schema: Any, reason: str) -> None:
    errors, not_checked = check(schema, {"a": "a" * 5000})
    assert errors == []
    assert reason in " ".join(not_checked)


@pytest.mark.parametrize("schema", [None, True, False, 3, [], "x", {"properties": 3}, {"required": 3}, {"allOf": 3}])
def test_a_schema_that_makes_no_sense_raises_nothing(schema: Any) -> None:
    assert check(schema, {"a": 1})[0] == []


def test_an_end_in_time() -> None:
    part = {"items": {"anyOf": [{"type": "string", "minLength": n} for n in range(60, 0, -1)]}}
    start = time.thread_time()
    _, not_checked = check(schema_of(a=part), {"a": ["x"] * 100_000})
    assert time.thread_time() - start < 6
    assert not_checked == ["Not everything was checked: that would take too long."]


def test_many_unique_items_at_once() -> None:
    start = time.thread_time()
    assert messages({"uniqueItems": True}, [{"n": n} for n in range(20_000)]) == []
    assert time.thread_time() - start < 3


def test_patterns_of_names_never_hang() -> None:
    schema = {"patternProperties": {"^(a+)+$": {}}, "unevaluatedProperties": False, "additionalProperties": False}
    start = time.thread_time()
    check(schema, {"a" * 5000 + "!": 1})
    assert time.thread_time() - start < 3


def test_what_nobody_changed_does_not_block() -> None:
    schema = schema_of(["b"], a={"maximum": 1}, b={}, c={"additionalProperties": False})
    verdict = judge(schema, {"a": 5, "c": {"x": 1}}, {"a": 5, "c": {"x": 1}})
    assert verdict.errors == (FieldError("/b", "Fill this in."),)
    assert [warning.pointer for warning in verdict.warnings] == ["/a", "/c/x"]
    assert [error.pointer for error in judge(schema, {"a": 6, "b": 1}, {"a": 5}).errors] == ["/a"]


def test_a_key_missing_inside_a_stored_group_does_not_block() -> None:
    schema = schema_of(a=schema_of(["x"], x={}, y={}))
    assert judge(schema, {"a": {"y": 2}}, {"a": {"y": 1}}).errors == ()
    assert judge(schema, {"a": {"y": 2}}, {}).errors == (FieldError("/a/x", "Fill this in."),)


@pytest.mark.skipif(not SUITE.is_dir(), reason="the public test suite is not here")
def test_the_public_suite() -> None:
    """Every group of the draft but `format`, where we are stricter on purpose, and what would have to be fetched."""
    wrong = []
    for path in sorted(SUITE.glob("*.json")):
        if path.stem.startswith(("format", "optional__format", "vocabulary")):
            continue
        group = json.loads(path.read_text())
        for case in group["tests"]:
            errors, not_checked = check(group["schema"], case["data"])
            if bool(errors) == case["valid"] and not not_checked and group["schema"] is not False:
                wrong.append((path.stem, case["description"]))
    assert wrong == []
