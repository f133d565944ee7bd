"""Runs that lost their worker, and threads that lost their run."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from assistants_app.domain.errors import RunEnded, RunMovedOn, RunNotFound, ThreadBusy
from assistants_app.models import Run, Thread
from assistants_app.services.recovery import (
    begin_next_attempt,
    hand_over,
    let_go_of_own,
    mend_threads,
    note_progress,
    owned_runs,
    recover_runs,
    runs_to_start,
    take_back,
)
from assistants_app.services.runs import RunEnd, cancel_pending_run, claim_run, finish_run
from assistants_app.services.workers import give_up_workers, leave
from tests import make

pytestmark = pytest.mark.django_db

ENQUEUE = {"multitask_strategy": "enqueue"}
DONE = RunEnd(Run.Status.SUCCESS, Thread.Status.IDLE)
AT_ONCE = timedelta()


def _told(run: Run) -> tuple[str, int, int]:
    run.refresh_from_db()
    return run.status, run.attempt, run.failures


def test_it_works() -> None:
    """A worker falls silent; another one takes up its run, and only that one can end it."""
    silent, other = make.worker(silent_for=7), make.worker()
    lost = make.running(by=silent)
    fine = make.running(by=other)
    assert not recover_runs(limit=10), "it is not given up yet"
    assert give_up_workers(by=other, machine="", runs_here=lambda _pid: True) == 1

    recovered = recover_runs(limit=10)
    assert (recovered.start, recovered.ended) == ([lost.run_id], [])
    assert not recover_runs(limit=10)
    assert (lost.attempt, fine.attempt) == (1, 1)
    with pytest.raises(RunEnded):
        finish_run(run=lost, end=DONE)
    taken = claim_run(run_id=lost.run_id, worker_id=other)
    assert taken is not None
    assert (taken.attempt, taken.failures, taken.worker_id) == (2, 1, other)
    assert taken.started_at == lost.started_at
    assert Thread.objects.get(pk=lost.thread_id).status == Thread.Status.BUSY
    with pytest.raises(RunEnded):
        finish_run(run=lost, end=DONE)
    finish_run(run=taken, end=DONE)
    assert _told(fine) == ("running", 1, 0)


def test_a_worker_that_took_its_leave_owns_nothing() -> None:
    worker_id = make.worker()
    run = make.running(by=worker_id)
    leave(worker_id=worker_id)
    assert recover_runs(limit=10).start == [run.run_id]


@override_settings(RUN_ATTEMPTS=2)
def test_a_poisonous_run_stops_after_its_attempts_and_the_next_one_goes_on() -> None:
    run = make.running(by=uuid.uuid4())
    behind = make.run("more", on=run.thread, options=ENQUEUE)
    assert recover_runs(limit=10).start == [run.run_id]
    assert claim_run(run_id=run.run_id, worker_id=uuid.uuid4()) is not None
    recovered = recover_runs(limit=10)
    assert recovered.start == [behind.run_id]
    ((ended, end),) = recovered.ended
    assert (ended.run_id, end.status) == (run.run_id, Run.Status.ERROR)
    run.refresh_from_db()
    assert run.error == {
        "error": "WorkerLost",
        "message": "The process that executed this run ended before the run did, in each of its attempts: 2.",
    }
    assert run.thread.runs.get(status="pending") == behind


@override_settings(RUN_ATTEMPTS=2)
def test_a_run_that_saved_a_step_since_has_all_its_attempts_again() -> None:
    run = make.running(by=uuid.uuid4())
    assert recover_runs(limit=10).start == [run.run_id]
    again = claim_run(run_id=run.run_id, worker_id=uuid.uuid4())
    assert again is not None
    note_progress(run_id=run.run_id, attempt=1)
    assert Run.objects.get().fruitless == 1, "the first attempt is over, and has nothing to say any more"
    note_progress(run_id=run.run_id, attempt=2)
    assert (Run.objects.get().fruitless, Run.objects.get().failures) == (0, 1)
    assert recover_runs(limit=10).start == [run.run_id]
    assert claim_run(run_id=run.run_id, worker_id=uuid.uuid4()) is not None
    assert len(recover_runs(limit=10).ended) == 1


@override_settings(RUN_ATTEMPTS=1)
def test_handing_over_is_no_failure() -> None:
    run = make.running(by=make.worker())
    hand_over(run=run)
    assert _told(run) == ("pending", 2, 0)
    with pytest.raises(RunEnded):
        hand_over(run=run)
    assert claim_run(run_id=run.run_id, worker_id=make.worker()) is not None


def test_an_operator_takes_a_run_from_its_worker() -> None:
    """Whatever its worker does, it writes nothing of the run any more; that is no failure of the run's."""
    run = make.running(by=make.worker())
    behind = make.run("more", on=run.thread, options=ENQUEUE)
    take_back(run_id=run.run_id, attempt=1)
    with pytest.raises(RunEnded):
        finish_run(run=run, end=DONE)
    assert claim_run(run_id=behind.run_id, worker_id=make.worker()) is None, "it keeps its place"
    assert _told(run) == ("pending", 2, 0)
    assert claim_run(run_id=run.run_id, worker_id=make.worker()) is not None


def test_only_the_attempt_that_was_seen_is_taken() -> None:
    run, waiting = make.running(by=make.worker()), make.run("hi")
    take_back(run_id=run.run_id, attempt=1)
    assert claim_run(run_id=run.run_id, worker_id=make.worker()) is not None
    for run_id, attempt in [(run.run_id, 1), (waiting.run_id, 1)]:
        with pytest.raises(RunMovedOn):
            take_back(run_id=run_id, attempt=attempt)
    with pytest.raises(RunNotFound):
        take_back(run_id=uuid.uuid4(), attempt=1)
    assert _told(run) == ("running", 2, 0)


