"""Single sign-on as a person does it: the button, the provider, and back to where they wanted to go."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from assistants_app.models import Person
from tests.browser.conftest import OpenPage
from tests.browser.site import Site
from tests.browser.test_accessibility import check_page
from tests.identity import CLIENT_ID, SECRET, IdentityProvider, identity_provider

pytestmark = pytest.mark.one_database


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with identity_provider() as started:
        yield started


@pytest.fixture
def company(provider: IdentityProvider, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site of its own, whose people come by that provider."""
    monkeypatch.setenv("ASSISTANTS_OIDC_ISSUER", provider.url)
    monkeypatch.setenv("ASSISTANTS_OIDC_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("ASSISTANTS_OIDC_SECRET", SECRET)
    monkeypatch.setenv("ASSISTANTS_OIDC_NAME", "Example")
    with Site(tmp_path) as own:
        yield own


def test_it_works(
    open_page: OpenPage, company: Site, provider: IdentityProvider, erin: Person, failures: list[str]
) -> None:
    page = open_page()
    page.goto(f"{company.url}/assistants/")
    check_page(page)
    page.get_by_role("link", name="Sign in with Example").click()
    expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()
    expect(page.get_by_text("Nobody has your email address here.")).to_be_visible()
    check_page(page)
    failures.clear()  # Chromium's console tells of each answer of 403

    erin.email = provider.person["email"]
    erin.save()
    page.get_by_role("link", name="Back to signing in").click()
    page.goto(f"{company.url}/assistants/")
    page.get_by_role("link", name="Sign in with Example").click()
    expect(page).to_have_url(f"{company.url}/assistants/")
    page.goto(f"{company.url}/account/")
    expect(page.get_by_text("Erin Editor").first).to_be_visible()
