"""Lists, maps and tuples: rows that come, go and move, without JavaScript."""

from typing import Any

import pytest

from tests.domain.browser_form import Person, schema_of

TAGS = schema_of(tags={"type": "array", "items": {"type": "string"}})
AGENT = {
    "type": "object",
    "title": "Agent",
    "properties": {"name": {"type": "string"}, "api_key": {"type": "string"}, "heat": {"type": "number", "default": 1}},
    "required": ["name"],
}
AGENTS = schema_of(agents={"type": "array", "items": AGENT})
HEADERS = schema_of(headers={"type": "object", "additionalProperties": {"type": "integer"}})


def test_it_works() -> None:
    person = Person(TAGS).press("add:/tags").type("/tags/0", "a").press("add:/tags").type("/tags/1", "b")
    assert person.save().settings == {"tags": ["a", "b"]}


def test_empty_is_not_absent_is_not_null() -> None:
    schema = schema_of(tags={"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]})
    for stored in ({}, {"tags": []}, {"tags": None}):
        assert Person(schema, stored).save().settings == stored
    assert Person(schema).press("override:/tags").save().settings == {"tags": []}


def test_the_last_row_removed_leaves_an_empty_list() -> None:
    assert Person(TAGS, {"tags": ["a"]}).press("remove:/tags/0").save().settings == {"tags": []}


def test_override_starts_from_the_default() -> None:
    schema = schema_of(tags={"type": "array", "items": {"type": "string"}, "default": ["a", "b"]})
    person = Person(schema)
    assert person.field("/tags").default_text == "a, b"
    assert person.save().settings == {}
    assert person.press("override:/tags").press("remove:/tags/0").save().settings == {"tags": ["b"]}


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("up:/tags/1", ["b", "a", "c"]),
        ("down:/tags/1", ["a", "c", "b"]),
        ("remove:/tags/1", ["a", "c"]),
        ("duplicate:/tags/1", ["a", "b", "b", "c"]),
        ("up:/tags/0", ["a", "b", "c"]),
        ("down:/tags/2", ["a", "b", "c"]),
        ("remove:/tags/9", ["a", "b", "c"]),
        ("remove:/tags", ["a", "b", "c"]),
        ("up:", ["a", "b", "c"]),
        ("explode:/tags/1", ["a", "b", "c"]),
        ("", ["a", "b", "c"]),
    ],
)
def test_moving_rows(action: str, expected: list[str]) -> None:
    assert Person(TAGS, {"tags": ["a", "b", "c"]}).press(action).save().settings == {"tags": expected}


def test_what_was_typed_moves_along() -> None:
    person = Person(TAGS, {"tags": ["a", "b"]}).type("/tags/1", "typed").press("up:/tags/1")
    assert person.save().settings == {"tags": ["typed", "a"]}


def test_a_blank_new_row_is_an_error_of_its_own() -> None:
    person = Person(TAGS, {"tags": ["a"]}).press("add:/tags")
    assert person.errors() == {"/tags/1": "Fill this in, or remove it."}


def test_an_error_lands_on_its_row() -> None:
    schema = schema_of(counts={"type": "array", "items": {"type": "integer", "maximum": 5}})
    person = Person(schema, {"counts": [1, 2]}).type("/counts/1", "9")
    assert person.errors() == {"/counts/1": "Must be at most 5."}
    assert person.field("/counts").has_errors
    assert person.field("/counts/0").errors == ()


def test_unique_items_say_which() -> None:
    schema = schema_of(tags={"type": "array", "items": {"type": "string"}, "uniqueItems": True})
    assert Person(schema).press("add:/tags").type("/tags/0", "a").press("add:/tags").type("/tags/1", "a").errors() == {
        "/tags/1": "This is the same as item 1; items must differ."
    }


