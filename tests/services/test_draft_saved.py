"""A draft and the save of what it holds: they are one step, and what comes late brings nothing back unseen."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from assistants_app.domain.drafts import DraftMovedOn, Known, Written
from assistants_app.domain.errors import StaleBase
from assistants_app.models import Assistant, Draft, Role
from assistants_app.services import versions
from assistants_app.services.authors import Author
from assistants_app.services.drafts import bring_back_draft, discard_draft, draft_of, keep_draft
from assistants_app.services.versions import save_version
from tests import make
from tests.people import granted

pytestmark = pytest.mark.django_db


@pytest.fixture
def assistant(db: None) -> Assistant:
    return make.assistant(settings={"system_prompt": "Before"})


@pytest.fixture
def erin(db: None) -> Author:
    return Author.of(granted(Role.PUBLISHER, username="erin"))


def written(prompt: str, **more: Any) -> Written:
    given = {"base": 1, "newest": 1, "name": "Blog writer", "description": "", "settings_schema": make.SCHEMA}
    return Written(**{**given, "settings": {"system_prompt": prompt}, **more})


def save(assistant: Assistant, author: Author, prompt: str, known: Known, at: int = 1) -> None:
    save_version(
        assistant_id=assistant.assistant_id,
        settings={"system_prompt": prompt},
        author=author,
        base=at,
        expected_version=at,
        draft=known,
    )


def test_it_works(assistant: Assistant, erin: Author) -> None:
    draft = keep_draft(author=erin, assistant=assistant, written=written("Mine"), known=0)
    save(assistant, erin, "Mine", Known(draft.times_kept))
    assert not Draft.objects.exists()


def test_a_save_that_fails_keeps_it(assistant: Assistant, erin: Author) -> None:
    keep_draft(author=erin, assistant=assistant, written=written("Mine"), known=0)
    make.version(assistant)
    with pytest.raises(StaleBase):
        save(assistant, erin, "Mine", Known(1))
    assert Draft.objects.get().context == {"system_prompt": "Mine"}


def test_both_or_neither(assistant: Assistant, erin: Author) -> None:
    """Whatever ends the transaction of the save: the draft is there exactly while the version is not."""
    keep_draft(author=erin, assistant=assistant, written=written("Mine"), known=0)
    with transaction.atomic():
        save(assistant, erin, "Mine", Known(1))
        assert not Draft.objects.exists()
        transaction.set_rollback(True)
    assert Draft.objects.get().context == {"system_prompt": "Mine"}
    assert Assistant.history.newest_number(assistant) == 1


@pytest.mark.parametrize("known", [0, 1], ids=["the first", "a later one"])
def test_what_comes_late_is_refused(assistant: Assistant, erin: Author, known: int) -> None:
    if known:
        keep_draft(author=erin, assistant=assistant, written=written("Half"), known=0)
    save(assistant, erin, "Whole", Known(known))

    with pytest.raises(DraftMovedOn):
        keep_draft(author=erin, assistant=assistant, written=written("Half a"), known=known)
    assert not Draft.objects.exists()


def test_what_comes_late_does_not_take_the_place_of_a_new_draft(assistant: Assistant, erin: Author) -> None:
    """Both were kept once."""
    keep_draft(author=erin, assistant=assistant, written=written("Half"), known=0)
    save(assistant, erin, "Whole", Known(1))
    keep_draft(author=erin, assistant=assistant, written=written("New", base=2, newest=2), known=0)

    with pytest.raises(DraftMovedOn):
        keep_draft(author=erin, assistant=assistant, written=written("Half a"), known=1)
    assert Draft.objects.get().context == {"system_prompt": "New"}


def test_unless_it_is_wished(assistant: Assistant, erin: Author) -> None:
    save(assistant, erin, "Whole", Known(0))
    keep_draft(author=erin, assistant=assistant, written=written("Half"), known=0, over=True)
    assert Draft.objects.get().context == {"system_prompt": "Half"}


def test_what_was_saved_of_others_is_no_hindrance(assistant: Assistant, erin: Author) -> None:
    make.version(assistant)
    keep_draft(author=erin, assistant=assistant, written=written("Mine"), known=0)
    assert Draft.objects.get().newest == 1


def test_what_comes_late_brings_back_nothing_that_was_discarded(assistant: Assistant, erin: Author) -> None:
    keep_draft(author=erin, assistant=assistant, written=written("Mine"), known=0)
    discard_draft(author=erin, assistant=assistant)
    with pytest.raises(DraftMovedOn):
        keep_draft(author=erin, assistant=assistant, written=written("Mine too"), known=1)
    assert draft_of(author=erin, assistant=assistant) is None
    assert bring_back_draft(author=erin, assistant=assistant).context == {"system_prompt": "Mine"}


def test_what_the_same_page_kept_on_the_way_goes_too(assistant: Assistant, erin: Author) -> None:
    """It sent what was typed so far, and then the save, before it heard what became of the first."""
    keep_draft(author=erin, assistant=assistant, written=written("Who", page="laptop"), known=0)
    save(assistant, erin, "Whole", Known(0, "laptop"))
    assert not Draft.objects.exists()


def test_what_another_page_kept_stays(assistant: Assistant, erin: Author) -> None:
    keep_draft(author=erin, assistant=assistant, written=written("Other", page="telephone"), known=0)
    save(assistant, erin, "Whole", Known(0, "laptop"))
    assert Draft.objects.get().context == {"system_prompt": "Other"}
    keep_draft(author=erin, assistant=assistant, written=written("Other and more", page="telephone"), known=1)
    assert Draft.objects.get().times_kept == 2


def test_nothing_to_save_leaves_no_draft(assistant: Assistant, erin: Author) -> None:
    keep_draft(author=erin, assistant=assistant, written=written("Before", note="Why"), known=0)
    save(assistant, erin, "Before", Known(1))
    assert not Draft.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_comes_while_a_save_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for the save, and is refused as if it had come after it."""
    assistant = make.assistant(settings={"system_prompt": "Before"})
    erin = Author.of(granted(Role.PUBLISHER, username="erin"))
    came: list[str] = []
    settle = versions.settle_draft

    def keep() -> None:
        try:
            keep_draft(author=erin, assistant=assistant, written=written("Half"), known=0)
            came.append("kept")
        except DraftMovedOn:
            came.append("refused")
        finally:
            connection.close()

    late = threading.Thread(target=keep)

    def settled(**given: Any) -> None:
        settle(**given)
        late.start()
        late.join(timeout=0.5)  # it cannot end before this transaction does

    monkeypatch.setattr(versions, "settle_draft", settled)
    save(assistant, erin, "Whole", Known(0))
    late.join(timeout=30)
    assert came == ["refused"]
    assert not Draft.objects.exists()
