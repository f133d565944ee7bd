"""Signing in and out, as a person does it."""

from playwright.sync_api import Page, expect

from assistants_app.models import Person
from tests.browser.conftest import NARROW, OpenPage
from tests.people import PASSWORD


def test_it_works(open_page: OpenPage, erin: Person) -> None:
    page = open_page()
    page.goto("/assistants/")
    page.get_by_label("Sign-in name").fill("erin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/assistants/")


def test_without_javascript_on_a_phone(open_page: OpenPage, erin: Person) -> None:
    page = open_page(viewport=NARROW, javascript=False)
    page.goto("/sign-in/")
    page.get_by_label("Sign-in name").fill("erin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/")


def test_a_wrong_password_is_said(open_page: OpenPage, erin: Person) -> None:
    page = open_page()
    page.goto("/sign-in/")
    page.get_by_label("Sign-in name").fill("erin")
    page.get_by_label("Password").fill("a short walk")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_the_session_of_a_test_is_signed_in(page: Page) -> None:
    page.goto("/")
    expect(page).to_have_url("/")
