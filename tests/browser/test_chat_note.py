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


def test_a_save_asks_for_it_once(page: Page, assistant: Assistant) -> None:
    """A save swaps several parts of the page: what each of them asks for is not cut off by the next."""
    ChatPage.opened(page, assistant, "edit/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/note/") else None)
    page.on("requestfailed", lambda request: asked.append(f"failed: {request.url}"))
    page.get_by_label("Becomes live at once").uncheck()
    page.get_by_label("Maximum length", exact=True).fill("77")
    with page.expect_response(lambda response: response.url.endswith("/edit/")):
        page.get_by_label("Maximum length", exact=True).blur()
    page.wait_for_timeout(1000)  # the draft was kept, and the note asked for after it
    asked.clear()
    with page.expect_response(lambda response: response.url.endswith("/note/")):
        page.get_by_role("button", name="Save version").click()
    expect(page.get_by_role("status").filter(has_text="Saved as v3")).to_be_visible()
    page.wait_for_timeout(1000)
    assert len(asked) == 1


def test_a_text_area_drawn_larger_by_hand_breaks_no_policy(page: Page, assistant: Assistant) -> None:
    """The browser keeps the size in a style; taking that over into the saved form would break the policy."""
    ChatPage.opened(page, assistant, "edit/")
    prompt = page.locator("textarea[name='/system_prompt']")
    prompt.evaluate("area => { area.style.height = '500px'; }")
    prompt.fill("Be brief.")
    page.get_by_role("button", name="Save version").click()
    expect(page.get_by_role("status").filter(has_text="Saved as v3")).to_be_visible()
    expect(prompt).to_have_value("Be brief.")
