"""What commands and the administration tell the audit log, and the one way in which its entries go."""

import getpass
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from assistants_app.domain.errors import NotAllowed
from assistants_app.models import AuditEntry, ModelPrice, Person
from assistants_app.models.audit import Face
from assistants_app.services import audit
from assistants_app.services.audit import Action
from assistants_app.services.audit_expiry import expire_entries
from assistants_app.services.authors import SYSTEM, Author

pytestmark = pytest.mark.django_db


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def old_entries(count: int) -> None:
    for number in range(count):
        at = timezone.now() - timedelta(days=10 + number)
        AuditEntry.objects.create(at=at, who="x", who_kind="system", face="system", object_name=f"{number}")


def test_it_works(olga: Person) -> None:
    run("api_key", "create", "Nightly")
    run("sign_in_link", "olga")

    entries = AuditEntry.objects.order_by("id").values_list("action", "face", "who_kind", "who")
    me = getpass.getuser()
    assert list(entries) == [
        ("key.created", Face.COMMAND, "command", me),
        ("person.link_made", Face.COMMAND, "command", me),
    ]


def test_old_entries_go_and_the_log_tells_who_let_them() -> None:
    old_entries(5)
    audit.record(Action.SITE_BACKED_UP)
    assert "3 entries were older" in run("expire_audit_log", "--days", "12")

    left = AuditEntry.objects.order_by("id")
    assert [entry.object_name for entry in left[:2]] == ["0", "1"]
    last: Any = left[3]
    assert (last.action, last.who_kind) == (Action.AUDIT_EXPIRED, "command")
    assert (last.after["older_than_days"], last.after["entries"]) == (12, 3)
    assert "0 entries" in run("expire_audit_log", "--days", "12")
    assert AuditEntry.objects.count() == 4, "nothing was deleted, so nothing is told"


def test_they_go_in_batches() -> None:
    old_entries(5)
    told: list[int] = []

    assert expire_entries(days=5, author=SYSTEM, tell=told.append, batch=2) == 5
    assert told == [2, 4, 5]


@pytest.mark.parametrize("days", ["0", "-1", "99999999"])
def test_what_is_no_age(days: str) -> None:
    with pytest.raises(CommandError, match="number of days"):
        run("expire_audit_log", "--days", days)


def test_who_is_no_operator_lets_none_go(erin: Person) -> None:
    old_entries(1)
    with pytest.raises(NotAllowed):
        expire_entries(days=5, author=Author.of(erin))

    assert AuditEntry.objects.exists()


def test_the_administration(operator_client: Client, olga: Person, erin: Person) -> None:
    person = {"username": "erin", "first_name": "Erin", "last_name": "Editor", "email": "erin@example.org"}
    assert operator_client.post(f"/admin/assistants_app/person/{erin.pk}/change/", person).status_code == 302
    price = {"model": "m", "input_price": "1", "output_price": "2", "currency": "USD"}
    assert operator_client.post("/admin/assistants_app/modelprice/add/", price).status_code == 302
    pk = ModelPrice.objects.get().pk
    assert operator_client.post(f"/admin/assistants_app/modelprice/{pk}/delete/", {"post": "yes"}).status_code == 302

    entries = AuditEntry.objects.filter(face=Face.ADMIN).order_by("id")
    assert [(entry.action, entry.who, entry.address) for entry in entries] == [
        (action, "Olga Operator", "127.0.0.1") for action in ("person.changed", "price.added", "price.deleted")
    ]
    assert (entries[0].before, entries[0].after) == ({"email": ""}, {"email": "erin@example.org"})


def test_the_administration_shows_the_log_and_changes_nothing(operator_client: Client) -> None:
    audit.record(Action.SITE_BACKED_UP)
    pk = AuditEntry.objects.newest_first()[0].pk

    assert "Site backed up" in operator_client.get("/admin/assistants_app/auditentry/").text
    assert operator_client.get(f"/admin/assistants_app/auditentry/{pk}/change/").status_code == 200
    assert operator_client.post(f"/admin/assistants_app/auditentry/{pk}/delete/", {"post": "yes"}).status_code == 403
