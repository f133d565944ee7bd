"""JSON values: their texts and their digests, and those that are made once."""

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_app.domain import json_values
from assistants_app.domain.errors import InvalidJson
from assistants_app.domain.json_values import FixedJson, canonical, digest_of_text, load_strict, same, text_of
from assistants_app.services.secrets import Key

VALUE = {"b": "é \U0001f600", "a": [1, 1.0, None, {"z": "\n"}]}


def test_it_works() -> None:
    fixed = FixedJson(VALUE)
    assert (fixed, json.loads(fixed.text)) == (VALUE, VALUE)
    assert text_of(fixed) == text_of(VALUE) == '{"b": "é \U0001f600", "a": [1, 1.0, null, {"z": "\\n"}]}'
    assert fixed.digest == digest_of_text(text_of(VALUE))
    assert len(fixed.digest) == 32
    assert FixedJson({}).text == "{}"


def test_a_text_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fixed = FixedJson(VALUE)
    known = fixed.text, fixed.digest
    monkeypatch.setattr(json_values, "_encoder", None)
    assert (text_of(fixed), fixed.digest) == known
    with pytest.raises(AttributeError):
        text_of(VALUE)


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, dict.copy, lambda value: pickle.loads(pickle.dumps(value))]
)
def test_a_copy_may_be_changed(copied: Callable[[Any], Any]) -> None:
    fixed = FixedJson(VALUE)
    assert fixed.text
    other = copied(fixed)
    assert (type(other), other) == (dict, VALUE)
    other["b"] = 1
    assert text_of(other) != text_of(fixed)


def test_what_is_no_json_has_no_text() -> None:
    for value in (float("nan"), {"a": float("inf")}):
        with pytest.raises(ValueError, match="Out of range"):
            text_of(value)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"a": "\\u0000"}', "NUL"),
        ('{"\\ud800": 1}', "surrogate"),
        ('"\ud800"', "surrogate"),
        ("[1e999]", "too large"),
        ("-1e999", "too large"),
        ("[NaN]", "NaN is not a JSON number"),
        ('{"a": 1, "a": 2}', "twice"),
        ("[" * 101 + "]" * 101, "levels deep"),
        ('{"a":' * 101 + "1" + "}" * 101, "levels deep"),
        (json.dumps(Key.of("key", "secrets").seal("x")), "secret"),
        (json.dumps({Key.of("key", "secrets").seal("x"): 1}), "secret"),
    ],
)
def test_what_cannot_be_stored_is_refused_as_it_is_read(text: str, fault: str) -> None:
    with pytest.raises(InvalidJson, match=fault):
        load_strict(text)


@pytest.mark.parametrize("text", ["[" * 100 + "]" * 100, "[" + "[]," * 200 + "1.5]", '"\\u00e9 $"', "1e308"])
def test_what_can_be_stored_is_read(text: str) -> None:
    assert load_strict(text) == json.loads(text)


PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(st.recursive(PLAIN, lambda part: st.lists(part) | st.dictionaries(st.text(), part), max_leaves=5))
def test_equal_values_have_one_canonical_text(value: Any) -> None:
    assert same(value, json.loads(json.dumps(value)))
    for other in (0, 0.0, -0.0, False, None, "", 1, 1.0, True, "1", [], {}):
        assert same(value, other) == (canonical(value) == canonical(other))
