"""Versions that are approved for a time to come."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from assistants_app.domain.errors import InvalidText, NotAllowed
from assistants_app.domain.review_errors import ReviewMoved
from assistants_app.models import Assistant, AssistantVersion, Grant, Person, Review, Role
from assistants_app.services.authors import Author
from assistants_app.services.reviews import approve
from assistants_app.services.scheduled import due_reviews, go_live, next_go_live, unschedule
from assistants_app.services.versions import make_live
from tests import make
from tests.people import granted
from tests.services.test_reviews import live, protected, review_of

pytestmark = pytest.mark.django_db


def soon() -> datetime:
    return timezone.now() + timedelta(hours=1)


def scheduled(assistant: Assistant, person: Person, at: datetime) -> Review:
    number = make.version(assistant).number
    return approve(review_id=review_of(assistant, number).pk, author=Author.of(person), live_at=at)


def test_it_works(erin: Person) -> None:
    assistant, at = protected(), soon()
    review = scheduled(assistant, erin, at)
    assert (live(assistant), review.state, review.went_live_at, next_go_live()) == (1, "approved", None, at)
    assert due_reviews(at=at - timedelta(seconds=1)) == []
    assert not go_live(review_id=review.pk, at=at - timedelta(seconds=1))

    assert due_reviews(at=at) == [review.pk]
    assert go_live(review_id=review.pk, at=at)
    assert (live(assistant), due_reviews(at=at), next_go_live()) == (2, [], None)
    assert not go_live(review_id=review.pk, at=at)
    moved = AssistantVersion.objects.get(number=None)
    assert (moved.author, moved.version) == ("Erin Editor", 2)
    assert review_of(assistant, 2).went_live_at is not None


def test_a_time_that_is_past(erin: Person) -> None:
    assistant = protected()
    make.version(assistant)
    with pytest.raises(InvalidText, match="This time is past"):
        approve(review_id=review_of(assistant, 2).pk, author=Author.of(erin), live_at=timezone.now())
    assert (review_of(assistant, 2).state, live(assistant)) == ("waiting", 1)


def test_a_newer_version_cancels_it(erin: Person) -> None:
    assistant, at = protected(), soon()
    review = scheduled(assistant, erin, at)
    make.version(assistant)

    assert (due_reviews(at=at), next_go_live(), go_live(review_id=review.pk, at=at)) == ([], None, False)
    assert (live(assistant), review_of(assistant, 2).shown_state) == (1, "stale")


def test_it_is_taken_back(erin: Person, ben: Person) -> None:
    assistant, at = protected(), soon()
    review = scheduled(assistant, erin, at)
    with pytest.raises(NotAllowed):
        unschedule(review_id=review.pk, author=Author.of(granted(Role.EDITOR, username="edda")))

    unschedule(review_id=review.pk, author=Author.of(ben))
    assert not go_live(review_id=review.pk, at=at)
    assert (live(assistant), review_of(assistant, 2).state) == (1, "waiting")
    approve(review_id=review.pk, author=Author.of(ben))
    with pytest.raises(ReviewMoved, match="went live meanwhile"):
        unschedule(review_id=review.pk, author=Author.of(ben))
    assert live(assistant) == 2


def test_earlier_after_all(erin: Person) -> None:
    assistant, at = protected(), soon()
    review = scheduled(assistant, erin, at)
    make_live(assistant_id=assistant.assistant_id, number=2, author=Author.of(erin))
    make_live(assistant_id=assistant.assistant_id, number=1, author=Author.of(erin))

    assert not go_live(review_id=review.pk, at=at)
    assert live(assistant) == 1


def test_who_approved_it_may_not_any_more(erin: Person) -> None:
    assistant, at = protected(), soon()
    review = scheduled(assistant, erin, at)
    Grant.objects.filter(person=erin).update(role=Role.VIEWER)

    assert not go_live(review_id=review.pk, at=at)
    review = review_of(assistant, 2)
    assert (live(assistant), review.state, review.live_at) == (1, "waiting", None)
    assert "needs the role Publisher" in review.comments.last().text  # type: ignore[union-attr]


def test_who_approved_it_has_no_role_left(erin: Person) -> None:
    assistant, at = protected(versions=2), soon()
    review = scheduled(assistant, erin, at)
    erin.is_active = False
    erin.save()

    assert not go_live(review_id=review.pk, at=at)

    review.refresh_from_db()
    assert review.state == "waiting"
    assert review.comments.last().text == "Erin Editor, who approved it, may not make it live any more."  # type: ignore[union-attr]


@pytest.mark.django_db(transaction=True)
def test_of_several_processes_one_does_it(erin: Person) -> None:
    assistant, at = protected(), soon()
    review = scheduled(assistant, erin, at)
    barrier = threading.Barrier(4)

    def process(_number: int) -> bool:
        try:
            barrier.wait()
            return go_live(review_id=review.pk, at=at)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(process, range(4))) == [False, False, False, True]
    assert AssistantVersion.objects.filter(number=None).count() == 1
