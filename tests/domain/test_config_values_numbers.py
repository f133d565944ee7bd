"""Numbers: exact, never localised, and each mistake in words."""

from typing import Any

import pytest

from tests.domain.browser_form import Person, schema_of

BOTH = schema_of(whole={"type": "integer"}, any={"type": "number"})


def test_it_works() -> None:
    assert Person(BOTH).type("/whole", "3").type("/any", "0.5").save().settings == {"whole": 3, "any": 0.5}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e3", 1000),
        ("1.0", 1),
        ("+5", 5),
        (" 7 ", 7),
        ("-0", 0),
        ("9007199254740993", 2**53 + 1),
        ("1" * 400, int("1" * 400)),
    ],
)
def test_whole_numbers(text: str, value: int) -> None:
    settings = Person(BOTH).type("/whole", text).save().settings
    assert settings == {"whole": value}
    assert type(settings["whole"]) is int


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e3", 1000.0), ("1.0", 1.0), (".5", 0.5), ("5.", 5.0), ("2", 2), ("1e-400", 0.0), ("0.1", 0.1)],
)
def test_numbers(text: str, value: float) -> None:
    settings = Person(BOTH).type("/any", text).save().settings
    assert settings == {"any": value}
    assert type(settings["any"]) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("/any", "1,5", "Write the number without commas; a point separates the decimals: 1.5."),
        ("/any", "much", "Write a number, such as 0.7."),
        ("/any", "NaN", "Write a number, such as 0.7."),
        ("/any", "Infinity", "Write a number, such as 0.7."),
        ("/any", "٣", "Write a number, such as 0.7."),
        ("/any", "1e400", "This number is too large."),
        ("/any", "1e999999999999999999", "This number is too large."),
        ("/whole", "1e99999999", "This number is too large."),
        ("/whole", "1.5", "Write a whole number, without decimals."),
        ("/whole", "true", "Write a whole number, such as 12."),
        ("/whole", "9" * 5000, "This number has too many digits."),
    ],
)
def test_mistakes(name: str, text: str, message: str) -> None:
    person = Person(BOTH, {"whole": 1, "any": 1}).type(name, text)
    assert person.errors() == {name: message}
    assert person.field(name).text == text
    assert person.save().settings == person.stored


@pytest.mark.parametrize("value", [2**53 + 1, 10**400, 1.0, -0.0, 1e16, 0.1 + 0.2, 5e-324])
def test_stored_numbers_come_back_exactly(value: float) -> None:
    settings = Person(BOTH, {"any": value}).save().settings
    assert repr(settings["any"]) == repr(value)


@pytest.mark.parametrize("value", [True, "5", [5], 2.5])
def test_other_values_stored_for_a_whole_number_stay(value: Any) -> None:
    assert Person(BOTH, {"whole": value}).save().settings == {"whole": value}


def test_bounds_of_zero_count() -> None:
    schema = schema_of(low={"type": "integer", "minimum": 0}, high={"type": "number", "maximum": 0})
    person = Person(schema).type("/low", "-1").type("/high", "0.1")
    assert person.errors() == {"/low": "Must be at least 0.", "/high": "Must be at most 0."}
    assert person.field("/low").spec.bounds.minimum == 0


@pytest.mark.parametrize("bounds", [{"exclusiveMaximum": 2}, {"maximum": 2, "exclusiveMaximum": True}])
def test_exclusive_bounds(bounds: dict[str, Any]) -> None:
    person = Person(schema_of(heat={"type": "number", **bounds}))
    assert person.field("/heat").spec.bounds.exclusive_maximum
    assert person.type("/heat", "2").errors() == {"/heat": "Must be less than 2."}
    assert person.type("/heat", "1.99").errors() == {}


def test_steps_are_decimal() -> None:
    schema = schema_of(heat={"type": "number", "multipleOf": 0.1})
    assert Person(schema).type("/heat", "0.3").save().errors == ()
    assert Person(schema).type("/heat", "0.35").errors() == {"/heat": "Must be a multiple of 0.1."}


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ({"type": "number", "minimum": 0, "maximum": 2}, "slider"),
        ({"type": "number", "minimum": 0, "maximum": 1000}, "number"),
        ({"type": "number", "minimum": 0, "exclusiveMaximum": 1}, "number"),
        ({"type": "integer", "minimum": 1, "maximum": 10}, "slider"),
        ({"type": "integer", "minimum": 1, "maximum": 100000}, "number"),
        ({"type": "number", "x_oap_ui_config": {"type": "slider", "min": 0, "max": 1000}}, "slider"),
        ({"type": "number", "x_oap_ui_config": {"type": "slider", "min": 0}}, "number"),
        ({"type": "integer", "x_oap_ui_config": {"type": "number", "min": 1, "max": 5}}, "number"),
    ],
)
def test_sliders(part: dict[str, Any], kind: str) -> None:
    assert Person(schema_of(heat=part)).field("/heat").spec.kind == kind


@pytest.mark.parametrize(("value", "widget"), [(0.5, "slider"), (0.55, "number"), (7, "number"), (10**400, "number")])
def test_a_slider_only_where_it_can_stand(value: float, widget: str) -> None:
    hinted = {"type": "number", "x_oap_ui_config": {"type": "slider", "min": 0, "max": 1, "step": 0.1}}
    person = Person(schema_of(heat=hinted), {"heat": value})
    assert person.field("/heat").widget == widget
    assert person.save().settings == {"heat": value}


def test_the_limits_of_a_hint_hold_for_what_is_typed() -> None:
    hinted = {"type": "integer", "x_oap_ui_config": {"type": "number", "min": 1, "max": 10}}
    assert Person(schema_of(count=hinted)).type("/count", "11").errors() == {"/count": "Must be at most 10."}
    assert Person(schema_of(count=hinted), {"count": 11}).errors() == {}


def test_numbers_no_browser_can_hold_are_shown_as_text() -> None:
    assert Person(BOTH, {"any": 10**400}).field("/any").input_type == "text"
    assert Person(BOTH, {"any": 5}).field("/any").input_type == "number"
