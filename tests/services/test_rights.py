"""Who may do what with which assistant, and what is there for whom."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from assistants_app.domain.errors import AssistantNotFound, NotAllowed
from assistants_app.models import Assistant, Grant, Person, Role
from assistants_app.services.accepting import NewThread, begin_run
from assistants_app.services.assistants import (
    change_owner,
    clone_assistant,
    create_assistant,
    delete_assistant,
    rename_assistant,
)
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.grants import Scope, give_role, take_role
from assistants_app.services.patches import Patch, patch_assistant
from assistants_app.services.rights import may, rights_of, visible_assistants
from assistants_app.services.versions import make_live, restore_version, save_version
from tests import make
from tests.people import granted

pytestmark = pytest.mark.django_db

GRANTED = [role for role in Role if role is not Role.OPERATOR]


def somebody(role: Role | None = None, **scope: Any) -> Person:
    """Somebody with this role for these assistants only."""
    person = granted(None, username="sam")
    if role is not None:
        give_role(person_id=person.pk, role=role, scope=Scope(**scope), author=SYSTEM)
    return person


def program(role: Role | None) -> Author:
    return Author(person=None, label="API key x", role=role)


def test_it_works(erin: Person, olga: Person) -> None:
    assistant = make.assistant()

    assert may(Author.of(erin), Role.PUBLISHER, assistant)
    assert not may(Author.of(erin), Role.OPERATOR, assistant)
    assert may(Author.of(olga), Role.OPERATOR, assistant)
    assert may(SYSTEM, Role.OPERATOR, assistant)


CHANGES: dict[str, tuple[Role, Callable[[Assistant, Author], object]]] = {
    "chat": (Role.VIEWER, lambda of, by: begin_run(thread=NewThread(), assistant_id=of.assistant_id, author=by)),
    "test": (
        Role.TESTER,
        lambda of, by: begin_run(thread=NewThread(), assistant_id=of.assistant_id, author=by, version=1),
    ),
    "try out": (
        Role.TESTER,
        lambda of, by: begin_run(thread=NewThread(), assistant_id=of.assistant_id, author=by, settings={"model": "x"}),
    ),
    "override": (
        Role.TESTER,
        lambda of, by: begin_run(thread=NewThread(), assistant_id=of.assistant_id, author=by, context={"model": "x"}),
    ),
    "save": (Role.EDITOR, lambda of, by: _save(of, by)),
    "rename": (
        Role.EDITOR,
        lambda of, by: rename_assistant(assistant_id=of.assistant_id, name="New", author=by),
    ),
    "patch": (
        Role.EDITOR,
        lambda of, by: patch_assistant(assistant=of, patch=Patch(name="New"), author=by, make_live=False),
    ),
    "delete": (Role.PUBLISHER, lambda of, by: delete_assistant(assistant_id=of.assistant_id, author=by)),
    "hand on": (
        Role.PUBLISHER,
        lambda of, by: change_owner(assistant_id=of.assistant_id, owner=Person.objects.create(), author=by),
    ),
    "save live": (Role.PUBLISHER, lambda of, by: _save(of, by, make_live=True)),
    "patch live": (
        Role.PUBLISHER,
        lambda of, by: patch_assistant(assistant=of, patch=Patch(name="New"), author=by),
    ),
    "restore": (Role.PUBLISHER, lambda of, by: restore_version(assistant_id=of.assistant_id, number=1, author=by)),
    "make live": (Role.PUBLISHER, lambda of, by: make_live(assistant_id=of.assistant_id, number=1, author=by)),
}


def _save(of: Assistant, by: Author, **more: Any) -> object:
    return save_version(
        assistant_id=of.assistant_id, settings={"model": "y"}, author=by, base=2, expected_version=2, **more
    )


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", [None, *GRANTED])
@pytest.mark.parametrize("who", ["person", "program"])
def test_every_change_asks_for_its_role(change: str, role: Role | None, who: str) -> None:
    assistant = make.assistant_with_versions(2)
    author = Author.of(somebody(role)) if who == "person" else program(role)
    least, do = CHANGES[change]

    if role is None:
        with pytest.raises(AssistantNotFound):
            do(assistant, author)
    elif role.includes(least):
        do(assistant, author)
        return
    else:
        with pytest.raises(NotAllowed) as refused:
            do(assistant, author)
        assert str(least.label) in refused.value.message or change == "hand on"
    assistant.refresh_from_db()
    assert assistant.version == 2
    assert Assistant.history.newest_number(assistant) == 2


def test_the_save_of_an_editor_waits_for_a_publisher(erin: Person) -> None:
    assistant = make.assistant()
    editor = Author.of(somebody(Role.EDITOR))

    def save(base: int, author: Author) -> tuple[int, bool]:
        settings = {"model": f"m{base}"}
        saved = save_version(
            assistant_id=assistant.assistant_id, settings=settings, author=author, base=base, expected_version=base
        )
        return saved.number, saved.live

    assert save(1, editor) == (2, False)
    assistant.refresh_from_db()
    assert assistant.version == 1
    assert save(2, Author.of(erin)) == (3, True)


@pytest.mark.parametrize(
    ("scope", "sees"),
    [
        ({}, {"a", "b", "c"}),
        ({"graph_id": "writer"}, {"a", "b"}),
        ({"tag": "sales"}, {"b"}),
        ({"graph_id": "nothing"}, set()),
        ({"tag": "sale"}, set()),
    ],
)
def test_a_grant_is_for_what_it_says(scope: dict[str, str], sees: set[str]) -> None:
    made = [
        make.assistant(name="a"),
        make.assistant(name="b", metadata={"tags": ["sales", "x"]}),
        make.assistant(name="c", graph_id="support", metadata={"tags": "sales"}),
    ]
    author = Author.of(somebody(Role.TESTER, **scope))

    assert {one.name for one in visible_assistants(author)} == sees
    assert {one.name for one in made if may(author, Role.TESTER, one)} == sees
    assert not any(may(author, Role.EDITOR, one) for one in made)


def test_a_single_assistant(erin: Person) -> None:
    one, other = make.assistant(), make.assistant()
    author = Author.of(somebody(Role.EDITOR, assistant=one))

    assert list(visible_assistants(author)) == [one]
    assert may(author, Role.EDITOR, one)
    assert not may(author, Role.VIEWER, other)


def test_the_highest_of_several_counts() -> None:
    assistant = make.assistant(metadata={"tags": ["sales"]})
    person = somebody(Role.VIEWER)
    give_role(person_id=person.pk, role=Role.PUBLISHER, scope=Scope(tag="sales"), author=SYSTEM)
    give_role(person_id=person.pk, role=Role.TESTER, scope=Scope(graph_id="writer"), author=SYSTEM)

    assert rights_of(Author.of(person)).on(assistant) == Role.PUBLISHER
    assert rights_of(Author.of(person)).on(make.assistant()) == Role.TESTER
    assert rights_of(Author.of(person)).on(make.assistant(graph_id="support")) == Role.VIEWER


def test_what_somebody_made_stays_theirs_to_edit() -> None:
    person = somebody(Role.EDITOR)
    own = make.assistant(person=person)
    take_role(grant_id=Grant.objects.get().pk, author=SYSTEM)
    person = Person.objects.get(pk=person.pk)

    assert rights_of(Author.of(person)).on(own) == Role.EDITOR
    assert list(visible_assistants(Author.of(person))) == [own]
    assert change_owner(assistant_id=own.assistant_id, owner=None, author=Author.of(person))


def test_nobody_keeps_rights_after_leaving(olga: Person) -> None:
    person = somebody(Role.PUBLISHER)
    assistant = make.assistant(person=person)
    for one in (person, olga):
        one.is_active = False

        assert not may(Author.of(one), Role.VIEWER, assistant)
        assert not visible_assistants(Author.of(one)).exists()


@pytest.mark.parametrize(
    ("scope", "graph_id", "tags", "allowed"),
    [
        ({}, "writer", [], True),
        ({"graph_id": "writer"}, "writer", [], True),
        ({"graph_id": "writer"}, "support", [], False),
        ({"tag": "sales"}, "writer", ["sales"], True),
        ({"tag": "sales"}, "writer", [], False),
    ],
)
def test_making_one_needs_an_editor_of_what_it_will_be(
    scope: dict[str, str], graph_id: str, tags: list[str], allowed: bool
) -> None:
    author = Author.of(somebody(Role.EDITOR, **scope))

    def make_it() -> Assistant:
        return create_assistant(graph_id=graph_id, name="x", settings={}, metadata={"tags": tags}, author=author)

    if allowed:
        assert make_it().owner == author.person
        return
    with pytest.raises(NotAllowed):
        make_it()
    assert not Assistant.objects.exists()


def test_a_clone_needs_both_rights() -> None:
    secret = make.assistant(graph_id="support")
    author = Author.of(somebody(Role.EDITOR, graph_id="writer"))

    with pytest.raises(AssistantNotFound):
        clone_assistant(assistant_id=secret.assistant_id, number=1, name="x", author=author)


def test_nobody_takes_their_own_rights_by_a_tag() -> None:
    """Whose role comes from a tag cannot let a version without the tag go live, nor move it to another graph."""
    assistant = make.assistant(metadata={"tags": ["sales"]})
    author = Author.of(somebody(Role.PUBLISHER, tag="sales"))

    with pytest.raises(NotAllowed, match="these tags"):
        save_version(
            assistant_id=assistant.assistant_id,
            settings=None,
            metadata={"tags": []},
            author=author,
            base=1,
            expected_version=1,
        )
    with pytest.raises(NotAllowed, match="these tags"):
        patch_assistant(assistant=assistant, patch=Patch(metadata={"tags": ["other"]}), author=author)
    waiting = save_version(
        assistant_id=assistant.assistant_id,
        settings=None,
        metadata={},
        author=author,
        base=1,
        expected_version=1,
        make_live=False,
    )
    for go_live in (make_live, restore_version):
        with pytest.raises(NotAllowed, match="these tags"):
            go_live(assistant_id=assistant.assistant_id, number=waiting.number, author=author)


def test_a_program_costs_no_query_and_a_person_one() -> None:
    assistant, person = make.assistant(), somebody(Role.EDITOR)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert may(program(Role.EDITOR), Role.EDITOR, assistant)
    assert len(asked) == 0
    with CaptureQueriesContext(connection) as asked:
        for _again in range(3):
            assert may(Author.of(person), Role.EDITOR, assistant)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "broken",
    [
        {"role": "operator"},
        {"role": "viewer", "graph_id": "writer", "tag": "sales"},
        {"role": "viewer", "tag": "sales", "to_one": True},
    ],
)
def test_the_database_refuses_a_broken_grant(broken: dict[str, Any]) -> None:
    person = somebody()
    if broken.pop("to_one", False):
        broken["assistant"] = make.assistant()

    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.create(person=person, **broken)
