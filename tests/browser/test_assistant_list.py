"""The list's filters in a real browser, with its script and without; tags typed into the form."""

import re

import pytest
from playwright.sync_api import Page, expect

from assistants_app.models import Person
from tests import make
from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.one_database


def rows(page: Page) -> list[str]:
    return page.locator(".list-name__link").all_inner_texts()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_filters_are_in_the_address(open_page: OpenPage, erin: Person, ben: Person, *, javascript: bool) -> None:
    make.assistant(name="Ada", person=erin, metadata={"tags": ["blog"]})
    make.assistant(name="Bea", person=ben, metadata={"tags": ["blog"]})
    make.assistant(name="Cyd", person=erin)
    page = open_page(erin, javascript=javascript)
    page.goto("/assistants/")
    page.get_by_label("Tag", exact=True).select_option("blog")
    page.get_by_label("Owner", exact=True).select_option("Ben Brown")
    if not javascript:
        page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("1 assistant", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"tag=blog.*owner=ben"))
    assert rows(page) == ["Bea"]

    page.get_by_role("link", name="blog", exact=True).click()
    expect(page.get_by_text("2 assistants", exact=True)).to_be_visible()
    assert sorted(rows(page)) == ["Ada", "Bea"]
    expect(page.get_by_label("Tag", exact=True)).to_have_value("blog")


def test_tags_are_typed_into_the_form(open_page: OpenPage, erin: Person) -> None:
    made = make.assistant(name="Ada", person=erin)
    page = open_page(erin)
    page.goto(f"/assistants/{made.assistant_id}/edit/")
    page.get_by_text("Name, description, tags").click()
    page.get_by_role("textbox", name="Tags", exact=True).first.fill("blog, for Monday")
    page.get_by_role("button", name="Save version").click()
    expect(page.get_by_text("Saved as v2, live now.")).to_be_visible()
    page.goto(f"/assistants/{made.assistant_id}/")
    page.get_by_role("link", name="for Monday", exact=True).click()
    assert rows(page) == ["Ada"]
