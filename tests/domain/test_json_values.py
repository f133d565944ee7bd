"""JSON values: their texts and their digests, and those that are made once."""

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from assistants_app.domain import json_values
from assistants_app.domain.json_values import FixedJson, digest_of_text, text_of

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
    monkeypatch.setattr(json_values, "_plain", None)
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
