"""The life of runs with several owners, in any order of steps: what the database holds is what a simple model says."""

import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from assistants_app.domain.errors import RunEnded, ThreadBusy
from assistants_app.models import Run, Thread, Worker
from assistants_app.services.recovery import (
    begin_next_attempt,
    hand_over,
    mend_threads,
    note_progress,
    recover_runs,
    runs_to_start,
)
from assistants_app.services.runs import RunEnd, cancel_pending_run, claim_run, delete_run, finish_run
from assistants_app.services.workers import beat, give_up_workers, leave
from tests import make
from tests.services.run_model import Copy, Known, Model

ATTEMPTS = 3
ENDS = {
    "success": RunEnd(Run.Status.SUCCESS, Thread.Status.IDLE),
    "waits": RunEnd(Run.Status.SUCCESS, Thread.Status.INTERRUPTED),
    "error": RunEnd(Run.Status.ERROR, Thread.Status.ERROR, error={"error": "E", "message": "m"}),
    "timeout": RunEnd(Run.Status.TIMEOUT, Thread.Status.ERROR, error={"error": "T", "message": "m"}),
    "cancelled": RunEnd(Run.Status.INTERRUPTED, Thread.Status.INTERRUPTED),
    "rolled back": RunEnd(Run.Status.INTERRUPTED, Thread.Status.IDLE, rollback=True),
}


