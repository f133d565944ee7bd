"""Structural buttons of a form: what they rearrange, where the focus goes, several forms on one page."""

import pytest
from django.utils import translation

from assistants_app.domain.config_values import bind, form_data
from assistants_app.web.forms import pressed, rearranged, spec_of
from tests.brackets import brackets
from tests.every_kind import SCHEMA

STORED = {"stop_words": ["a", "b", "c"], "team": [{"name": "Ada"}], "labels": {"k": "v"}, "max_words": 5}


@pytest.mark.parametrize(
    ("action", "focus"),
    [
        ("add:/team", "/team/1/name"),
        ("add:/labels", "/labels/1-key"),
        ("remove:/stop_words/1", "/stop_words/1"),
        ("remove:/stop_words/2", "/stop_words/1"),
        ("up:/stop_words/1", "/stop_words/0"),
        ("down:/stop_words/0", "/stop_words/1"),
        ("duplicate:/team/0", "/team/1/name"),
        ("override:/model", "/model"),
        ("reset:/max_words", "/max_words"),
        ("null:/farewell", "/farewell"),
        ("json:/team", "/team"),
        ("add:/nowhere", None),
        ("up", None),
        ("", None),
    ],
)
def test_it_works(action: str, focus: str | None) -> None:
    spec = spec_of(SCHEMA)
    _form, focused = rearranged(spec, STORED, form_data(bind(spec, STORED)), action)
    assert focused == focus


def test_forms_with_a_prefix_stay_apart() -> None:
    spec = spec_of(SCHEMA)
    data = form_data(bind(spec, STORED, "one:")) | form_data(bind(spec, STORED, "two:")) | {"two:#action": ["x"]}
    assert pressed(data) is None
    assert pressed(data, "one:") is None
    assert pressed(data, "two:") == "x"
    form, focus = rearranged(spec, STORED, data, "remove:two:/stop_words/0", "two:")
    field = form.field("/stop_words")
    assert field is not None
    assert [row.field.text for row in field.rows] == ["b", "c"]
    assert focus == "two%3A/stop_words/0"


def test_a_schema_is_read_once() -> None:
    assert spec_of(SCHEMA) is spec_of({**SCHEMA})


def test_words_are_those_of_the_reader() -> None:
    """Though a form spec is read once per schema."""
    notes = [spec_of(SCHEMA).fields[0].default_note]
    with translation.override("de"), brackets():
        notes.append(spec_of(SCHEMA).fields[0].default_note)
    notes.append(spec_of(SCHEMA).fields[0].default_note)

    assert notes == [notes[0], f"⟦{notes[0]}⟧", notes[0]]
