"""Who may answer which threads that wait, and that of several answers at once one counts."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from assistants_app.domain.errors import AnsweredAlready, ThreadNotFound
from assistants_app.engine import Engine
from assistants_app.models import Assistant, AuditEntry, Person, Role, Run, Thread
from assistants_app.services.accepting import NewThread, begin_run
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.inbox import answer_thread, runs_that_ask
from tests import make
from tests.people import granted
from tests.running import finish

pytestmark = pytest.mark.django_db(transaction=True)

APPROVE = {"resume": {"decisions": [{"type": "approve"}, {"type": "approve"}]}}


@pytest.fixture
def asks(serving: Engine) -> Assistant:
    return make.assistant(name="Asks", graph_id="asks", settings={})


def asked(assistant: Assistant, *, owner: Person | None = None, text: str = "batch", **more: Any) -> Run:
    """A run that has stopped to ask, on a thread of its own."""
    run = begin_run(
        thread=NewThread(assistant=assistant if owner else None, owner=owner),
        assistant_id=assistant.assistant_id,
        author=Author.of(owner) if owner else SYSTEM,
        input={"messages": [{"role": "user", "content": text}]},
        **more,
    )
    return finish(run)


def test_it_works(asks: Assistant, erin: Person) -> None:
    run = asked(asks)
    assert list(runs_that_ask(Author.of(erin))) == [run]

    answer = answer_thread(thread_id=run.thread_id, asked_by=run.run_id, command=APPROVE, author=Author.of(erin))

    assert finish(answer).status == Run.Status.SUCCESS
    assert Thread.objects.get(pk=run.thread_id).status == Thread.Status.IDLE
    assert list(runs_that_ask(Author.of(erin))) == []
    entry = AuditEntry.objects.get(action="thread.answered")
    assert entry.who == "Erin Editor"
    assert entry.after["answer"] == APPROVE


def test_oldest_first(asks: Assistant, erin: Person) -> None:
    first, second = asked(asks), asked(asks, owner=erin)
    assert list(runs_that_ask(Author.of(erin))) == [first, second]
    assert list(runs_that_ask(Author.of(erin)).reverse()) == [second, first]


def test_what_waits_for_nobody_is_not_there(asks: Assistant, erin: Person) -> None:
    """A thread whose run was cancelled rests in the same status; one that goes on does not wait either."""
    run = asked(asks, text="batch")
    Run.objects.filter(pk=run.pk).update(status=Run.Status.INTERRUPTED)
    Thread.objects.filter(pk=run.thread_id).update(interrupts={})
    assert list(runs_that_ask(Author.of(erin))) == []


def test_a_pause_without_a_question(serving: Engine, erin: Person) -> None:
    run = asked(make.assistant(graph_id="pauses", settings={}), text="Hi")
    assert list(runs_that_ask(Author.of(erin))) == [run]
    answer = answer_thread(thread_id=run.thread_id, asked_by=run.run_id, command=None, author=Author.of(erin))
    assert finish(answer).status == Run.Status.SUCCESS


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.TESTER])
def test_programs_threads_are_for_editors(asks: Assistant, role: Role | None) -> None:
    sam = granted(role, username="sam")
    run = asked(asks)
    assert list(runs_that_ask(Author.of(sam))) == []
    with pytest.raises(ThreadNotFound):
        answer_thread(thread_id=run.thread_id, asked_by=run.run_id, command=APPROVE, author=Author.of(sam))
    assert Run.objects.count() == 1


def test_other_peoples_test_threads_are_theirs(asks: Assistant, erin: Person, olga: Person) -> None:
    run = asked(asks, owner=erin)
    assert list(runs_that_ask(Author.of(olga))) == []
    with pytest.raises(ThreadNotFound):
        answer_thread(thread_id=run.thread_id, asked_by=run.run_id, command=APPROVE, author=Author.of(olga))
    assert list(runs_that_ask(Author.of(erin))) == [run]


def test_who_lost_the_role_lost_the_question(asks: Assistant) -> None:
    sam = granted(Role.VIEWER, username="sam")
    run = asked(asks, owner=sam)
    assert list(runs_that_ask(Author.of(sam))) == [run]
    sam.grants.all().delete()
    now = Author.of(Person.objects.get(pk=sam.pk))
    assert list(runs_that_ask(now)) == []
    with pytest.raises(ThreadNotFound):
        answer_thread(thread_id=run.thread_id, asked_by=run.run_id, command=APPROVE, author=now)


def test_it_goes_on_as_it_was(asks: Assistant, erin: Person) -> None:
    """With the version that asked, whatever went live meanwhile; a viewer goes on with what is live."""
    sam = granted(Role.VIEWER, username="sam")
    for_erin, for_sam = asked(asks, owner=erin), asked(asks, owner=sam)
    make.version(asks, settings={"later": True})
    asks.refresh_from_db()
    assert asks.version == 2

    by_erin = answer_thread(
        thread_id=for_erin.thread_id, asked_by=for_erin.run_id, command=APPROVE, author=Author.of(erin)
    )
    by_sam = answer_thread(thread_id=for_sam.thread_id, asked_by=for_sam.run_id, command=APPROVE, author=Author.of(sam))

    assert (by_erin.version, by_erin.context) == (1, {})
    assert (by_sam.version, by_sam.context) == (2, {"later": True})
    assert AuditEntry.objects.filter(action="thread.answered").count() == 0  # their own conversations


def test_an_answer_to_what_was_asked_before(asks: Assistant, erin: Person) -> None:
    run = asked(asks)
    answer = answer_thread(thread_id=run.thread_id, asked_by=run.run_id, command=APPROVE, author=Author.of(erin))
    with pytest.raises(AnsweredAlready):
        answer_thread(thread_id=run.thread_id, asked_by=run.run_id, command=APPROVE, author=Author.of(erin))
    finish(answer)
    with pytest.raises(AnsweredAlready):
        answer_thread(thread_id=run.thread_id, asked_by=run.run_id, command=APPROVE, author=Author.of(erin))
    assert Run.objects.count() == 2


def test_of_many_at_once_one_wins(asks: Assistant, erin: Person, ben: Person) -> None:
    run = asked(asks)
    barrier = threading.Barrier(6)

    def answer(number: int) -> bool:
        try:
            barrier.wait()
            answer_thread(
                thread_id=run.thread_id,
                asked_by=run.run_id,
                command=APPROVE,
                author=Author.of(erin if number % 2 else ben),
            )
        except AnsweredAlready:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(answer, range(6)))

    assert sorted(won) == [False] * 5 + [True]
    assert Run.objects.count() == 2
    assert AuditEntry.objects.filter(action="thread.answered").count() == 1
