"""`visible_if` and `disabled_when`: what is out of reach need not be filled in, what is off stays as it was saved."""

from typing import Any

import pytest

from assistants_app.domain.config_values.conditions import judge_form
from assistants_app.domain.form_spec import read_schema
from tests.domain.browser_form import Person, schema_of


def when(part: dict[str, Any], **hints: tuple[str, Any]) -> dict[str, Any]:
    conditions = {name: {"field": field, "value": value} for name, (field, value) in hints.items()}
    return {**part, "x_oap_ui_config": conditions}


RICH = schema_of(
    ["colour", "mode"],
    mode={"enum": ["plain", "rich"], "default": "plain"},
    colour=when({"type": "string"}, visible_if=("mode", "rich")),
)


def test_it_works() -> None:
    hidden, shown = Person(RICH, {"mode": "plain"}).save(), Person(RICH, {"mode": "rich"}).save()

    assert (hidden.errors, hidden.settings) == ((), {"mode": "plain"})
    assert [warning.pointer for warning in hidden.warnings] == ["/colour"]
    assert [(error.pointer, error.message) for error in shown.errors] == [("/colour", "Fill this in.")]


def test_what_was_typed_decides_and_not_what_was_saved() -> None:
    to_plain = Person(RICH, {"mode": "rich"}).type("/mode", "0").save()
    to_rich = Person(RICH, {"mode": "plain"}).type("/mode", "1").save()

    assert (to_plain.errors, to_plain.settings) == ((), {"mode": "plain"})
    assert [error.pointer for error in to_rich.errors] == ["/colour"]


def test_a_hidden_value_is_kept_and_a_typed_one_is_saved() -> None:
    kept = Person(RICH, {"mode": "rich", "colour": "red"}).type("/mode", "0").save()
    typed = Person(RICH, {"mode": "plain"}).type("/colour#state", "value").type("/colour", "blue").save()

    assert kept.settings == {"mode": "plain", "colour": "red"}
    assert typed.settings == {"mode": "plain", "colour": "blue"}


def test_a_value_emptied_and_then_hidden_stays_saved() -> None:
    person = Person(RICH, {"mode": "rich", "colour": "red"}).type("/colour", "")

    assert [error.message for error in person.save().errors] == ["Fill this in."]
    assert person.type("/mode", "0").save().errors == ()
    assert person.save().settings == {"mode": "plain", "colour": "red"}


def test_a_wrong_value_is_wrong_where_it_is_hidden_too() -> None:
    """It would be saved; the page shows such a field."""
    schema = schema_of(
        mode={"type": "boolean", "default": False}, n=when({"type": "integer"}, visible_if=("mode", True))
    )

    assert [error.pointer for error in Person(schema, {"n": 1}).type("/n", "x").save().errors] == ["/n"]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "string", "minLength": 1},
        {"enum": ["a", "b"]},
        {"type": "integer"},
        {"type": "string", "format": "password"},
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
        {"oneOf": [{"type": "integer"}, {"type": "boolean"}]},
        schema_of(["inner"], inner={"type": "string"}),
        {"type": "array", "items": schema_of(["inner"], inner={"type": "string"})},
        {},
    ],
)
@pytest.mark.parametrize("hint", ["visible_if", "disabled_when"])
def test_no_kind_of_field_must_be_filled_in_out_of_reach(part: dict[str, Any], hint: str) -> None:
    wanted = ("mode", hint == "visible_if")
    schema = schema_of(["a", "mode"], mode={"type": "boolean", "default": False}, a=when(part, **{hint: wanted}))
    far = Person(schema, {"mode": False}).type("/a#state", "value")
    near = Person(schema, {"mode": False}).type("/mode", "true").type("/a#state", "value")
    if part.get("items", {}).get("type") == "object":
        far, near = far.press("add:/a"), near.press("add:/a")

    assert far.save().errors == ()
    assert [error.pointer for error in near.save().errors] or part.get("type") in ("array", "object")


def test_conditions_in_a_list_of_groups() -> None:
    """Each row by its own values."""
    to = when({"type": "string"}, visible_if=("kind", "send"))
    row = schema_of(["kind", "to"], kind={"enum": ["wait", "send"], "default": "wait"}, to=to)
    person = Person(schema_of(steps={"type": "array", "items": row})).press("add:/steps").press("add:/steps")
    person.type("/steps/0/kind#state", "value").type("/steps/0/kind", "0")
    person.type("/steps/1/kind#state", "value").type("/steps/1/kind", "0")

    assert person.save().errors == ()
    assert [error.pointer for error in person.type("/steps/1/kind", "1").save().errors] == ["/steps/1/to"]


OFF = schema_of(
    ["limit"],
    endless={"type": "boolean", "default": False},
    limit=when({"type": "integer"}, disabled_when=("endless", True)),
    unit=when({"enum": ["s", "m"], "default": "s"}, disabled_when=("limit", 0)),
)


def test_what_is_off_stays_as_it_was_saved() -> None:
    """Even if a browser sends it: one without script lets both fields be changed at once."""
    person = Person(OFF, {"limit": 5}).type("/limit", "7")

    assert person.save().settings == {"limit": 7}
    person.type("/endless#state", "value")
    assert person.type("/endless", "true").save().settings == {"limit": 5, "endless": True}
    assert person.type("/limit", "nonsense").save().errors == ()


def test_what_is_off_decides_by_what_is_saved() -> None:
    person = Person(OFF, {"limit": 5, "endless": False}).type("/endless", "true").type("/limit", "0")
    person.type("/unit#state", "value").type("/unit", "1")

    assert person.save().settings == {"limit": 5, "endless": True, "unit": "m"}


def test_fields_that_turn_each_other_off_end() -> None:
    schema = schema_of(
        a=when({"type": "integer"}, disabled_when=("b", 1)), b=when({"type": "integer"}, disabled_when=("a", 1))
    )
    person = Person(schema, {"a": 0, "b": 0}).type("/a", "1").type("/b", "1")

    assert person.save().errors == ()


def test_a_condition_on_nothing_hides_nothing() -> None:
    schema = schema_of(["a"], a=when({"type": "string"}, visible_if=("nowhere", True)))

    assert Person(schema).field("/a").visible
    assert [error.pointer for error in judge_form(read_schema(schema, lenient=False), {}, {}).errors] == ["/a"]


def test_raw_json_is_judged_alike() -> None:
    spec = read_schema(RICH, lenient=False)

    assert judge_form(spec, {"mode": "plain"}, {}).errors == ()
    assert [error.pointer for error in judge_form(spec, {"mode": "rich"}, {}).errors] == ["/colour"]
