"""What a changed graph means for settings that were saved before."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_app.domain.drift import Change, Drift, drifts
from assistants_app.domain.form_spec import read_schema

OLD: dict[str, Any] = {
    "type": "object",
    "properties": {
        "model": {"type": "string", "enum": ["small", "large"], "default": "small"},
        "temperature": {"type": "number", "maximum": 2, "default": 0.7},
        "tools": {"type": "array", "items": {"type": "string", "enum": ["search", "mail"]}},
        "tone": {"type": "string", "title": "Tone of voice"},
        "api_key": {"type": "string"},
        "nested": {"type": "object", "properties": {"depth": {"type": "integer"}}},
    },
}
VALUES = {
    "model": "large",
    "temperature": 1.5,
    "tools": ["search", "mail"],
    "tone": "dry",
    "api_key": "sk-canary-0815",
    "nested": {"depth": 3},
}


def _now(**changed: Any) -> dict[str, Any]:
    """The schema with some settings changed; None takes one away."""
    properties = {key: value for key, value in {**OLD["properties"], **changed}.items() if value is not None}
    return {**OLD, "properties": properties}


def _found(new: dict[str, Any], values: Any = None) -> list[tuple[Change, str]]:
    return [(one.change, one.key) for one in _drifts(new, values)]


def _drifts(new: dict[str, Any], values: Any = None) -> tuple[Drift, ...]:
    return drifts(OLD, read_schema(new), VALUES if values is None else values)


def test_it_works() -> None:
    new = _now(tone=None, model={"type": "string", "enum": ["small", "huge"]}, temperature={"type": "string"})
    new["properties"]["owner"] = {"type": "string"}
    new["required"] = ["owner"]
    assert sorted(_found(new)) == [
        (Change.OPTION_GONE, "model"),
        (Change.REQUIRED, "owner"),
        (Change.RETYPED, "temperature"),
        (Change.VANISHED, "tone"),
    ]
    last = _drifts(new)[-1]
    assert (last.label, last.value, last.fails) == ("Tone of voice", "dry", False)
    assert "does not offer “large”" in next(one.happened for one in _drifts(new) if one.key == "model")
    assert all(one.happened and one.at_run_time for one in _drifts(new))


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"tone": {"type": "string", "title": "Voice", "description": "How it speaks"}}, []),
        ({"more": {"type": "string", "default": "a"}}, []),
        ({"temperature": {"type": "number", "maximum": 1}}, [(Change.LIMITED, "temperature")]),
        (
            {"tools": {"type": "array", "items": {"type": "string", "enum": ["search"]}}},
            [(Change.OPTION_GONE, "tools")],
        ),
        ({"tone": {"type": "string", "enum": ["dry", "warm"]}}, []),
        ({"tone": {"type": "string", "enum": ["warm"]}}, [(Change.OPTION_GONE, "tone")]),
        ({"tone": {"type": "integer"}}, [(Change.RETYPED, "tone")]),
        ({"nested": {"type": "object", "properties": {"depth": {"type": "string"}}}}, [(Change.LIMITED, "nested")]),
        ({"nested": {"type": "array", "items": {"type": "string"}}}, [(Change.RETYPED, "nested")]),
    ],
)
def test_changes_of_a_setting(changed: dict[str, Any], found: list[tuple[Change, str]]) -> None:
    assert _found(_now(**changed)) == found


def test_what_is_not_set_follows_the_new_default() -> None:
    new = _now(temperature={"type": "number", "default": 0.2})
    (one,) = _drifts(new, {})
    assert (one.change, one.value, one.now) == (Change.DEFAULT, "0.7", "0.2")
    assert _found(new) == []


def test_what_was_refused_before_is_no_news() -> None:
    assert _found(_now(model={"type": "string", "enum": ["huge"]}), {"model": "never offered"}) == []


def test_a_graph_that_takes_any_key_forgets_none() -> None:
    assert _found({**_now(tone=None), "additionalProperties": True}) == []


def test_a_secret_is_never_told() -> None:
    for new in (_now(api_key=None), _now(api_key={"type": "integer"}), _now(api_key={"type": "string", "enum": ["a"]})):
        told = _drifts(new)
        assert told
        assert "sk-canary" not in repr(told)
        assert "sk-canary" not in "".join(one.happened + one.at_run_time for one in told)


@pytest.mark.parametrize("old", [None, OLD])
def test_nothing_known_or_nothing_changed(old: Any) -> None:
    assert drifts(old, read_schema(OLD), VALUES) == ()


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
)


@given(ANY, ANY, st.dictionaries(st.text(), ANY))
def test_it_never_raises(old: Any, new: Any, values: dict[str, Any]) -> None:
    for one in drifts(old, read_schema(new), values):
        assert one.happened
