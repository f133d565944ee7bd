"""Every kind of field, in every state of the edit page: axe finds nothing, nothing scrolls sideways."""

import pytest
from playwright.sync_api import Page, expect

from assistants_app.domain.json_values import Settings
from assistants_app.models import Person
from tests import make
from tests.browser.test_accessibility import check_page
from tests.browser.test_form import box, opened, save
from tests.every_kind import SCHEMA, SETTINGS

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize("settings", [SETTINGS, {}], ids=["every kind", "nothing set"])
def test_it_works(page: Page, settings: Settings) -> None:
    opened(page, settings)
    page.locator("details:not(.menu)").evaluate_all("all => all.forEach(one => { one.open = true })")
    check_page(page)


def test_errors(page: Page) -> None:
    opened(page, {"stop_words": ["a"]})
    box(page, "Longest answer").fill("1,5")
    box(page, "Greeting").fill("x" * 50)
    save(page)
    expect(page.get_by_text("There is a problem")).to_be_visible()
    check_page(page)


def test_json(page: Page) -> None:
    opened(page, SETTINGS)
    page.get_by_role("button", name="JSON", exact=True).click()
    page.get_by_label("Settings as JSON").fill('{"a": }')
    save(page)
    expect(page.get_by_text("There is a problem")).to_be_visible()
    check_page(page)


def test_review(page: Page) -> None:
    opened(page, SETTINGS)
    box(page, "Greeting").fill("Something else")
    page.get_by_role("button", name="Review changes").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    check_page(page)


def test_conflict(page: Page, ben: Person) -> None:
    assistant = opened(page, {"greeting": "Old", "max_words": 5})
    make.version(assistant, person=ben, settings={"greeting": "Ben's " * 50, "max_words": 8})
    box(page, "Greeting").fill("Erin's")
    save(page)
    expect(page.get_by_role("button", name="Save on top of v2")).to_be_visible()
    check_page(page)


def test_new(page: Page) -> None:
    make.assistant(settings_schema=SCHEMA)
    page.goto("/assistants/new/")
    check_page(page)
    page.get_by_role("link", name="writer").click()
    page.get_by_role("button", name="Make assistant").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    check_page(page)


def test_full_screen(page: Page) -> None:
    opened(page, {})
    button = page.get_by_role("button", name="Full screen")
    button.click()
    prompt = box(page, "System prompt")
    expect(prompt).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Leave full screen")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Full screen")).to_be_visible()
    expect(prompt).to_be_focused()
