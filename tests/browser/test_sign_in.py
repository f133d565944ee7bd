"""Signing in and out, as a person does it."""

from playwright.sync_api import Page, expect

from assistants_app.models import Person
from tests.browser.conftest import NARROW, OpenPage
from tests.browser.test_accessibility import check_page
from tests.people import PASSWORD
from tests.web.codes import code


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


def test_a_second_factor(open_page: OpenPage, erin: Person) -> None:
    """Set up on the account, asked for at the next sign-in; every page on the way is accessible."""
    page = open_page()
    _enter(page)
    page.goto("/account/")
    check_page(page)
    page.get_by_role("link", name="Set up").click()
    page.get_by_text("It cannot be scanned?").click()
    secret = page.locator("code").inner_text()
    check_page(page)
    page.get_by_label("Code").fill(code(secret))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    check_page(page)
    spare = page.locator(".codes").inner_text().split()[0]
    page.get_by_role("link", name="I have them").click()
    expect(page.get_by_text("Here", exact=True)).to_be_visible()

    other = open_page(viewport=NARROW)
    _enter(other)
    expect(other.get_by_role("heading", name="Your code")).to_be_visible()
    other.get_by_label("Code").fill("000000")
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("alert")).to_be_visible()
    check_page(other)
    other.get_by_label("Code").fill(spare)
    other.get_by_role("button", name="Sign in").click()
    expect(other).to_have_url("/")
    page.reload()
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.get_by_text("You are signed out everywhere else.")).to_be_visible()
    other.goto("/account/")
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()


def _enter(page: Page) -> None:
    page.goto("/sign-in/")
    page.get_by_label("Sign-in name").fill("erin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
