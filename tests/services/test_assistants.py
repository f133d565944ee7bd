"""Creating, cloning, renaming, deleting; and the assistants that stand for a graph's own defaults."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from assistants_app.domain.errors import (
    AssistantNotFound,
    InvalidName,
    NameMismatch,
    NotAllowed,
    SystemAssistantKept,
    VersionNotFound,
)
from assistants_app.graphs.entries import GraphEntry
from assistants_app.models import Assistant, Person, Role, Thread
from assistants_app.models.assistants import AssistantVersion, system_assistant_id
from assistants_app.services.assistants import (
    clone_assistant,
    create_assistant,
    delete_assistant,
    ensure_system_assistants,
    rename_assistant,
)
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.versions import Saved
from tests import make
from tests.people import granted

pytestmark = pytest.mark.django_db

AGENT_ID = uuid.UUID("fe096781-5601-53d2-b2f6-0d3403f7e9ca")
"""What LangGraph Server derives from the graph id "agent"."""


def test_it_works(erin: Person) -> None:
    assistant = create_assistant(
        graph_id="writer",
        name="  Blog writer ",
        description="Writes posts",
        settings={"model": "demo"},
        settings_schema=make.SCHEMA,
        config={"recursion_limit": 50},
        metadata={"team": "press"},
        author=Author.of(erin),
        note="First try",
    )

    stored = Assistant.objects.get_by_uuid(assistant.assistant_id)
    assert (stored.name, stored.description, stored.graph_id) == ("Blog writer", "Writes posts", "writer")
    assert (stored.version, stored.context, stored.config) == (1, {"model": "demo"}, {"recursion_limit": 50})
    assert (stored.metadata, stored.settings_schema) == ({"team": "press"}, make.SCHEMA)
    version = AssistantVersion.objects.get()
    assert (version.number, version.base, version.author) == (1, None, "Erin Editor")
    assert (version.context, version.history_change_reason) == ({"model": "demo"}, "First try")


def test_two_may_share_a_name_but_not_an_id() -> None:
    first = make.assistant(name="Writer")
    make.assistant(name="Writer")

    with pytest.raises(IntegrityError), transaction.atomic():
        make.assistant(assistant_id=first.assistant_id)

    assert Assistant.objects.count() == AssistantVersion.objects.count() == 2


@pytest.mark.parametrize("name", ["", " \n ", "x" * 201])
def test_a_name_is_needed(name: str) -> None:
    with pytest.raises(InvalidName):
        make.assistant(name=name)

    assert not Assistant.objects.exists()


def test_cloning_works(erin: Person) -> None:
    source = make.assistant(name="Writer", settings={"model": "a"}, description="D", metadata={"team": "press"})
    make.version(source, settings={"model": "b"})

    clone = clone_assistant(assistant_id=source.assistant_id, number=1, name="Copy", author=Author.of(erin))

    assert clone.assistant_id != source.assistant_id
    assert (clone.name, clone.version, clone.context) == ("Copy", 1, {"model": "a"})
    assert (clone.description, clone.metadata, clone.graph_id) == ("D", {"team": "press"}, "writer")
    assert clone.settings_schema == make.SCHEMA
    assert [version.number for version in Assistant.history.of(clone)] == [1]
    assert "Writer v1" in Assistant.history.numbered(clone, 1).history_change_reason


def test_cloning_a_version_that_is_not_there_is_refused() -> None:
    source = make.assistant()

    with pytest.raises(VersionNotFound):
        clone_assistant(assistant_id=source.assistant_id, number=2, name="Copy", author=SYSTEM)

    assert Assistant.objects.count() == 1


def test_renaming_works() -> None:
    assistant = make.assistant_with_versions(2, name="Old")

    assert rename_assistant(assistant_id=assistant.assistant_id, name="New", author=SYSTEM) == Saved(
        3, created=True, live=True
    )

    assistant.refresh_from_db()
    assert (assistant.name, assistant.version) == ("New", 3)
    assert [version.name for version in Assistant.history.of(assistant)] == ["New", "Old", "Old"]


def test_renaming_to_the_same_name_saves_nothing() -> None:
    assistant = make.assistant(name="Same")

    assert rename_assistant(assistant_id=assistant.assistant_id, name=" Same ", author=SYSTEM) == Saved(
        1, created=False
    )


@pytest.mark.parametrize("who", ["person", "program"])
def test_an_editor_deletes_what_they_made_while_it_is_as_it_was_made(who: str) -> None:
    person, other = (granted(Role.EDITOR, username=name) for name in ("sam", "kim"))
    program = Author(person=None, label="API key Sam", role=Role.EDITOR)
    author = Author.of(person) if who == "person" else program
    foreign = Author.of(other) if who == "person" else Author(person=None, label="API key Kim", role=Role.EDITOR)
    own, changed = (create_assistant(graph_id="writer", name=name, settings={}, author=author) for name in "ab")
    make.version(changed)
    for refused, by in ((own, foreign), (changed, author)):
        with pytest.raises(NotAllowed):
            delete_assistant(assistant_id=refused.assistant_id, author=by)
    delete_assistant(assistant_id=own.assistant_id, author=author)
    assert list(Assistant.objects.filter(pk__in=[own.pk, changed.pk])) == [changed]


def test_deleting_works(erin: Person) -> None:
    assistant = make.assistant_with_versions(2, name="Gone")
    thread = Thread.objects.create(assistant=assistant)

    delete_assistant(assistant_id=assistant.assistant_id, typed_name=" Gone ", author=Author.of(erin))

    with pytest.raises(AssistantNotFound):
        Assistant.objects.get_by_uuid(assistant.assistant_id)
    thread.refresh_from_db()
    assert thread.assistant is None
    last = AssistantVersion.objects.first()
    assert last is not None
    assert (last.number, last.history_type, last.author) == (None, "-", "Erin Editor")
    assert AssistantVersion.objects.filter(number__isnull=False).count() == 2


def test_its_threads_are_deleted_when_asked() -> None:
    assistant = make.assistant(name="Gone")
    Thread.objects.create(assistant=assistant)

    delete_assistant(assistant_id=assistant.assistant_id, typed_name="Gone", author=SYSTEM, delete_threads=True)

    assert not Thread.objects.exists()


@pytest.mark.parametrize("typed", ["", "gone", "Gone!"])
def test_deleting_needs_the_name(typed: str) -> None:
    assistant = make.assistant(name="Gone")

    with pytest.raises(NameMismatch):
        delete_assistant(assistant_id=assistant.assistant_id, typed_name=typed, author=SYSTEM)

    assert Assistant.objects.count() == 1


def test_a_number_is_never_given_to_another_assistant() -> None:
    """SQLite would hand the row number of a deleted assistant to the next one, and its versions with it."""
    gone = make.assistant_with_versions(2, name="Gone")
    delete_assistant(assistant_id=gone.assistant_id, typed_name="Gone", author=SYSTEM)

    fresh = make.assistant(name="Fresh")

    assert [version.name for version in Assistant.history.of(fresh)] == ["Fresh"]


def test_system_assistants_have_the_ids_langgraph_server_derives() -> None:
    assert system_assistant_id("agent") == AGENT_ID
    graphs = [GraphEntry(graph_id="agent", available=True, settings_schema=make.SCHEMA), GraphEntry(graph_id="other")]

    assert ensure_system_assistants(graphs=graphs) == 2

    assistant = Assistant.objects.get_by_uuid(AGENT_ID)
    assert (assistant.name, assistant.graph_id, assistant.context) == ("agent", "agent", {})
    assert assistant.is_system
    assert assistant.settings_schema == make.SCHEMA


def test_system_assistants_are_made_once_and_then_left_alone() -> None:
    graphs = [GraphEntry(graph_id="agent", available=True)]
    ensure_system_assistants(graphs=graphs)
    assistant = Assistant.objects.get_by_uuid(AGENT_ID)
    make.version(assistant, settings={"model": "mine"})

    assert ensure_system_assistants(graphs=graphs) == 0

    assistant.refresh_from_db()
    assert (assistant.version, assistant.context) == (2, {"model": "mine"})


def test_system_assistants_stay_but_may_be_cloned() -> None:
    ensure_system_assistants(graphs=[GraphEntry(graph_id="agent", available=True)])

    with pytest.raises(SystemAssistantKept):
        delete_assistant(assistant_id=AGENT_ID, typed_name="agent", author=SYSTEM)
    clone = clone_assistant(assistant_id=AGENT_ID, number=1, name="Mine", author=SYSTEM)

    assert not clone.is_system
