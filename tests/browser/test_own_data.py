"""One's own name and address, as a person changes them."""

import pytest
from playwright.sync_api import expect

from assistants_app.models import Delivery, Person
from assistants_app.services import letters
from tests.browser.conftest import NARROW, OpenPage
from tests.browser.site import Site
from tests.browser.test_accessibility import check_other_ways, check_page
from tests.letters import link_in
from tests.people import PASSWORD

pytestmark = pytest.mark.one_database


def test_it_works(open_page: OpenPage, mailing_site: Site, erin: Person, failures: list[str]) -> None:
    erin.email = "erin@example.org"
    erin.save()
    page = open_page()
    page.goto(f"{mailing_site.url}/account/")
    page.get_by_label("Sign-in name").fill("erin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Change your name").click()
    check_page(page)
    page.get_by_label("Name").fill("Erin Night Shift")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your name is saved.")).to_be_visible()
    expect(page.get_by_role("definition").filter(has_text="Erin Night Shift")).to_be_visible()
    check_page(page)

    page.get_by_role("link", name="Change your e-mail address").click()
    check_page(page)
    page.get_by_label("New e-mail address").fill("erin@example.org")
    page.get_by_role("button", name="Send a link").click()
    expect(page.get_by_role("alert")).to_be_visible()
    check_page(page)
    page.get_by_label("New e-mail address").fill("erin@new.example.org")
    page.get_by_role("button", name="Send a link").click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    check_page(page)
    check_other_ways(page)

    link = mailing_site.url + link_in(Delivery.objects.get(event=letters.ADDRESS), site=mailing_site.url)
    phone = open_page(viewport=NARROW, dark=True)
    phone.goto(link)
    phone.get_by_label("Sign-in name").fill("erin")
    phone.get_by_label("Password").fill(PASSWORD)
    phone.get_by_role("button", name="Sign in", exact=True).click()
    expect(phone.get_by_role("heading", name="Is this your address?")).to_be_visible()
    check_page(phone)
    phone.get_by_role("button", name="Yes, it is mine").click()
    expect(phone.get_by_text("Your e-mail address is erin@new.example.org now.")).to_be_visible()
    assert Person.objects.get(pk=erin.pk).email == "erin@new.example.org"

    phone.goto(link)
    expect(phone.get_by_role("heading", name="This link is spent")).to_be_visible()
    check_page(phone)
    page.goto(f"{mailing_site.url}/account/")
    expect(page.get_by_label("Password")).to_be_visible()  # signed out everywhere else
    failures.clear()  # Chromium's console tells of the answers of 410 and 422
