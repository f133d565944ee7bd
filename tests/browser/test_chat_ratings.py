"""Thumbs and a note in the browser, by keyboard, kept over a reload."""

import pytest
from playwright.sync_api import Page, expect

from assistants_app.models import Person, Rating
from tests.browser.chatting import ChatPage, assistant_with


@pytest.fixture
def chat(page: Page, erin: Person) -> ChatPage:
    opened = ChatPage.opened(page, assistant_with(erin, "echo"))
    opened.ask("Hi")
    return opened


def test_it_works(chat: ChatPage) -> None:
    """By keyboard alone: the thumb stays focused, tells its state, and a note follows it."""
    good, bad = (chat.page.get_by_role("button", name=name) for name in ("Good answer", "Bad answer"))
    expect(good).to_have_attribute("aria-pressed", "false")
    good.press("Enter")
    expect(good).to_have_attribute("aria-pressed", "true")
    expect(good).to_be_focused()
    expect(bad).to_have_attribute("aria-pressed", "false")
    expect(chat.panel.get_by_role("status")).to_have_text("Rated.")
    chat.page.get_by_label("What was good about it?").fill("Short and right")
    chat.page.get_by_role("button", name="Save note").press("Enter")
    expect(chat.panel.get_by_role("status")).to_have_text("Note kept.")
    expect(chat.page.get_by_label("What was good about it?")).to_be_hidden()
    chat.page.reload()
    expect(good).to_have_attribute("aria-pressed", "true")
    expect(chat.turns.last).to_contain_text("Short and right")
    rating = Rating.objects.get()
    assert (rating.value, rating.note) == (1, "Short and right")


def test_changed_and_taken_back(chat: ChatPage) -> None:
    good, bad = (chat.page.get_by_role("button", name=name) for name in ("Good answer", "Bad answer"))
    good.click()
    expect(good).to_have_attribute("aria-pressed", "true")
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(good).to_have_attribute("aria-pressed", "false")
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "false")
    expect(chat.page.get_by_label("What was wrong with it?")).to_have_count(0)
    assert not Rating.objects.exists()


def test_rating_leaves_the_composer_and_its_text_alone(chat: ChatPage) -> None:
    chat.box.fill("Half a sent")
    chat.page.get_by_role("button", name="Bad answer").click()
    chat.page.get_by_label("What was wrong with it?").fill("Hm")
    chat.page.get_by_role("button", name="Save note").click()
    expect(chat.turns.last).to_contain_text("Hm")
    expect(chat.box).to_have_value("Half a sent")
    expect(chat.turns).to_have_count(1)


def test_the_place_for_a_note_is_in_sight_and_the_thumbs_stay(chat: ChatPage) -> None:
    """A second press, which takes it back, needs no other aim."""
    chat.ask("word " * 600)
    good = chat.page.get_by_role("button", name="Good answer").last
    good.scroll_into_view_if_needed()
    before = good.bounding_box()
    good.click()
    expect(chat.page.get_by_role("button", name="Save note")).to_be_in_viewport(ratio=1)
    after = good.bounding_box()
    assert before
    assert after
    assert before["x"] == after["x"]
    chat.page.get_by_role("button", name="Save note").click(trial=True)
