"""Locked settings: left as the live version has them, by whatever door somebody comes."""

from collections.abc import Callable
from typing import Any

import pytest

from assistants_app.domain.errors import InvalidLock, InvalidSettings, NotAllowed
from assistants_app.models import Assistant, AuditEntry, Role, SettingLock
from assistants_app.models.audit import Action
from assistants_app.services import locks, patches
from assistants_app.services.assistants import clone_assistant, create_assistant
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.locks import remove_lock, set_lock
from assistants_app.services.patches import Patch, patch_assistant
from assistants_app.services.versions import make_live, restore_version, save_version
from tests import make
from tests.people import granted

pytestmark = pytest.mark.django_db

MODEL = {"model": "demo", "temperature": 0.5}
ROLES = [Role.EDITOR, Role.PUBLISHER, Role.OPERATOR]


@pytest.fixture(params=["person", "program"])
def author_of(request: pytest.FixtureRequest) -> Callable[[Role], Author]:
    def make_author(role: Role) -> Author:
        if request.param == "program" or role is Role.OPERATOR:
            return Author(person=None, label="API key x", role=role)
        return Author.of(granted(role, username="sam"))

    return make_author


def lock(role: Role = Role.PUBLISHER, pointer: str = "/model") -> None:
    set_lock(graph_id="writer", pointer=pointer, role=role, author=SYSTEM)


def save(assistant: Assistant, author: Author, settings: dict[str, Any]) -> None:
    newest = Assistant.history.newest_number(assistant)
    at = {"base": newest, "expected_version": newest}
    save_version(assistant_id=assistant.assistant_id, settings=settings, author=author, **at)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("least", [Role.PUBLISHER, Role.OPERATOR])
def test_it_works(role: Role, least: Role, author_of: Callable[[Role], Author]) -> None:
    assistant, author = make.assistant(settings=MODEL), author_of(role)
    lock(least)

    save(assistant, author, {**MODEL, "temperature": 0.9})
    for changed in ({"model": "b", "temperature": 0.9}, {"temperature": 0.9}, {"model": None, "temperature": 0.9}):
        if role.includes(least):
            save(assistant, author, changed)
            continue
        with pytest.raises(InvalidSettings) as refused:
            save(assistant, author, changed)
        assert [error.pointer for error in refused.value.errors] == ["/model"]
        assert str(least.label) in refused.value.errors[0].message
    if not role.includes(least):
        assert Assistant.history.newest_number(assistant) == 2


def test_a_program_that_patches(author_of: Callable[[Role], Author]) -> None:
    assistant, author = make.assistant(settings=MODEL), author_of(Role.PUBLISHER)
    lock(Role.OPERATOR)

    patch_assistant(assistant=assistant, patch=Patch(name="Other"), author=author)
    assistant.refresh_from_db()
    with pytest.raises(InvalidSettings):
        patch_assistant(assistant=assistant, patch=Patch(settings={"model": "b"}), author=author)
    with pytest.raises(InvalidSettings):
        patch_assistant(assistant=assistant, patch=Patch(settings={"model": "b"}), author=author, make_live=False)


def test_no_old_version_brings_another_value_back(author_of: Callable[[Role], Author]) -> None:
    assistant, author = make.assistant(settings={"model": "old"}), author_of(Role.PUBLISHER)
    save(assistant, SYSTEM, MODEL)
    lock(Role.OPERATOR)

    for back in (make_live, restore_version):
        with pytest.raises(InvalidSettings):
            back(assistant_id=assistant.assistant_id, number=1, author=author)
    at = {"base": 1, "expected_version": 2}
    with pytest.raises(InvalidSettings):
        save_version(assistant_id=assistant.assistant_id, settings={"model": "old"}, name="x", author=author, **at)
    assert Assistant.objects.get(pk=assistant.pk).context == MODEL


