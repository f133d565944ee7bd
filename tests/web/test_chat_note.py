"""The note about the offline demonstration model follows what is under test."""

from dataclasses import replace

import pytest

from assistants_app.models import Person
from tests import make
from tests.web.chatting import Chat

pytestmark = pytest.mark.django_db

NOTE = "Offline demonstration model"


@pytest.fixture
def chat(erin: Person, monkeypatch: pytest.MonkeyPatch) -> Chat:
    """Of a bundled example: v1 with the demonstration model, v2, live, with another."""
    from assistants_app.graphs.catalog import catalog

    entry = replace(catalog().get("writer"), demonstration=True)
    monkeypatch.setitem(catalog()._entries, "writer", entry)
    made = Chat.with_graph(erin, "writer", model="demo")
    make.version(made.assistant, settings={"model": "openai:gpt-5"})
    made.assistant.refresh_from_db()
    return made


def note(chat: Chat, under_test: str, **data: str) -> str:
    response = chat.client.post(f"{chat.url}note/", {"under_test": under_test, **data})
    assert response.status_code == 200
    return response.content.decode()


def test_it_works(chat: Chat) -> None:
    assert NOTE not in chat.page
    assert NOTE in note(chat, "1")
    assert NOTE not in note(chat, "2")
    assert NOTE not in note(chat, "live")


def test_the_page_of_a_version(chat: Chat) -> None:
    assert NOTE in chat.client.get(f"{chat.url}?version=1").text
    assert NOTE not in chat.client.get(f"{chat.url}?version=2").text


def form(model: str, **more: str) -> dict[str, str]:
    return {"base": "2", "tab": "form", "/model": model, "/model#state": "value", **more}


def test_the_values_in_the_form(chat: Chat) -> None:
    assert NOTE in note(chat, "unsaved", **form("demo"))
    assert NOTE not in note(chat, "unsaved", **form("ollama:llama"))
    assert NOTE in note(chat, "unsaved", **form("", **{"/model#state": "unset"})), "the graph's own default"
    assert NOTE in note(chat, "unsaved", base="2", tab="json", json='{"model": "demo"}')


def test_the_edit_page_begins_with_its_form(chat: Chat) -> None:
    address = f"/assistants/{chat.assistant.assistant_id}/edit/"
    assert NOTE not in chat.client.get(address).text
    assert NOTE in chat.client.get(f"{address}?from=1").text
    assert NOTE in chat.client.post(address, {**form("demo"), "expected_version": "2", "do": "stay"}).text


@pytest.mark.parametrize("under_test", ["", "99", "no", "9" * 40, "unsaved"])
def test_what_cannot_be_tested_is_taken_for_what_is_live(chat: Chat, under_test: str) -> None:
    assert NOTE not in note(chat, under_test, tab="json", json="{")
    assert NOTE not in note(chat, under_test, base="99", tab="json", json="{")


def test_other_graphs_have_none(erin: Person) -> None:
    chat = Chat.with_graph(erin, "echo")
    assert NOTE not in chat.page
    assert "note/" not in chat.page
    assert NOTE not in note(chat, "live")
