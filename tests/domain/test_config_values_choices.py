"""Options: by their place, so that each keeps its type; and what is no longer offered is kept and marked."""

from typing import Any

import pytest

from assistants_app.domain.json_values import canonical
from tests.domain.browser_form import Person, schema_of

MIXED = schema_of(pick={"enum": ["a", 1, None]})
COLOURS = {"type": "array", "items": {"enum": ["red", "green", "blue"]}}


def test_it_works() -> None:
    person = Person(MIXED)
    assert [choice.label for choice in person.field("/pick").choices] == ["a", "1", "Empty (null)"]
    assert person.type("/pick", "1").save().settings == {"pick": 1}


@pytest.mark.parametrize(("index", "value"), list(enumerate([1, True, "true", "1"])))
def test_values_that_look_alike_keep_their_types(index: int, value: Any) -> None:
    schema = schema_of(pick={"enum": [1, True, "true", "1"]})
    saved = Person(schema).type("/pick", str(index)).save().settings
    assert canonical(saved) == canonical({"pick": value})
    assert Person(schema, {"pick": value}).field("/pick").choices[index].selected
    labels = [choice.label for choice in Person(schema).field("/pick").choices]
    assert len(set(labels)) == 4


@pytest.mark.parametrize(
    ("count", "kind", "searchable"), [(4, "radio", False), (5, "select", False), (13, "select", True)]
)
def test_how_many(count: int, kind: str, searchable: bool) -> None:
    spec = Person(schema_of(pick={"enum": [f"option {n}" for n in range(count)]})).field("/pick").spec
    assert (spec.kind, spec.searchable) == (kind, searchable)


def test_null_among_the_options_is_chosen_like_any_other() -> None:
    assert Person(MIXED, {"pick": None}).field("/pick").choices[2].selected
    assert Person(MIXED).type("/pick", "2").save().settings == {"pick": None}


def test_a_stored_value_that_is_gone_is_kept_and_marked() -> None:
    person = Person(schema_of(pick={"enum": ["a", "b"]}, other={"type": "string"}), {"pick": "gone"})
    kept = person.field("/pick").choices[-1]
    assert (kept.label, kept.selected, kept.offered) == ("gone", True, False)
    reading = person.type("/other", "x").save()
    assert reading.settings == {"pick": "gone", "other": "x"}
    assert reading.errors == ()
    assert person.field("/pick").warnings == ("Choose one of the options. It is kept as it was saved.",)


@pytest.mark.parametrize("token", ["2", "-1", "99999999999999999999", "kept", "a", "٠"])
def test_no_such_option(token: str) -> None:
    person = Person(schema_of(pick={"enum": ["a", "b"]}), {"pick": "a"}).type("/pick", token)
    assert person.errors() == {"/pick": "Choose one of the options."}
    assert person.save().settings == {"pick": "a"}


def test_referred_enum_and_its_siblings() -> None:
    schema = {
        "type": "object",
        "properties": {"search_api": {"$ref": "#/$defs/SearchAPI", "default": "b", "description": "Which one."}},
        "$defs": {"SearchAPI": {"enum": ["a", "b"], "title": "SearchAPI", "description": "All of them."}},
    }
    spec = Person(schema).field("/search_api").spec
    assert (spec.label, spec.help, spec.default_note) == ("Search API", "Which one.", "Graph default: b")


def test_titled_constants() -> None:
    one_of = {"oneOf": [{"const": 1, "title": "One"}, {"const": "2", "title": "Two", "description": "A text."}]}
    person = Person(schema_of(pick=one_of))
    assert [choice.label for choice in person.field("/pick").choices] == ["One", "Two"]
    assert person.type("/pick", "1").save().settings == {"pick": "2"}


def test_options_of_a_hint() -> None:
    hinted = {
        "type": "string",
        "default": "old",
        "x_oap_ui_config": {"type": "select", "options": [{"label": "New one", "value": "new"}]},
    }
    person = Person(schema_of(model=hinted))
    assert person.field("/model").default_text == "old"
    person.press("override:/model")
    assert [choice.label for choice in person.field("/model").choices] == ["New one", "old"]
    assert person.save().settings == {"model": "old"}
    assert person.type("/model", "0").save().settings == {"model": "new"}


def test_members_keep_their_order_and_new_ones_come_last() -> None:
    person = Person(schema_of(colours=COLOURS), {"colours": ["blue", "red"]})
    assert person.field("/colours").widget == "multiselect"
    assert person.type("/colours", "0", "1", "2").save().settings == {"colours": ["blue", "red", "green"]}
    assert person.type("/colours", "2").save().settings == {"colours": ["blue"]}


def test_members_no_longer_offered_are_kept_until_unchecked() -> None:
    person = Person(schema_of(colours=COLOURS), {"colours": ["gone", "red", "red"]})
    tokens = person.data["/colours"]
    assert person.save().settings == person.stored
    assert person.type("/colours", *tokens, "1").save().settings == {"colours": ["gone", "red", "red", "green"]}
    assert person.type("/colours", "0").save().settings == {"colours": ["red", "red"]}


def test_no_members_is_an_empty_list() -> None:
    assert Person(schema_of(colours=COLOURS), {"colours": ["red"]}).type("/colours").save().settings == {"colours": []}
    assert Person(schema_of(colours=COLOURS)).save().settings == {}


def test_constant_is_left_to_the_graph_and_kept() -> None:
    schema = schema_of(version={"const": 2, "default": 2})
    assert Person(schema).save().settings == {}
    assert Person(schema).press("override:/version").save().settings == {"version": 2}
    assert Person(schema, {"version": 2}).save().settings == {"version": 2}
    assert Person(schema, {"version": 1}).save().settings == {"version": 1}
