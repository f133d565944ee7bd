"""The dashboard in a browser: its charts, their tables, its filters with and without JavaScript."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from assistants_app.models import ModelPrice, Person, Run
from assistants_app.services.counting import count_all
from tests import make
from tests.browser.conftest import NARROW, OpenPage
from tests.browser.test_accessibility import check_page
from tests.web.test_dashboard import ended

pytestmark = pytest.mark.one_database


def _busy_site() -> list[Run]:
    ModelPrice.objects.create(model="small", input_price=1, output_price=2)
    long_name = "Product descriptions for the spring catalogue of the northern warehouses"
    assistants = [make.assistant(name=name) for name in ("Blog writer", long_name)]
    runs = [
        ended(status, ago=timedelta(hours=20 * number), took=2.0 + number, on=make.thread(assistants[number % 2]))
        for number in range(6)
        for status in (Run.Status.SUCCESS, Run.Status.ERROR, Run.Status.INTERRUPTED)
    ]
    count_all()
    return runs


def _figure(page: Page, name: str) -> str:
    return page.locator(".figures__one", has=page.get_by_text(name, exact=True)).locator("dd").first.inner_text()


def test_it_works(open_page: OpenPage, olga: Person) -> None:
    _busy_site()
    page = open_page(olga)
    page.goto("/")
    page.get_by_role("link", name="Dashboard", exact=True).click()
    assert _figure(page, "Runs") == "18"
    page.locator(".chart__data > summary").first.click()
    expect(page.get_by_role("row", name=re.compile("Succeeded")).first).to_be_visible()
    check_page(page)
    page.get_by_label("From").fill("2026-01-01")
    page.get_by_label("From").press("Enter")
    expect(page).to_have_url(re.compile("from=2026-01-01"))
    page.get_by_label("Period").select_option("30d")
    expect(page).to_have_url(re.compile("period=30d$"))
    expect(page.get_by_label("From")).to_have_value("")
    page.get_by_role("combobox", name="Assistant").fill("Blog")
    page.get_by_role("combobox", name="Assistant").press("Enter")
    expect(page.get_by_role("heading", name="By version")).to_be_visible()
    assert "assistant=" in page.url
    check_page(page)
    page.locator(".figures__link").nth(1).click()
    expect(page.get_by_role("heading", name="All runs")).to_be_visible()
    check_page(page)
    page.locator(".list-name__link").first.click()
    expect(page.get_by_text("no such key")).to_be_visible()
    expect(page.locator("dd time").first).to_have_text(re.compile(r"^\d+ \w+ \d{4}, \d\d:\d\d:\d\d CES?T$"))
    check_page(page)


def test_without_javascript(open_page: OpenPage, olga: Person) -> None:
    _busy_site()
    page = open_page(olga, NARROW, javascript=False)
    page.goto("/dashboard/")
    page.get_by_label("Period").select_option("30d")
    page.get_by_role("button", name="Show").click()
    assert _figure(page, "Runs") == "18"
    page.get_by_label("From").fill("2026-02-01")
    page.get_by_label("To", exact=True).fill("2026-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("The period ends before it begins.")).to_be_visible()
    assert page.get_by_label("From").input_value() == "2026-02-01"


def test_a_refused_price(open_page: OpenPage, olga: Person) -> None:
    ModelPrice.objects.create(model="small", input_price=1, output_price=2)
    page = open_page(olga)
    page.goto("/dashboard/prices/")
    page.get_by_label("Input price").first.fill("cheap")
    page.get_by_role("button", name="Save prices").click()
    expect(page.get_by_role("heading", name="Nothing was saved yet")).to_be_visible()
    assert page.get_by_label("Input price").first.input_value() == "cheap"
    check_page(page)
