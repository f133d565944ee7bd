"""Nested models, unions and schemas that contain themselves."""

from typing import Any

from tests.domain.browser_form import Person, schema_of

SEARCH = {
    "type": "object",
    "title": "Search options",
    "properties": {"engine": {"type": "string", "default": "a"}, "results": {"type": "integer", "default": 5}},
}
PETS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "pet": {
            "discriminator": {"propertyName": "kind", "mapping": {}},
            "oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}],
        }
    },
    "$defs": {
        "Cat": {
            "type": "object",
            "properties": {"kind": {"const": "cat", "default": "cat"}, "lives": {"type": "integer", "maximum": 9}},
        },
        "Dog": {
            "title": "Good dog",
            "type": "object",
            "properties": {"kind": {"const": "dog"}, "name": {"type": "string"}},
            "required": ["kind", "name"],
        },
    },
}
TREE: dict[str, Any] = {
    "type": "object",
    "properties": {"tree": {"$ref": "#/$defs/Tree"}},
    "$defs": {
        "Tree": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "left": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}], "default": None},
                "others": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
            },
        }
    },
}


def test_it_works() -> None:
    person = Person(schema_of(search=SEARCH))
    assert [child.spec.label for child in person.field("/search").children] == ["Engine", "Results"]
    assert person.save().settings == {}
    person.press("override:/search/results").type("/search/results", "7")
    assert person.save().settings == {"search": {"results": 7}}


def test_a_stored_empty_group_stays() -> None:
    assert Person(schema_of(search=SEARCH), {"search": {}}).save().settings == {"search": {}}


def test_keys_inside_that_nobody_knows_stay() -> None:
    stored = {"search": {"zeta": 1, "engine": "b", "alpha": 2}}
    person = Person(schema_of(search=SEARCH), stored).type("/search/engine", "c")
    assert list(person.save().settings["search"].items()) == [("zeta", 1), ("engine", "c"), ("alpha", 2)]


def test_a_default_that_differs_from_its_parts_is_copied_as_a_whole() -> None:
    person = Person(schema_of(search={**SEARCH, "default": {"engine": "b", "results": 9}}))
    assert person.field("/search").is_default
    assert person.press("override:/search").type("/search/results", "1").save().settings == {
        "search": {"engine": "b", "results": 1}
    }


def test_a_default_that_only_repeats_its_parts_leaves_them_alone() -> None:
    person = Person(schema_of(search={**SEARCH, "default": {"engine": "a", "results": 5}}))
    assert person.field("/search").state_token == "auto"
    assert person.press("override:/search/results").type("/search/results", "1").save().settings == {
        "search": {"results": 1}
    }


def test_all_of_with_siblings() -> None:
    schema = {
        "type": "object",
        "properties": {"search": {"allOf": [{"$ref": "#/$defs/S"}], "title": "My search", "default": {}}},
        "$defs": {"S": SEARCH},
    }
    person = Person(schema)
    assert (person.field("/search").label, len(person.field("/search").children)) == ("My search", 2)


def test_deep_groups_are_folded() -> None:
    schema = schema_of(a=schema_of(b=schema_of(c=schema_of(d={"type": "string"}))))
    person = Person(schema, {"a": {"b": {"c": {"d": "x"}}}})
    assert [person.field(pointer).spec.folded for pointer in ("/a", "/a/b", "/a/b/c")] == [False, False, True]


def test_errors_in_groups_land_on_their_field() -> None:
    schema = schema_of(search={**SEARCH, "required": ["key"], "properties": {"key": {"type": "string"}}})
    assert Person(schema, {"search": {"key": "x"}}).type("/search/key", "").errors() == {"/search/key": "Fill this in."}


def test_further_keys_of_an_open_group_are_edited_as_json() -> None:
    schema = schema_of(search={**SEARCH, "additionalProperties": True})
    person = Person(schema, {"search": {"more": [1], "my_api_key": "sk-1"}})
    assert "sk-1" not in person.field("/search").other
    text = person.field("/search").other.replace("1\n", "2\n")
    assert person.type("/search#other", text).save().settings == {"search": {"more": [2], "my_api_key": "sk-1"}}
    assert person.type("/search#other", "{").errors().keys() == {"/search"}
    assert person.type("/search#other", '{"engine": 1}').errors() == {
        "/search": '"engine" has its own field; take it out of the other values.'
    }


def test_tagged_union() -> None:
    person = Person(PETS, {"pet": {"kind": "dog", "name": "Rex"}})
    assert [branch.title for branch in person.at("/pet").spec.branches] == ["Cat", "Good dog"]
    assert person.at("/pet").branch == 1
    assert person.type("/pet#1/name", "Max").save().settings == {"pet": {"kind": "dog", "name": "Max"}}


