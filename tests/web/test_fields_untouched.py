"""The templates keep the second rule: what a browser posts of an untouched form is what the form engine foretells."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from assistants_app.domain.config_values import bind, form_data, read
from assistants_app.domain.form_spec import read_schema
from assistants_app.domain.json_values import canonical
from tests.domain.form_schemas import KEYS, SCHEMAS, VALUES
from tests.every_kind import SCHEMA
from tests.web.browser_post import BrowserPost

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"


def same_line_breaks(data: dict[str, list[str]]) -> dict[str, list[str]]:
    """Values with one kind of line break: browsers make CRLF of all, in a textarea and in a hidden input alike."""
    return {
        name: [value.replace("\r\n", "\n").replace("\r", "\n") for value in values] for name, values in data.items()
    }


def assert_untouched(schema: Any, stored: dict[str, Any]) -> None:
    spec = read_schema(schema)
    form = bind(spec, stored)
    html = render_to_string("fields/form.html", {"form": form, "action": "", "request": RequestFactory().get("/")})
    posted, shown = BrowserPost(html).data, form_data(form)
    for field in form.root.walk():
        if not field.variable:
            shown.pop(field.variable_name, None)  # no variable may be named on this site
        if field.spec.hidden:
            posted.pop(field.state_name, None)  # it means nothing there
    assert same_line_breaks(posted) == same_line_breaks(shown)
    assert canonical(read(spec, stored, posted).settings) == canonical(stored)


def test_it_works() -> None:
    assert_untouched(SCHEMA, {"unknown": 1})


@settings(max_examples=40)
@given(SCHEMAS, st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_settings_under_any_schema(schema: Any, stored: dict[str, Any]) -> None:
    assert_untouched(schema, stored)


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the public schemas are not here")
@pytest.mark.parametrize("folder", ["graph_contexts", "rjsf_samples", "jsonforms"])
def test_public_schemas(folder: str) -> None:
    for path in sorted((CORPORA / folder).glob("*.json")):
        held = json.loads(path.read_text())
        for stored in ({}, held.get("data"), held.get("formData")):
            if isinstance(stored, dict):
                assert_untouched(held.get("schema", held.get("context_schema")), stored)
