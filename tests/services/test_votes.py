"""Votes between two answers: one for each person and pair, changed, taken back, counted for a pair of versions."""

import uuid
from typing import Any

import pytest

from assistants_app.domain.errors import InvalidVote, NotAllowed, RunNotEnded, RunNotFound
from assistants_app.models import Assistant, AuditEntry, Person, Role, Run, Thread, Vote
from assistants_app.services.accepting import NewThread, begin_run
from assistants_app.services.authors import Author
from assistants_app.services.runs import cancel_pending_run
from assistants_app.services.threads import delete_thread
from assistants_app.services.votes import take_vote_back, vote
from tests import make
from tests.people import granted

pytestmark = pytest.mark.django_db


@pytest.fixture
def assistant(db: None) -> Assistant:
    return make.assistant_with_versions(3)


def answer(assistant: Assistant, person: Person, version: int, *, turn: str = "m1", ended: bool = True) -> Run:
    """A run that has ended; what it came to is not asked by a vote."""
    run = begin_run(
        thread=NewThread(assistant=assistant, owner=person),
        assistant_id=assistant.assistant_id,
        version=version,
        input={},
        options={"metadata": {"turn": turn}},
        author=Author.of(person),
    )
    if ended:
        cancel_pending_run(run_id=run.run_id)
    return run


def counted(assistant: Assistant, first: int | None, second: int | None) -> dict[str, int]:
    return Vote.objects.of_pair(assistant, first, second).counted()


def test_it_works(assistant: Assistant, erin: Person) -> None:
    """However the two stand on the page, the votes of a pair of versions are counted together."""
    one, two = answer(assistant, erin, 1), answer(assistant, erin, 3)
    vote(left=one.run_id, right=two.run_id, chosen="right", person=erin)
    assert counted(assistant, 1, 3) == {"second": 1}

    three, four = answer(assistant, erin, 3), answer(assistant, erin, 1)
    vote(left=three.run_id, right=four.run_id, chosen="left", person=erin)
    assert counted(assistant, 1, 3) == {"second": 2}
    told = AuditEntry.objects.filter(action="assistant.voted").latest("id").after
    assert (told["first_version"], told["second_version"], told["vote"]) == (1, 3, "second")


def test_one_vote_for_each_person_and_pair_of_answers(assistant: Assistant, erin: Person) -> None:
    one, two = answer(assistant, erin, 1), answer(assistant, erin, 3)
    for chosen in ("left", "same", "neither", "left", "left"):
        vote(left=one.run_id, right=two.run_id, chosen=chosen, person=erin)
    vote(left=two.run_id, right=one.run_id, chosen="left", person=erin)  # the columns swapped
    assert [found.value for found in Vote.objects.all()] == ["second"]
    take_vote_back(left=one.run_id, right=two.run_id, person=erin)
    take_vote_back(left=one.run_id, right=two.run_id, person=erin)
    assert counted(assistant, 1, 3) == {}
    assert AuditEntry.objects.filter(action="assistant.voted").latest("id").after["vote"] == ""


def test_unsaved_settings_come_last(assistant: Assistant, erin: Person) -> None:
    saved, unsaved = answer(assistant, erin, 3), answer(assistant, erin, 2)
    Run.objects.filter(pk=unsaved.pk).update(version=None)
    vote(left=unsaved.run_id, right=saved.run_id, chosen="left", person=erin)
    assert counted(assistant, 3, None) == {"second": 1}


def test_votes_stay_when_the_conversations_go(assistant: Assistant, erin: Person) -> None:
    one, two = answer(assistant, erin, 1), answer(assistant, erin, 3)
    vote(left=one.run_id, right=two.run_id, chosen="same", person=erin)
    for thread in Thread.objects.all():
        delete_thread(thread_id=thread.thread_id, author=Author.of(erin))
    assert counted(assistant, 1, 3) == {"same": 1}
    assert not Run.objects.exists()


@pytest.mark.parametrize("chosen", ["", "first", "A"])
def test_a_vote_of_another_kind(assistant: Assistant, erin: Person, chosen: str) -> None:
    one, two = answer(assistant, erin, 1), answer(assistant, erin, 3)
    with pytest.raises(InvalidVote):
        vote(left=one.run_id, right=two.run_id, chosen=chosen, person=erin)
    assert not Vote.objects.exists()


def test_what_is_no_pair(assistant: Assistant, erin: Person) -> None:
    one = answer(assistant, erin, 1)
    others: dict[str, Run] = {
        "another message": answer(assistant, erin, 3, turn="m2"),
        "another assistant": answer(make.assistant_with_versions(3), erin, 3),
        "the same answer": one,
    }
    for what, other in others.items():
        with pytest.raises(InvalidVote):
            vote(left=one.run_id, right=other.run_id, chosen="left", person=erin)
        assert not Vote.objects.exists(), what


def test_an_answer_that_is_not_there_yet(assistant: Assistant, erin: Person) -> None:
    one, two = answer(assistant, erin, 1), answer(assistant, erin, 3, ended=False)
    with pytest.raises(RunNotEnded):
        vote(left=one.run_id, right=two.run_id, chosen="left", person=erin)


def test_other_peoples_answers(assistant: Assistant, erin: Person, ben: Person) -> None:
    one, two = answer(assistant, erin, 1), answer(assistant, ben, 3)
    more: Any = {"chosen": "left", "person": erin}
    with pytest.raises(RunNotFound):
        vote(left=one.run_id, right=two.run_id, **more)
    with pytest.raises(RunNotFound):
        vote(left=one.run_id, right=uuid.uuid4(), **more)


def test_who_is_no_tester(assistant: Assistant) -> None:
    sam = granted(Role.TESTER, username="sam")
    one, two = answer(assistant, sam, 1), answer(assistant, sam, 3)
    sam.grants.update(role=Role.VIEWER)
    with pytest.raises(NotAllowed):
        vote(left=one.run_id, right=two.run_id, chosen="left", person=Person.objects.get(pk=sam.pk))
