"""A run in the database: accepted with everything fixed, claimed once, ended once, in order."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from assistants_app.domain.errors import (
    AssistantNotFound,
    InvalidInput,
    RunEnded,
    RunNotEnded,
    RunNotFound,
    ThreadBusy,
    ThreadNotFound,
    VersionNotFound,
)
from assistants_app.models import Run, Thread
from assistants_app.services.accepting import begin_run
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.runs import (
    RunEnd,
    Waiting,
    cancel_pending_run,
    claim_run,
    delete_run,
    finish_run,
    why_waiting,
)
from assistants_app.services.versions import make_live
from tests import make
from tests.people import Person

pytestmark = pytest.mark.django_db

ENQUEUE = {"multitask_strategy": "enqueue"}
DONE = RunEnd(Run.Status.SUCCESS, Thread.Status.IDLE)
WORKER = uuid.uuid4()


def _claim(run: Run) -> Run | None:
    """By a worker; `run` is known to be its own then."""
    claimed = claim_run(run_id=run.run_id, worker_id=WORKER)
    run.worker_id = claimed.worker_id if claimed else run.worker_id
    return claimed


def _status(of: Run | Thread) -> str:
    of.refresh_from_db()
    return str(of.status)


def test_it_works(erin: Person) -> None:
    thread = make.thread()
    run = make.run("hi", on=thread)
    assert (run.number, run.version, run.graph_id, run.status) == (1, 1, "writer", Run.Status.PENDING)
    assert run.context == {"system_prompt": "Write a blog post."}
    assert _status(thread) == Thread.Status.BUSY
    assert thread.metadata == {"graph_id": "writer", "assistant_id": str(thread.assistant.assistant_id)}

    claimed = _claim(run)
    assert claimed is not None
    assert claimed.status == _status(run) == Run.Status.RUNNING
    assert run.started_at is not None

    usage = {"input_tokens": 1, "output_tokens": 2}
    end = RunEnd(Run.Status.SUCCESS, Thread.Status.INTERRUPTED, usage=usage, first_token_at=run.started_at)
    assert finish_run(run=run, end=end) is None
    assert (_status(run), _status(thread)) == (Run.Status.SUCCESS, Thread.Status.INTERRUPTED)
    assert (run.usage, run.first_token_at) == (usage, run.started_at)
    assert run.finished_at >= run.started_at


def test_a_run_keeps_the_version_it_was_accepted_with() -> None:
    assistant = make.assistant()
    make.version(assistant, settings={"system_prompt": "Two."})
    thread = make.thread(assistant)
    accepted = make.run("hi", on=thread)
    first = make.run("hi", on=make.thread(assistant), version=1)
    make.version(assistant, settings={"system_prompt": "Three."})

    accepted.refresh_from_db()
    assert (accepted.version, accepted.context) == (2, {"system_prompt": "Two."})
    assert (first.version, first.context) == (1, {"system_prompt": "Write a blog post."})
    now = make.run("hi", on=make.thread(assistant))
    assert (now.version, now.context) == (3, {"system_prompt": "Three."})
    make_live(assistant_id=assistant.assistant_id, number=1, author=SYSTEM)
    assert make.run("hi", on=make.thread(assistant)).context == first.context


def test_unsaved_settings_have_no_version(erin: Person) -> None:
    run = make.run("hi", settings={"system_prompt": "Try this."})
    assert (run.version, run.context) == (None, {"system_prompt": "Try this."})
    empty = make.run("hi", settings={})
    assert (empty.version, empty.context) == (None, {})


def test_the_author_stands_in_the_run(erin: Person) -> None:
    thread = make.thread()
    assert thread.assistant is not None
    run = begin_run(
        thread=thread.thread_id, assistant_id=thread.assistant.assistant_id, author=Author.of(erin), input={}
    )
    assert run.author == "Erin Editor"


def test_what_is_not_there_is_refused() -> None:
    thread = make.thread()
    assert thread.assistant is not None
    known = thread.assistant.assistant_id
    with pytest.raises(ThreadNotFound):
        begin_run(thread=uuid.uuid4(), assistant_id=known, author=SYSTEM)
    with pytest.raises(AssistantNotFound):
        begin_run(thread=thread.thread_id, assistant_id=uuid.uuid4(), author=SYSTEM)
    with pytest.raises(VersionNotFound):
        begin_run(thread=thread.thread_id, assistant_id=known, version=2, author=SYSTEM)
    assert _status(thread) == Thread.Status.IDLE
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        {"input": {"text": "a\x00b"}},
        {"input": ["\ud800"]},
        {"command": {"resume": "\x00"}},
        {"settings": {"a": "\udfff"}},
    ],
)
def test_what_no_database_takes_is_refused(given: dict[str, Any]) -> None:
    thread = make.thread()
    with pytest.raises(InvalidInput):
        make.run(on=thread, **given)
    assert _status(thread) == Thread.Status.IDLE


def test_what_is_nested_too_deeply_is_refused() -> None:
    deep: list[Any] = []
    for _level in range(5000):
        deep = [deep]
    with pytest.raises(InvalidInput, match="nested"):
        make.run(input=deep)


def test_a_busy_thread_refuses_or_enqueues() -> None:
    thread = make.thread()
    first = make.run("hi", on=thread)
    with pytest.raises(ThreadBusy):
        make.run("more", on=thread)
    second = make.run("more", on=thread, options=ENQUEUE)
    third = make.run("more", on=thread, options=ENQUEUE)
    assert [run.number for run in (first, second, third)] == [1, 2, 3]

    assert _claim(third) is None
    assert _claim(second) is None
    assert _claim(first) is not None
    assert _claim(second) is None
    assert finish_run(run=first, end=DONE) == second.run_id
    assert _status(thread) == Thread.Status.BUSY
    assert _claim(second) is not None
    assert finish_run(run=second, end=DONE) == third.run_id


def test_a_waiting_run_is_cancelled_and_gives_its_turn_on() -> None:
    thread = make.thread()
    first = make.run("hi", on=thread)
    second = make.run("more", on=thread, options=ENQUEUE)
    assert cancel_pending_run(run_id=first.run_id) == second.run_id
    assert (_status(first), _status(thread)) == (Run.Status.INTERRUPTED, Thread.Status.BUSY)
    assert cancel_pending_run(run_id=second.run_id) is None
    assert _status(thread) == Thread.Status.IDLE
    with pytest.raises(RunEnded):
        cancel_pending_run(run_id=second.run_id)


def test_a_run_is_ended_by_the_attempt_that_owns_it_and_once() -> None:
    run = make.run("hi")
    with pytest.raises(RunEnded):
        finish_run(run=run, end=DONE)
    assert _claim(run) is not None
    with pytest.raises(RunEnded):
        finish_run(run=Run(run_id=run.run_id, thread=run.thread, attempt=2, worker_id=WORKER), end=DONE)
    with pytest.raises(RunEnded):
        finish_run(run=Run(run_id=run.run_id, thread=run.thread, worker_id=uuid.uuid4()), end=DONE)
    finish_run(run=run, end=DONE)
    with pytest.raises(RunEnded):
        finish_run(run=run, end=RunEnd(Run.Status.ERROR, Thread.Status.ERROR))
    with pytest.raises(RunEnded):
        _claim(run)
    assert _status(run) == Run.Status.SUCCESS


def test_a_run_that_is_gone_has_ended() -> None:
    with pytest.raises(RunEnded):
        claim_run(run_id=uuid.uuid4(), worker_id=WORKER)
    with pytest.raises(RunEnded):
        cancel_pending_run(run_id=uuid.uuid4())


def test_a_run_may_wait_for_others_to_be_stopped_or_undone() -> None:
    thread = make.thread()
    first = make.run("hi", on=thread)
    assert why_waiting(run_id=first.run_id) == Waiting()
    second = make.run("more", on=thread, options={"multitask_strategy": "interrupt"})
    assert why_waiting(run_id=second.run_id) == Waiting(stop=(first.run_id,))
    third = make.run("more", on=thread, options={"multitask_strategy": "rollback"})
    assert why_waiting(run_id=third.run_id) == Waiting(stop=(first.run_id, second.run_id), rollback=True)


def test_a_run_may_wait_for_a_time_and_lets_others_go_before() -> None:
    thread = make.thread()
    later = timezone.now() + timedelta(hours=1)
    delayed = make.run("later", on=thread, not_before=later)
    assert _status(thread) == Thread.Status.IDLE
    assert _claim(delayed) is None
    assert why_waiting(run_id=delayed.run_id) == Waiting(until=later)

    now = make.run("now", on=thread)
    claimed = _claim(now)
    assert claimed is not None
    Run.objects.filter(pk=delayed.pk).update(not_before=timezone.now())
    assert _claim(delayed) is None, "one at a time"
    assert finish_run(run=claimed, end=DONE) == delayed.run_id
    assert _claim(delayed) is not None


def test_a_run_that_is_rolled_back_leaves_nothing() -> None:
    claimed = _claim(make.run("hi"))
    assert claimed is not None
    finish_run(run=claimed, end=RunEnd(Run.Status.INTERRUPTED, Thread.Status.IDLE, rollback=True))

    assert not Run.objects.exists()
    assert Thread.objects.get().status == Thread.Status.IDLE


@pytest.mark.parametrize(
    ("options", "left"), [({"temporary": True}, 0), ({"temporary": True, "on_completion": "keep"}, 1)]
)
def test_a_thread_of_one_run_goes_with_it_unless_it_is_to_be_kept(options: dict[str, Any], left: int) -> None:
    claimed = _claim(make.run("hi", options=options))
    assert claimed is not None
    finish_run(run=claimed, end=DONE)
    assert Thread.objects.count() == left


def test_only_a_run_that_has_ended_is_deleted() -> None:
    run = make.run("hi")
    with pytest.raises(RunNotEnded):
        delete_run(run_id=run.run_id)
    with pytest.raises(RunNotFound):
        delete_run(run_id=uuid.uuid4())
    cancel_pending_run(run_id=run.run_id)
    delete_run(run_id=run.run_id)
    assert not Run.objects.exists()


def test_the_database_itself_keeps_one_running_run_a_thread() -> None:
    thread = make.thread()
    make.run("hi", on=thread)
    make.run("more", on=thread, options=ENQUEUE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.update(status=Run.Status.RUNNING)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_numbered_in_order_and_claimed_once() -> None:
    thread = make.thread()
    barrier = threading.Barrier(8)

    def accept(_number: int) -> uuid.UUID:
        try:
            barrier.wait()
            return make.run("hi", on=thread, options=ENQUEUE).run_id
        finally:
            connection.close()

    def claim(run_id: uuid.UUID) -> bool:
        try:
            barrier.wait()
            return claim_run(run_id=run_id, worker_id=WORKER) is not None
        except RunEnded:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(accept, range(8)))
        assert sorted(Run.objects.values_list("number", flat=True)) == list(range(1, 9))
        claims = list(pool.map(claim, accepted))
    assert claims.count(True) == 1
    running = Run.objects.get(status=Run.Status.RUNNING)
    assert running.number == 1
    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(claim, [running.run_id] * 8))
