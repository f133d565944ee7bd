"""What people with lower roles see of an assistant: accessible, and without what they may not do."""

import pytest
from playwright.sync_api import expect

from assistants_app.models import Person, Role
from tests import make
from tests.browser.conftest import DESKTOP, OpenPage
from tests.browser.test_accessibility import check_page
from tests.people import granted

pytestmark = pytest.mark.one_database


def test_a_viewer(open_page: OpenPage, erin: Person) -> None:
    assistant = make.assistant(name="Blog writer", person=erin, description="Writes posts for the blog.")
    make.version(assistant, person=erin, make_live=False)
    page = open_page(granted(Role.VIEWER, username="vera", first_name="Vera"))
    page.goto(f"/assistants/{assistant.assistant_id}/")

    expect(page.get_by_text("You: Viewer")).to_be_visible()
    expect(page.get_by_role("link", name="Edit", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Delete")).to_have_count(0)
    check_page(page)
    page.get_by_role("link", name="Chat", exact=True).last.click()
    expect(page.locator("#chat-version")).to_be_hidden()
    check_page(page)
    page.goto(f"/assistants/{assistant.assistant_id}/versions/2/")
    expect(page.get_by_text("A publisher can make it live.")).to_be_visible()
    check_page(page)
    page.goto(f"/assistants/{assistant.assistant_id}/edit/")
    expect(page.get_by_role("heading", name="This is not for your account")).to_be_visible()


def test_an_editor_saves(open_page: OpenPage, erin: Person) -> None:
    assistant = make.assistant(name="Blog writer", person=erin)
    page = open_page(granted(Role.EDITOR, username="edda", first_name="Edda"))
    page.goto(f"/assistants/{assistant.assistant_id}/edit/")

    expect(page.get_by_text("Waits for a publisher")).to_be_visible()
    check_page(page)
    page.set_viewport_size(DESKTOP)
    page.get_by_role("textbox", name="System prompt").first.fill("Write a tweet.")
    page.get_by_role("button", name="Save version").click()
    expect(page.get_by_text("Saved as v2; a publisher makes it live.")).to_be_visible()


def test_a_person(open_page: OpenPage, olga: Person, erin: Person) -> None:
    make.assistant(name="Blog writer", metadata={"tags": ["sales"]})
    page = open_page(olga)
    page.goto("/people/")
    page.get_by_role("link", name="Erin Editor").click()
    page.get_by_label("Role", exact=True).select_option("tester")
    page.get_by_label("For", exact=True).select_option("tag:sales")
    page.get_by_role("button", name="Give role").click()

    expect(page.get_by_text("Given: Tester for the tag sales.")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Take back: Tester for the tag sales").click()
    expect(page.get_by_text("Taken back: Tester for the tag sales.")).to_be_visible()
    # As on a page that was opened before the graph was taken away.
    page.get_by_label("For", exact=True).evaluate("one => one.add(new Option('gone', 'graph:gone', true, true))")
    page.get_by_role("button", name="Give role").click()
    expect(page.get_by_role("alert")).to_contain_text('There is no graph "gone" here.')
    check_page(page)
