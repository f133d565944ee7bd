"""One truth: what a program saves is on the pages at once, what people save is in the API, and neither overwrites."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.models import Assistant, Person
from tests import make
from tests.api.asking import Api
from tests.web.posting import page_data, typed


@pytest.fixture
def assistant(api: Api, editor_client: Client) -> Assistant:
    return make.assistant(settings={"system_prompt": "Before"})


def path_of(assistant: Assistant) -> str:
    return f"/assistants/{assistant.assistant_id}"


def edit(assistant: Assistant) -> str:
    return reverse("assistant-edit", args=[assistant.assistant_id])


def form(assistant: Assistant, **values: Any) -> Any:
    return typed(page_data(assistant, make.SCHEMA), **values)


def test_it_works(assistant: Assistant, api: Api, editor_client: Client, erin: Person) -> None:
    api.ok("PATCH", path_of(assistant), {"context": {"system_prompt": "By a program"}, "note": "nightly"})

    page = editor_client.get(reverse("assistant-versions", args=[assistant.assistant_id])).text
    assert "API key tests" in page
    assert "nightly" in page
    assert "By a program" in editor_client.get(edit(assistant)).text

    saved = editor_client.post(edit(assistant), form(assistant, system_prompt="By Erin"))
    assert saved.status_code == 302
    told = api.ok("GET", path_of(assistant))
    assert (told["version"], told["context"]["system_prompt"]) == (3, "By Erin")
    newest = api.ok("POST", path_of(assistant) + "/versions", {"limit": 1})[0]
    assert (newest["version"], newest["author"]) == (3, "Erin Editor")


def test_a_form_that_a_program_overtook(assistant: Assistant, api: Api, editor_client: Client) -> None:
    late = form(assistant, system_prompt="By Erin")
    api.ok("PATCH", path_of(assistant), {"context": {"system_prompt": "By a program"}})

    answer = editor_client.post(edit(assistant), late)
    assert answer.status_code == 409
    assert "API key tests" in answer.text
    assert api.ok("GET", path_of(assistant))["context"]["system_prompt"] == "By a program"


def test_a_program_that_a_person_overtook(assistant: Assistant, api: Api, editor_client: Client) -> None:
    editor_client.post(edit(assistant), form(assistant, system_prompt="By Erin"))

    late = {"context": {"system_prompt": "By a program"}, "base_version": 1}
    assert api.patch(path_of(assistant), late).status_code == 409
    assert api.ok("GET", path_of(assistant))["context"]["system_prompt"] == "By Erin"


def test_a_version_that_waits(assistant: Assistant, api: Api, editor_client: Client) -> None:
    api.ok("PATCH", path_of(assistant), {"context": {"system_prompt": "Perhaps"}, "make_live": False})
    assert "Perhaps" not in editor_client.get(edit(assistant)).text

    make_live = reverse("assistant-make-live", args=[assistant.assistant_id, 2])
    assert editor_client.post(make_live).status_code == 302
    assert api.ok("GET", path_of(assistant))["version"] == 2
    api.ok("POST", path_of(assistant) + "/latest", {"version": 1})
    assert "Before" in editor_client.get(edit(assistant)).text


def test_what_a_program_makes_can_be_edited(api: Api, editor_client: Client) -> None:
    """With no name, with settings that no schema knows, with options that no form shows."""
    body = {"graph_id": "writer", "name": "", "context": {"odd": [1]}, "config": {"recursion_limit": 7}}
    made = Assistant.objects.get(assistant_id=api.ok("POST", "/assistants", body)["assistant_id"])

    page = editor_client.get(edit(made)).text
    assert "Untitled" in page
    answer = editor_client.post(edit(made), form(made, system_prompt="New"))
    assert answer.status_code == 302
    told = api.ok("GET", path_of(made))
    assert told["context"] == {"odd": [1], "system_prompt": "New"}
    assert told["config"]["recursion_limit"] == 7


def test_programs_are_among_those_who_saved(assistant: Assistant, api: Api, editor_client: Client) -> None:
    api.ok("PATCH", path_of(assistant), {"name": "Made by a program"})

    for language in ("en", "de"):
        asked = {"editor": "API key tests"}
        found = editor_client.get(reverse("assistants"), asked, headers={"accept-language": language}).text
        assert "Made by a program" in found
        assert '<option value="API key tests" selected>API key tests<' in found
