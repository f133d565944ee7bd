"""A site that sends letters about accounts, and the links in them, read before anybody sends them."""

import re

import pytest
from pytest_django import Settings

from assistants_app.models import Delivery, Person
from assistants_app.services import letters

SITE = "https://assistants.example.org"


@pytest.fixture
def mail(settings: Settings, erin: Person) -> None:
    """There is a mail server, the site knows its address, and Erin has one."""
    settings.EMAIL_HOST, settings.SITE_URL = "mail.example.org", SITE
    erin.email = "erin@example.org"
    erin.save()


def link_in(delivery: Delivery, *, site: str = SITE) -> str:
    """The path that the letter's link leads to."""
    letter = letters.written(delivery)
    assert letter is not None
    found = re.search(re.escape(site) + r"(/\S+)", letter.body)
    assert found is not None
    return found.group(1)
