"""The operators' page of runs in a browser: it keeps itself fresh and leaves the reader where they are."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from assistants_app.models import Person, Run, Thread, Worker
from assistants_app.services.runs import RunEnd, finish_run
from tests import make
from tests.browser.conftest import NARROW, OpenPage
from tests.browser.test_accessibility import check_page

pytestmark = pytest.mark.one_database

FAILED = RunEnd(
    Run.Status.ERROR, Thread.Status.ERROR, error={"error": "KeyError", "message": "no such key: " + "x" * 99}
)


def _busy_site() -> list[Run]:
    """The waiting ones wait for a time: the site that serves would start what has its turn."""
    worker = make.worker(host="build-7.rack-12.example.org", pid=4711, kind=Worker.Kind.WORKER, concurrency=8)
    blocked = make.worker(host="stuck", kind=Worker.Kind.WORKER, concurrency=4)
    Worker.objects.filter(pk=make.worker(host="gone", silent_for=60)).update(lost_at=timezone.now())
    far = timezone.now() + timedelta(minutes=5)
    Worker.objects.filter(pk__in=[worker, blocked]).update(heartbeat_at=far)  # the tests' worker beats no heart
    make.running(by=worker)
    blocking = make.running(by=blocked)
    blocked_by = {"graph_id": "writer", "run_id": str(blocking.run_id), "seconds": 4.5}
    Worker.objects.filter(pk=blocked).update(blocked_by=blocked_by)
    failed = make.running(by=worker)
    Run.objects.filter(pk=failed.pk).update(attempt=3)
    failed.attempt = 3
    finish_run(run=failed, end=FAILED)
    return [make.run("hi", not_before=timezone.now() + timedelta(hours=2)) for _number in range(3)]


def _fresh(page: Page) -> None:
    with page.expect_response(lambda answer: answer.url.endswith("/runs/") and answer.request.method == "GET"):
        pass
    page.wait_for_timeout(100)


def test_it_works(open_page: OpenPage, olga: Person) -> None:
    waiting = _busy_site()
    page = open_page(olga)
    page.goto("/")
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    check_page(page)
    page.set_viewport_size(NARROW)
    button = page.locator(f"#cancel-{waiting[-1].run_id}")
    button.focus()
    before = page.evaluate("scrollY")
    assert before > 0
    make.run("one more", not_before=timezone.now() + timedelta(hours=2))
    _fresh(page)
    expect(page.locator(".figures__one", has_text="Waiting for a time")).to_contain_text("4")
    expect(button).to_be_focused()
    assert page.evaluate("scrollY") == before

    button.click()
    expect(page.get_by_text("The run is being cancelled")).to_be_visible()
    expect(button).to_be_hidden()
    page.get_by_role("link", name="Hold still").click()
    expect(page.get_by_role("link", name="Keep it fresh")).to_be_visible()
    expect(page.get_by_text("looks again every 5 seconds")).to_have_count(0)


def test_a_site_that_does_not_answer_is_said_once(open_page: OpenPage, olga: Person, failures: list[str]) -> None:
    page = open_page(olga)
    page.goto("/runs/")
    page.route("**/runs/", lambda route: route.abort())
    said = page.locator(".toast", has_text="could not be reached")
    expect(said).to_have_count(1)
    page.wait_for_timeout(5500)
    assert said.count() <= 1
    failures.clear()


def test_without_javascript(open_page: OpenPage, olga: Person) -> None:
    waiting = _busy_site()
    page = open_page(olga, javascript=False)
    page.goto("/runs/")
    expect(page.get_by_role("link", name="Hold still")).to_be_hidden()
    page.locator(f"#cancel-{waiting[0].run_id}").click()
    expect(page.get_by_text("The run is being cancelled")).to_be_visible()
    page.get_by_role("link", name="Look again").click()
    expect(page.locator(f"#cancel-{waiting[0].run_id}")).to_have_count(0)
