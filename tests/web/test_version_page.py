"""One version, to read by its own schema's labels; restoring it, making it live, cloning it."""

from typing import Any

import pytest
from django.test import Client

from assistants_app.models import Assistant, Person
from tests import make

pytestmark = pytest.mark.django_db


def address(assistant: Assistant, number: int, what: str = "") -> str:
    return f"/assistants/{assistant.assistant_id}/versions/{number}/{what}"


def test_it_works(editor_client: Client, erin: Person) -> None:
    made = make.assistant(
        person=erin, settings={"system_prompt": "Be kind.\nAnd brief.", "temperature": 0.25, "tags": ["one", "two"]}
    )

    page = editor_client.get(address(made, 1)).text

    for said in ("System prompt", "Be kind.\nAnd brief.", "0.25", "<li>", "Graph default: demo", "Erin Editor"):
        assert said in page


def test_it_is_read_by_the_schema_it_was_saved_with(editor_client: Client) -> None:
    old = {"type": "object", "properties": {"tone": {"type": "string", "title": "Old label of the tone"}}}
    made = make.assistant(settings={"tone": "dry"}, settings_schema=old)
    make.version(made, settings={"tone": "wet"}, settings_schema=make.SCHEMA)

    assert "<dt>Old label of the tone" in editor_client.get(address(made, 1)).text
    assert "<dt>Old label of the tone" not in editor_client.get(address(made, 2)).text


def test_a_secret_is_nowhere_on_the_page(editor_client: Client) -> None:
    schema = {
        "type": "object",
        "properties": {
            "key": {"type": "string", "format": "password"},
            "inner": {"type": "object", "properties": {"api_key": {"type": "string", "writeOnly": True}}},
        },
    }
    made = make.assistant(settings={"key": "hunter2", "inner": {"api_key": "hunter3"}}, settings_schema=schema)

    page = editor_client.get(address(made, 1)).text

    assert "hunter" not in page
    assert "set, hidden" in page


@pytest.mark.parametrize(
    "schema",
    [
        None,
        {},
        {"type": "string"},
        {"type": "object", "properties": "junk"},
        {"$ref": "#/$defs/nowhere"},
        {"type": "object", "properties": {"a": {"$ref": "#"}}},
        {"type": "object", "properties": {"a": {"anyOf": [{"type": "integer"}, {"type": "object"}]}}},
    ],
)
@pytest.mark.parametrize("settings", [{}, {"a": None}, {"a": {"a": {"a": [1, {}]}}}, {"": "x", "a": "<script>1"}])
def test_no_schema_and_no_value_breaks_it(
    editor_client: Client, schema: dict[str, Any] | None, settings: dict[str, Any]
) -> None:
    made = make.assistant(settings=settings, settings_schema=schema)

    answer = editor_client.get(address(made, 1))

    assert answer.status_code == 200
    assert "<script>1" not in answer.text


def test_values_the_schema_does_not_know_are_shown(editor_client: Client) -> None:
    made = make.assistant(settings={"left_over": [1, 2]})

    page = editor_client.get(address(made, 1)).text

    assert "Other saved values" in page
    assert "left_over" in page


def test_it_stays_readable_without_its_graph(editor_client: Client) -> None:
    made = make.assistant(graph_id="uninstalled")

    assert "Write a blog post." in editor_client.get(address(made, 1)).text


def test_restoring_works(editor_client: Client) -> None:
    made = make.assistant_with_versions(3)

    answer = editor_client.post(address(made, 1, "restore/"), follow=True)

    assert "v1 is restored as v4, which is live now." in answer.text
    assert f'href="{address(made, 4)}">View</a>' in answer.text
    made.refresh_from_db()
    assert (made.version, made.context) == (4, {"system_prompt": "Write a blog post."})


def test_restoring_twice_saves_once(editor_client: Client) -> None:
    made = make.assistant_with_versions(3)
    editor_client.post(address(made, 1, "restore/"))

    answer = editor_client.post(address(made, 1, "restore/"), follow=True)

    assert "nothing was saved" in answer.text
    assert Assistant.history.newest_number(made) == 4


def test_making_live_works(editor_client: Client) -> None:
    made = make.assistant_with_versions(3)

    answer = editor_client.post(address(made, 2, "make-live/"), follow=True)

    assert "v2 is live now; it was v3 before." in answer.text
    made.refresh_from_db()
    assert (made.version, Assistant.history.newest_number(made)) == (2, 3)


def test_cloning_works(editor_client: Client) -> None:
    made = make.assistant_with_versions(3, name="Blog writer")

    assert 'value="Blog writer (copy)"' in editor_client.get(address(made, 2, "clone/")).text
    answer = editor_client.post(address(made, 2, "clone/"), {"name": "Post writer"}, follow=True)

    assert "Post writer is made." in answer.text
    clone = Assistant.objects.get(name="Post writer")
    assert clone.context == Assistant.history.numbered(made, 2).context
    assert "Cloned from Blog writer v2" in answer.text


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "a\0b"])
def test_what_cannot_be_a_name_is_refused(editor_client: Client, name: str) -> None:
    made = make.assistant()

    answer = editor_client.post(address(made, 1, "clone/"), {"name": name})

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert Assistant.objects.count() == 1


def test_the_longest_name_can_be_cloned(editor_client: Client) -> None:
    made = make.assistant(name="x" * 200)
    page = editor_client.get(address(made, 1, "clone/")).text

    assert f'value="{"x" * 200}"' in page


@pytest.mark.parametrize("number", ["0", "2", "99999999999999999999999999"])
@pytest.mark.parametrize(
    ("method", "what"), [("get", ""), ("post", "restore/"), ("post", "make-live/"), ("get", "clone/")]
)
def test_an_unknown_version_is_a_page_of_its_own(editor_client: Client, method: str, what: str, number: str) -> None:
    made = make.assistant(name="Blog writer")

    answer = getattr(editor_client, method)(f"/assistants/{made.assistant_id}/versions/{number}/{what}")

    assert answer.status_code == 404
    assert "Blog writer has no version" in answer.text


@pytest.mark.parametrize("what", ["restore/", "make-live/"])
def test_going_back_is_a_post(editor_client: Client, what: str) -> None:
    made = make.assistant_with_versions(2)

    assert editor_client.get(address(made, 1, what)).status_code == 405
    made.refresh_from_db()
    assert made.version == 2


def test_a_version_of_another_assistant_is_not_there(editor_client: Client) -> None:
    one, many = make.assistant(name="One"), make.assistant_with_versions(3, name="Many")

    assert editor_client.post(address(one, 3, "restore/")).status_code == 404
    assert editor_client.get(address(many, 3)).status_code == 200
