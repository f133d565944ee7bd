"""Untouched means unchanged: a form that is sent as it was shown gives back the stored settings, whatever they are."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistants_app.domain.config_values import apply_action, bind, bind_submitted, form_data, read
from assistants_app.domain.form_spec import read_schema
from assistants_app.domain.json_values import canonical
from tests.domain.form_schemas import KEYS, SCHEMAS, VALUES

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"

patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def assert_untouched(schema: Any, stored: dict[str, Any]) -> None:
    spec = read_schema(schema)
    data = form_data(bind(spec, stored))
    again = read(spec, stored, data)
    assert canonical(again.settings) == canonical(stored)
    assert form_data(bind_submitted(spec, stored, data)) == data


def test_it_works() -> None:
    schema = {
        "type": "object",
        "properties": {"prompt": {"type": "string"}, "heat": {"type": "number", "default": 0.7}},
    }
    assert_untouched(schema, {"prompt": "\n one\r\ntwo ", "heat": 1.0, "unknown": [1]})


@patiently
@given(SCHEMAS, st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_settings_under_any_schema(schema: Any, stored: dict[str, Any]) -> None:
    assert_untouched(schema, stored)


@patiently
@given(st.data())
def test_settings_of_the_right_shape(data: st.DataObject) -> None:
    schema = data.draw(SCHEMAS)
    stored = data.draw(shaped(schema))
    assert_untouched(schema, stored if isinstance(stored, dict) else {})


def shaped(schema: Any) -> st.SearchStrategy[Any]:
    """Values that mostly fit a schema, without being valid: the shape decides which widgets are used."""
    if not isinstance(schema, dict):
        return VALUES
    if "anyOf" in schema or "oneOf" in schema:
        return st.one_of([shaped(part) for part in schema.get("anyOf") or schema["oneOf"]])
    if "enum" in schema:
        return st.one_of(st.sampled_from(schema["enum"]), VALUES)
    if isinstance(properties := schema.get("properties"), dict):
        optional = {key: shaped(part) for key, part in properties.items()}
        return st.fixed_dictionaries({}, optional={**optional, "unknown": VALUES})
    if schema.get("type") == "array" and isinstance(schema.get("items"), dict):
        return st.lists(shaped(schema["items"]), max_size=4)
    if schema.get("type") == "array":
        return st.lists(VALUES, max_size=4)
    if isinstance(extra := schema.get("additionalProperties"), dict):
        return st.dictionaries(KEYS, shaped(extra), max_size=3)
    return VALUES


@patiently
@given(SCHEMAS, st.dictionaries(KEYS, VALUES, max_size=3), st.data())
def test_any_button_and_any_forged_name(schema: Any, stored: dict[str, Any], data: st.DataObject) -> None:
    """Structural buttons in any order, and names nobody sent, raise nothing; what is shown again can be sent again."""
    spec = read_schema(schema)
    posted = form_data(bind(spec, stored))
    for _ in range(3):
        form = bind_submitted(spec, stored, posted, check=False)
        paths = sorted({field.path for field in form.root.walk()})
        verb = data.draw(
            st.sampled_from(["add", "remove", "up", "down", "duplicate", "override", "reset", "null", "json", "fields"])
        )
        path = data.draw(st.one_of(st.sampled_from(paths), st.sampled_from(paths).map(lambda path: f"{path}/0")))
        posted = apply_action(spec, stored, posted, f"{verb}:{path}")
        name = data.draw(
            st.sampled_from(["#state", "#branch", "#items", "#key", "#present", "#offset", "/0", "/-1", ""])
        )
        value = data.draw(
            st.sampled_from(["", "0", "1", "99999999999", "value", "null", "json", "auto", "x\x00", "\ud800"])
        )
        posted[f"{path}{name}"] = [value] * data.draw(st.integers(0, 2))
        reading = read(spec, stored, posted)
        assert isinstance(reading.settings, dict)
        canonical(reading.settings)


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the public schemas are not here")
@pytest.mark.parametrize("path", sorted(CORPORA.glob("*/*.json")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_public_schemas(path: Path) -> None:
    held = json.loads(path.read_text())
    given_data = [held.get("data"), held.get("formData"), *(test["data"] for test in held.get("tests", ()))]
    instances = [{}, *(data for data in given_data if isinstance(data, dict))]
    for schema in (held.get("schema"), held.get("context_schema"), held.get("input_schema")):
        for stored in instances:
            assert_untouched(schema, stored)
