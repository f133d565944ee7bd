"""By conversation in the browser: a sentence, what is proposed for it, one setting taken, a version saved."""

import re

import pytest
from playwright.sync_api import Page, expect

from assistants_app.models import Draft, Person, Role
from tests import make
from tests.browser.conftest import OpenPage
from tests.browser.test_accessibility import check_page
from tests.browser.test_form import box, newest, opened, save, saved
from tests.people import granted

SCHEMA = {
    "type": "object",
    "properties": {
        "system_prompt": {"type": "string", "title": "System prompt", "langgraph_type": "prompt"},
        "max_words": {"type": "integer", "title": "Longest answer", "default": 120},
        "tone": {"enum": ["neutral", "formal", "friendly"], "title": "Tone", "default": "neutral"},
    },
}


def ask(page: Page, sentence: str) -> None:
    box(page, "What to change").fill(sentence)
    box(page, "What to change").press("Enter")


def test_it_works(open_page: OpenPage, db: None) -> None:
    page = open_page(granted(Role.EDITOR, username="sam"))
    assistant = opened(page, {"system_prompt": "Write."}, SCHEMA)
    talk = page.locator("#talk")
    expect(talk.get_by_text("Offline demonstration model")).to_be_visible()
    box(page, "System prompt").fill("Write about bees.")

    ask(page, "Make it shorter and more formal")
    expect(page.get_by_role("heading", name="Proposed: 2 changed settings")).to_be_focused()
    expect(box(page, "System prompt")).to_have_value("Write about bees.")
    expect(talk.locator(".difference", has_text="Longest answer")).to_contain_text("60")
    ask(page, "and friendly")
    expect(talk.locator(".difference", has_text="Tone")).to_contain_text("friendly")

    page.get_by_role("button", name="Take Tone into my draft").click()
    expect(page.get_by_text("Taken into your draft: Tone.")).to_be_visible()
    expect(page.get_by_role("heading", name="Proposed: 1 changed setting")).to_be_visible()
    expect(page.get_by_role("radio", name="friendly")).to_be_checked()
    assert newest(assistant) == 1
    assert Draft.objects.get().context == {"system_prompt": "Write about bees.", "tone": "friendly"}

    page.get_by_role("button", name="Discard the proposal").click()
    expect(page.get_by_role("heading", name=re.compile("^Proposed"))).to_have_count(0)
    save(page)
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    assert saved(assistant) == {"system_prompt": "Write about bees.", "tone": "friendly"}
    assert assistant.version == 1


def test_a_draft_is_kept_on(page: Page) -> None:
    """What is asked does not disturb what is kept as one types."""
    opened(page, {"system_prompt": "Write."}, SCHEMA)
    box(page, "System prompt").fill("Bees.")
    state = page.locator("[data-unsaved][role=status]")
    expect(state).to_contain_text("Draft kept", timeout=10_000)
    ask(page, "Make it shorter")
    expect(page.get_by_role("heading", name="Proposed: 1 changed setting")).to_be_visible()
    page.get_by_role("button", name="Take Longest answer into my draft").click()
    expect(page.get_by_text("Taken into your draft")).to_be_visible()
    box(page, "System prompt").fill("Bees, and honey.")
    expect(page.locator("#draft-state input[name=draft]")).to_have_value(re.compile("[3-9]"), timeout=10_000)
    expect(page.get_by_text("in another window")).to_have_count(0)
    assert Draft.objects.get().context == {"system_prompt": "Bees, and honey.", "max_words": 60}


def test_without_a_script(open_page: OpenPage, erin: Person) -> None:
    page = open_page(erin, javascript=False)
    opened(page, {"system_prompt": "Write."}, SCHEMA)
    box(page, "System prompt").fill("Bees.")
    box(page, "What to change").fill("Make it formal")
    page.get_by_role("button", name="Propose changes").click()
    expect(page.get_by_role("heading", name="Proposed: 1 changed setting")).to_be_visible()
    expect(box(page, "System prompt")).to_have_value("Bees.")
    page.get_by_role("button", name="Take Tone into my draft").click()
    expect(page.get_by_text("Taken into your draft: Tone.")).to_be_visible()
    assert Draft.objects.get().context == {"system_prompt": "Bees.", "tone": "formal"}


@pytest.mark.one_database
def test_it_is_accessible(page: Page) -> None:
    assistant = make.assistant(settings={"audience": "everybody"}, graph_id="writer")
    page.goto(f"/assistants/{assistant.assistant_id}/edit/")
    ask(page, "Make it shorter, always name your sources, and set tags to new")
    expect(page.get_by_role("heading", name=re.compile("^Proposed"))).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Discard the proposal").click()
    expect(page.get_by_role("heading", name=re.compile("^Proposed"))).to_have_count(0)
    ask(page, "Dance")
    expect(page.get_by_text("Nothing would change by that.")).to_be_visible()
    check_page(page)