def test_switching_branches_sends_the_tag_and_keeps_what_was_typed() -> None:
    person = Person(PETS, {"pet": {"kind": "dog", "name": "Rex"}}).type("/pet#1/name", "typed")
    person.type("/pet#branch", "0").press("branch:/pet").type("/pet#0/lives", "7")
    assert person.save().settings == {"pet": {"kind": "cat", "lives": 7}}
    person.type("/pet#branch", "1").press("branch:/pet")
    assert person.save().settings == {"pet": {"kind": "dog", "name": "typed"}}


def test_switching_without_the_button_works_too() -> None:
    person = Person(PETS, {"pet": {"kind": "dog", "name": "Rex"}}).type("/pet#branch", "0")
    assert person.save().settings == {"pet": {"kind": "cat"}}


def test_only_the_chosen_branch_is_checked() -> None:
    person = Person(PETS).type("/pet#branch", "0").press("branch:/pet").type("/pet#0/lives", "10")
    assert person.errors() == {"/pet/lives": "Must be at most 9."}


def test_no_such_branch() -> None:
    person = Person(PETS, {"pet": {"kind": "cat"}}).type("/pet#branch", "7")
    assert person.errors() == {"/pet": "Choose one of the kinds."}
    assert person.save().settings == {"pet": {"kind": "cat"}}


def test_union_with_null() -> None:
    schema = {**PETS, "properties": {"pet": {"anyOf": [*PETS["properties"]["pet"]["oneOf"], {"type": "null"}]}}}
    assert Person(schema).at("/pet").spec.nullable
    assert len(Person(schema).at("/pet").spec.branches) == 2
    assert Person(schema).press("null:/pet").save().settings == {"pet": None}


def test_untagged_union_takes_the_branch_of_the_value() -> None:
    schema = schema_of(
        size={"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    )
    for stored, branch in ((1, 0), ("1", 1), (["1"], 2)):
        person = Person(schema, {"size": stored})
        assert person.at("/size").branch == branch
        assert repr(person.save().settings) == repr({"size": stored})


def test_several_types_are_a_union() -> None:
    person = Person(schema_of(size={"type": ["integer", "string", "null"]}))
    assert [branch.title for branch in person.at("/size").spec.branches] == ["Whole number", "Text"]
    assert person.type("/size#branch", "1").press("branch:/size").type("/size#1", "big").save().settings == {
        "size": "big"
    }


def test_three_branches_with_null_keep_their_siblings() -> None:
    part = {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}], "title": "Stop", "default": None}
    spec = Person(schema_of(stop=part)).field("/stop").spec
    assert (spec.label, spec.nullable, spec.default) == ("Stop", True, None)


def test_a_schema_that_contains_itself_grows_when_asked() -> None:
    person = Person(TREE)
    left = person.field("/tree/left")
    assert (left.spec.recursive, left.is_default) == (True, True)
    assert person.press("override:/tree/left").field("/tree/left/name").is_open
    assert person.type("/tree/left/name", "leaf").save().settings == {"tree": {"left": {"name": "leaf"}}}
    person.press("add:/tree/others").type("/tree/others/0/name", "more")
    assert person.save().settings == {"tree": {"left": {"name": "leaf"}, "others": [{"name": "more"}]}}


def test_far_down_everything_is_json() -> None:
    stored: dict[str, Any] = {"name": "last"}
    for _ in range(60):
        stored = {"left": stored}
    person = Person(TREE, {"tree": stored})
    assert any(field.widget == "json" for field in person.form.root.walk())
    assert person.save().settings == {"tree": stored}


def test_visible_if_and_disabled_when() -> None:
    schema = schema_of(
        mode={"enum": ["plain", "rich"], "default": "plain"},
        colour={
            "type": "string",
            "x_oap_ui_config": {"type": "text", "visible_if": {"field": "mode", "value": "rich"}},
        },
        size={
            "type": "string",
            "x_oap_ui_config": {"type": "text", "disabled_when": {"field": "mode", "value": ["rich"]}},
        },
    )
    plain, rich = Person(schema), Person(schema, {"mode": "rich", "size": "kept"})
    assert (plain.field("/colour").visible, plain.field("/size").enabled) == (False, True)
    assert (rich.field("/colour").visible, rich.field("/size").enabled) == (True, False)
    assert "/size" not in rich.data
    assert rich.save().settings == {"mode": "rich", "size": "kept"}


def test_a_value_of_another_shape_is_json_and_can_go_back_to_fields() -> None:
    person = Person(schema_of(search=SEARCH), {"search": "a text"})
    assert (person.field("/search").widget, person.field("/search").text) == ("json", '"a text"')
    person.press("fields:/search")
    assert person.field("/search").widget == "object"
    assert person.type("/search/engine#state", "value").type("/search/engine", "b").save().settings == {
        "search": {"engine": "b"}
    }


def test_any_field_can_be_edited_as_json_and_back() -> None:
    person = Person(schema_of(search=SEARCH), {"search": {"engine": "b"}}).press("json:/search")
    assert person.type("/search", '{"engine": "c", "results": 1}').press("fields:/search").save().settings == {
        "search": {"engine": "c", "results": 1}
    }
