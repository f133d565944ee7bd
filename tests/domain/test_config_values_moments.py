"""Dates and times: native inputs, offsets kept, and nothing lost that a browser cannot hold."""

import pytest

from tests.domain.browser_form import Person, schema_of

MOMENTS = schema_of(
    day={"type": "string", "format": "date"},
    clock={"type": "string", "format": "time"},
    at={"type": "string", "format": "date-time"},
    wait={"type": "string", "format": "duration"},
)


def test_it_works() -> None:
    person = Person(MOMENTS)
    assert [field.widget for field in person.form.fields] == ["date", "time", "datetime", "text"]
    person.type("/day", "2026-03-31").type("/clock", "14:30").type("/at", "2026-03-31T14:30").type("/at#offset", "Z")
    assert person.type("/wait", "PT30M").save().settings == {
        "day": "2026-03-31",
        "clock": "14:30:00",
        "at": "2026-03-31T14:30:00Z",
        "wait": "PT30M",
    }


def test_the_offset_is_kept() -> None:
    person = Person(MOMENTS, {"at": "2026-03-31T14:30:00+02:00"})
    assert (person.field("/at").text, person.field("/at").offset) == ("2026-03-31T14:30:00", "+02:00")
    assert person.type("/at", "2026-03-31T15:00").save().settings == {"at": "2026-03-31T15:00:00+02:00"}


def test_the_offset_is_asked_for() -> None:
    person = Person(MOMENTS).type("/at", "2026-03-31T14:30")
    assert person.errors() == {"/at": "Add the offset from UTC, such as Z or +02:00."}
    assert person.field("/at").text == "2026-03-31T14:30"


@pytest.mark.parametrize("posted", ["2026-03-31T14:30", "2026-03-31T14:30:00"])
def test_seconds_that_a_browser_drops_change_nothing(posted: str) -> None:
    person = Person(MOMENTS, {"at": "2026-03-31T14:30:00.000Z"}).type("/at", posted)
    assert person.save().settings == {"at": "2026-03-31T14:30:00.000Z"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("at", "2026-03-31T14:30:00"),
        ("at", "2026-03-31 14:30"),
        ("at", "2026-02-30T14:30:00Z"),
        ("at", "2026-03-31T23:59:60Z"),
        ("at", "2026-03-31T14:30:00.123456Z"),
        ("day", "31.3.2026"),
        ("clock", "14:30:00Z"),
        ("clock", "25:00"),
    ],
)
def test_whatever_is_stored_stays(name: str, value: str) -> None:
    assert Person(MOMENTS, {name: value}).save().settings == {name: value}


@pytest.mark.parametrize(("name", "value"), [("day", "2026-02-30"), ("clock", "24:61"), ("wait", "soon")])
def test_mistakes(name: str, value: str) -> None:
    assert list(Person(MOMENTS).type(f"/{name}", value).errors()) == [f"/{name}"]


@pytest.mark.parametrize(
    ("format", "good", "bad"),
    [
        ("uri", "https://example.com/a?b#c", "example.com"),
        ("email", "a@b.c", "a@"),
        ("uuid", "123E4567-e89b-12d3-a456-426614174000", "123e4567"),
        ("ipv4", "192.0.2.1", "192.0.2.256"),
        ("ipv6", "2001:db8::1", "192.0.2.1"),
        ("ipvanyaddress", "192.0.2.1", "here"),
    ],
)
def test_typed_texts_are_kept_as_typed(format: str, good: str, bad: str) -> None:
    schema = schema_of(value={"type": "string", "format": format})
    assert Person(schema).type("/value", good).save().settings == {"value": good}
    assert Person(schema).type("/value", good).save().errors == ()
    assert list(Person(schema).type("/value", bad).errors()) == ["/value"]


def test_paths_are_texts() -> None:
    person = Person(schema_of(folder={"type": "string", "format": "directory-path"}))
    assert person.type("/folder", "/tmp/ x").save().errors == ()
