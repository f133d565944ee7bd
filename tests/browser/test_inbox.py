"""Answering what waits, in a real browser: several in a row by keyboard, two people at the same question."""

import pytest
from playwright.sync_api import Page, expect

from assistants_app.models import Assistant, Person
from tests import make
from tests.browser.chatting import ChatPage
from tests.browser.conftest import NARROW, OpenPage
from tests.browser.test_accessibility import check_page


@pytest.fixture
def asks(erin: Person) -> Assistant:
    return make.assistant(name="Asks", graph_id="asks", settings={}, person=erin)


def ask(page: Page, assistant: Assistant, *kinds: str) -> None:
    """Test threads that end with a question, in this order."""
    for kind in kinds:
        chat = ChatPage.opened(page, assistant)
        chat.send(kind)
        chat.is_("waiting")


def test_it_works(page: Page, asks: Assistant) -> None:
    """Three in a row, without a mouse: each answer opens the next one, with the focus in it."""
    ask(page, asks, "any", "batch", "form")
    page.goto("/inbox/")
    rows = page.locator(".inbox__row")
    expect(rows).to_have_count(3)
    expect(page.get_by_role("link", name="Inbox")).to_contain_text("3")

    page.get_by_label("Your answer").focus()
    page.keyboard.type("red")
    page.keyboard.press("Control+Enter")
    expect(rows).to_have_count(2)
    expect(page.get_by_role("group", name="send_email").get_by_label("Approve", exact=True)).to_be_focused()
    expect(page.locator("[data-inbox-said]")).to_have_text("Answered: any 2 wait. Next: batch")

    page.keyboard.press("Control+Enter")
    expect(rows).to_have_count(1)
    expect(page.get_by_label("Seats", exact=True)).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Correct the fields that are marked.")).to_be_visible()
    expect(page.locator("[data-not-sent]")).to_be_focused()
    page.get_by_label("Seats", exact=True).fill("2")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    expect(page.locator("[data-nothing]")).to_be_focused()
    expect(page).to_have_url("/inbox/")


def test_single_keys_and_their_switch(page: Page, asks: Assistant) -> None:
    ask(page, asks, "any", "batch", "older")
    page.goto("/inbox/")
    title = page.locator("#inbox-title")
    expect(title).to_have_text("any")
    page.keyboard.press("n")
    expect(title).to_have_text("batch")
    expect(page.get_by_role("group", name="send_email").get_by_label("Approve", exact=True)).to_be_focused()
    page.keyboard.press("n")
    expect(title).to_have_text("older")
    page.keyboard.press("p")
    expect(title).to_have_text("batch")
    page.reload()
    expect(title).to_have_text("batch")
    page.keyboard.press("?")
    page.get_by_label("Single keys do this").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    expect(title).to_have_text("batch")


def test_letters_that_are_typed_are_no_keys(page: Page, asks: Assistant) -> None:
    ask(page, asks, "any", "batch")
    page.goto("/inbox/")
    page.get_by_label("Your answer").focus()
    page.keyboard.type("no?")
    expect(page.get_by_label("Your answer")).to_have_value("no?")
    expect(page.locator("#inbox-title")).to_have_text("any")


def test_two_people_at_one_question(open_page: OpenPage, page: Page, asks: Assistant, erin: Person) -> None:
    ask(page, asks, "any", "batch")
    other = open_page(erin)
    for one in (page, other):
        one.goto("/inbox/")
        one.get_by_label("Your answer").fill("red")
    page.get_by_role("button", name="Send answer").click()
    expect(page.locator("#inbox-title")).to_have_text("batch")
    other.get_by_role("button", name="Send answer").click()
    expect(other.get_by_role("alert")).to_contain_text("Somebody else answered this meanwhile")
    expect(other.locator("#inbox-title")).to_have_text("batch")


@pytest.mark.one_database
def test_axe_finds_nothing(open_page: OpenPage, page: Page, asks: Assistant, erin: Person) -> None:
    ask(page, asks, "calls", "form", "batch", "any")
    for narrow, dark in ((False, False), (True, True)):
        seen = open_page(erin, NARROW, dark=dark) if narrow else open_page(erin, dark=dark)
        seen.goto("/inbox/")
        check_page(seen)
    seen.get_by_role("link", name="Skip", exact=True).click()
    expect(seen.locator("#inbox-title")).to_have_text("form")
    check_page(seen)
