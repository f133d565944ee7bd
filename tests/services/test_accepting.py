"""Runs accepted by who executes them at once, and threads that are made with their first run."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from assistants_app.domain.errors import AssistantNotFound, ThreadBusy, ThreadNotFound
from assistants_app.models import Run, Thread
from assistants_app.services.accepting import NewThread, begin_run
from assistants_app.services.authors import SYSTEM
from assistants_app.services.run_requests import begin_asked_run
from assistants_app.services.runs import RunEnd, claim_run, finish_run
from tests import make

pytestmark = pytest.mark.django_db

ENQUEUE = {"multitask_strategy": "enqueue"}
DONE = RunEnd(Run.Status.SUCCESS, Thread.Status.IDLE)
WORKER = uuid.uuid4()


def test_it_works() -> None:
    """Accepted as running: nobody claims it, and it ends like any other."""
    run = make.run("hi", worker_id=WORKER)
    stored = Run.objects.select_related("thread").get(pk=run.pk)
    assert (run.status, stored.status, stored.attempt) == ("running", "running", 1)
    assert stored.started_at is not None
    assert stored.worker_id == WORKER
    assert stored.thread.status == "busy"
    assert finish_run(run=run, end=DONE) is None
    assert Run.objects.get(pk=run.pk).status == "success"


def test_a_run_with_others_before_it_waits() -> None:
    first = make.run("hi", worker_id=WORKER)
    second = make.run("more", on=first.thread, worker_id=WORKER, options=ENQUEUE)
    assert (second.status, second.number, second.started_at) == ("pending", 2, None)
    with pytest.raises(ThreadBusy):
        make.run("no", on=first.thread, worker_id=WORKER)
    assert finish_run(run=first, end=DONE) == second.run_id
    assert claim_run(run_id=second.run_id, worker_id=WORKER) is not None


def test_a_run_of_a_thread_that_looks_idle_and_is_not_waits() -> None:
    first = make.run("hi", worker_id=WORKER)
    Thread.objects.update(status=Thread.Status.IDLE)
    assert make.run("more", on=first.thread, worker_id=WORKER).status == "pending"


def test_a_run_for_later_waits() -> None:
    run = make.run("hi", worker_id=WORKER, not_before=timezone.now() + timedelta(hours=1))
    assert (run.status, Thread.objects.get().status) == ("pending", "idle")
    assert make.run("now", on=run.thread, worker_id=WORKER).status == "running"


def test_a_thread_is_made_with_its_first_run() -> None:
    assistant = make.assistant()
    new = NewThread(assistant=assistant, title=" a  title ", metadata={"own": 1, "graph_id": "not this"})
    run = begin_run(thread=new, assistant_id=assistant.assistant_id, author=SYSTEM, input={})
    thread = Thread.objects.get(thread_id=new.thread_id)
    identity = {"graph_id": "writer", "assistant_id": str(assistant.assistant_id)}
    assert (thread.title, thread.status, thread.assistant) == ("a title", "busy", assistant)
    assert thread.author == SYSTEM.label
    assert thread.metadata == {"own": 1, **identity}
    assert run.metadata == {"own": 1, **identity}
    assert (run.thread_id, run.number) == (thread.thread_id, 1)


def test_a_run_that_is_refused_makes_no_thread() -> None:
    known = make.run("hi")
    assert known.assistant is not None
    with pytest.raises(AssistantNotFound):
        begin_run(thread=NewThread(), assistant_id=uuid.uuid4(), author=SYSTEM)
    with pytest.raises(IntegrityError):
        begin_run(thread=NewThread(), assistant_id=known.assistant.assistant_id, author=SYSTEM, run_id=known.run_id)
    assert Thread.objects.get() == known.thread


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_many_make_at_one_moment_is_made_once() -> None:
    assistant = make.assistant()
    asked = {"if_not_exists": "create", "input": {}}
    thread_id = uuid.uuid4()
    together = threading.Barrier(6)

    def begin(_number: int) -> int:
        try:
            together.wait(10)
            run = begin_asked_run(
                assistant_id=assistant.assistant_id, thread_id=thread_id, asked=asked, author=SYSTEM, worker_id=WORKER
            )
            return run.number
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(begin, range(6)))
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
    assert sorted(Run.objects.values_list("status", flat=True)) == ["pending"] * 5 + ["running"]


@pytest.mark.django_db(transaction=True)
def test_a_thread_at_rest_to_which_many_come_at_one_moment_runs_one() -> None:
    """Nobody locks it: who finds it changed begins anew, behind who was faster."""
    run = make.run("hi", worker_id=WORKER)
    finish_run(run=run, end=DONE)
    together = threading.Barrier(6)

    def begin(_number: int) -> int:
        try:
            together.wait(10)
            return make.run("more", on=run.thread, worker_id=WORKER, options=ENQUEUE).number
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(begin, range(6)))
    assert sorted(numbers) == [2, 3, 4, 5, 6, 7]
    later = Run.objects.filter(number__gt=1)
    assert sorted(later.values_list("status", flat=True)) == ["pending"] * 5 + ["running"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is not asked over a network")
def test_little_is_asked_before_a_run_begins(django_assert_num_queries: Any) -> None:
    """The assistant and what is written; on a thread at rest the thread, too. No transaction around them."""
    assistant = make.assistant()
    begin = partial(begin_run, assistant_id=assistant.assistant_id, author=SYSTEM, input={}, worker_id=WORKER)
    run = begin(thread=NewThread())
    finish_run(run=run, end=DONE)
    with django_assert_num_queries(2):
        first = begin(thread=NewThread())
    with django_assert_num_queries(3):
        second = begin(thread=run.thread_id)
    assert (first.number, second.number) == (1, 2)
    assert (Thread.objects.get(pk=run.thread_id).status, second.status) == ("busy", "running")
    assert second.metadata["graph_id"] == assistant.graph_id


@pytest.mark.django_db(transaction=True)
def test_a_run_on_a_thread_at_rest_is_refused_as_elsewhere() -> None:
    run = make.run("hi", worker_id=WORKER)
    finish_run(run=run, end=DONE)
    with pytest.raises(IntegrityError):
        make.run("again", on=run.thread, run_id=run.run_id)
    assert Thread.objects.get(pk=run.thread_id).status == "idle"
    with pytest.raises(ThreadNotFound):
        begin_run(thread=uuid.uuid4(), assistant_id=run.assistant.assistant_id, author=SYSTEM)  # type: ignore[union-attr]
