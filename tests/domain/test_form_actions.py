"""Structural buttons never raise, and touch nothing but what they name."""

import pytest

from assistants_app.domain.config_values import apply_action, bind, form_data
from assistants_app.domain.form_spec import read_schema
from tests.domain.browser_form import Person, schema_of

SCHEMA = schema_of(
    tags={"type": "array", "items": {"type": "string"}},
    heat={"type": "number", "default": 0.7},
    key={"type": "string", "format": "password"},
    fixed={"type": "string", "readOnly": True},
)


def test_it_works() -> None:
    spec = read_schema(SCHEMA)
    data = apply_action(spec, {}, form_data(bind(spec, {})), "override:/heat")
    assert (data["/heat#state"], data["/heat"]) == (["value"], ["0.7"])


def test_names_of_others_stay() -> None:
    spec = read_schema(SCHEMA)
    data = {**form_data(bind(spec, {})), "csrfmiddlewaretoken": ["x"], "name": ["Writer"]}
    after = apply_action(spec, {}, data, "add:/tags")
    assert (after["csrfmiddlewaretoken"], after["name"]) == (["x"], ["Writer"])


def test_what_was_given_is_not_changed() -> None:
    spec = read_schema(SCHEMA)
    data = form_data(bind(spec, {"tags": ["a", "b"]}))
    before = {name: list(values) for name, values in data.items()}
    apply_action(spec, {"tags": ["a", "b"]}, data, "up:/tags/1")
    assert data == before


@pytest.mark.parametrize(
    "action",
    [
        "",
        ":",
        "add",
        "add:",
        "add:/nowhere",
        "add:/heat/0/1",
        "override:/fixed",
        "null:/heat",
        "json:/key",
        "up:/tags/-1",
    ],
)
def test_actions_that_mean_nothing_change_nothing(action: str) -> None:
    stored = {"tags": ["a"], "heat": 1, "key": "sk", "fixed": "f"}
    spec = read_schema(SCHEMA)
    data = form_data(bind(spec, stored))
    assert apply_action(spec, stored, data, action) == data


def test_a_refused_number_stays_typed() -> None:
    person = Person(SCHEMA, {"heat": 1}).type("/heat", "much").press("add:/tags")
    assert person.field("/heat").text == "much"
    assert person.field("/heat").errors == ()


def test_adding_to_an_empty_default_or_to_null_makes_the_first_row() -> None:
    part = {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}], "default": None}
    for stored in ({}, {"tags": None}):
        person = Person(schema_of(tags=part), stored).press("add:/tags").type("/tags/0", "a")
        assert person.save().settings == {"tags": ["a"]}


def test_adding_to_a_default_list_starts_from_the_default() -> None:
    schema = schema_of(tags={"type": "array", "items": {"type": "string"}, "default": ["a"]})
    assert Person(schema).press("add:/tags").save().settings == {"tags": ["a"]}
