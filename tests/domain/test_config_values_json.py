"""The JSON editor: strict, and exact about where a mistake is."""

import pytest

from tests.domain.browser_form import Person, schema_of

ANY = schema_of(extra={}, kwargs={"type": "object", "additionalProperties": True})


def test_it_works() -> None:
    person = Person(ANY)
    assert person.field("/extra").widget == "json"
    assert person.type("/extra", '{"a": [1, 2.0, null]}').save().settings == {"extra": {"a": [1, 2.0, None]}}


def test_null_is_not_absent() -> None:
    assert Person(ANY).save().settings == {}
    assert Person(ANY).type("/extra", "null").save().settings == {"extra": None}
    assert Person(ANY, {"extra": None}).save().settings == {"extra": None}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('{"a": 1,}', "line 1, column 9"),
        ('{\r\n"a": x}', "line 2, column 6"),
        ('{"a": 1, "a": 2}', 'the key "a" occurs twice'),
        ("NaN", "NaN is not a JSON number"),
        ("[1e999]", "a number is too large"),
        ("9" * 5000, "a number has too many digits"),
        ('"\\u0000"', "NUL"),
        ('"\\ud800"', "surrogate"),
        ("[" * 5000, "nested"),
        ("[" * 200 + "]" * 200, "nested"),
        ("plain", "line 1, column 1"),
    ],
)
def test_mistakes_say_where(text: str, part: str) -> None:
    person = Person(ANY, {"extra": 1}).type("/extra", text)
    assert part in person.errors()["/extra"]
    assert person.field("/extra").text == text
    assert person.save().settings == {"extra": 1}


def test_a_byte_order_mark_is_passed_over() -> None:
    """Some editors of Windows put it before what is copied out of them."""
    assert Person(ANY).type("/extra", '\ufeff{"a": 1}').save().settings == {"extra": {"a": 1}}


def test_blank_is_asked_about() -> None:
    assert "Write a JSON value" in Person(ANY, {"extra": 1}).type("/extra", " ").errors()["/extra"]


def test_errors_deep_inside_say_where() -> None:
    deep = {"type": "object", "additionalProperties": {"type": "array", "items": {}}, "patternProperties": {"^x": {}}}
    person = Person(schema_of(deep=deep)).type("/deep", '{"a": 1}')
    assert person.field("/deep").widget == "json"
    assert person.errors() == {"/deep/a": "Must be a list."}
    assert person.field("/deep").errors == ("a: Must be a list.",)


def test_secrets_in_json_are_masked_and_kept() -> None:
    person = Person(ANY, {"kwargs": {"api_key": "sk-1", "n": 1}})
    assert "sk-1" not in person.field("/kwargs").text
    text = person.field("/kwargs").text.replace('"n": 1', '"n": 2')
    assert person.type("/kwargs", text).save().settings == {"kwargs": {"api_key": "sk-1", "n": 2}}


def test_a_secret_cannot_be_moved_to_where_it_would_be_shown() -> None:
    person = Person(ANY, {"kwargs": {"api_key": "sk-1"}})
    text = person.field("/kwargs").text.replace('"api_key"', '"note"')
    assert "would be shown" in person.type("/kwargs", text).errors()["/kwargs"]
    assert person.save().settings == {"kwargs": {"api_key": "sk-1"}}
    assert "sk-1" not in repr(person.form.root)


def test_a_schema_that_is_no_object_is_one_json() -> None:
    person = Person({"type": "string"}, {"a": 1})
    assert person.form.fields[0].widget == "json"
    assert person.save().settings == {"a": 1}
    assert person.type("#value", '{"a": 2}').save().settings == {"a": 2}
    assert person.type("#value", "5").errors() == {"": "The settings must be a group: {…}."}
