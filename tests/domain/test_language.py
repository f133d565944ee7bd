"""Words of this floor go through the translator that the application installs: errors, what is wrong with values."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from assistants_app.domain import errors, language
from assistants_app.domain.errors import (
    FieldError,
    InvalidExport,
    InvalidJson,
    InvalidSettings,
    InvalidText,
    ProductError,
    StaleBase,
)
from assistants_app.domain.form_spec import read_schema
from assistants_app.domain.json_values import find_unstorable, load_strict
from assistants_app.domain.messages import read_message
from assistants_app.domain.validation import check, formats, judge
from assistants_app.domain.validation.words import _WORDS
from tests.brackets import Brackets, bare, brackets
from tests.domain.browser_form import schema_of


@pytest.fixture(autouse=True)
def _brackets() -> Iterator[None]:
    with brackets():
        yield


def test_it_works() -> None:
    errors, _ = check(schema_of(a={"type": "integer", "maximum": 2}), {"a": 3})

    assert errors == [FieldError("/a", "⟦Must be at most 2.⟧")]
    assert read_schema(schema_of(a={"default": 7})).fields[0].default_note == "⟦Graph default: 7⟧"


def test_words_are_remembered_by_language() -> None:
    schema = schema_of(a={"type": "string"})
    noted = [read_schema(schema).fields[0].default_note]
    language.install(language.Untranslated())
    noted.append(read_schema(schema).fields[0].default_note)

    assert noted == ["⟦Decided by the graph⟧", "Decided by the graph"]


def test_the_application_installs_djangos() -> None:
    assert language.install(Brackets()).__class__ is Brackets  # this test's own
    from django.apps import apps

    apps.get_app_config("assistants_app").ready()

    assert language.install(Brackets()) is translation


def test_errors() -> None:
    named = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, ProductError)]
    given: dict[type, dict[str, Any]] = {
        InvalidExport: {"faults": ()},
        InvalidSettings: {"errors": ()},
        InvalidText: {"field": "note"},
        StaleBase: {"expected": 1, "newest": 2},
    }

    assert len(named) > 20
    for cls in named:
        assert "says" in vars(cls)
        assert bare(cls(**given.get(cls, {})).message) == "", cls
    assert InvalidJson("⟦No⟧", line=1, column=2).message == "⟦⟦No⟧ (line 1, column 2)⟧"


WRONG: list[tuple[str, Any, Any]] = [
    ("type", {"type": "string"}, 1),
    ("type", {"type": ["string", "integer"]}, None),
    ("required", {"required": ["b"]}, {}),
    ("dependentRequired", {"dependentRequired": {"b": ["c"]}}, {"b": 1}),
    ("enum", {"enum": [1, 2]}, 3),
    ("const", {"const": "a"}, "b"),
    ("anyOf", {"anyOf": [{"type": "string"}, {"type": "integer"}]}, []),
    ("anyOf", {"anyOf": [{"minimum": 3}, {"minimum": 2}]}, 1),
    ("oneOf", {"oneOf": [{"type": "integer"}, {"type": "number"}]}, 1),
    ("minimum", {"minimum": 1}, 0),
    ("maximum", {"maximum": 1}, 2),
    ("exclusiveMinimum", {"exclusiveMinimum": 1}, 1),
    ("exclusiveMaximum", {"exclusiveMaximum": 1}, 1),
    ("multipleOf", {"multipleOf": 2}, 1),
    ("minLength", {"minLength": 2}, "a"),
    ("minLength", {"minLength": 1}, ""),
    ("maxLength", {"maxLength": 1.0}, "aa"),
    ("pattern", {"pattern": "^a"}, "b"),
    ("pattern", {"pattern": "^a", "examples": ["abc"]}, "b"),
    ("minItems", {"minItems": 2}, [1]),
    ("maxItems", {"maxItems": 1}, [1, 2]),
    ("uniqueItems", {"uniqueItems": True}, [1, 1]),
    ("contains", {"contains": {"const": 1}}, [2]),
    ("minProperties", {"minProperties": 1}, {}),
    ("maxProperties", {"maxProperties": 0}, {"b": 1}),
    ("additionalProperties", {"additionalProperties": False}, {"b": 1}),
    ("unevaluatedProperties", {"unevaluatedProperties": False}, {"b": 1}),
    ("propertyNames", {"propertyNames": {"maxLength": 1}}, {"bb": 1}),
    ("not", {"not": {"type": "string"}}, "a"),
    *(("format", {"format": name}, "~ nonsense ~") for name in formats._CHECKERS),
]  # fmt: skip
OLDER_SPELLINGS = {"divisibleBy", "dependencies"}


def test_every_keyword_has_a_wrong_value() -> None:
    assert {keyword for keyword, _, _ in WRONG} >= _WORDS.keys() - OLDER_SPELLINGS


@pytest.mark.parametrize(("keyword", "part", "value"), WRONG)
def test_what_is_wrong_with_a_value(keyword: str, part: Any, value: Any) -> None:
    found, _ = check(schema_of(a=part), {"a": value})

    assert found
    assert [bare(error.message) for error in found] == [""] * len(found)


@pytest.mark.parametrize("keyword", sorted(OLDER_SPELLINGS))
def test_older_spellings(keyword: str) -> None:
    part, value = {"divisibleBy": ({"divisibleBy": 2}, 1), "dependencies": ({"dependencies": {"b": ["c"]}}, {"b": 1})}[
        keyword
    ]
    schema = {"$schema": "http://json-schema.org/draft-03/schema#", **schema_of(a=part)}

    assert [bare(error.message) for error in check(schema, {"a": value})[0]] == [""]


@pytest.mark.parametrize(
    "part",
    [
        {"$ref": "https://elsewhere.example/"},
        {"minimum": "a"},
        {"pattern": "(((("},
        {"pattern": "^(a|aa)+$"},
        {"type": "nonsense"},
        {"unevaluatedProperties": False, "patternProperties": {"^(a+)+$": {}}},
    ],
)
def test_what_was_not_checked(part: Any) -> None:
    value = {"b": 1} if "unevaluatedProperties" in part else "a" * 60 + "!" if "pattern" in part else 1
    _, reasons = check(schema_of(a=part), {"a": value})

    assert reasons
    assert [bare(reason) for reason in reasons] == [""] * len(reasons)


def test_what_is_kept() -> None:
    schema = schema_of(["b"], a={"type": "integer"}, b={"type": "string"})
    verdict = judge(schema, {"a": "x"}, {"a": "x"}, lenient=True)

    assert len(verdict.warnings) == 2
    assert [bare(warning.message) for warning in verdict.warnings] == ["", ""]


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "{1}", '{"a" 1}', "[1 2]", "[1,]", '{"a":1,}', "1 2", '"a', '"\n"', r'"\q"', r'"\u12"', "[", "NaN",
        "-Infinity",
        '{"a":1,"a":2}', '"\\u0000"', '"\\ud800"', "1e999", "9" * 5000, "[" * 200 + "]" * 200, "[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(InvalidJson) as raised:
        load_strict(text)

    assert bare(raised.value.message) == ""


def test_what_cannot_be_stored() -> None:
    faults = [find_unstorable(value) for value in ("\x00", "\ud800", float("nan"), float("inf"))]

    assert [bare(fault or "?") for fault in faults] == [""] * 4


def test_a_call_that_cannot_be_read() -> None:
    message = read_message({"type": "ai", "content": "", "invalid_tool_calls": [{"id": "1", "name": "x"}]})

    assert bare(message.tool_calls[0].fault) == ""
