"""Pages with a draft in them: axe finds nothing, nothing scrolls sideways, in both schemes and widths."""

import pytest
from playwright.sync_api import Page, expect

from assistants_app.models import Person
from tests import make
from tests.browser.test_accessibility import check_page
from tests.browser.test_form import box, opened

pytestmark = pytest.mark.one_database


def test_it_works(page: Page, ben: Person) -> None:
    assistant = opened(page, {"greeting": "Hello"})
    make.version(assistant, person=ben, settings={"greeting": "Ben's"})
    box(page, "Greeting").fill("Mine")
    expect(page.locator("[role=status]", has_text="Draft kept")).to_be_visible(timeout=10_000)
    edit = page.url
    page.reload()
    expect(page.get_by_text("v2 was saved by Ben Brown meanwhile.")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")  # where a reload leaves it, the bar may cover half a button
    check_page(page)
    for address in ("", "compare/live...draft/"):
        page.goto(edit.replace("edit/", address))
        check_page(page)
    page.goto(edit.replace("edit/", "versions/1/"))
    page.get_by_role("button", name="Restore as a new version").click()
    expect(page.get_by_role("heading", name="Restore v1: what about your draft?")).to_be_visible()
    check_page(page)
