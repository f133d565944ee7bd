"""Words of this floor go through the translator: forms, labels, comparisons, summaries."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import pytest

from assistants_app.domain.config_values import BoundForm, apply_action, bind, bind_submitted
from assistants_app.domain.config_values.submitting import submit
from assistants_app.domain.diff import Comparison, Snapshot, compare, summarise
from assistants_app.domain.diff.marks import MarkSpace, pieces
from assistants_app.domain.diff.words import Span
from assistants_app.domain.form_spec import read_schema
from tests.brackets import bare, brackets
from tests.domain.browser_form import schema_of
from tests.every_kind import SCHEMA, SETTINGS


@pytest.fixture(autouse=True)
def _brackets() -> Iterator[None]:
    with brackets():
        yield


OURS = {"errors", "warnings", "key_errors", "default_note", "add_refused", "remove_refused", "notes", "not_checked"}
"""Attributes that hold nothing but words of ours."""


def words_in(value: Any, seen: set[int]) -> Iterator[tuple[str, str]]:
    """Every text in `OURS`, at any depth."""
    if id(value) in seen or isinstance(value, str | Enum):
        return
    seen.add(id(value))
    if isinstance(value, tuple | list):
        for part in value:
            yield from words_in(part, seen)
    elif is_dataclass(value):
        for field in fields(value):
            part = getattr(value, field.name)
            if field.name in OURS:
                told = [part] if isinstance(part, str) else [getattr(one, "message", one) for one in part]
                yield from ((field.name, text) for text in told if text)
            yield from words_in(part, seen)


def forms() -> Iterator[BoundForm]:
    spec = read_schema(SCHEMA)
    yield bind(spec, SETTINGS)
    yield bind(spec, {})
    nonsense = {name: ["~ \x00"] for name in _names(bind(spec, SETTINGS))}
    yield bind_submitted(spec, SETTINGS, nonsense)
    yield bind_submitted(spec, {}, {**{name.replace("#value", "#state"): ["value"] for name in nonsense}, **nonsense})
    opened = apply_action(spec, SETTINGS, {"/labels#items": ["0", "0"]}, "add:/stop_words")
    yield bind_submitted(spec, SETTINGS, {**opened, "/labels/1#key": ["alpha"], "/labels/0#key": ["alpha"]})


def _names(form: BoundForm) -> set[str]:
    return {name for field in form.root.walk() for name in (field.name, field.other_name, field.branch_name)}


def test_forms() -> None:
    told = [pair for form in forms() for pair in words_in(form, set())]

    assert {name for name, _ in told} >= {"errors", "warnings", "default_note", "add_refused"}
    assert {text for _, text in told if bare(text)} == set()


@pytest.mark.parametrize(
    ("part", "posted"),
    [
        *(({"type": kind}, text) for kind in ("integer", "number") for text in (
            "1,5", "x", "1.5.1", "9" * 5000, "1e99999", "1e-99999", "1e9999999999999999999", "0.5x", "1e400")),
        ({"type": "integer"}, "0.5"),
        ({"type": "integer", "x_oap_ui_config": {"type": "number", "min": 3}}, "1"),
        ({"type": "integer", "x_oap_ui_config": {"type": "number", "max": 3}}, "9"),
        ({"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^1"}]}, "x"),
        ({"type": "string", "format": "date-time"}, "2026-01-01T10:00"),
        ({"enum": ["a", "b"]}, "99"),
        ({"enum": ["a", "b"]}, ""),
        ({}, " "), ({}, "{"), ({}, '"•••••••• /b"'),
        ({"type": "string"}, ""), ({"type": "string"}, "\x00"),
        ({"type": "string", "format": "password"}, "\x00"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(part: Any, posted: str) -> None:
    schema = schema_of(["a"], a=part, b={"type": "string", "format": "password"})
    reading = submit(
        read_schema(schema, lenient=False), {"b": "s"}, {"/a#state": ["value"], "/a#value": [posted]}
    ).reading

    assert all(bare(error.message) == "" for error in reading.errors)
    assert reading.errors or posted == "1e400" or part.get("type") == "number"


def test_labels_of_options_and_kinds() -> None:
    schema = schema_of(
        a={"enum": ["", None, 1, "1", True, "true"]},
        b={"anyOf": [{"type": name} for name in ("string", "integer", "boolean", "array", "object")]},
        c={"type": "boolean", "default": True},
        d={"type": "array", "items": {"type": "object"}, "default": []},
        e={"type": "object", "default": {"token": "x", "f": None}},
        f={"anyOf": [{"enum": [1, 2]}, {}]},
        g={"type": "string", "deprecated": True},
        h={"type": "string", "langgraph_nodes": ["answer"]},
    )
    spec = read_schema(schema)
    named = {field.key: field for field in spec.fields}

    assert [bare(choice.label) for choice in named["a"].choices] == ["", "", "1 ()", "1 ()", "true ()", "true ()"]
    assert [bare(branch.title) for branch in named["b"].branches] == [""] * 5
    assert [bare(branch.title) for branch in named["f"].branches] == ["", ""]
    assert [bare(named[key].default_note) for key in "cde"] == ["", "", ""]
    assert "⟦(hidden)⟧" in named["e"].default_note
    assert [bare(section.title) for section in spec.sections] == ["", "Answer", ""]
    assert [bare(note) for note in read_schema({"type": "string"}).notes] == [""]
    assert [bare(note) for note in read_schema({"$ref": "#/nowhere"}).notes if "⟦" in note] == [""] * 2


SIDES = [
    (Snapshot(name="A", description="x", graph_id="g"), Snapshot(name="B", description="y", graph_id="h")),
    (Snapshot(config={"a": 1}, metadata={"b": 1}), Snapshot(config={"a": 2}, metadata={"b": 2})),
    *(
        (Snapshot(settings={"a": old} if old != "?" else {}), Snapshot(settings={"a": new} if new != "?" else {}))
        for old, new in [
            ("?", 1), (1, "?"), (1, None), (1, ""), ("", 1), (1, 2), (True, False), ("a  b", "a b"),
            ([1], [1, 2]), ([1, 2], [1]), ([1, 2], [2, 1]),
            ([{"id": 1, "b": 1}], [{"id": 1, "b": 2}]),
            ("one\ntwo", "one\ntwo\nthree"), ("one\ntwo", "one"), ("one\ntwo", "one\nthree"),
            ("one\ntwo", "three\nfour"),
            ("one two three\nfour", "one two three five\nfour six"),
        ]
    ),
    (Snapshot(settings={"api_key": "s" * 9}), Snapshot(settings={"api_key": "t" * 9})),
    (Snapshot(), Snapshot(settings=dict.fromkeys("abcdefgh", 1))),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), SIDES)
def test_summaries(old: Snapshot, new: Snapshot) -> None:
    summary = summarise(compare(old, new))

    assert summary
    assert bare(summary) == ""


def test_comparisons() -> None:
    def words(comparison: Comparison) -> str:
        change = comparison.rows[-1]
        return f"{change.old.words}{change.new.words}{change.old.default_note}"

    details = compare(*SIDES[0]).rows
    flags = compare(Snapshot(settings={"a": True}), Snapshot(settings={"a": False}))
    masked = compare(Snapshot(settings={"g": {"api_key": "old" * 9}}), Snapshot(settings={"g": {"api_key": "new" * 9}}))

    assert [bare(row.spot.label) for row in details] == ["", "", ""]
    assert words(flags) == "⟦On⟧⟦Off⟧"
    assert masked.rows[-1].new.value == {"api_key": "⟦•••••• (hidden, after)⟧"}


def test_marks() -> None:
    shown = pieces((Span("a   b\t\r \n", changed=True),), MarkSpace.ALL, line_changed=True)
    names = [piece.name for piece in shown if piece.name]

    assert len(names) >= 4
    assert [bare(name) for name in names if "line feed" not in name] == [""] * len(names)
