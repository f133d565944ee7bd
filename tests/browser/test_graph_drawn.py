"""The drawn graph in a browser: what the focused setting feeds is lit, and where a run is."""

import pytest
from playwright.sync_api import Locator, Page, expect

from assistants_app.models import Person
from tests.browser.chatting import ChatPage, assistant_with
from tests.browser.test_accessibility import check_page


def marked(page: Page, mark: str) -> Locator:
    return page.locator(f"[data-graph-drawn] [{mark}]")


def test_it_works(page: Page, erin: Person) -> None:
    """While one is in a field, the nodes that it feeds are lit; those of no other."""
    page.goto(f"/assistants/{assistant_with(erin, 'hinted').assistant_id}/edit/")
    page.get_by_text("The graph, drawn").click()
    expect(page.get_by_role("img", name="The graph hinted, drawn: nodes 2, edges 3")).to_be_visible()
    page.get_by_label("Tone", exact=True).focus()
    expect(marked(page, "data-lit")).to_have_count(2)
    assert [one.get_attribute("data-node") for one in marked(page, "data-lit").all()] == ["write", "check"]
    page.get_by_label("Free", exact=True).focus()
    expect(marked(page, "data-lit")).to_have_count(0)


def test_where_an_assistant_is_made(page: Page) -> None:
    page.goto("/assistants/new/?graph=hinted")
    page.get_by_text("The graph, drawn").click()
    page.get_by_label("Tone", exact=True).focus()
    expect(marked(page, "data-lit")).to_have_count(2)


def test_the_nodes_of_a_run(page: Page, erin: Person) -> None:
    chat = ChatPage.opened(page, assistant_with(erin, "echo", delay=0.3))
    chat.send("one two three four")
    chat.is_("running")
    expect(page.locator('[data-node="echo"][data-runs]')).to_be_visible()
    chat.is_("idle")
    expect(page.locator('[data-node="echo"][data-ran]')).to_be_visible()
    expect(marked(page, "data-runs")).to_have_count(0)


def test_the_nodes_of_a_subgraph(page: Page, erin: Person) -> None:
    chat = ChatPage.opened(page, assistant_with(erin, "branching"))
    chat.ask("Hi")
    ran = {one.get_attribute("data-node") for one in marked(page, "data-ran").all()}
    assert ran == {"child:think", "child:note", "check"}


def test_the_nodes_of_a_graph_without_messages(page: Page, erin: Person) -> None:
    chat = ChatPage.opened(page, assistant_with(erin, "adder"))
    page.get_by_label("Left").fill("40")
    page.get_by_role("button", name="Run").click()
    chat.is_("idle")
    expect(page.locator('[data-node="add"][data-ran]')).to_be_visible()


def test_nodes_at_once_that_write_nothing(page: Page, erin: Person) -> None:
    chat = ChatPage.opened(page, assistant_with(erin, "looking"))
    chat.send("Look")
    expect(marked(page, "data-runs")).to_have_count(2)
    expect(page.locator('[data-node="left"][data-ran]')).to_be_visible()
    expect(page.locator('[data-node="right"][data-runs]')).to_be_visible()
    chat.is_("idle")
    assert [one.get_attribute("data-node") for one in marked(page, "data-ran").all()] == ["left", "right", "say"]


@pytest.mark.one_database
@pytest.mark.parametrize("path", ["/graphs/branching/", "/graphs/hundred/", "/assistants/new/?graph=hinted"])
def test_axe_finds_nothing(page: Page, path: str) -> None:
    page.goto(path)
    for fold in page.locator("details:has([data-graph-drawn]), .drawn__list").all():
        fold.locator("> summary").first.click()
    expect(page.locator(".drawn__list ul")).to_be_visible()
    check_page(page)
