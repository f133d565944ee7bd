"""Nothing typed into the form is lost: on leaving, between two editors, signed out, offline, too much, too fast."""

from playwright.sync_api import Page, expect

from assistants_app.models import Person
from tests import make
from tests.browser.conftest import OpenPage
from tests.browser.test_form import box, newest, opened, save, saved


def test_leaving_in_mid_word_loses_nothing(page: Page) -> None:
    """Before the draft was kept: what was typed is sent on the way out. Nobody is asked."""
    opened(page, {})
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    box(page, "Greeting").fill("Hello")
    page.get_by_role("link", name="Overview").click()
    page.wait_for_url("**/assistants/*/")
    page.get_by_role("link", name="Edit", exact=True).first.click()
    expect(box(page, "Greeting")).to_have_value("Hello")
    expect(page.get_by_text("This is your draft, made from v1.")).to_be_visible()
    assert asked == []


def test_leaving_while_nothing_can_be_kept_is_asked_about(page: Page, failures: list[str]) -> None:
    opened(page, {})
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    box(page, "System prompt").evaluate("area => { area.value = 'x'.repeat(100_000) }")
    box(page, "System prompt").press("End")
    page.keyboard.type("!")
    page.get_by_role("link", name="Overview").click()
    page.wait_for_url("**/assistants/*/")
    assert asked == ["beforeunload"]
    failures.clear()  # what was on its way when the page went


def test_two_editors(page: Page, ben: Person) -> None:
    assistant = opened(page, {"greeting": "Old", "max_words": 5})
    make.version(assistant, person=ben, settings={"greeting": "Ben's", "max_words": 8})
    box(page, "Greeting").fill("Erin's")
    save(page)
    expect(page.get_by_role("heading", name="Ben Brown saved v2 while you were editing")).to_be_visible()
    expect(box(page, "Greeting")).to_have_value("Erin's")
    page.get_by_role("button", name="Save on top of v2").click()
    expect(page.get_by_text("Saved as v3, live now.")).to_be_visible()
    assert saved(assistant) == {"greeting": "Erin's", "max_words": 8}


def test_signed_out_meanwhile(page: Page, failures: list[str]) -> None:
    assistant = opened(page, {})
    box(page, "Greeting").fill("Not lost")
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    save(page)
    expect(page.get_by_text("You are signed out. Your text is still here")).to_be_visible()
    expect(box(page, "Greeting")).to_have_value("Not lost")
    page.context.add_cookies([cookie for cookie in cookies if cookie["name"] == "sessionid"])  # type: ignore[list-item]
    save(page)
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    assert saved(assistant) == {"greeting": "Not lost"}
    failures.clear()  # htmx's own words about the 401


def test_too_much_at_once(page: Page, failures: list[str]) -> None:
    assistant = opened(page, {})
    box(page, "System prompt").evaluate("area => { area.value = 'x'.repeat(9_000_000) }")
    box(page, "System prompt").press("End")
    page.keyboard.type("!")
    save(page)
    expect(page.get_by_text("That was too much at once")).to_be_visible()
    assert newest(assistant) == 1
    failures.clear()  # htmx's own words about the 413


def test_the_server_cannot_be_reached(page: Page, failures: list[str]) -> None:
    assistant = opened(page, {})
    box(page, "Greeting").fill("Not lost")
    page.context.set_offline(True)
    save(page)
    expect(page.get_by_text("That could not be sent. Nothing is lost")).to_be_visible()
    page.context.set_offline(False)
    save(page)
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    assert saved(assistant) == {"greeting": "Not lost"}
    failures.clear()  # Chromium's own words about the broken connection


def test_typed_while_a_save_is_on_its_way(page: Page) -> None:
    assistant = opened(page, {})
    greeting = box(page, "Greeting")
    greeting.fill("First")
    page.route("**/edit/", lambda route: (page.wait_for_timeout(300), route.continue_()))
    save(page)
    greeting.press("End")
    greeting.press_sequentially(" and second")
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    expect(greeting).to_have_value("First and second")
    assert saved(assistant) == {"greeting": "First"}


def test_enter_in_a_line_saves_nothing(page: Page) -> None:
    assistant = opened(page, {})
    box(page, "Greeting").fill("Hello")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not saved")).to_be_visible()
    assert newest(assistant) == 1


def test_what_a_button_took_away_comes_back(page: Page) -> None:
    assistant = opened(page, {"system_prompt": "Saved", "stop_words": ["a", "b"]})
    box(page, "System prompt").fill("Typed for an hour")
    page.get_by_role("button", name="Reset to graph default: System prompt").click()
    expect(page.get_by_role("button", name="Override: System prompt")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(box(page, "System prompt")).to_have_value("Typed for an hour")
    page.get_by_role("button", name="Remove: Stop words 1").click()
    expect(box(page, "Stop words 1")).to_have_value("b")
    page.get_by_role("button", name="Undo").click()
    expect(box(page, "Stop words 1")).to_have_value("a")
    page.get_by_role("button", name="Move down: Stop words 1").click()
    expect(box(page, "Stop words 1")).to_have_value("b")
    save(page)
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    assert saved(assistant) == {"system_prompt": "Typed for an hour", "stop_words": ["b", "a"]}


def test_review_without_javascript(open_page: OpenPage, erin: Person) -> None:
    page = open_page(erin, javascript=False)
    assistant = opened(page, {"greeting": "Old"})
    box(page, "Greeting").fill("New")
    page.get_by_role("button", name="Review changes").click()
    expect(page.get_by_role("heading", name="Your changes to the live v1")).to_be_focused()
    page.get_by_role("button", name="Save, live at once").click()
    expect(page.get_by_text("Saved as v2, live now.")).to_be_visible()
    assert saved(assistant) == {"greeting": "New"}


def test_looking_at_the_json_is_no_change(page: Page) -> None:
    opened(page, {"greeting": "Old"})
    page.get_by_role("button", name="JSON", exact=True).click()
    expect(page.get_by_label("Settings as JSON")).to_be_visible()
    expect(page.get_by_text("Not saved")).to_be_hidden()
    page.get_by_role("button", name="Form", exact=True).click()
    expect(page.get_by_text("Not saved")).to_be_hidden()
    box(page, "Greeting").fill("Hello")
    page.get_by_role("button", name="JSON", exact=True).click()
    expect(page.get_by_text("Not saved")).to_be_visible()


def test_what_was_done_is_told_where_nothing_is_pressed(page: Page) -> None:
    opened(page, {})
    box(page, "Greeting").fill("Hello")
    save(page)
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    for name in ("Send", "Save version"):
        page.get_by_role("button", name=name).click(trial=True, timeout=2000)
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_role("button", name="Save version").click(trial=True, timeout=2000)
