"""Renaming saves a version; deleting asks for the name."""

import pytest
from django.test import Client

from assistants_app.models import Assistant, Person, Thread
from assistants_app.models.assistants import system_assistant_id
from assistants_app.services.threads import create_thread
from tests import make

pytestmark = pytest.mark.django_db


def address(assistant: Assistant, what: str) -> str:
    return f"/assistants/{assistant.assistant_id}/{what}/"


def test_renaming_works(editor_client: Client) -> None:
    made = make.assistant(name="Blog writer")

    answer = editor_client.post(
        address(made, "rename"), {"name": " Post writer ", "description": "One\r\ntwo"}, follow=True
    )

    assert "Saved as v2, live now." in answer.text
    made.refresh_from_db()
    assert (made.name, made.description, made.version) == ("Post writer", "One\ntwo", 2)


def test_an_unchanged_name_saves_nothing(editor_client: Client) -> None:
    made = make.assistant(name="Blog writer", description=" A\n")

    answer = editor_client.post(address(made, "rename"), {"name": "Blog writer", "description": " A\r\n"}, follow=True)

    assert "Nothing changed since v1." in answer.text
    assert Assistant.history.newest_number(made) == 1


@pytest.mark.parametrize(
    ("name", "description"), [("", "Kept"), ("  ", "Kept"), ("x" * 201, "Kept"), ("a\0", "Kept"), ("A", "Kept\0")]
)
def test_what_cannot_be_a_name_is_refused_and_kept_on_the_page(
    editor_client: Client, name: str, description: str
) -> None:
    made = make.assistant(name="Blog writer")

    answer = editor_client.post(address(made, "rename"), {"name": name, "description": description})

    assert answer.status_code == 422
    assert 'class="error-summary"' in answer.text
    assert "Kept" in answer.text
    assert Assistant.history.newest_number(made) == 1


def test_the_owner_is_who_made_it_until_it_is_changed(editor_client: Client, erin: Person, ben: Person) -> None:
    made = make.assistant(name="Blog writer", person=erin)
    assert made.owner == erin
    assert "<dd>Erin Editor</dd>" in editor_client.get(f"/assistants/{made.assistant_id}/").text
    same = {"name": "Blog writer", "description": ""}

    answer = editor_client.post(address(made, "rename"), {**same, "owner": str(ben.pk)}, follow=True)

    made.refresh_from_db()
    assert made.owner == ben
    assert "Ben Brown owns it now." in answer.text
    assert "Nothing changed" not in answer.text
    assert Assistant.history.newest_number(made) == 1
    row = Assistant.history.filter(id=made.pk).latest()
    assert (row.number, row.history_change_reason, row.author) == (None, "Ben Brown owns it now", "Erin Editor")

    editor_client.post(address(made, "rename"), same)
    made.refresh_from_db()
    assert made.owner == ben
    assert "Nobody owns it now." in editor_client.post(address(made, "rename"), {**same, "owner": ""}, follow=True).text


@pytest.mark.parametrize("owner", ["0", "999999", "x", "-1", "9" * 40, "gone"])
def test_an_owner_must_be_somebody(editor_client: Client, erin: Person, ben: Person, owner: str) -> None:
    made = make.assistant(name="Blog writer", person=erin)
    Person.objects.filter(pk=ben.pk).update(is_active=False)
    data = {"name": "Typed", "description": "", "owner": str(ben.pk) if owner == "gone" else owner}

    answer = editor_client.post(address(made, "rename"), data)

    assert answer.status_code == 422
    assert 'href="#owner">There is no such person here.' in answer.text
    assert 'value="Typed"' in answer.text
    made.refresh_from_db()
    assert (made.owner, made.name) == (erin, "Blog writer")


def test_an_owner_who_left_stays_until_somebody_else_is_chosen(editor_client: Client, ben: Person) -> None:
    made = make.assistant(name="Blog writer", person=ben)
    Person.objects.filter(pk=ben.pk).update(is_active=False)
    assert f'value="{ben.pk}" selected' in editor_client.get(address(made, "rename")).text

    answer = editor_client.post(address(made, "rename"), {"name": "Other", "description": "", "owner": str(ben.pk)})

    assert answer.status_code == 302
    made.refresh_from_db()
    assert (made.owner, made.name) == (ben, "Other")


def test_a_description_that_begins_with_a_newline_comes_back_whole(editor_client: Client) -> None:
    made = make.assistant(description="\nIndented")

    assert "<textarea" in editor_client.get(address(made, "rename")).text
    assert ">\n\nIndented</textarea>" in editor_client.get(address(made, "rename")).text


def test_deleting_works(editor_client: Client) -> None:
    made = make.assistant_with_versions(3, name="Blog writer")

    assert "It has 3 versions." in editor_client.get(address(made, "delete")).text
    answer = editor_client.post(address(made, "delete"), {"typed_name": "Blog writer"}, follow=True)

    assert "Blog writer is deleted." in answer.text
    assert not Assistant.objects.exists()


@pytest.mark.parametrize("typed", ["", "blog writer", "Blog"])
def test_another_name_deletes_nothing(editor_client: Client, typed: str) -> None:
    made = make.assistant(name="Blog writer")

    answer = editor_client.post(address(made, "delete"), {"typed_name": typed})

    assert answer.status_code == 422
    assert "The name does not match; nothing was deleted." in answer.text
    assert Assistant.objects.exists()


@pytest.mark.parametrize(("given", "left"), [({}, 1), ({"delete_threads": "1"}, 0)])
def test_its_threads_stay_unless_they_are_to_go(editor_client: Client, given: dict[str, str], left: int) -> None:
    made = make.assistant(name="Blog writer")
    create_thread(assistant=made, owner=None)

    assert "Delete its 1 thread, too" in editor_client.get(address(made, "delete")).text
    editor_client.post(address(made, "delete"), {"typed_name": "Blog writer", **given})

    assert Thread.objects.count() == left


def test_graph_defaults_are_kept(editor_client: Client) -> None:
    made = make.assistant(name="writer", assistant_id=system_assistant_id("writer"))

    assert "cannot be deleted" in editor_client.get(address(made, "delete")).text
    answer = editor_client.post(address(made, "delete"), {"typed_name": "writer"})

    assert answer.status_code == 400
    assert "cannot be deleted" in answer.text
    assert Assistant.objects.exists()


def test_a_second_delete_finds_nothing(editor_client: Client) -> None:
    made = make.assistant(name="Blog writer")
    editor_client.post(address(made, "delete"), {"typed_name": "Blog writer"})

    assert editor_client.post(address(made, "delete"), {"typed_name": "Blog writer"}).status_code == 404