def test_a_new_assistant_leaves_it_to_the_graph_or_takes_it_over(author_of: Callable[[Role], Author]) -> None:
    source, author = make.assistant(settings=MODEL), author_of(Role.EDITOR)
    lock()

    create_assistant(graph_id="writer", name="a", settings={"temperature": 1}, author=author)
    with pytest.raises(InvalidSettings):
        create_assistant(graph_id="writer", name="b", settings=MODEL, author=author)
    made = clone_assistant(assistant_id=source.assistant_id, number=1, name="c", author=author)
    assert made.context == MODEL


def test_other_graphs_and_other_settings_are_free(author_of: Callable[[Role], Author]) -> None:
    author = author_of(Role.EDITOR)
    lock()
    lock(pointer="/search/engine")
    other = make.assistant(graph_id="support", settings=MODEL)
    deep = make.assistant(settings={"search": {"engine": "a", "results": 1}})

    save(other, author, {"model": "b"})
    save(deep, author, {"search": {"engine": "a", "results": 2}})
    with pytest.raises(InvalidSettings):
        save(deep, author, {"search": {"engine": "b", "results": 2}})


@pytest.mark.parametrize("known", [False, True])
def test_a_lock_that_another_process_set(known: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks for locks before a program's save, where none was seen lately: what writes it finds them."""
    monkeypatch.setattr(locks, "_LOCKED", {"writer"} if known else set())
    author = Author(person=None, label="API key x", role=Role.EDITOR)
    publisher = Author(person=None, label="API key y", role=Role.PUBLISHER)
    assistant = make.assistant(settings=MODEL)
    SettingLock.objects.create(graph_id="writer", pointer="/model", role=Role.OPERATOR)
    for _again in range(2):
        with pytest.raises(InvalidSettings):
            patch_assistant(assistant=assistant, patch=Patch(settings={"model": "b"}), author=publisher)
        with pytest.raises(InvalidSettings):
            create_assistant(graph_id="writer", name="Other", settings={"model": "b"}, author=author)
    patch_assistant(assistant=assistant, patch=Patch(settings={**MODEL, "temperature": 0.1}), author=publisher)
    made = create_assistant(graph_id="writer", name="Other", settings={"temperature": 0.1}, author=author)
    assert (Assistant.objects.count(), made.version, made.context) == (2, 1, {"temperature": 0.1})
    assistant.refresh_from_db()
    assert (assistant.version, assistant.context) == (2, {**MODEL, "temperature": 0.1})


def test_a_setting_that_is_locked_while_a_program_saves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_LOCKED", set())
    assistant = make.assistant(settings=MODEL)
    publisher = Author(person=None, label="API key x", role=Role.PUBLISHER)
    compared = patches.summary_of

    def lock_meanwhile(*given: Any) -> str:
        SettingLock.objects.get_or_create(graph_id="writer", pointer="/model", defaults={"role": Role.OPERATOR})
        return compared(*given)

    monkeypatch.setattr(patches, "summary_of", lock_meanwhile)
    with pytest.raises(InvalidSettings):
        patch_assistant(assistant=assistant, patch=Patch(settings={"model": "b"}), author=publisher)
    assistant.refresh_from_db()
    assert (assistant.version, assistant.context) == (1, MODEL)


def test_locking_is_the_operators_and_is_told() -> None:
    for role in (Role.VIEWER, Role.PUBLISHER):
        with pytest.raises(NotAllowed):
            set_lock(
                graph_id="writer", pointer="/model", role=Role.OPERATOR, author=Author.of(granted(role, username=role))
            )
    lock()
    lock(Role.OPERATOR)
    assert [one.role for one in SettingLock.objects.all()] == [Role.OPERATOR]
    remove_lock(graph_id="writer", pointer="/model", author=SYSTEM)
    remove_lock(graph_id="writer", pointer="/model", author=SYSTEM)
    assert not SettingLock.objects.exists()
    assert AuditEntry.objects.filter(action=Action.POLICY_CHANGED).count() == 3


@pytest.mark.parametrize(
    ("pointer", "role"), [("", Role.PUBLISHER), ("model", Role.PUBLISHER), ("/a\0", Role.OPERATOR), ("/a", Role.VIEWER)]
)
def test_what_makes_no_sense_is_refused(pointer: str, role: Role) -> None:
    with pytest.raises(InvalidLock):
        lock(role, pointer)
