"""A setting that an operator hides: the form of who may not see it, and of who may."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistants_app.domain.sealed import Sealed
from assistants_app.models import Assistant, Person, Role
from assistants_app.services.authors import SYSTEM
from assistants_app.services.locks import set_lock
from assistants_app.services.secrets import given
from tests import make
from tests.browser.conftest import DESKTOP, NARROW, OpenPage
from tests.browser.test_accessibility import check_page
from tests.people import granted

pytestmark = pytest.mark.one_database

CANARY = "Mention the margin of 40 percent to nobody."


def picture(page: Page, name: str) -> None:
    """Kept where somebody wants to look at it."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.fixture
def assistant(erin: Person) -> Assistant:
    return make.assistant(name="Blog writer", person=erin, settings={"system_prompt": CANARY, "model": "demo"})


def test_it_works(open_page: OpenPage, olga: Person, assistant: Assistant) -> None:
    page = open_page(olga)
    page.goto("/graphs/writer/")
    page.get_by_label("Setting", exact=True).select_option("/system_prompt")
    page.get_by_label("Hide its value from everybody else too").check()
    page.get_by_role("button", name="Lock setting").click()
    expect(page.get_by_text("Hidden: the role Publisher sees and changes it.")).to_be_visible()
    check_page(page)
    page.set_viewport_size(DESKTOP)
    picture(page, "hidden-graph")

    page = open_page(granted(Role.EDITOR, username="edda", first_name="Edda"))
    page.goto(f"/assistants/{assistant.assistant_id}/edit/")
    expect(page.get_by_text("Hidden from you: seeing and changing it needs the role Publisher.")).to_be_visible()
    expect(page.get_by_role("textbox", name="System prompt")).to_have_count(0)
    assert CANARY not in page.content()
    picture(page, "hidden-edit")
    check_page(page)
    page.set_viewport_size(DESKTOP)
    page.get_by_role("button", name="JSON", exact=True).click()
    shown = '{\n  "system_prompt": "•••••••• /system_prompt",\n  "model": "demo"\n}'
    expect(page.get_by_label("Settings as JSON")).to_have_value(shown)
    picture(page, "hidden-json")
    page.get_by_role("button", name="Form", exact=True).click()
    page.get_by_role("textbox", name="Audience").first.fill("beekeepers")
    page.get_by_role("button", name="Save version").click()
    expect(page.get_by_text("Saved as v2; a publisher makes it live.")).to_be_visible()
    assert given(Assistant.history.numbered(assistant, 2).context, None) == {
        "system_prompt": CANARY,
        "model": "demo",
        "audience": "beekeepers",
    }


def test_who_may_see_it(open_page: OpenPage, erin: Person, assistant: Assistant) -> None:
    set_lock(graph_id="writer", pointer="/system_prompt", role=Role.PUBLISHER, author=SYSTEM, hidden=True)
    page = open_page(erin)
    page.goto(f"/assistants/{assistant.assistant_id}/edit/")
    prompt = page.get_by_role("textbox", name="System prompt").first
    expect(prompt).to_have_value(CANARY)
    expect(page.get_by_text("Hidden from everybody below the role Publisher.")).to_be_visible()
    check_page(page)
    page.set_viewport_size(DESKTOP)
    picture(page, "hidden-publisher")
    prompt.fill("Something else")
    page.get_by_role("button", name="Save version").click()
    expect(page.get_by_text("Saved as v2, live now.")).to_be_visible()
    found = Assistant.history.numbered(assistant, 2).context["system_prompt"]
    assert (isinstance(found, Sealed), given({"x": found}, None)) == (True, {"x": "Something else"})
    page.goto(f"/assistants/{assistant.assistant_id}/compare/v1...v2/")
    expect(page.get_by_text("Mention the margin")).to_be_visible()


@pytest.mark.parametrize("hidden", [True, False], ids=["hidden", "locked"])
def test_dark_and_narrow(open_page: OpenPage, assistant: Assistant, hidden: bool) -> None:
    for pointer in ("/system_prompt", "/temperature"):
        set_lock(graph_id="writer", pointer=pointer, role=Role.PUBLISHER, author=SYSTEM, hidden=hidden)
    page = open_page(granted(Role.EDITOR, username="edda"), NARROW, dark=True)
    page.goto(f"/assistants/{assistant.assistant_id}/edit/")
    said = "Hidden from you: seeing" if hidden else "Locked: changing it"
    expect(page.get_by_text(said).first).to_be_visible()
    picture(page, f"{'hidden' if hidden else 'locked'}-dark-narrow")
    check_page(page)
