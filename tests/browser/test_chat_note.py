"""The note about the demonstration model follows the choice, and the form beside."""

import pytest
from playwright.sync_api import Page, expect

from assistants_app.models import Assistant, Person
from tests import make
from tests.browser.chatting import ChatPage, assistant_with


@pytest.fixture
def assistant(erin: Person) -> Assistant:
    """Of a bundled example: v1 with the demonstration model, v2, live, with another."""
    made = assistant_with(erin, "writer", model="demo")
    make.version(made, settings={"model": "openai:gpt-5"})
    made.refresh_from_db()
    return made


def test_it_works(page: Page, assistant: Assistant) -> None:
    chat = ChatPage.opened(page, assistant)
    note = chat.panel.get_by_text("Offline demonstration model")
    expect(note).to_have_count(0)
    page.get_by_label("Test which version").select_option("1")
    expect(note).to_be_visible()
    page.get_by_label("Test which version").select_option("live")
    expect(note).to_have_count(0)


def test_the_form_beside(page: Page, assistant: Assistant) -> None:
    chat = ChatPage.opened(page, assistant, "edit/")
    note = chat.panel.get_by_text("Offline demonstration model")
    expect(note).to_have_count(0)
    page.get_by_label("Model", exact=True).fill("demo")
    page.get_by_label("Model", exact=True).blur()
    expect(note).to_be_visible()
    page.get_by_label("Test which version").select_option("live")
    expect(note).to_have_count(0)
    page.get_by_label("Test which version").select_option("unsaved")
    expect(note).to_be_visible()
    page.get_by_role("link", name="New thread").click()
    expect(note).to_be_visible()
    page.get_by_label("Model", exact=True).fill("openai:gpt-5-mini")
    page.get_by_role("button", name="Save version").click()
    expect(note).to_have_count(0)
