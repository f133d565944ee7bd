"""A protected assistant: every save waits, and a publisher decides."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from assistants_app.domain.errors import InvalidText, NotAllowed, ProductError
from assistants_app.domain.review_errors import NotApproved, OwnVersion, ReviewMoved, ReviewNotFound
from assistants_app.models import Assistant, AuditEntry, Person, Protection, Review, ReviewState, Role
from assistants_app.services.assistants import delete_assistant, rename_assistant
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.keys import create_key
from assistants_app.services.patches import Patch, patch_assistant
from assistants_app.services.reviews import (
    approve,
    ask_again,
    ask_for_changes,
    comment,
    read_review,
    set_protection,
    why_not,
)
from assistants_app.services.versions import make_live, restore_version
from tests import make
from tests.people import granted

pytestmark = pytest.mark.django_db


def protected(protection: Protection = Protection.PUBLISHER, *, versions: int = 1) -> Assistant:
    made = make.assistant_with_versions(versions, name="Blog writer")
    set_protection(assistant_id=made.assistant_id, protection=protection, author=SYSTEM)
    made.refresh_from_db()
    return made


def review_of(assistant: Assistant, number: int) -> Review:
    return Review.objects.with_newer().get(assistant=assistant, number=number)


def live(assistant: Assistant) -> int:
    return Assistant.objects.get(pk=assistant.pk).version


@pytest.fixture
def edda(db: None) -> Person:
    return granted(Role.EDITOR, username="edda", first_name="Edda")


def test_it_works(edda: Person, erin: Person) -> None:
    assistant = protected()
    saved = make.version(assistant, person=edda, note="Shorter")
    review = review_of(assistant, 2)

    assert (saved.live, live(assistant), review.shown_state, review.asked_by) == (False, 1, "waiting", edda)

    comment(review_id=review.pk, text="Have a look\r\nplease.", author=Author.of(edda))
    approve(review_id=review.pk, author=Author.of(erin), against=1, text="Fine.")

    review = review_of(assistant, 2)
    assert (live(assistant), review.state, review.decided_by, review.against) == (2, "approved", erin, 1)
    assert review.went_live_at is not None
    assert [(one.text, one.decision) for one in review.comments.all()] == [
        ("Have a look\nplease.", ""),
        ("Fine.", "approved"),
    ]
    told = AuditEntry.objects.of_object("assistant", assistant.assistant_id)  # type: ignore[arg-type]
    assert {"assistant.protection_changed", "review.commented", "review.approved"} <= {one.action for one in told}


@pytest.mark.parametrize("protection", [Protection.PUBLISHER, Protection.OTHER])
def test_a_publishers_save_waits_too(erin: Person, protection: Protection) -> None:
    assistant = protected(protection)

    assert not make.version(assistant, person=erin).live
    renamed = rename_assistant(assistant_id=assistant.assistant_id, name="Other", author=Author.of(erin))
    patched = patch_assistant(
        assistant=Assistant.objects.get(), patch=Patch(name="Third"), author=Author.of(erin), make_live=False
    )

    assert (renamed.live, patched.number, live(assistant)) == (False, 4, 1)
    assert [review_of(assistant, number).shown_state for number in (2, 3, 4)] == ["stale", "stale", "waiting"]


def test_an_editors_save_is_reviewed_where_nothing_is_protected(edda: Person, erin: Person) -> None:
    assistant = make.assistant()
    make.version(assistant, person=edda)
    assert review_of(assistant, 2).shown_state == "waiting"

    make_live(assistant_id=assistant.assistant_id, number=2, author=Author.of(erin))
    answered = review_of(assistant, 2)
    assert (answered.state, answered.decided_by, answered.is_approved) == ("approved", erin, True)

    make.version(assistant, person=erin, make_live=False)
    assert not Review.objects.filter(number=3).exists()


BACK: dict[str, Callable[[Assistant, Author], object]] = {
    "make live": lambda of, by: make_live(assistant_id=of.assistant_id, number=2, author=by),
    "restore": lambda of, by: restore_version(assistant_id=of.assistant_id, number=2, author=by),
    "save live": lambda of, by: make.version(of, make_live=True),
    "patch": lambda of, by: patch_assistant(
        assistant=Assistant.objects.get(pk=of.pk), patch=Patch(name="New"), author=by
    ),
}


@pytest.mark.parametrize("way", BACK)
@pytest.mark.parametrize("state", ["waiting", "changes", "stale"])
def test_nothing_unapproved_goes_live(way: str, state: str, erin: Person, olga: Person) -> None:
    assistant = protected()
    make.version(assistant)
    if state == "changes":
        ask_for_changes(review_id=review_of(assistant, 2).pk, author=Author.of(erin), text="No.")
    if state == "stale":
        make.version(assistant)
    for author in (Author.of(erin), Author.of(olga), SYSTEM):
        with pytest.raises(NotApproved):
            BACK[way](assistant, author)
    assert live(assistant) == 1
    assert review_of(assistant, 2).shown_state == state


def test_a_row_that_was_read_before_it_was_protected(erin: Person) -> None:
    """A program's update writes on what it read, in one statement."""
    read_before = make.assistant()
    set_protection(assistant_id=read_before.assistant_id, protection=Protection.PUBLISHER, author=SYSTEM)

    with pytest.raises(NotApproved):
        patch_assistant(assistant=read_before, patch=Patch(name="New"), author=Author.of(erin))
    assert live(read_before) == Assistant.history.newest_number(read_before) == 1


