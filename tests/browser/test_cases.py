"""A question of the chat becomes a test case, is run with two versions, and the newer one broke it."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistants_app.models import Case, Person
from tests import make
from tests.browser.chatting import ChatPage, assistant_with
from tests.browser.conftest import NARROW, OpenPage
from tests.browser.test_accessibility import check_page

SHOTS = os.environ.get("CASE_SHOTS")


def shot(page: Page, name: str) -> None:
    """A picture to look at, where somebody asks for it."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"cases-{name}.png", full_page=True)


def test_it_works(page: Page, erin: Person) -> None:
    assistant = assistant_with(erin, "echo", prefix="Sure.")
    chat = ChatPage.opened(page, assistant)
    chat.ask("Write about tea")
    page.get_by_role("link", name="Keep the question as a test case").click()
    expect(page.get_by_label("Message 1", exact=True)).to_have_value("Write about tea")
    expect(page.get_by_text("Sure. Write about tea")).to_be_visible()
    page.get_by_label("Text").fill("Sure")
    page.get_by_label("Kind of check").select_option("matches")
    page.get_by_role("button", name="Add a check").click()
    expect(page.get_by_label("Pattern")).to_be_focused()
    page.get_by_label("Pattern").fill("(?i)TEA$")
    shot(page, "form")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("link", name="Write about tea")).to_be_visible()
    assert len(Case.objects.get().checks) == 2

    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("All passed")).to_be_visible()
    make.version(assistant, settings={"prefix": "No way."}, make_live=False)
    page.get_by_role("link", name="Test cases").first.click()
    shot(page, "list")
    page.get_by_label("Run all with").select_option(label="v2")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("0 of 1 passed")).to_be_visible()
    row = page.get_by_role("row", name="Write about tea")
    expect(row.get_by_role("cell")).to_have_text(["Failed", "Passed"])
    shot(page, "trial")
    row.get_by_role("link", name="Write about tea").click()
    expect(page.get_by_text("No way. Write about tea")).to_be_visible()
    expect(page.get_by_text("The answer does not contain it.")).to_be_visible()
    shot(page, "result")


def test_progress_and_cancel(page: Page, erin: Person) -> None:
    assistant = assistant_with(erin, "slow", seconds=4.0)
    for number in range(7):
        make.case(assistant, f"case {number}", checks=[{"kind": "contains", "text": "done"}])
    page.goto(f"/assistants/{assistant.assistant_id}/cases/")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="4 of 7 done")).to_be_visible()
    shot(page, "progress")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#trial")).to_have_attribute("data-trial", "cancelled")
    expect(page.get_by_role("cell", name="Passed")).to_have_count(4)
    expect(page.get_by_role("cell", name="Cancelled")).to_have_count(3)


def test_without_javascript(open_page: OpenPage, erin: Person) -> None:
    assistant = make.assistant()
    page = open_page(erin, NARROW, javascript=False)
    page.goto(f"/assistants/{assistant.assistant_id}/cases/new/")
    page.get_by_label("Name").fill("Greets")
    page.get_by_label("Message 1", exact=True).fill("Hello")
    page.get_by_role("button", name="Take check 1 away").click()
    page.get_by_label("Kind of check").select_option("tool_called")
    page.get_by_role("button", name="Add a check").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Write the name of the tool.")).to_be_visible()
    page.get_by_label("Name of the tool").fill("search")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Greets")).to_be_visible()
    assert Case.objects.get().checks == [{"kind": "tool_called", "name": "search"}]


@pytest.mark.one_database
def test_the_form_with_every_check_and_a_fault_is_accessible(page: Page, erin: Person) -> None:
    assistant = make.assistant()
    schema = {"kind": "json_shape", "schema": {"type": "object"}}
    others = [{"kind": "equals", "text": "a"}, {"kind": "judged", "criterion": "It is polite."}]
    case = make.case(assistant, checks=[{"kind": "matches", "pattern": "a"}, schema, *others])
    page.goto(f"/assistants/{assistant.assistant_id}/cases/{case.pk}/")
    page.get_by_label("Pattern").fill("(")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("The pattern cannot be read")
    shot(page, "faults")
    check_page(page)
    shot(page, "faults-narrow")
