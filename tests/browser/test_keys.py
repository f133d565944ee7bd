"""Making a key in a browser: shown once, copied by a button; and the same without JavaScript."""

import re

import pytest
from playwright.sync_api import Page, expect

from assistants_app.models import ApiKey, Person
from assistants_app.services.keys import find_key
from tests.browser.conftest import OpenPage
from tests.browser.test_accessibility import check_page

pytestmark = pytest.mark.one_database


def make_key(page: Page) -> str:
    page.goto("/keys/")
    page.get_by_label("Which program is it for?").fill("CI pipeline")
    page.get_by_label("Publisher").check()
    page.get_by_role("button", name="Make key").click()
    expect(page.get_by_role("heading", name="The key of CI pipeline")).to_be_visible()
    return page.get_by_label("API key", exact=True).input_value()


def test_it_works(open_page: OpenPage, olga: Person) -> None:
    page = open_page(olga)
    secret = make_key(page)
    key = find_key(secret)
    assert key is not None
    assert key.role == "publisher"
    check_page(page)
    page.get_by_role("button", name="Copy key").click()
    expect(page.get_by_text("Key copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret

    page.get_by_role("link", name="Done").click()
    assert secret not in page.content()
    page.get_by_label("Actions for CI pipeline").click()
    check_page(page)
    page.get_by_role("button", name="Revoke this key").click()
    expect(page.get_by_text(re.compile("CI pipeline is revoked"))).to_be_visible()
    assert find_key(secret) is None


def test_what_is_wrong_is_said(open_page: OpenPage, olga: Person) -> None:
    page = open_page(olga)
    page.goto("/keys/")
    page.get_by_label("Which program is it for?").fill("Job")
    page.get_by_label("Calls a minute").fill("many")
    page.get_by_role("button", name="Make key").click()
    expect(page.get_by_role("alert")).to_contain_text("whole number")
    check_page(page)
    assert not ApiKey.objects.exists()


def test_without_javascript(open_page: OpenPage, olga: Person) -> None:
    page = open_page(olga, javascript=False)
    secret = make_key(page)
    assert find_key(secret) is not None
    expect(page.get_by_role("button", name="Copy key")).to_be_hidden()

    page.goto("/keys/")
    page.get_by_label("Actions for CI pipeline").click()
    page.get_by_role("button", name="Revoke this key").click()
    assert find_key(secret) is None