def test_another_attempt_of_the_same_worker() -> None:
    run = make.running(by=make.worker())
    before = Run.objects.get(pk=run.pk)
    begin_next_attempt(run=run)
    assert (run.attempt, run.failures) == (2, 1)
    assert _told(run) == ("running", 2, 1)
    with pytest.raises(RunEnded):
        finish_run(run=before, end=DONE)
    with pytest.raises(RunEnded):
        begin_next_attempt(run=before)
    finish_run(run=run, end=DONE)


def test_a_worker_lets_go_of_its_own() -> None:
    """It began an attempt, and did not hear of it."""
    worker_id, other = make.worker(), make.worker()
    run = make.running(by=worker_id)
    assert not let_go_of_own(run_id=run.run_id, worker_id=other)
    assert let_go_of_own(run_id=run.run_id, worker_id=worker_id)
    assert _told(run) == ("pending", 2, 0)
    assert not let_go_of_own(run_id=run.run_id, worker_id=worker_id)


def test_a_run_that_was_begun_goes_before_all_others_of_its_thread() -> None:
    """Even before one that was accepted earlier, and whose time has come since."""
    delayed = make.run("later", not_before=timezone.now() + timedelta(hours=1))
    begun = make.running("now", on=delayed.thread, by=uuid.uuid4())
    behind = make.run("more", on=delayed.thread, options=ENQUEUE)
    recover_runs(limit=10)
    Run.objects.filter(pk=delayed.pk).update(not_before=timezone.now())
    assert runs_to_start(quiet=AT_ONCE) == [begun.run_id]
    for other in (delayed, behind):
        assert claim_run(run_id=other.run_id, worker_id=uuid.uuid4()) is None
    assert cancel_pending_run(run_id=behind.run_id) == begun.run_id
    again = claim_run(run_id=begun.run_id, worker_id=uuid.uuid4())
    assert again is not None
    more = make.run("more", on=delayed.thread, options=ENQUEUE)
    assert cancel_pending_run(run_id=more.run_id) is None, "one runs"
    assert finish_run(run=again, end=DONE) == delayed.run_id
    with pytest.raises(ThreadBusy):
        make.run("no", on=delayed.thread)


def test_a_run_that_waits_to_be_taken_up_can_be_cancelled() -> None:
    run = make.running(by=uuid.uuid4())
    recover_runs(limit=10)
    assert cancel_pending_run(run_id=run.run_id) is None
    assert _told(run) == ("interrupted", 2, 1)


def test_runs_that_nobody_started_are_named_once_a_thread() -> None:
    first = make.run("hi")
    make.run("more", on=first.thread, options=ENQUEUE)
    running = make.running(by=make.worker())
    make.run("more", on=running.thread, options=ENQUEUE)
    soon = make.run("soon", not_before=timezone.now() + timedelta(seconds=2))
    make.run("later", not_before=timezone.now() + timedelta(hours=1))
    assert runs_to_start(quiet=AT_ONCE) == [first.run_id, soon.run_id]
    assert runs_to_start(quiet=AT_ONCE, limit=1) == [first.run_id]
    assert runs_to_start(quiet=timedelta(seconds=30)) == [soon.run_id]


def test_the_runs_that_a_worker_owns_for_a_while() -> None:
    worker_id = make.worker()
    run = make.running(by=worker_id)
    make.running(by=make.worker())
    assert owned_runs(worker_id=worker_id, quiet=AT_ONCE) == [run]
    assert owned_runs(worker_id=worker_id, quiet=timedelta(seconds=30)) == []


def test_busy_threads_in_which_nothing_runs_rest() -> None:
    run = make.run("hi")
    stuck, asks = make.thread(), make.thread()
    later = make.run("later", not_before=timezone.now() + timedelta(hours=1)).thread
    Thread.objects.filter(pk__in=[stuck.pk, asks.pk, later.pk]).update(status=Thread.Status.BUSY)
    Thread.objects.filter(pk=asks.pk).update(interrupts={"task": [{"id": "1", "value": "?"}]})
    assert {one.pk for one in mend_threads(limit=10)} == {stuck.pk, asks.pk, later.pk}
    told = dict(Thread.objects.values_list("pk", "status"))
    assert [told[pk] for pk in (stuck.pk, asks.pk, later.pk)] == ["idle", "interrupted", "idle"]
    assert told[run.thread_id] == "busy"
    assert mend_threads(limit=10) == []


@pytest.mark.django_db(transaction=True)
def test_many_recover_at_once_and_each_run_is_recovered_once() -> None:
    lost = {make.running(by=uuid.uuid4()).run_id for _number in range(5)}
    together = threading.Barrier(4)

    def recover(_number: int) -> list[uuid.UUID]:
        try:
            together.wait(10)
            return recover_runs(limit=10).start
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = [run_id for some in pool.map(recover, range(4)) for run_id in some]
    assert sorted(found) == sorted(lost)
    assert set(Run.objects.values_list("attempt", "failures")) == {(2, 1)}


@pytest.mark.django_db(transaction=True)
def test_a_run_that_somebody_is_writing_holds_up_no_other() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time")
    written, lost = make.running(by=uuid.uuid4()), make.running(by=uuid.uuid4())
    locked, over = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with transaction.atomic():
                Run.objects.select_for_update().get(pk=written.pk)
                locked.set()
                over.wait(10)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        assert locked.wait(10)
        assert recover_runs(limit=10).start == [lost.run_id]
        over.set()
        writing.result(10)
    assert recover_runs(limit=10).start == [written.run_id]
