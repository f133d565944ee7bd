"""The page of API keys: operators make one, see it once, and revoke it."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from assistants_app.models import ApiKey, Person, Role
from assistants_app.services.keys import create_key, find_key
from tests.web.queries import queries_of

pytestmark = pytest.mark.django_db

TYPED = {"name": "Nightly job", "role": "editor", "expires": "", "rate": ""}


def test_it_works(operator_client: Client, olga: Person) -> None:
    answer = operator_client.post("/keys/add/", TYPED | {"expires": "2099-12-31", "rate": "60"})

    found = re.search(r'value="(as_[^"]+)"', answer.text)
    assert found
    key = find_key(found.group(1))
    assert key is not None
    assert (key.name, key.role, key.requests_per_minute, key.created_by) == ("Nightly job", Role.EDITOR, 60, olga)
    assert f"{key.expires_at:%Y-%m-%d %H:%M}" == "2099-12-31 23:59"
    assert "no-store" in answer.headers["Cache-Control"]
    page = operator_client.get("/keys/").text
    assert "Nightly job" in page
    assert key.start in page
    assert found.group(1) not in page


def test_revoking(operator_client: Client) -> None:
    key, secret = create_key(name="Old", role=Role.VIEWER, created_by=None)

    answer = operator_client.post(f"/keys/{key.id}/revoke/", follow=True)

    assert "Old is revoked" in answer.text
    assert find_key(secret) is None
    assert f"/keys/{key.id}/revoke/" not in answer.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": " "}, "name of 1 to 100 characters"),
        ({"name": "x" * 101}, "name of 1 to 100 characters"),
        ({"name": "a\0b"}, "holds a NUL character"),
        ({"role": "boss"}, "Choose what the key may do."),
        ({"expires": "2001-01-01"}, "cannot expire in the past"),
        ({"expires": "soon"}, "The last day is a date"),
        ({"expires": "9999-99-99"}, "The last day is a date"),
        ({"rate": "many"}, "a whole number of requests"),
        ({"rate": "0"}, "from 1 to 1000000"),
        ({"rate": "9" * 50}, "from 1 to 1000000"),
    ],
)
def test_a_refusal_keeps_what_was_typed(operator_client: Client, typed: dict[str, str], said: str) -> None:
    answer = operator_client.post("/keys/add/", TYPED | typed)

    assert answer.status_code == 422
    assert said in answer.text
    assert ApiKey.objects.count() == 0
    if "name" not in typed:
        assert 'value="Nightly job"' in answer.text


def test_states_are_told(operator_client: Client) -> None:
    key, _secret = create_key(name="Short", role=Role.VIEWER, created_by=None)
    assert "Never" in operator_client.get("/keys/").text
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() - timedelta(days=1))
    assert "Expired" in operator_client.get("/keys/").text


def test_when_it_was_made_and_used_is_said_on_narrow_screens_too(operator_client: Client) -> None:
    create_key(name="Short", role=Role.VIEWER, created_by=None)
    page = operator_client.get("/keys/").text
    assert re.search(r"· Made\s+<time", page)
    assert page.index("Last used: Never") < page.index('wide-only">Never')


def test_as_many_queries_for_twenty(operator_client: Client, olga: Person) -> None:
    create_key(name="One", role=Role.VIEWER, created_by=olga)
    before = queries_of(operator_client, "/keys/")
    for number in range(19):
        create_key(name=f"Key {number}", role=Role.VIEWER, created_by=olga)
    assert queries_of(operator_client, "/keys/") == before


@pytest.mark.parametrize("path", ["/keys/", "/keys/add/"])
def test_editors_are_kept_out(editor_client: Client, path: str) -> None:
    for answer in (editor_client.get(path), editor_client.post(path, TYPED)):
        assert answer.status_code == 403
    assert 'href="/keys/"' not in editor_client.get("/").text
    assert not ApiKey.objects.exists()


def test_markup_in_a_name_stays_text(operator_client: Client) -> None:
    create_key(name="<script>alert(1)</script>", role=Role.VIEWER, created_by=None)

    assert "<script>alert" not in operator_client.get("/keys/").text