def test_what_was_approved_can_come_back(erin: Person) -> None:
    assistant = protected(versions=2)
    make.version(assistant)
    approve(review_id=review_of(assistant, 3).pk, author=Author.of(erin))

    make_live(assistant_id=assistant.assistant_id, number=2, author=Author.of(erin))
    saved = restore_version(assistant_id=assistant.assistant_id, number=3, author=Author.of(erin))

    assert (saved.number, saved.live, live(assistant)) == (4, True, 4)
    assert review_of(assistant, 4).is_approved
    with pytest.raises(NotApproved):  # from before it was protected, and not live then
        make_live(assistant_id=assistant.assistant_id, number=1, author=Author.of(erin))


def test_changes_are_asked_for(edda: Person, erin: Person) -> None:
    assistant = protected()
    make.version(assistant, person=edda)
    review = review_of(assistant, 2)

    with pytest.raises(InvalidText, match="Say what should change"):
        ask_for_changes(review_id=review.pk, author=Author.of(erin), text="  ")
    ask_for_changes(review_id=review.pk, author=Author.of(erin), text="Too long.")
    assert (review_of(assistant, 2).state, live(assistant)) == ("changes", 1)
    with pytest.raises(ReviewMoved, match="You decided already: “Changes asked for”"):
        approve(review_id=review.pk, author=Author.of(erin))

    ask_again(review_id=review.pk, author=Author.of(edda), text="It has to be.")
    approve(review_id=review.pk, author=Author.of(erin))
    assert live(assistant) == 2


def test_a_newer_version_makes_it_stale(edda: Person, erin: Person) -> None:
    assistant = protected()
    make.version(assistant, person=edda)
    review = review_of(assistant, 2)
    make.version(assistant, person=edda)

    for decide in (approve, ask_for_changes):
        with pytest.raises(ReviewMoved, match="v2 is superseded"):
            decide(review_id=review.pk, author=Author.of(erin), text="x")  # type: ignore[operator]
    assert live(assistant) == 1


def test_another_version_went_live_meanwhile(erin: Person) -> None:
    assistant = protected(versions=2)
    make.version(assistant)
    approve(review_id=review_of(assistant, 3).pk, author=Author.of(erin))
    make.version(assistant)
    make_live(assistant_id=assistant.assistant_id, number=2, author=Author.of(erin))

    with pytest.raises(ReviewMoved, match="v2 went live meanwhile; you compared with v3"):
        approve(review_id=review_of(assistant, 4).pk, author=Author.of(erin), against=3)
    assert live(assistant) == 2


