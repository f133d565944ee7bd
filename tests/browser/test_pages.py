"""The plain pages in a browser: lists that are searched as one types, versions, people; by keyboard, on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from assistants_app.models import Assistant, Person
from tests import make
from tests.browser.conftest import NARROW, TABLET, OpenPage
from tests.browser.test_accessibility import check_other_ways, check_page
from tests.people import PASSWORD

pytestmark = pytest.mark.one_database


def versions_of(assistant: Assistant) -> str:
    return f"/assistants/{assistant.assistant_id}/versions/"


def test_it_works(page: Page, erin: Person) -> None:
    """From the list to a version and back to it, as the newest."""
    made = make.assistant_with_versions(3, name="Blog writer", person=erin)
    page.goto("/")
    page.get_by_role("link", name="Assistants", exact=True).click()
    page.get_by_role("link", name="Blog writer").click()
    page.get_by_role("navigation", name="Assistant").get_by_role("link", name="Versions").click()
    page.get_by_role("link", name="v1", exact=True).click()
    expect(page.get_by_text("Write a blog post.").first).to_be_visible()
    page.get_by_role("button", name="Restore as a new version").click()

    expect(page.get_by_role("status").filter(has_text="v1 is restored as v4, which is live now.")).to_be_visible()
    expect(page.locator("#v4").get_by_text("Live")).to_be_visible()
    made.refresh_from_db()
    assert made.version == 4


def test_typing_searches_and_the_address_follows(page: Page) -> None:
    make.assistant(name="Blog writer")
    make.assistant(name="Tweet writer")
    page.goto("/assistants/")
    page.get_by_label("Search").press_sequentially("tweet")

    expect(page.get_by_role("link", name="Blog writer")).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="1 assistant")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/assistants/\?q=tweet$"))
    expect(page.get_by_label("Search")).to_be_focused()
    page.reload()
    expect(page.get_by_label("Search")).to_have_value("tweet")
    expect(page.get_by_role("link", name="Tweet writer")).to_be_visible()
    page.get_by_role("link", name="Tweet writer").click()
    page.go_back()
    expect(page.get_by_role("link", name="Tweet writer")).to_be_visible()
    expect(page.get_by_role("banner")).to_have_count(1)


def test_any_two_versions_are_picked(page: Page) -> None:
    made = make.assistant_with_versions(4)
    page.goto(versions_of(made))
    page.get_by_label("Left side: v1").check()
    page.get_by_label("Right side: v3").check()
    page.get_by_role("button", name="Compare selected").click()

    expect(page).to_have_url(re.compile(r"/compare/v1\.\.\.v3/$"))


def test_without_javascript_on_a_phone(open_page: OpenPage, erin: Person) -> None:
    made = make.assistant_with_versions(35, person=erin)
    page = open_page(erin, NARROW, javascript=False)
    page.goto(versions_of(made))
    page.get_by_label("Search").fill("v2")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("li.version")).to_have_count(1)
    page.goto(versions_of(made))
    page.get_by_label("Left side: v35").check()
    page.get_by_role("button", name="Older").click()
    expect(page.get_by_text("v35 picked as left side")).to_be_visible()
    page.get_by_label("Right side: v2", exact=True).check()
    page.get_by_role("button", name="Compare selected").click()

    expect(page).to_have_url(re.compile(r"/compare/v35\.\.\.v2/$"))


def test_a_menu_by_keyboard(page: Page) -> None:
    made = make.assistant_with_versions(2)
    page.goto(versions_of(made))
    opener = page.locator("#v1 summary")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Make live")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Make live")).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status").filter(has_text="v1 is live now; it was v2 before.")).to_be_visible()


def test_a_link_is_copied(page: Page, erin: Person) -> None:
    made = make.assistant_with_versions(2)
    page.goto(versions_of(made))
    page.locator("#v1 summary").click()
    page.locator("#v1").get_by_text("Copy link").click()

    expect(page.get_by_text("Link copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(f"{versions_of(made)}1/")
    assert copied.startswith("http://127.0.0.1")


def test_a_link_is_copied_where_the_browser_offers_no_clipboard(page: Page, erin: Person) -> None:
    """As on a site that is open to the network without https."""
    made = make.assistant_with_versions(2)
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'clipboard', {value: undefined})")
    page.goto(versions_of(made))
    page.locator("#v1 summary").click()
    page.locator("#v1").get_by_text("Copy link").click()

    expect(page.get_by_text("Link copied")).to_be_visible()
    other = page.context.new_page()
    other.goto(versions_of(made))
    assert other.evaluate("navigator.clipboard.readText()").endswith(f"{versions_of(made)}1/")


def test_the_keyboard_skips_to_the_content(page: Page) -> None:
    page.goto("/assistants/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_times_are_the_readers_own(page: Page) -> None:
    made = make.assistant()
    page.goto(f"{versions_of(made)}1/")
    shown = page.locator("time").first
    expect(shown).to_have_attribute("title", re.compile(r"\d{4}"))

    at, text = shown.get_attribute("datetime"), shown.text_content()
    zone = "new Date(at).toLocaleTimeString('en-GB', {timeZone: 'Europe/Berlin', hour: '2-digit', minute: '2-digit'})"
    assert page.evaluate(f"at => {zone}", at) in (text or "")


def test_deleting_wants_the_name(page: Page, erin: Person) -> None:
    made = make.assistant(name="Blog writer")
    page.goto(f"/assistants/{made.assistant_id}/delete/")
    page.get_by_label("To confirm").fill("blog")
    page.get_by_role("button", name="Delete assistant").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("link", name="The name does not match").click()
    expect(page.get_by_label("To confirm")).to_be_focused()
    page.get_by_label("To confirm").fill("Blog writer")
    page.get_by_role("button", name="Delete assistant").click()

    expect(page.get_by_role("status").filter(has_text="Blog writer is deleted.")).to_be_visible()


def test_an_operator_adds_somebody_who_signs_in(open_page: OpenPage, olga: Person) -> None:
    page = open_page(olga)
    page.goto("/people/")
    page.get_by_label("Name", exact=True).fill("Amy Adams")
    page.get_by_label("Sign-in name").fill("amy")
    page.get_by_role("button", name="Make an invitation link").click()
    link = page.get_by_label("Sign-in link").input_value()

    newcomer = open_page()
    newcomer.goto(link)
    newcomer.get_by_role("button", name="Sign in as amy").click()
    newcomer.get_by_label("New password", exact=True).fill(PASSWORD)
    newcomer.get_by_label("New password confirmation").fill(PASSWORD)
    newcomer.get_by_role("button", name="Set password").click()
    expect(newcomer.get_by_role("heading", name="Hello, Amy")).to_be_visible()
    expect(newcomer.get_by_role("link", name="People")).to_have_count(0)


def test_the_admin_keeps_the_policy(open_page: OpenPage, olga: Person) -> None:
    make.assistant(person=olga)
    page = open_page(olga)
    for path in (
        "",
        "assistants_app/assistant/",
        "assistants_app/assistantversion/1/change/",
        f"assistants_app/person/{olga.pk}/change/",
    ):
        page.goto(f"/admin/{path}")
        expect(page.get_by_role("heading").first).to_be_visible()


def test_no_name_makes_a_list_of_the_administration_wide(open_page: OpenPage, olga: Person) -> None:
    """It is pushed sideways, but not for metres."""
    make.assistant(person=olga, name="W" * 200)
    page = open_page(olga)
    for of in ("assistant", "assistantversion", "auditentry"):
        page.goto(f"/admin/assistants_app/{of}/")
        assert page.locator("#result_list").evaluate("table => table.scrollWidth") < 1200


def test_an_unreachable_server_is_said(page: Page, failures: list[str]) -> None:
    make.assistant(name="Blog writer")
    page.goto("/assistants/")
    page.route("**/assistants/?*", lambda route: route.abort())
    page.get_by_label("Search").press_sequentially("blog")

    expect(page.get_by_text("The server could not be reached.")).to_be_visible()
    expect(page.get_by_label("Search")).to_have_value("blog")
    failures.clear()


def test_signing_in_again_in_another_tab_loses_nothing(page: Page, erin: Person) -> None:
    made = make.assistant(name="Blog writer")
    page.goto(f"/assistants/{made.assistant_id}/rename/")
    page.get_by_label("Description").fill("A long text")
    other = page.context.new_page()
    other.goto("/")
    other.locator("header summary").click()
    other.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Save version").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    other.get_by_label("Sign-in name").fill("erin")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    expect(other).to_have_url("/")
    page.go_back()
    expect(page.get_by_label("Description")).to_have_value("A long text")
    page.get_by_role("button", name="Save version").click()

    expect(page.get_by_role("status").filter(has_text="Saved as v2")).to_be_visible()


def test_the_menu_on_a_phone(open_page: OpenPage, olga: Person) -> None:
    page = open_page(olga, NARROW)
    page.goto("/keys/")
    menu = page.get_by_role("navigation", name="Main")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    for link in menu.get_by_role("link").all():
        expect(link).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()

    page.get_by_role("button", name="Menu").click()
    menu.get_by_role("link", name="Dashboard").click()
    expect(page).to_have_url("/dashboard/")


def test_the_present_tab_is_in_sight_on_a_phone(open_page: OpenPage, erin: Person) -> None:
    page = open_page(erin, NARROW)
    page.goto(f"/assistants/{make.assistant().assistant_id}/activity/")

    tab = page.get_by_role("link", name="Activity").bounding_box()

    assert tab
    assert tab["x"] + tab["width"] <= NARROW["width"]


def test_the_menu_is_pushed_sideways_on_a_tablet(open_page: OpenPage, olga: Person) -> None:
    """Where one is stands in sight; every other place comes there by a push, or by the Tab key."""
    page = open_page(olga, TABLET)
    page.goto("/keys/")
    menu = page.get_by_role("navigation", name="Main")
    expect(page.get_by_role("button", name="Menu")).to_be_hidden()
    assert menu.evaluate("menu => menu.scrollHeight - menu.clientHeight") == 0
    expect(menu.get_by_role("link", name="Keys")).to_be_in_viewport(ratio=1)
    for link in menu.get_by_role("link").filter(visible=True).all():
        link.focus()
        expect(link).to_be_in_viewport(ratio=1)


def test_a_graph_whose_settings_have_no_schema(open_page: OpenPage, olga: Person) -> None:
    """Said where its settings would be, and what to do instead: they are written as JSON."""
    page = open_page(olga)
    page.goto("/graphs/unclear/")
    expect(page.get_by_text("The schema of this graph’s settings cannot be made")).to_be_visible()
    check_page(page)
    check_other_ways(page)
    page.goto("/assistants/new/?graph=unclear")
    expect(page.get_by_text("choose: PydanticInvalidForJsonSchema")).to_be_visible()
    check_page(page)
    page.get_by_label("Name").fill("Told as JSON")
    page.get_by_role("button", name="JSON", exact=True).click()
    page.get_by_label("Settings as JSON").fill('{"tone": "brisk"}')
    page.get_by_role("button", name="Make assistant").click()
    expect(page.get_by_role("heading", name="Told as JSON")).to_be_visible()
    assert Assistant.objects.get(name="Told as JSON").context == {"tone": "brisk"}
    page.goto("/dashboard/")
    expect(page.get_by_role("link", name="No settings schema")).to_be_visible()
    check_page(page)
