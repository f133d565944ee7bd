"""Drafts: kept for one person and assistant, never written over unseen, sealed, brought back, run."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from assistants_app.domain.drafts import DraftMovedOn, DraftNotFound, DraftNotReady, Written
from assistants_app.domain.errors import AssistantNotFound, NotAllowed
from assistants_app.models import Assistant, Draft, Role
from assistants_app.services import drafts
from assistants_app.services.assistants import delete_assistant
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.drafts import discard_draft, draft_as_version, draft_of, draft_to_run, keep_draft
from assistants_app.services.resealing import reseal
from tests import make
from tests.people import granted
from tests.services.test_secrets import SCHEMA as SECRET_SCHEMA
from tests.services.test_secrets import tables

pytestmark = pytest.mark.django_db


@pytest.fixture
def assistant(db: None) -> Assistant:
    return make.assistant(settings={"system_prompt": "Before", "model": "demo"})


@pytest.fixture
def erin(db: None) -> Author:
    return Author.of(granted(Role.EDITOR, username="erin"))


@pytest.fixture
def ben(db: None) -> Author:
    return Author.of(granted(Role.EDITOR, username="ben"))


def written(prompt: str = "Mine", **more: Any) -> Written:
    given = {"base": 1, "newest": 1, "name": "Blog writer", "description": "", "settings_schema": make.SCHEMA}
    return Written(**{**given, "settings": {"system_prompt": prompt}, **more})


def test_it_works(assistant: Assistant, erin: Author, ben: Author) -> None:
    draft = keep_draft(author=erin, assistant=assistant, written=written(), known=0)
    again = keep_draft(author=erin, assistant=assistant, written=written("More"), known=draft.times_kept)

    kept = draft_of(author=erin, assistant=assistant)
    assert kept is not None
    assert (kept.pk, kept.times_kept, kept.context) == (again.pk, 2, {"system_prompt": "More"})
    assert draft_of(author=ben, assistant=assistant) is None
    assert draft_to_run(author=erin, assistant=assistant) == drafts.ToRun({"system_prompt": "More"}, 1)
    assert Assistant.history.newest_number(assistant) == 1


def test_another_window_is_not_written_over(assistant: Assistant, erin: Author) -> None:
    first = keep_draft(author=erin, assistant=assistant, written=written("Laptop"), known=0)
    keep_draft(author=erin, assistant=assistant, written=written("Telephone"), known=first.times_kept)

    for known in (0, first.times_kept):
        with pytest.raises(DraftMovedOn):
            keep_draft(author=erin, assistant=assistant, written=written("Laptop again"), known=known)
    assert Draft.objects.get().context == {"system_prompt": "Telephone"}


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.TESTER])
def test_who_may_not_edit_has_no_draft(assistant: Assistant, role: Role | None) -> None:
    vera = Author.of(granted(role, username="vera"))
    refusal = NotAllowed if role else AssistantNotFound
    for attempt in (
        lambda: keep_draft(author=vera, assistant=assistant, written=written(), known=0),
        lambda: draft_of(author=vera, assistant=assistant),
        lambda: draft_to_run(author=vera, assistant=assistant),
        lambda: drafts.bring_back_draft(author=vera, assistant=assistant),
    ):
        with pytest.raises(refusal):
            attempt()
    assert not Draft.objects.exists()


def test_a_program_has_no_draft(assistant: Assistant) -> None:
    assert draft_of(author=SYSTEM, assistant=assistant) is None
    with pytest.raises(NotAllowed):
        keep_draft(author=SYSTEM, assistant=assistant, written=written(), known=0)


def test_discarded_and_brought_back(assistant: Assistant, erin: Author) -> None:
    keep_draft(author=erin, assistant=assistant, written=written(), known=0)

    assert discard_draft(author=erin, assistant=assistant)
    assert not discard_draft(author=erin, assistant=assistant)
    assert draft_of(author=erin, assistant=assistant) is None
    back = drafts.bring_back_draft(author=erin, assistant=assistant)
    assert (back.context, draft_of(author=erin, assistant=assistant)) == ({"system_prompt": "Mine"}, back)


def test_what_was_discarded_long_ago_goes(assistant: Assistant, erin: Author) -> None:
    keep_draft(author=erin, assistant=assistant, written=written(), known=0)
    discard_draft(author=erin, assistant=assistant)
    Draft.objects.update(discarded_at=timezone.now() - timedelta(days=2))

    with pytest.raises(DraftNotFound):
        drafts.bring_back_draft(author=erin, assistant=assistant)
    discard_draft(author=erin, assistant=make.assistant(name="Other"))
    assert not Draft.objects.exists()


def test_a_new_draft_after_a_discarded_one(assistant: Assistant, erin: Author) -> None:
    keep_draft(author=erin, assistant=assistant, written=written(), known=0)
    discard_draft(author=erin, assistant=assistant)

    draft = keep_draft(author=erin, assistant=assistant, written=written("New"), known=0)
    assert (draft.discarded_at, draft.context) == (None, {"system_prompt": "New"})


def test_what_cannot_be_saved_is_not_run(assistant: Assistant, erin: Author) -> None:
    with pytest.raises(DraftNotFound):
        draft_to_run(author=erin, assistant=assistant)
    typed = {"json": '{"system_prompt": '}
    draft = keep_draft(author=erin, assistant=assistant, written=written(typed=typed), known=0)
    with pytest.raises(DraftNotReady):
        draft_to_run(author=erin, assistant=assistant)
    draft.refresh_from_db()
    assert drafts.typed_opened(draft) == typed


def test_what_no_database_keeps(assistant: Assistant, erin: Author) -> None:
    odd = {"system_prompt": "a\0b", "model": "\ud800", "temperature": 1}
    draft = keep_draft(
        author=erin, assistant=assistant, written=written(settings=odd, name="a\0b", typed={"json": "\0"}), known=0
    )
    draft.refresh_from_db()
    assert (draft.context, draft.name, drafts.typed_opened(draft)) == ({"temperature": 1}, "ab", {"json": "\0"})


def test_secrets_are_sealed(erin: Author) -> None:
    assistant = make.assistant(settings={}, settings_schema=SECRET_SCHEMA)
    settings = {"api_key": "sk-canary"}
    typed = {"data": {"/api_key": ["sk-canary"]}}
    at: dict[str, Any] = {"settings": settings, "settings_schema": SECRET_SCHEMA, "typed": typed}
    draft = keep_draft(author=erin, assistant=assistant, written=written(**at), known=0)

    assert "sk-canary" not in tables()
    draft.refresh_from_db()
    assert make.opened(draft.context) == settings
    assert drafts.typed_opened(draft) == typed


def test_secrets_are_sealed_anew(erin: Author, settings: Settings) -> None:
    assistant = make.assistant(settings={}, settings_schema=SECRET_SCHEMA)
    secret = {"api_key": "sk-canary"}
    at: dict[str, Any] = {
        "settings": secret,
        "settings_schema": SECRET_SCHEMA,
        "typed": {"json": "sk-canary"},
    }
    keep_draft(author=erin, assistant=assistant, written=written(**at), known=0)
    before = Draft.objects.get()
    settings.SECRETS_KEYS = ["another key, long enough to be one"]

    assert reseal(author=SYSTEM).rows["drafts"] == 1
    after = Draft.objects.get()
    assert (before.context != after.context, before.typed != after.typed) == (True, True)
    assert (make.opened(after.context), drafts.typed_opened(after)) == (secret, {"json": "sk-canary"})


def test_it_is_compared_as_a_version(assistant: Assistant, erin: Author) -> None:
    draft = keep_draft(author=erin, assistant=assistant, written=written(name=" Renamed ", tags="a, b"), known=0)
    version = draft_as_version(draft)

    assert (version.name, version.context, version.metadata) == (
        "Renamed",
        {"system_prompt": "Mine"},
        {"tags": ["a", "b"]},
    )
    assert Assistant.history.numbered(assistant, 1).name == "Blog writer"


def test_others_are_told_for_a_while(assistant: Assistant, erin: Author, ben: Author) -> None:
    keep_draft(author=erin, assistant=assistant, written=written(), known=0)

    assert [person for person, _at in drafts.others_editing(author=ben, assistant=assistant)] == [erin.person]
    assert drafts.others_editing(author=erin, assistant=assistant) == []
    Draft.objects.update(updated_at=timezone.now() - timedelta(minutes=6))
    assert drafts.others_editing(author=ben, assistant=assistant) == []


def test_it_goes_with_its_assistant(assistant: Assistant, erin: Author) -> None:
    keep_draft(author=erin, assistant=assistant, written=written(), known=0)
    delete_assistant(assistant_id=assistant.assistant_id, author=SYSTEM)
    assert not Draft.objects.exists()
