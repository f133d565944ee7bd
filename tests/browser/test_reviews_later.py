"""Approving a version for a time to come, in the reader's own zone; and what operators see of deliveries."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from assistants_app.models import Person, Protection, Review
from assistants_app.services.authors import SYSTEM
from assistants_app.services.reviews import set_protection
from tests import make
from tests.browser.conftest import NARROW, OpenPage
from tests.browser.test_accessibility import check_page

pytestmark = pytest.mark.one_database


def test_it_works(open_page: OpenPage, erin: Person, ben: Person) -> None:
    assistant = make.assistant(name="Blog writer", person=ben)
    set_protection(assistant_id=assistant.assistant_id, protection=Protection.PUBLISHER, author=SYSTEM)
    make.version(assistant, person=ben)
    page = open_page(erin)
    page.goto(f"/reviews/{Review.objects.get(number=2).pk}/")
    page.get_by_text("Approve for later").click()
    expect(page.get_by_text("Time zone: Europe/Berlin")).to_be_visible()
    page.get_by_label("Goes live at").fill("2001-01-01T10:00")
    page.get_by_role("button", name="Approve for this time").click()
    expect(page.get_by_role("alert")).to_contain_text("This time is past.")
    check_page(page)

    page.get_by_label("Goes live at").fill("2040-07-01T10:00")
    page.get_by_role("button", name="Approve for this time").click()
    expect(page.get_by_text("Approved; it goes live when its time comes.")).to_be_visible()
    assert Review.objects.get(number=2).live_at == datetime(2040, 7, 1, 8, tzinfo=UTC)
    check_page(page)
    page.get_by_role("button", name="Do not let it go live").click()
    expect(page.get_by_text("It waits for a publisher again.")).to_be_visible()


def test_deliveries(open_page: OpenPage, olga: Person) -> None:
    page = open_page(olga, NARROW)
    page.goto("/reviews/")
    page.get_by_role("link", name="Deliveries").click()
    expect(page.get_by_text("off: EMAIL_HOST is not set")).to_be_visible()
    check_page(page)
