"""Going back: restoring makes a new version, making live only moves the pointer."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from assistants_app.domain.errors import AssistantNotFound, InvalidSettings, VersionNotFound
from assistants_app.domain.review_errors import NotApproved
from assistants_app.models import Assistant, AuditEntry, Person, Protection, Review, Role
from assistants_app.models.assistants import AssistantVersion
from assistants_app.services.assistants import delete_assistant
from assistants_app.services.audit import Action
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.locks import set_lock
from assistants_app.services.reviews import set_protection
from assistants_app.services.versions import Saved, make_live, restore_version
from tests import make

pytestmark = pytest.mark.django_db


def test_restoring_works(erin: Person) -> None:
    assistant = make.assistant_with_versions(3, name="Writer")

    saved = restore_version(assistant_id=assistant.assistant_id, number=1, author=Author.of(erin))

    assert saved == Saved(number=4, created=True, live=True)
    assistant.refresh_from_db()
    first, restored = (Assistant.history.numbered(assistant, number) for number in (1, 4))
    assert (assistant.version, assistant.context) == (4, first.context)
    assert restored.context == first.context
    assert (restored.restored_from, restored.base, restored.author) == (1, 3, "Erin Editor")


def test_restoring_what_is_live_saves_nothing() -> None:
    assistant = make.assistant_with_versions(2)

    assert restore_version(assistant_id=assistant.assistant_id, number=2, author=SYSTEM) == Saved(2, created=False)
    assert Assistant.history.newest_number(assistant) == 2


def test_making_live_works(erin: Person) -> None:
    assistant = make.assistant_with_versions(3)
    versions = list(Assistant.history.of(assistant).values())

    make_live(assistant_id=assistant.assistant_id, number=1, author=Author.of(erin))

    assistant.refresh_from_db()
    assert assistant.version == 1
    assert assistant.context == Assistant.history.numbered(assistant, 1).context
    assert list(Assistant.history.of(assistant).values()) == versions
    moved = AssistantVersion.objects.get(number=None)
    assert (moved.version, moved.author, moved.history_user_id) == (1, "Erin Editor", erin.pk)


def test_making_live_what_is_live_records_nothing() -> None:
    assistant = make.assistant_with_versions(2)

    make_live(assistant_id=assistant.assistant_id, number=2, author=SYSTEM)

    assert AssistantVersion.objects.count() == 2


def test_making_live_asks_for_one_update_and_two_inserts() -> None:
    """What is written: in one statement, where the database can."""
    assistant = make.assistant_with_versions(2)
    asked: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql.split()[0])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        make_live(assistant_id=assistant.assistant_id, number=1, author=SYSTEM)
    written = [word for word in asked if word not in ("SELECT", "SAVEPOINT", "RELEASE")]
    assert written == (["WITH"] if connection.vendor == "postgresql" else ["UPDATE", "INSERT", "INSERT"])


def lock_it(assistant: Assistant) -> None:
    set_lock(graph_id=assistant.graph_id, pointer="/system_prompt", role=Role.OPERATOR, author=SYSTEM)


MEANWHILE: dict[str, Callable[[Assistant], object]] = {
    "saved": make.version,
    "saved, and waits": lambda of: make.version(of, make_live=False),
    "moved": lambda of: make_live(assistant_id=of.assistant_id, number=1, author=SYSTEM),
    "made live by another": lambda of: make_live(assistant_id=of.assistant_id, number=2, author=SYSTEM),
    "deleted": lambda of: delete_assistant(assistant_id=of.assistant_id, author=SYSTEM),
    "locked": lock_it,
    "protected": lambda of: set_protection(
        assistant_id=of.assistant_id, protection=Protection.PUBLISHER, author=SYSTEM
    ),
    "asked for": lambda of: Review.objects.create(
        assistant=of, number=2, asked_by_label="Erin", asked_at=of.created_at
    ),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_what_others_do_meanwhile_counts(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between what was read and what is written."""
    assistant = make.assistant_with_versions(3)
    make.version(assistant, settings={"system_prompt": "x"})
    author = Author(person=None, label="API key x", role=Role.PUBLISHER)
    numbered, others = type(Assistant.history).numbered, [MEANWHILE[what]]

    def late(history: Any, of: Assistant, number: int) -> AssistantVersion:
        found = numbered(history, of, number)
        if others:
            others.pop()(assistant)
        return found

    monkeypatch.setattr(type(Assistant.history), "numbered", late)
    refused = {"deleted": AssistantNotFound, "locked": InvalidSettings, "protected": NotApproved}.get(what)
    with pytest.raises(refused) if refused else nullcontext():
        make_live(assistant_id=assistant.assistant_id, number=2, author=author)
    monkeypatch.undo()

    moves = AssistantVersion.objects.filter(number=None, author=author.label)
    told = AuditEntry.objects.filter(action=Action.ASSISTANT_MADE_LIVE, who=author.label)
    assert moves.count() == told.count() == (0 if refused or what == "made live by another" else 1)
    if not refused:
        assistant.refresh_from_db()
        assert assistant.version == 2
        assert assistant.context == Assistant.history.numbered(assistant, 2).context
    if what == "asked for":
        assert Review.objects.get().went_live_at


def test_after_going_back_the_next_number_is_new() -> None:
    assistant = make.assistant_with_versions(3)
    make_live(assistant_id=assistant.assistant_id, number=1, author=SYSTEM)

    assert make.version(assistant).number == 4


def test_a_name_goes_back_with_its_version() -> None:
    assistant = make.assistant(name="Old")
    make.version(assistant, name="New")

    make_live(assistant_id=assistant.assistant_id, number=1, author=SYSTEM)

    assistant.refresh_from_db()
    assert assistant.name == "Old"


@pytest.mark.parametrize("change", [restore_version, make_live])
def test_a_version_of_another_assistant_is_refused(change: type) -> None:
    assistant = make.assistant()
    make.assistant_with_versions(3, name="Other")

    with pytest.raises(VersionNotFound):
        change(assistant_id=assistant.assistant_id, number=2, author=SYSTEM)


@pytest.mark.parametrize("change", [restore_version, make_live])
def test_an_unknown_assistant_is_refused(change: type) -> None:
    assistant = make.assistant()
    assistant_id = assistant.assistant_id
    Assistant.objects.filter(pk=assistant.pk).delete()

    with pytest.raises(AssistantNotFound):
        change(assistant_id=assistant_id, number=1, author=SYSTEM)


@pytest.mark.parametrize("column", ["number", "context", "name", "author", "history_change_reason", "history_date"])
def test_the_database_refuses_to_change_a_version(column: str) -> None:
    assistant = make.assistant()
    version = AssistantVersion.objects.get()
    value = getattr(version, column)

    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        AssistantVersion.objects.filter(pk=version.pk).update(**{column: value})

    assert Assistant.history.numbered(assistant, 1).context == version.context


def test_the_database_refuses_a_number_given_before() -> None:
    assistant = make.assistant()
    version = AssistantVersion.objects.get()
    version.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        version.save(force_insert=True)

    assert Assistant.history.newest_number(assistant) == 1


def test_a_person_who_leaves_stays_the_author(erin: Person) -> None:
    assistant = make.assistant(person=erin)

    erin.delete()

    version = Assistant.history.numbered(assistant, 1)
    assert (version.author, version.history_user_id) == ("Erin Editor", None)
