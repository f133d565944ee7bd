"""Every page needs a login, every change its token, no look changes anything, nothing answers with a bare error."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assistants_app.models import Person
from tests.addresses import addresses, example_parts, routes
from tests.people import SignIn

pytestmark = pytest.mark.django_db

OPEN = {
    *("account_login", "language", "password-forgotten", "password-forgotten-new", "sign-in", "sign-in-link"),
    *("sign-out", "single-sign-on", "single-sign-on-back"),
}
"""What a stranger may see."""


@pytest.fixture
def parts(olga: Person) -> dict[str, Any]:
    return example_parts(olga)


def test_the_walk_finds_the_pages() -> None:
    names = {name for name, _parts in routes()}

    assert names >= {"home", "assistants", "assistant", "assistant-versions", "sign-in"}


def test_every_page_needs_a_login(parts: dict[str, Any], client: Client) -> None:
    """A look is sent to sign in; what was sent is answered where it came from, so that nothing typed is lost."""
    answers = {
        address.name: (method, answer.status_code, answer.headers.get("Location", ""))
        for address in addresses(parts)
        if address.name not in OPEN
        for method in ("get", "post")
        for answer in [getattr(client, method)(address.path)]
        if not (answer.status_code == 302 and answer.headers["Location"].startswith(reverse("sign-in")))
        and not (method == "post" and answer.status_code == 401)
    }

    assert not answers


def test_the_admin_needs_an_operator(client: Client, editor_client: Client, operator_client: Client) -> None:
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")
    assert editor_client.get("/admin/").status_code == 302
    assert operator_client.get("/admin/").status_code == 200


def test_every_change_needs_its_token(parts: dict[str, Any], olga: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(olga)

    accepted = {
        address.name: (method, status)
        for address in addresses(parts)
        for method in ("post", "put", "patch", "delete")
        if (status := getattr(client, method)(address.path).status_code) not in {403, 405}
    }

    assert not accepted


TAKES_OUT = ("assistant-export", "assistants-export")
"""The audit log tells who took assistants out of the site."""


def test_looking_changes_nothing(parts: dict[str, Any], olga: Person, sign_in: SignIn) -> None:
    changes: dict[str, list[str]] = {}
    for address in addresses(parts):
        client = sign_in(olga)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(address.path)
        written = [
            query["sql"][:200]
            for query in queries
            if query["sql"].lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
            and "django_session" not in query["sql"]
            and not (address.name in TAKES_OUT and 'INSERT INTO "assistants_app_auditentry"' in query["sql"])
        ]
        if written:
            changes[address.name] = written

    assert not changes


def test_no_page_breaks(parts: dict[str, Any], operator_client: Client) -> None:
    """200, a redirect, "not by GET", or a page that says why not."""
    answers = {address.name: operator_client.get(address.path) for address in addresses(parts)}

    assert {name: a.status_code for name, a in answers.items() if a.status_code not in {200, 302, 404, 405, 410}} == {}
    assert not [name for name, answer in answers.items() if answer.status_code == 404 and name not in OPEN]


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_not_there_is_said_on_a_page(method: str, parts: dict[str, Any], operator_client: Client) -> None:
    nothing = parts | {
        "assistant_id": uuid.uuid4(),
        "thread_id": uuid.uuid4(),
        "run_id": uuid.uuid4(),
        "grant_id": 999_999,
        "graph_id": "no-such-graph",
        "key_id": uuid.uuid4(),
        "number": 9999,
        "review_id": 999_999,
        "pk": 999_999,
    }
    asked = {name: names for name, names in routes() if set(names) - {"token"}}
    answers = {a.name: getattr(operator_client, method)(a.path) for a in addresses(nothing) if a.name in asked}

    wrong = {name: answer.status_code for name, answer in answers.items() if answer.status_code not in {404, 405}}
    assert wrong == {}
    for answer in answers.values():
        if answer.status_code == 404:
            assert "<h1" in answer.text or answer.headers["Content-Type"] != "text/html; charset=utf-8"


def test_every_page_has_the_policy(parts: dict[str, Any], operator_client: Client) -> None:
    for address in addresses(parts):
        policy = operator_client.get(address.path).headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'self'" in policy