def test_buttons_that_are_off_say_why() -> None:
    schema = schema_of(tags={"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2})
    full, least = Person(schema, {"tags": ["a", "b"]}), Person(schema, {"tags": ["a"]})
    assert full.field("/tags").add_refused == "There can be at most 2 items."
    assert least.field("/tags").remove_refused == "There must be at least 1 item."
    assert full.press("add:/tags").save().settings == {"tags": ["a", "b"]}
    assert least.press("remove:/tags/0").save().settings == {"tags": ["a"]}


def test_cards() -> None:
    person = Person(AGENTS, {"agents": [{"name": "Ada", "extra": 1}, {"name": "Bo", "heat": 2}]})
    assert [row.summary for row in person.field("/agents").rows] == ["Ada", "Bo"]
    person.press("down:/agents/0").type("/agents/0/name", "Bob")
    assert person.save().settings == {"agents": [{"name": "Bob", "heat": 2}, {"name": "Ada", "extra": 1}]}


def test_a_secret_moves_with_its_card() -> None:
    stored = {"agents": [{"name": "Ada", "api_key": "sk-ada"}, {"name": "Bo", "api_key": "sk-bo"}]}
    person = Person(AGENTS, stored).press("remove:/agents/0")
    assert person.save().settings == {"agents": [{"name": "Bo", "api_key": "sk-bo"}]}
    person.press("duplicate:/agents/0").type("/agents/1/name", "Bo 2")
    assert person.save().settings["agents"][1] == {"name": "Bo 2", "api_key": "sk-bo"}


def test_a_new_card() -> None:
    person = Person(AGENTS).press("add:/agents")
    assert person.errors() == {"/agents/0/name": "Fill this in."}
    assert person.type("/agents/0/name", "Cy").save().settings == {"agents": [{"name": "Cy"}]}


def test_more_than_fifty_cards() -> None:
    stored = {"agents": [{"name": f"Agent {n}"} for n in range(60)]}
    person = Person(AGENTS, stored)
    assert len(person.field("/agents").rows) == 60
    assert person.press("up:/agents/59").save().settings["agents"][58] == {"name": "Agent 59"}


def test_a_list_too_long_for_a_form_is_json() -> None:
    stored = {"tags": [str(n) for n in range(2000)]}
    person = Person(TAGS, stored)
    assert person.field("/tags").widget == "json"
    assert person.save().settings == stored


def test_map() -> None:
    person = Person(HEADERS, {"headers": {"z": 1, "a": 2}})
    assert [row.key for row in person.field("/headers").rows] == ["z", "a"]
    person.press("add:/headers").type("/headers/2#key", "m").type("/headers/2", "3").type("/headers/0#key", "y")
    saved = person.save().settings
    assert list(saved["headers"].items()) == [("y", 1), ("a", 2), ("m", 3)]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "Row 2: Give this row a name."),
        ("z", 'Row 2: There is a row named "z" already.'),
        ("\x00", "Row 2: This cannot be saved: the text holds a NUL character (U+0000)."),
    ],
)
def test_keys_that_are_refused(key: str, message: str) -> None:
    person = Person(HEADERS, {"headers": {"z": 1, "a": 2}}).type("/headers/1#key", key)
    assert [error.message for error in person.save().errors] == [message]
    assert person.field("/headers").rows[1].key_errors


def test_a_stored_empty_key_stays() -> None:
    assert Person(HEADERS, {"headers": {"": 1}}).save().settings == {"headers": {"": 1}}


def test_the_only_keys_allowed() -> None:
    part = {"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"enum": ["a", "b"]}}
    person = Person(schema_of(headers=part)).press("add:/headers").type("/headers/0#key", "c").type("/headers/0", "1")
    assert person.field("/headers").rows[0].key_choices == ("a", "b")
    assert "/headers/c" in person.errors()


def test_tuple() -> None:
    part = {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "minItems": 2, "maxItems": 2}
    person = Person(schema_of(pair=part), {"pair": ["a", 1]})
    assert [child.widget for child in person.field("/pair").children] == ["text", "number"]
    assert person.type("/pair/1", "2").save().settings == {"pair": ["a", 2]}
    assert Person(schema_of(pair=part)).press("override:/pair").type("/pair/0", "b").type("/pair/1", "x").errors() == {
        "/pair/1": "Write a whole number, such as 12."
    }


def test_tuple_with_an_optional_tail() -> None:
    part = {"type": "array", "items": [{"type": "string"}, {"type": "integer"}], "minItems": 1}
    person = Person(schema_of(pair=part), {"pair": ["a"]})
    assert person.save().settings == {"pair": ["a"]}
    assert person.type("/pair/1", "2").save().settings == {"pair": ["a", 2]}


def test_lists_in_lists() -> None:
    schema = schema_of(grid={"type": "array", "items": {"type": "array", "items": {"type": "integer"}}})
    person = Person(schema, {"grid": [[1], []]}).press("add:/grid/1").type("/grid/1/0", "2").press("up:/grid/1")
    assert person.save().settings == {"grid": [[2], [1]]}


@pytest.mark.parametrize("items", [["new"] * 20000, ["-1"], ["99999999999"], ["0", "0"], ["x\x00"], ["1e9"]])
def test_forged_rows(items: list[str]) -> None:
    person = Person(TAGS, {"tags": ["a"]}).type("/tags#items", *items)
    settings: Any = person.save().settings
    assert set(settings["tags"]) <= {"a"}
