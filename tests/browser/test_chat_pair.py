"""Two in one chat in a browser: one message, two columns that stream at once, a vote, stop, narrow and accessible."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from assistants_app.models import Assistant, Person, Run, Vote
from tests import make
from tests.browser.chatting import assistant_with
from tests.browser.conftest import NARROW
from tests.browser.test_accessibility import check_page


def two_versions(erin: Person, delay: float = 0.0) -> Assistant:
    made = assistant_with(erin, "echo", prefix="One:", delay=delay)
    make.version(made, settings={"prefix": "Two:", "delay": delay}, person=erin)
    return made


def opened(page: Page, assistant: Assistant) -> Locator:
    page.goto(f"/assistants/{assistant.assistant_id}/test/")
    page.get_by_role("link", name="Two in one chat").click()
    page.wait_for_url("**/compare/")  # loaded with its scripts: a key pressed before them is not theirs
    return page.locator("[data-pair]")


def ask(page: Page, text: str) -> None:
    page.get_by_label("Message to both").fill(text)
    page.get_by_label("Message to both").press("Enter")


def test_it_works(page: Page, erin: Person) -> None:
    """Both stream at once; then a vote, which is shown and counted; a reload shows all of it again."""
    pair = opened(page, two_versions(erin, delay=0.4))
    ask(page, "a b c d e f")
    left, right = page.get_by_label("A", exact=True).last, page.get_by_label("B", exact=True).last
    expect(left).to_contain_text("Two: a")
    expect(right).to_contain_text("One: a")
    expect(pair).to_have_attribute("data-state", "running")
    expect(pair).to_have_attribute("data-state", "idle")
    expect(left).to_contain_text("Two: a b c d e f")
    expect(right).to_contain_text("first word after")
    first, second = Run.objects.order_by("started_at")
    assert second.started_at is not None
    assert first.finished_at is not None
    assert second.started_at < first.finished_at
    page.get_by_role("button", name="A better").click()
    expect(page.get_by_role("button", name="A better")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#pair-tally")).to_contain_text("1 vote on this pair")
    page.reload()
    expect(page.get_by_role("button", name="A better")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-side]")).to_have_count(2)
    assert Vote.objects.get().value == "second"
    ask(page, "more")
    expect(page.locator("[data-side]")).to_have_count(4)
    expect(pair).to_have_attribute("data-state", "idle")
    expect(page.locator("[data-side]").last).to_contain_text("One: more")


def test_escape_stops_both(page: Page, erin: Person) -> None:
    pair = opened(page, two_versions(erin, delay=3.0))
    ask(page, "a b c d e f")
    expect(pair).to_have_attribute("data-state", "running")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Stopped.")).to_have_count(2)
    expect(pair).to_have_attribute("data-state", "idle")


def test_escape_counts_while_the_message_is_being_sent(page: Page, erin: Person) -> None:
    pair = opened(page, two_versions(erin, delay=3.0))
    page.route("**/compare/send/", lambda route: (page.keyboard.press("Escape"), route.continue_()))
    ask(page, "a b c d e f")
    expect(page.get_by_text("Stopped.")).to_have_count(2)
    expect(pair).to_have_attribute("data-state", "idle")


def test_what_could_not_be_stopped_is_said(page: Page, erin: Person) -> None:
    pair = opened(page, two_versions(erin, delay=1.0))
    page.route("**/compare/stop/", lambda route: route.fulfill(status=404))
    ask(page, " ".join("abcdefghijklmnopqrstuvwxyz"))
    expect(pair).to_have_attribute("data-state", "running")
    page.keyboard.press("Escape")
    expect(page.get_by_role("alert")).to_have_text("That could not be stopped. Try again.")
    page.unroute("**/compare/stop/")
    page.get_by_role("button", name="Stop both").click()
    expect(page.get_by_text("Stopped.")).to_have_count(2)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_reload_in_mid_run_goes_on(page: Page, erin: Person) -> None:
    pair = opened(page, two_versions(erin, delay=0.5))
    ask(page, "a b c d e")
    expect(page.locator("[data-side]").first).to_contain_text("Two:")
    page.reload()
    expect(pair).to_have_attribute("data-state", "idle")
    expect(page.locator("[data-side]").first).to_contain_text("Two: a b c d e")
    assert Run.objects.count() == 2


def test_both_may_have_answered_before_their_turn_comes(page: Page, erin: Person) -> None:
    """The server then names no streams to listen to."""

    def both_have_answered(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(r'data-stream="[^"]*"', "", answer.text()))

    pair = opened(page, two_versions(erin))
    page.route("**/compare/send/", both_have_answered)
    ask(page, "Hi")
    expect(page.locator("[data-side]")).to_have_count(2)
    expect(pair).to_have_attribute("data-state", "idle")
    expect(page.get_by_text("Both have answered.")).to_be_attached()
    page.unroute("**/compare/send/")
    ask(page, "Again")
    expect(page.locator("[data-side]")).to_have_count(4)
    expect(pair).to_have_attribute("data-state", "idle")


@pytest.mark.one_database
def test_axe_finds_nothing(page: Page, erin: Person) -> None:
    pair = opened(page, two_versions(erin))
    ask(page, "Hi")
    expect(page.get_by_role("button", name="Both bad")).to_be_visible()
    expect(pair).to_have_attribute("data-state", "idle")
    check_page(page)
    page.set_viewport_size(NARROW)
    tops = [box["y"] for one in page.locator("[data-side]").all() if (box := one.bounding_box())]
    assert len(tops) == 2
    assert tops[0] < tops[1], "one under the other"
