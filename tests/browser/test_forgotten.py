"""A forgotten password, as a person mends it."""

import pytest
from playwright.sync_api import expect

from assistants_app.models import Delivery, Person
from tests.browser.conftest import NARROW, OpenPage
from tests.browser.site import Site
from tests.browser.test_accessibility import check_other_ways, check_page
from tests.letters import link_in

pytestmark = pytest.mark.one_database

NEW = "two ducks on the lake"


def test_it_works(open_page: OpenPage, mailing_site: Site, erin: Person, failures: list[str]) -> None:
    erin.email = "erin@example.org"
    erin.save()
    page = open_page()
    page.goto(f"{mailing_site.url}/sign-in/")
    page.get_by_role("link", name="Forgot your password?").click()
    check_page(page)
    check_other_ways(page)
    page.context.clear_cookies()
    page.reload()
    page.get_by_label("Sign-in name or email address").fill("erin")
    page.get_by_role("button", name="Send a link").click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    check_page(page)

    link = mailing_site.url + link_in(Delivery.objects.get(), site=mailing_site.url)
    phone = open_page(viewport=NARROW, dark=True)
    phone.goto(link)
    expect(phone.get_by_role("heading", name="A new password")).to_be_visible()
    phone.get_by_label("New password", exact=True).fill(NEW)
    phone.get_by_label("New password confirmation").fill("else")
    phone.get_by_role("button", name="Set password").click()
    expect(phone.get_by_role("alert")).to_be_visible()
    check_page(phone)
    phone.get_by_label("New password", exact=True).fill(NEW)
    phone.get_by_label("New password confirmation").fill(NEW)
    phone.get_by_role("button", name="Set password").click()
    expect(phone.get_by_text("Your new password is set. Sign in with it.")).to_be_visible()
    phone.get_by_label("Sign-in name").fill("erin")
    phone.get_by_label("Password").fill(NEW)
    phone.get_by_role("button", name="Sign in", exact=True).click()
    expect(phone).to_have_url(f"{mailing_site.url}/")

    page.goto(link)
    expect(page.get_by_role("heading", name="This link is spent")).to_be_visible()
    failures.clear()  # Chromium's console tells of the answers of 410 and 422
