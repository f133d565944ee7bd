"""The audit log in a browser: filters as one types, what changed unfolds, a file comes, and all of it is accessible."""

import pytest
from playwright.sync_api import Page, expect

from assistants_app.models import AuditEntry, Person, Role
from assistants_app.models.audit import Face
from assistants_app.services import audit
from assistants_app.services.assistants import delete_assistant
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.keys import create_key, revoke_key
from assistants_app.services.origin import Origin, coming_from
from assistants_app.services.refusals import record_failed_sign_in, record_refusal
from assistants_app.services.versions import make_live
from assistants_app.web.audit.pages import PAGE_SIZE
from tests import make
from tests.browser.conftest import OpenPage
from tests.browser.test_accessibility import check_page

pytestmark = pytest.mark.one_database


def busy_log(olga: Person, erin: Person) -> str:
    """A little of everything; the id of an assistant."""
    with coming_from(Origin(Face.PAGE, "192.0.2.10", "b2f7c4a05c6e", Author.of(erin))):
        made = make.assistant(person=erin, name="Support for customers in three countries")
        prompt = "Answer in the language of the customer. " * 30
        settings = {"system_prompt": prompt, "temperature": 0.3, "tags": ["short", "polite"]}
        make.version(made, person=erin, settings=settings)
        make_live(assistant_id=made.assistant_id, number=1, author=Author.of(erin))
        record_refusal(what="GET /people/", why="Only operators can open this page.")
    with coming_from(Origin(Face.PAGE, "192.0.2.11", "0f1d", Author.of(olga))):
        key = create_key(name="Nightly job", role=Role.PUBLISHER, created_by=olga)[0]
        secret = {"openai_api_key": "sk-1"}
        audit.record(Action.POLICY_CHANGED, before=secret, after={"openai_api_key": "sk-2"}, kind=ObjectKind.SITE)
    with coming_from(Origin(Face.API, "2001:db8::8a2e:370:7334", "run-7", Author.with_key(key))):
        gone = make.assistant(name="W" * 90)
        delete_assistant(assistant_id=gone.assistant_id, author=Author.with_key(key))
        revoke_key(key_id=key.pk, author=SYSTEM)
    with coming_from(Origin(Face.PAGE, "203.0.113.9", "x", audit.nobody())):
        record_failed_sign_in(name="admin' OR 1=1 --")
    return str(made.assistant_id)


@pytest.fixture
def page(open_page: OpenPage, olga: Person, erin: Person) -> Page:
    busy_log(olga, erin)
    page = open_page(olga)
    page.goto("/audit/")
    return page


def test_it_works(page: Page) -> None:
    expect(page.locator(".audit-entry")).to_have_count(min(AuditEntry.objects.count(), PAGE_SIZE))
    page.get_by_label("Action").select_option("assistant.saved")
    expect(page.locator(".audit-entry")).to_have_count(1)
    assert "action=assistant.saved" in page.url
    page.locator(".audit-entry summary").click()
    expect(page.locator(".audit-change dt", has_text="Temperature")).to_be_visible()
    check_page(page)


def test_a_file_comes(page: Page) -> None:
    with page.expect_download() as coming:
        page.get_by_role("button", name="JSON lines").click()

    assert coming.value.path().read_text().count("\n") == AuditEntry.objects.count()


def test_all_unfolded_is_accessible(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    check_page(page)


def test_a_period_that_cannot_be_is_said(page: Page) -> None:
    page.goto("/audit/?since=2026-02-03&until=2026-02-02")

    expect(page.get_by_role("alert")).to_contain_text("ends before it begins")
    check_page(page)
