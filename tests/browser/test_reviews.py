"""An editor and a publisher, signed in at once: asked for, changes wanted, asked again, approved."""

import re

import pytest
from playwright.sync_api import Page, expect

from assistants_app.models import Assistant, Person, Protection, Role
from assistants_app.services.authors import SYSTEM
from assistants_app.services.reviews import set_protection
from tests import make
from tests.browser.conftest import NARROW, OpenPage
from tests.browser.test_accessibility import check_page
from tests.people import granted

pytestmark = pytest.mark.one_database

PROMPT = "Write a blog post.\nBe kind."


def protected(person: Person) -> Assistant:
    assistant = make.assistant(name="Blog writer", person=person, settings={"system_prompt": PROMPT})
    set_protection(assistant_id=assistant.assistant_id, protection=Protection.OTHER, author=SYSTEM)
    return assistant


def save(page: Page, assistant: Assistant, prompt: str, note: str) -> None:
    page.get_by_role("textbox", name="System prompt").first.fill(prompt)
    page.get_by_label("Note", exact=True).first.fill(note)
    page.get_by_role("button", name="Save version").click()
    page.get_by_role("link", name="See the review").click()
    expect(page).to_have_url(re.compile(r"/reviews/\d+/$"))


def test_two_people(open_page: OpenPage, erin: Person, ben: Person) -> None:
    assistant = protected(ben)
    editor = open_page(granted(Role.EDITOR, username="edda", first_name="Edda"))
    publisher = open_page(erin)
    editor.goto(f"/assistants/{assistant.assistant_id}/edit/")
    expect(editor.get_by_text("Protected: waits for approval")).to_be_visible()
    save(editor, assistant, "Write a long blog post.\nBe kind.", "Longer")
    expect(editor.get_by_role("button", name="Approve and make live")).to_have_count(0)

    publisher.goto("/")
    publisher.get_by_role("link", name="Blog writer v2").first.click()
    check_page(publisher)
    publisher.get_by_role("button", name="Ask for changes").click()
    expect(publisher.get_by_role("alert")).to_contain_text("Say what should change")
    check_page(publisher)
    publisher.get_by_label("Comment", exact=True).fill("Please not longer.")
    publisher.get_by_role("button", name="Ask for changes").click()
    expect(publisher.get_by_text("Changes are asked for; the live version stays.")).to_be_visible()

    editor.reload()
    expect(editor.get_by_text("Please not longer.")).to_be_visible()
    check_page(editor)
    editor.get_by_role("link", name="Edit this version").click()
    save(editor, assistant, "Write a short blog post.\nBe kind.", "Shorter, as you said")

    # Meanwhile the publisher still has the page of v2 open.
    publisher.get_by_label("Comment", exact=True).fill("Fine by me.")
    publisher.goto("/reviews/")
    check_page(publisher)
    publisher.get_by_role("link", name="Blog writer v3").click()
    publisher.get_by_role("button", name="Approve and make live").click()
    expect(publisher.get_by_text("Approved, and live now.")).to_be_visible()
    publisher.get_by_role("link", name="Assistant", exact=True).click()
    expect(publisher.get_by_text("Live v3")).to_be_visible()
    check_page(publisher)
    publisher.get_by_role("link", name="Versions", exact=True).click()
    expect(publisher.get_by_role("link", name="Review: Superseded")).to_be_visible()
    check_page(publisher)


def test_of_two_publishers_one_is_first(open_page: OpenPage, erin: Person, olga: Person, ben: Person) -> None:
    assistant = protected(ben)
    make.version(assistant, person=ben)
    first, second = open_page(erin), open_page(olga)
    for page in (first, second):
        page.goto("/reviews/")
        page.get_by_role("link", name="Blog writer v2").click()
    first.get_by_role("button", name="Approve and make live").click()
    expect(first.get_by_text("Approved, and live now.")).to_be_visible()
    second.get_by_label("Comment", exact=True).fill("I have doubts.")
    second.get_by_role("button", name="Ask for changes").click()
    expect(second.get_by_role("alert")).to_contain_text("Erin Editor was faster: “Approved”.")
    expect(second.get_by_label("Comment", exact=True)).to_have_value("I have doubts.")


def test_protecting_and_narrow(open_page: OpenPage, erin: Person) -> None:
    assistant = make.assistant(name="Blog writer", person=erin)
    page = open_page(erin, NARROW, dark=True)
    page.goto(f"/assistants/{assistant.assistant_id}/")
    page.get_by_label("A publisher who did not save it").check()
    page.get_by_role("button", name="Save who approves").click()
    expect(page.get_by_text("Protected: from now on every version waits for a publisher.")).to_be_visible()
    check_page(page)
    make.version(assistant, person=erin)
    page.goto("/reviews/?show=asked")
    check_page(page)
    page.get_by_role("link", name="Blog writer v2").click()
    expect(page.get_by_text("You saved v2 yourself. Here somebody else has to approve it.")).to_be_visible()
    check_page(page)