class Runs(Model, RuleBasedStateMachine):
    ended: Counter[str] = Counter()
    """How often a run was ended in each way, over all examples."""

    workers = Bundle("workers")
    accepted = Bundle("accepted")
    copies = Bundle("copies")

    def __init__(self) -> None:
        super().__init__()
        Run.objects.all().delete()
        Thread.objects.all().delete()
        Worker.objects.all().delete()
        assistant = make.assistant()
        self.thread = make.thread(assistant)
        self.known: dict[uuid.UUID, Known] = {}
        self.alive: set[uuid.UUID] = set()

    # -- steps ------------------------------------------------------------------------------------------------------

    @initialize(target=workers)
    def there_is_a_process(self) -> uuid.UUID:
        return self.a_process_starts()

    @initialize(target=accepted)
    def there_is_a_run(self) -> Any:
        return self.a_run_is_accepted("enqueue", None, later=False)

    @initialize(target=copies)
    def a_run_is_executed(self) -> Any:
        self.a_run_is_accepted("enqueue", None, later=False)
        return self.the_next_run_is_claimed(self.a_process_starts())

    @rule(target=workers)
    def a_process_starts(self) -> uuid.UUID:
        worker_id = make.worker()
        self.alive.add(worker_id)
        return worker_id

    @rule(worker_id=workers, how=st.sampled_from(["leaves", "is given up"]))
    def a_process_is_gone(self, worker_id: uuid.UUID, how: str) -> None:
        """It may go on for a while, and not know of it."""
        if worker_id not in self.alive:
            return
        if how == "leaves":
            leave(worker_id=worker_id)
        else:
            Worker.objects.filter(pk=worker_id).update(heartbeat_at="2026-01-01T00:00:00Z")
            assert give_up_workers(by=uuid.uuid4(), machine="", runs_here=lambda _pid: True) == 1
        assert not beat(worker_id=worker_id)
        self.alive.discard(worker_id)

    @rule(
        target=accepted,
        strategy=st.sampled_from(["reject", "enqueue"]),
        worker_id=st.none() | workers,
        later=st.booleans(),
    )
    def a_run_is_accepted(self, strategy: str, worker_id: uuid.UUID | None, later: bool) -> Any:
        thread = self.thread
        before = self._due(thread.thread_id)
        when = timezone.now() + timedelta(hours=1) if later else None
        options = {"multitask_strategy": strategy}
        try:
            run = make.run("hi", on=thread, worker_id=worker_id, options=options, not_before=when)
        except ThreadBusy:
            assert strategy == "reject"
            assert before
            return multiple()
        assert strategy == "enqueue" or not before
        at_once = worker_id is not None and not before and not later
        status, owner = ("running", worker_id) if at_once else ("pending", None)
        self.known[run.run_id] = Known(thread.thread_id, run.number, status, owner, later=later)
        return run.run_id

    @rule(run_id=accepted)
    def its_time_comes(self, run_id: uuid.UUID) -> None:
        """As the clock brings it about: who starts it then says that its thread is busy."""
        known = self.known.get(run_id)
        if known and known.later:
            known.later = False
            Run.objects.filter(pk=run_id).update(not_before=timezone.now())
            Thread.objects.filter(pk=known.thread_id).update(status=Thread.Status.BUSY)

    @rule(target=copies, worker_id=workers)
    def the_next_run_is_claimed(self, worker_id: uuid.UUID) -> Any:
        turn = self._turn(self.thread.thread_id)
        return self.a_run_is_claimed(turn, worker_id) if turn else multiple()

    @rule(target=copies, run_id=accepted, worker_id=workers)
    def a_run_is_claimed(self, run_id: uuid.UUID, worker_id: uuid.UUID) -> Any:
        known = self.known.get(run_id)
        try:
            claimed = claim_run(run_id=run_id, worker_id=worker_id)
        except RunEnded:
            assert known is None or known.status != "pending"
            return multiple()
        assert known is not None
        if claimed is None:
            assert self._turn(known.thread_id) != run_id
            return multiple()
        assert self._turn(known.thread_id) == run_id
        known.status, known.worker_id = "running", worker_id
        assert (claimed.attempt, claimed.worker_id) == (known.attempt, worker_id)
        return Copy(claimed)

    @rule(target=copies, run_id=accepted)
    def a_process_executes_what_it_accepted(self, run_id: uuid.UUID) -> Any:
        found = Run.objects.filter(pk=run_id, status=Run.Status.RUNNING).first()
        return Copy(found) if found else multiple()

    @rule(copy=copies, how=st.sampled_from(sorted(ENDS)))
    def a_run_is_ended(self, copy: Copy, how: str) -> None:
        known = self._owned(copy)
        try:
            following = finish_run(run=copy.run, end=ENDS[how])
        except RunEnded:
            assert known is None
            return
        assert known is not None
        Runs.ended[how] += 1
        self._end(copy.run.run_id, known, ENDS[how])
        assert following == self._turn(known.thread_id)

    @rule(copy=copies)
    def a_run_is_handed_over(self, copy: Copy) -> None:
        known = self._owned(copy)
        try:
            hand_over(run=copy.run)
        except RunEnded:
            assert known is None
            return
        assert known is not None
        self._waits_again(known)

    @rule(target=copies, copy=copies)
    def another_attempt_begins(self, copy: Copy) -> Any:
        known = self._owned(copy)
        mine = Run.objects.filter(pk=copy.run.pk).first()
        if known is None or mine is None:
            with pytest.raises(RunEnded):
                begin_next_attempt(run=copy.run)
            return multiple()
        begin_next_attempt(run=mine)
        known.attempt += 1
        known.failures += 1
        known.fruitless += 1
        return Copy(mine)

    @rule(copy=copies)
    def a_step_is_saved(self, copy: Copy) -> None:
        """Told by an attempt, which may not be the one of now any more."""
        note_progress(run_id=copy.run.run_id, attempt=copy.run.attempt)
        known = self.known.get(copy.run.run_id)
        if known and (known.status, known.attempt) == ("running", copy.run.attempt):
            known.fruitless = 0

    @rule(run_id=accepted, rollback=st.booleans())
    def a_waiting_run_is_cancelled(self, run_id: uuid.UUID, rollback: bool) -> None:
        known = self.known.get(run_id)
        try:
            following = cancel_pending_run(run_id=run_id, rollback=rollback)
        except RunEnded:
            assert known is None or known.status != "pending"
            return
        assert known is not None
        self._end(run_id, known, ENDS["rolled back" if rollback else "cancelled"])
        assert following == (None if self._running(known.thread_id) else self._turn(known.thread_id))

    @rule(run_id=accepted)
    def an_ended_run_is_deleted(self, run_id: uuid.UUID) -> None:
        known = self.known.get(run_id)
        if known and not known.unfinished:
            delete_run(run_id=run_id)
            del self.known[run_id]

    @precondition(lambda self: any(self._is_lost(known) for known in self.known.values()))
    @rule()
    def what_nobody_executes_is_recovered(self) -> None:
        lost = {run_id for run_id, known in self.known.items() if self._is_lost(known)}
        recovered = recover_runs(limit=100)
        started, ended = set(recovered.start) & lost, {run.run_id for run, _end in recovered.ended}
        assert started | ended == lost
        for run_id in lost:
            known = self.known[run_id]
            assert (run_id in ended) == (known.fruitless + 1 >= ATTEMPTS)
            if run_id in ended:
                self._end(run_id, known, ENDS["error"])
            else:
                self._waits_again(known)
                known.failures += 1
                known.fruitless += 1

    # -- what always holds ------------------------------------------------------------------------------------------

    @invariant()
    def the_rows_tell_what_the_model_knows(self) -> None:
        rows = Run.objects.values_list("run_id", "status", "worker_id", "attempt", "failures", "fruitless")
        told = {run_id: (*rest,) for run_id, *rest in rows}
        assert told.keys() == self.known.keys()
        for run_id, known in self.known.items():
            status, worker_id, *counted = told[run_id]
            assert status == known.status
            assert counted == [known.attempt, known.failures, known.fruitless]
            if known.unfinished:
                assert worker_id == known.worker_id

    @invariant()
    def a_thread_is_busy_when_it_has_something_to_do_and_not_else(self) -> None:
        (thread,) = Thread.objects.without_state()
        assert (thread.status == Thread.Status.BUSY) == bool(self._due(thread.thread_id))
        assert mend_threads(limit=10) == []

    @invariant()
    def one_runs_at_a_time_and_what_has_its_turn_is_found(self) -> None:
        turn = self._turn(self.thread.thread_id)
        assert len(self._running(self.thread.thread_id)) <= 1
        assert runs_to_start(quiet=timedelta()) == ([turn] if turn else [])


@pytest.mark.django_db
def test_it_works() -> None:
    """Hypothesis finds the steps."""
    kept = settings(max_examples=25, stateful_step_count=50, suppress_health_check=list(HealthCheck))
    with override_settings(RUN_ATTEMPTS=ATTEMPTS):
        run_state_machine_as_test(Runs, settings=kept)
    assert Runs.ended.total() > 0, "steps were found that end a run"
