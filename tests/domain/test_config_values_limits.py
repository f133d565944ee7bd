"""What is too large for a form: shown as JSON when it is stored, refused in words when it is posted."""

from typing import Any

from tests.domain.browser_form import Person, schema_of

TREE: dict[str, Any] = {
    "type": "object",
    "properties": {"forest": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}, "name": {"type": "string"}},
    "$defs": {
        "Tree": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "below": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
                "fruit": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "integer"}]},
            },
        }
    },
}


def test_it_works() -> None:
    stored = {"forest": [{"name": "a", "below": [{"name": "b"}]}]}
    person = Person(TREE, stored)
    assert person.field("/forest").widget == "list"
    assert person.type("/forest/0/below/0/name", "c").save().settings == {
        "forest": [{"name": "a", "below": [{"name": "c"}]}]
    }


def test_a_setting_of_thousands_of_fields_is_json() -> None:
    stored = {"forest": [{"below": [{"name": "b"}] * 50} for _ in range(50)], "name": "x"}
    person = Person(TREE, stored)
    assert person.field("/forest").widget == "json"
    assert len(person.data) < 10
    assert person.save().settings == stored
    assert person.type("/name", "y").save().settings == {**stored, "name": "y"}


def test_thousands_of_posted_rows_are_refused_together() -> None:
    person = Person(TREE).type("/forest#state", "value").type("/forest#items", *["new"] * 400)
    for row in range(400):
        person.type(f"/forest/{row}/below#state", "value").type(f"/forest/{row}/below#items", *["new"] * 30)
    reading = person.save()
    assert {error.message for error in reading.errors} == {
        "A form takes at most 500 rows; edit this as JSON to have more."
    }


def test_thousands_of_forged_names_mean_nothing() -> None:
    person = Person(TREE, {"name": "x"})
    for number in range(20_000):
        person.data[f"/forest/{number}/name"] = ["x"]
    assert person.save().settings == {"name": "x"}


def test_forged_depth_ends() -> None:
    person, path = Person(TREE), "/forest"
    for _ in range(200):
        person.type(f"{path}#state", "value").type(f"{path}#items", "new")
        path += "/0/below"
    assert person.save().settings["forest"]


def test_forged_unions_end() -> None:
    person, path = Person(TREE, {"forest": [{}]}), "/forest/0/fruit"
    for _ in range(200):
        person.type(f"{path}#state", "value").type(f"{path}#branch", "0")
        path += "#0/fruit"
    assert person.save().settings["forest"]


def test_what_was_typed_in_other_branches_is_carried() -> None:
    part = {"anyOf": [schema_of(a={"type": "string"}), schema_of(b={"type": "string"}), {"type": "integer"}]}
    person = Person(schema_of(u=part), {"u": 5})
    person.type("/u#0/a", "one").type("/u#1/b", "two").type("/u#1/b#state", "value").press("branch:/u")
    assert ("/u#0/a", "one") in person.at("/u").carried
    person.type("/u#branch", "1").press("branch:/u")
    assert person.save().settings == {"u": {"b": "two"}}
    assert person.type("/u#branch", "2").press("branch:/u").save().settings == {"u": 5}
