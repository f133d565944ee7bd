"""The audit log: what is recorded, that it is bounded and tells no secret, and that the database keeps it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from assistants_app.models import Assistant, AuditEntry, Person, Role
from assistants_app.models.append_only import deletable, install_triggers
from assistants_app.models.audit import Face, Who
from assistants_app.services import audit
from assistants_app.services.assistants import change_owner, create_assistant, delete_assistant, rename_assistant
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.keys import create_key, revoke_key
from assistants_app.services.origin import Origin, coming_from
from assistants_app.services.patches import Patch, patch_assistant
from assistants_app.services.versions import make_live, restore_version, save_version
from tests import make

pytestmark = pytest.mark.django_db


def newest() -> AuditEntry:
    return AuditEntry.objects.newest_first()[0]


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def test_it_works(erin: Person) -> None:
    before = timezone.now()
    with coming_from(Origin(Face.PAGE, "192.0.2.7", "r-1")):
        audit.record(
            Action.PERSON_CHANGED,
            author=Author.of(erin),
            kind=ObjectKind.PERSON,
            id=7,
            name="Ben Brown",
            before={"email": "ben@example.org"},
            after={"email": "ben@example.com"},
        )

    entry = newest()
    assert before <= entry.at <= timezone.now()
    assert (entry.who_kind, entry.who_id, entry.who) == (Who.PERSON, str(erin.pk), "Erin Editor")
    assert (entry.action, entry.object_kind, entry.object_id) == ("person.changed", "person", "7")
    assert (entry.face, entry.address, entry.request_id) == (Face.PAGE, "192.0.2.7", "r-1")
    assert entry.object_name == "Ben Brown"
    assert (entry.before, entry.after) == ({"email": "ben@example.org"}, {"email": "ben@example.com"})


def test_who_acts_is_whom_the_edge_named_where_nobody_else_is(erin: Person) -> None:
    audit.record(Action.SITE_BACKED_UP)
    with coming_from(Origin(Face.COMMAND, author=Author(None, "root", kind=Who.COMMAND))):
        audit.record(Action.SITE_BACKED_UP)
        audit.record(Action.SITE_BACKED_UP, author=Author.of(erin))

    who = AuditEntry.objects.order_by("id").values_list("face", "who_kind", "who_id", "who")
    assert list(who) == [
        ("system", "system", "", "System"),
        ("command", "command", "root", "root"),
        ("command", "person", str(erin.pk), "Erin Editor"),
    ]


def test_an_entry_is_there_if_the_change_is() -> None:
    class Broken(Exception):
        pass

    @transaction.atomic
    def change() -> None:
        audit.record(Action.SITE_BACKED_UP)
        raise Broken

    with pytest.raises(Broken):
        change()

    assert not AuditEntry.objects.exists()


def test_secrets_are_masked_long_values_cut_and_not_all_kept() -> None:
    values: dict[str, Any] = {f"value {number}": number for number in range(60)}
    audit.record(Action.POLICY_CHANGED, after={"api_key": "sk-canary", "long": "x" * 5_000, **values})

    after: Any = newest().after
    assert "canary" not in json.dumps(after)
    assert after["long"] == "x" * 2_000 + "… [cut: 5000 characters]"
    assert after["…"] == "[12 more left out]"
    assert len(after) == 51


@pytest.mark.parametrize("text", ["\0", "\ud800", "é" * 300, "", "=cmd()", "'; DROP TABLE x; --", "%s"])
def test_any_text_can_be_kept(text: str) -> None:
    with coming_from(Origin(Face.API, text * 70, text, Author(None, text))):
        audit.record(Action.REFUSED, kind=ObjectKind.PAGE, id=text, name=text, before={text: text}, after={"a": [text]})

    assert newest().object_name in (text, text[:200], "�", "?")


def test_assistants(erin: Person) -> None:
    author = Author.of(erin)
    made = create_assistant(graph_id="writer", name="Writer", settings={"tone": "dry"}, author=author)
    save_version(assistant_id=made.assistant_id, settings={"tone": "warm"}, author=author, base=1, expected_version=1)
    assert (newest().before, newest().after) == (
        {"live": "v1", "settings.tone": "dry"},
        {"live": "v2", "settings.tone": "warm"},
    )
    draft: dict[str, Any] = {"assistant_id": made.assistant_id, "author": author, "base": 2, "expected_version": 2}
    save_version(**draft, settings={"tone": "warm", "new": 1}, make_live=False)
    assert (newest().before, newest().after) == (None, {"settings.new": 1})
    make_live(assistant_id=made.assistant_id, number=3, author=author)
    assert (newest().before, newest().after) == ({"live": "v2"}, {"live": "v3", "settings.new": 1})
    restore_version(assistant_id=made.assistant_id, number=1, author=author)
    rename_assistant(assistant_id=made.assistant_id, name="Author", author=author)
    assert newest().before == {"live": "v4", "name": "Writer"}
    change_owner(assistant_id=made.assistant_id, owner=None, author=author)
    assert (newest().before, newest().after) == ({"owner": "Erin Editor"}, {"owner": None})
    delete_assistant(assistant_id=made.assistant_id, author=SYSTEM)

    assert actions() == [
        *("assistant.created", "assistant.saved", "assistant.saved", "assistant.made_live", "assistant.restored"),
        *("assistant.saved", "assistant.owner_changed", "assistant.deleted"),
    ]
    assert set(AuditEntry.objects.values_list("object_id", flat=True)) == {str(made.assistant_id)}
    assert newest().object_name == "Author"


def test_what_changes_nothing_records_nothing(erin: Person) -> None:
    made = make.assistant(person=erin)
    count = AuditEntry.objects.count()

    make_live(assistant_id=made.assistant_id, number=1, author=SYSTEM)
    change_owner(assistant_id=made.assistant_id, owner=erin, author=SYSTEM)
    restore_version(assistant_id=made.assistant_id, number=1, author=SYSTEM)

    assert AuditEntry.objects.count() == count


def test_a_patch(erin: Person) -> None:
    made = make.assistant(person=erin, settings={"system_prompt": "old"})
    key = create_key(name="Nightly", role=Role.PUBLISHER, created_by=erin)[0]
    live = Assistant.objects.get(pk=made.pk)
    patch_assistant(assistant=live, patch=Patch(settings={"system_prompt": "new"}), author=Author.with_key(key))

    assert newest().action == Action.ASSISTANT_SAVED
    assert (newest().who_kind, newest().who_id, newest().who) == (Who.KEY, str(key.pk), "API key Nightly")
    assert newest().after == {"live": "v2", "settings.system_prompt": "new"}


def test_what_a_schema_calls_a_secret_is_one(erin: Person) -> None:
    secret = {"type": "string", "format": "password"}
    schema = {"type": "object", "properties": {"word": secret, "deep": {"type": "object", "properties": {"w": secret}}}}
    made = make.assistant(person=erin, settings_schema=schema, settings={"word": "canary-1", "deep": {"w": "canary-2"}})
    changed = {"word": "canary-3", "deep": {"w": "canary-4"}}
    save_version(assistant_id=made.assistant_id, settings=changed, author=SYSTEM, base=1, expected_version=1)
    plain = {"type": "object", "properties": {"word": {"type": "string"}}}
    save_version(
        assistant_id=made.assistant_id,
        settings={"word": "not any more canary-5"},
        settings_schema=plain,
        author=SYSTEM,
        base=2,
        expected_version=2,
    )

    told = AuditEntry.objects.filter(action=Action.ASSISTANT_SAVED)
    assert [sorted(entry.before) for entry in told] == [["live", "settings.deep", "settings.word"]] * 2
    assert "canary" not in json.dumps([[entry.before, entry.after] for entry in AuditEntry.objects.all()])


def test_keys(olga: Person) -> None:
    key, secret = create_key(name="Nightly", role=Role.EDITOR, created_by=olga)
    assert newest().after == {"role": "editor", "expires_at": None, "requests_per_minute": None}
    revoke_key(key_id=key.pk, author=Author.of(olga))
    revoke_key(key_id=key.pk, author=Author.of(olga))

    assert actions() == ["key.created", "key.revoked"]
    assert {entry.object_id for entry in AuditEntry.objects.all()} == {str(key.pk)}
    assert secret not in json.dumps(list(AuditEntry.objects.values()), default=str)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET who = 'somebody else'",
        "DELETE FROM {table}",
        "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        "TRUNCATE {table}",
        "INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT (id) DO UPDATE SET who = 'somebody else'",
    ],
)
def test_the_database_refuses_changes(statement: str) -> None:
    other = {"sqlite": "TRUNCATE", "postgresql": "INSERT OR"}[connection.vendor]
    if statement.startswith(other):
        return  # the other database's own
    audit.record(Action.SITE_BACKED_UP)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table=AuditEntry._meta.db_table))

    assert newest().who == "System"


def test_entries_are_deletable_while_that_is_asked_for_and_never_changeable() -> None:
    audit.record(Action.SITE_BACKED_UP)
    with pytest.raises(DatabaseError, match="append-only"), deletable():
        AuditEntry.objects.update(at=timezone.now() - timedelta(days=1))

    with deletable():
        AuditEntry.objects.all().delete()
    assert not AuditEntry.objects.exists()

    audit.record(Action.SITE_BACKED_UP)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.all().delete()
    install_triggers(using="default")  # safe to repeat
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.all().delete()


def test_what_only_its_name_calls_a_secret_is_one(erin: Person) -> None:
    made = make.assistant(person=erin, settings={}, settings_schema=None)
    secrets = {"api_key": "canary-1", "deep": {"password": "canary-2"}}
    plain = {"max_tokens": 5, "note": "plain"}
    save_version(
        assistant_id=made.assistant_id,
        settings={**secrets, **plain},
        config={**secrets, "tags": ["plain"]},
        metadata={"token": "canary-3", **plain},
        author=SYSTEM,
        base=1,
        expected_version=1,
    )

    told = newest().after
    assert "canary" not in json.dumps(told)
    assert (told["settings.note"], told["config.tags"], told["metadata.max_tokens"]) == ("plain", ["plain"], 5)
    assert {"settings.api_key", "settings.deep", "config.api_key", "metadata.token"} <= told.keys()
