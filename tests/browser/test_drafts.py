"""Drafts in the browser: kept while one types, there on another device, and nothing written over unseen."""

from playwright.sync_api import Page, Route, expect

from assistants_app.models import Draft, Person
from tests.browser.conftest import OpenPage
from tests.browser.test_form import box, newest, opened, save, saved

SOON = 10_000


def test_it_works(page: Page, open_page: OpenPage, erin: Person) -> None:
    assistant = opened(page, {})
    box(page, "Greeting").fill("Half a sent")
    expect(page.locator("[data-unsaved][role=status]")).to_contain_text("Draft kept", timeout=SOON)

    telephone = open_page(erin)
    telephone.goto(page.url)
    expect(box(telephone, "Greeting")).to_have_value("Half a sent")
    save(telephone)
    expect(telephone.get_by_text("Saved as v2")).to_be_visible()
    assert saved(assistant) == {"greeting": "Half a sent"}
    assert not Draft.objects.exists()


def test_two_windows(page: Page, open_page: OpenPage, erin: Person) -> None:
    opened(page, {})
    other = open_page(erin)
    other.goto(page.url)
    box(page, "Greeting").fill("Here")
    expect(page.locator("[role=status]", has_text="Draft kept")).to_be_visible(timeout=SOON)
    box(other, "Greeting").fill("There")
    expect(other.get_by_text("Your draft was changed in another window")).to_be_visible(timeout=SOON)
    assert Draft.objects.get().context == {"greeting": "Here"}

    other.get_by_role("button", name="Keep what is here").click()
    expect(other.locator("[role=status]", has_text="Draft kept")).to_be_visible(timeout=SOON)
    assert Draft.objects.get().context == {"greeting": "There"}
    expect(box(other, "Greeting")).to_have_value("There")


def test_discarded_and_brought_back(page: Page) -> None:
    assistant = opened(page, {"greeting": "Old"})
    box(page, "Greeting").fill("New")
    expect(page.locator("[role=status]", has_text="Draft kept")).to_be_visible(timeout=SOON)
    page.reload()
    page.get_by_role("button", name="Discard draft").click()
    expect(box(page, "Greeting")).to_have_value("Old")
    page.get_by_role("button", name="Bring it back").click()
    expect(box(page, "Greeting")).to_have_value("New")
    assert newest(assistant) == 1


def test_typed_back(page: Page) -> None:
    """What is as it was saved is no draft."""
    opened(page, {"greeting": "Old"})
    box(page, "Greeting").fill("New")
    status = page.locator("[data-unsaved][role=status]")
    expect(status).to_contain_text("Draft kept", timeout=SOON)
    box(page, "Greeting").fill("Old")
    expect(status).to_have_text("", timeout=SOON)
    assert not Draft.objects.exists()


def test_the_server_comes_back(page: Page, failures: list[str]) -> None:
    opened(page, {})
    page.context.set_offline(True)
    box(page, "Greeting").fill("New")
    expect(page.get_by_text("Not kept yet: the server cannot be reached")).to_be_visible(timeout=SOON)
    page.context.set_offline(False)
    expect(page.locator("[role=status]", has_text="Draft kept")).to_be_visible(timeout=2 * SOON)
    assert Draft.objects.get().context == {"greeting": "New"}
    failures.clear()  # Chromium's own words about the broken connection


def test_somebody_else_edits(page: Page, open_page: OpenPage, ben: Person) -> None:
    assistant = opened(page, {})
    other = open_page(ben)
    other.goto(page.url)
    box(other, "Greeting").fill("Ben's")
    expect(page.get_by_text("Ben Brown is editing this assistant too.")).to_be_visible(timeout=3 * SOON)
    save(other)
    expect(page.get_by_text("v2 was saved by Ben Brown meanwhile.")).to_be_visible(timeout=3 * SOON)
    assert newest(assistant) == 2


def test_only_what_differs_from_the_defaults(page: Page) -> None:
    opened(page, {"greeting": "Hello"})
    expect(box(page, "System prompt")).to_be_visible()
    page.get_by_label("Only what differs from the graph’s defaults").check()
    expect(box(page, "Greeting")).to_be_visible()
    expect(box(page, "System prompt")).to_be_hidden()


def test_a_button_right_after_typing(page: Page) -> None:
    """What a button sends keeps the draft too, and the page hears of it: nobody else has been there."""
    opened(page, {})
    kept = page.locator("[role=status]", has_text="Draft kept")
    moved = page.get_by_text("Your draft was changed in another window")
    for text in ("One", "Two"):
        box(page, "Greeting").fill(text)
        page.get_by_role("button", name="Review changes").click()
        page.get_by_role("dialog").get_by_text("Close").click()
    page.wait_for_timeout(2000)  # until what comes after a pause in typing would have come
    expect(moved).to_be_hidden()

    box(page, "Greeting").fill("Three")
    page.wait_for_timeout(2000)
    expect(moved).to_be_hidden()
    expect(kept).to_be_visible()
    assert Draft.objects.get().context == {"greeting": "Three"}


def test_a_button_while_the_draft_is_on_its_way(page: Page) -> None:
    def late(route: Route) -> None:
        held.append(route)
        if len(held) == 1:
            page.wait_for_timeout(1500)
        route.continue_()

    held: list[Route] = []
    opened(page, {})
    page.route("**/edit/", late)
    with page.expect_request(lambda request: request.headers.get("hx-trigger") == "draft-keeper"):
        box(page, "Greeting").fill("Hello")
    page.get_by_role("button", name="Review changes").click()
    page.get_by_role("dialog").get_by_text("Close").click()
    page.wait_for_timeout(3000)

    expect(page.get_by_text("Your draft was changed in another window")).to_be_hidden()
    assert Draft.objects.get().context == {"greeting": "Hello"}