def test_the_author_does_not_approve(edda: Person, erin: Person, ben: Person) -> None:
    assistant = protected(Protection.OTHER)
    make.version(assistant, person=erin)
    review = review_of(assistant, 2)
    with pytest.raises(OwnVersion, match="You saved v2 yourself"):
        approve(review_id=review.pk, author=Author.of(erin))

    make.version(assistant, person=edda)  # on top of what Erin wrote
    review = review_of(assistant, 3)
    assert why_not(review, Author.of(ben)) == ""
    with pytest.raises(OwnVersion, match="v3 was made from your v2"):
        approve(review_id=review.pk, author=Author.of(erin))
    ask_for_changes(review_id=review.pk, author=Author.of(erin), text="But this one may.")
    ask_again(review_id=review.pk, author=Author.of(erin))
    approve(review_id=review.pk, author=Author.of(ben))

    make.version(assistant, person=ben)
    approve(review_id=review_of(assistant, 4).pk, author=Author.of(erin))  # her v2 was approved with v3
    assert live(assistant) == 4


def test_whoever_made_the_key_is_its_author(erin: Person, ben: Person) -> None:
    key, _secret = create_key(name="Sync", role=Role.PUBLISHER, created_by=erin)
    assistant = protected(Protection.OTHER)
    patch_assistant(assistant=assistant, patch=Patch(name="By key"), author=Author.with_key(key), make_live=False)
    review = review_of(assistant, 2)

    assert (review.asked_by, review.asked_by_label) == (erin, "API key Sync")
    with pytest.raises(OwnVersion):
        approve(review_id=review.pk, author=Author.of(erin))
    approve(review_id=review.pk, author=Author.of(ben))
    assert live(assistant) == 2


def test_who_may(edda: Person) -> None:
    assistant = protected()
    make.version(assistant, person=edda)
    review = review_of(assistant, 2)
    by = Author.of(edda)
    for refused in (
        lambda: approve(review_id=review.pk, author=by),
        lambda: ask_for_changes(review_id=review.pk, author=by, text="x"),
        lambda: set_protection(assistant_id=assistant.assistant_id, protection=Protection.NONE, author=by),
        lambda: delete_assistant(assistant_id=assistant.assistant_id, author=by),
        lambda: comment(review_id=review.pk, text="x", author=Author.of(granted(Role.VIEWER, username="vera"))),
    ):
        with pytest.raises(NotAllowed):
            refused()
    with pytest.raises(ReviewNotFound):
        read_review(review_id=review.pk, author=Author.of(granted(None, username="nobody")))
    with pytest.raises(InvalidText):
        comment(review_id=review.pk, text="\n", author=by)
    assert (live(assistant), review.comments.count()) == (1, 0)


def test_not_protected_any_more(erin: Person) -> None:
    assistant = protected()
    make.version(assistant)
    by = Author.of(erin)
    assert set_protection(assistant_id=assistant.assistant_id, protection=Protection.NONE, author=by)
    assert not set_protection(assistant_id=assistant.assistant_id, protection=Protection.NONE, author=by)

    assert make.version(assistant, person=erin).live
    assert set_protection(assistant_id=assistant.assistant_id, protection=Protection.OTHER, author=by)
    assert review_of(assistant, 3).is_approved


@pytest.mark.django_db(transaction=True)
def test_two_publishers_decide_at_once(erin: Person, ben: Person) -> None:
    assistant = protected()
    barrier = threading.Barrier(2)

    def decide(person: Person, review_id: int) -> str:
        try:
            barrier.wait()
            if person == erin:
                approve(review_id=review_id, author=Author.of(person))
            else:
                ask_for_changes(review_id=review_id, author=Author.of(person), text="Not yet.")
        except ProductError as error:
            return error.message
        finally:
            connection.close()
        return ""

    for number in range(2, 7):
        make.version(assistant)
        review = review_of(assistant, number)
        before = live(assistant)
        with ThreadPoolExecutor(2) as pool:
            said = sorted(pool.map(decide, (erin, ben), (review.pk, review.pk)))
        review = review_of(assistant, number)
        assert said[0] == ""
        assert "was faster" in said[1]
        assert live(assistant) == (number if review.state == ReviewState.APPROVED else before)
        assert review.comments.exclude(decision="").count() == 1
