"""The main job, end to end, as somebody who does not code does it, on the bundled examples."""

import re

from playwright.sync_api import Page, expect

from assistants_app.models import Assistant
from tests.browser.test_accessibility import check_page


def make_assistant(page: Page, graph: str, name: str, **texts: str) -> Assistant:
    page.goto("/assistants/new/")
    page.get_by_role("link", name=graph, exact=True).click()
    page.get_by_label("Name", exact=True).fill(name)
    for label, text in texts.items():
        page.get_by_role("textbox", name=label.replace("_", " "), exact=True).fill(text)
    page.get_by_role("button", name="Make assistant").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    return Assistant.objects.get(name=name)


def tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Assistant", exact=True).get_by_role("link", name=name, exact=True).click()
    page.wait_for_load_state()


def say(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Message", exact=True).fill(text)
    page.get_by_role("button", name="Send", exact=True).click()


def replies_end(page: Page, count: int) -> None:
    """Waits until so many turns have ended; each says what it took."""
    expect(page.locator(".turn__facts")).to_have_count(count)
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()


def test_it_works(page: Page) -> None:
    assistant = make_assistant(page, "writer", "Café blog", System_prompt="You write for a café.")

    tab(page, "Edit")
    prompt = page.get_by_role("textbox", name="System prompt", exact=True)
    expect(prompt).to_have_value("You write for a café.")
    prompt.fill("You write for a café in Leipzig.\n\nName one coffee.")
    page.get_by_role("combobox", name="Tone").select_option("playful")
    page.get_by_role("textbox", name="Note").fill("Where we are")
    page.get_by_role("button", name="Save version").click()
    expect(page.get_by_text("Saved as v2, live now.")).to_be_visible()

    tab(page, "Versions")
    expect(page.get_by_text("Where we are")).to_be_visible()
    page.get_by_role("button", name="Compare selected").click()
    expect(page).to_have_url(re.compile(r"/compare/v1\.\.\.v2/$"))
    expect(page.get_by_text("2 of 9 settings changed")).to_be_visible()
    expect(page.locator("ins", has_text="in Leipzig").first).to_be_visible()

    page.goto(f"/assistants/{assistant.assistant_id}/versions/1/")
    page.get_by_role("button", name="Restore").first.click()
    expect(page.get_by_text("Live v3").first).to_be_visible()
    assistant.refresh_from_db()
    assert assistant.context == {"system_prompt": "You write for a café."}
    assert Assistant.history.numbered(assistant, 3).restored_from == 1


def test_an_answer_comes_word_by_word_and_survives_a_reload(page: Page) -> None:
    make_assistant(page, "writer", "Café blog", System_prompt="Reply about coffee.")
    tab(page, "Test")

    say(page, "Tell me about espresso")
    reply = page.locator(".message--ai .prose").last
    expect(reply).to_be_visible()
    first = reply.inner_text()
    page.reload()
    replies_end(page, 1)
    whole = page.locator(".message--ai .prose").last.inner_text()
    assert len(whole) > len(first)
    assert "espresso" in whole.lower()
    check_page(page)

    say(page, "And about tea?")
    replies_end(page, 2)
    expect(page.locator("[data-turn]")).to_have_count(2)


def test_an_approval(page: Page) -> None:
    make_assistant(page, "support", "Shop support")
    tab(page, "Test")

    say(page, "Please refund order A-1001")
    expect(page.get_by_text("Refund 189.00 euros for order A-1001?")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Send answer").click()
    expect(page.get_by_text("Refunded 189.00 euros").last).to_be_visible()
    replies_end(page, 1)


def test_two_messages_in_quick_succession_are_both_answered(page: Page) -> None:
    """The second is sent the moment the first is answered, while the page still learns its thread's address."""
    make_assistant(page, "support", "Shop support")
    tab(page, "Test")

    say(page, "Where is my order A-1001?")
    expect(page.get_by_text("Espresso machine, 189.00 euros").last).to_be_visible()
    say(page, "And my order A-1002?")

    expect(page.get_by_text("Milk jug, 24.50 euros").last).to_be_visible()
    replies_end(page, 2)
    expect(page.get_by_role("textbox", name="Message", exact=True)).to_have_value("")
