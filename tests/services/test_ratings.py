"""People rate answers: good or bad, with a note, once for each run and person."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from assistants_app.domain.errors import InvalidRating, InvalidText, RunNotEnded, RunNotFound
from assistants_app.models import Person, Rating, Run
from assistants_app.services.ratings import NOTE_LENGTH, rate_run, remove_rating
from assistants_app.services.threads import delete_thread
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    made = make.run("hi")
    Run.objects.filter(run_id=made.run_id).update(status=Run.Status.SUCCESS, finished_at=timezone.now())
    return made


def test_it_works(run: Run, erin: Person, ben: Person) -> None:
    rate_run(run_id=run.run_id, person=erin, value=1)
    rate_run(run_id=run.run_id, person=ben, value=-1, note=" Too long.\r\nAnd dull. ")
    kept = {rating.person: (rating.value, rating.note) for rating in Rating.objects.select_related("person")}
    assert kept == {erin: (1, ""), ben: (-1, "Too long.\nAnd dull.")}


def test_a_rating_is_changed_and_its_note_stays(run: Run, erin: Person) -> None:
    first = rate_run(run_id=run.run_id, person=erin, value=1, note="Fine")
    second = rate_run(run_id=run.run_id, person=erin, value=-1)
    assert (second.pk, second.value, second.note) == (first.pk, -1, "Fine")
    assert second.created_at == first.created_at
    assert second.updated_at > first.updated_at
    assert rate_run(run_id=run.run_id, person=erin, value=-1, note="").note == ""


def test_a_rating_is_taken_back(run: Run, erin: Person, ben: Person) -> None:
    rate_run(run_id=run.run_id, person=erin, value=1)
    rate_run(run_id=run.run_id, person=ben, value=1)
    remove_rating(run_id=run.run_id, person=erin)
    remove_rating(run_id=run.run_id, person=erin)
    assert Rating.objects.get().person == ben


@pytest.mark.parametrize("value", [0, 2, -2])
def test_other_values_are_refused(run: Run, erin: Person, value: int) -> None:
    with pytest.raises(InvalidRating):
        rate_run(run_id=run.run_id, person=erin, value=value)
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(run=run, person=erin, value=value)


@pytest.mark.parametrize("note", ["x" * (NOTE_LENGTH + 1), "a\x00b", "\ud800"])
def test_notes_that_are_too_long_or_that_no_database_keeps(run: Run, erin: Person, note: str) -> None:
    with pytest.raises(InvalidText):
        rate_run(run_id=run.run_id, person=erin, value=1, note=note)
    assert not Rating.objects.exists()


def test_a_run_that_goes_on_has_no_rating(erin: Person) -> None:
    with pytest.raises(RunNotEnded):
        rate_run(run_id=make.run("hi").run_id, person=erin, value=1)
    with pytest.raises(RunNotFound):
        rate_run(run_id=uuid.uuid4(), person=erin, value=1)


def test_a_second_rating_by_one_person_is_refused_by_the_database(run: Run, erin: Person) -> None:
    rate_run(run_id=run.run_id, person=erin, value=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(run=run, person=erin, value=-1)


def test_ratings_go_with_their_thread(run: Run, erin: Person) -> None:
    rate_run(run_id=run.run_id, person=erin, value=1)
    delete_thread(thread_id=run.thread_id)
    assert not Rating.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_answer_is_rated_by_one_click_after_another(run: Run, erin: Person) -> None:
    """Else two clicks that both find no rating, and a third that takes it back, end in an error for one of them."""

    def click() -> None:
        try:
            rate_run(run_id=run.run_id, person=erin, value=1)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Run.objects.select_for_update(no_key=True).get(pk=run.pk)
            clicked = pool.submit(click)
            with pytest.raises(TimeoutError):
                clicked.result(0.5)
        clicked.result(30)
    assert Rating.objects.get().value == 1
