"""Runs that lost their worker and go on with another, and threads that lost their run.

running -> pending (attempt + 1), guarded as every step of a run's life: whoever still executes the old attempt writes
nothing any more.
"""

import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from assistants_app.domain.errors import RunEnded, RunMovedOn
from assistants_app.models import Run, Thread
from assistants_app.models.threads import STATE, ThreadQuerySet
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.queue import enqueue_run
from assistants_app.services.runs import RunEnd, finish_run, resting_status

AHEAD = timedelta(seconds=5)
"""How long before its time a run that waits for one is handed to who starts it."""

FAILURES = 10
"""So many times RUN_ATTEMPTS is the most in all, whatever was saved between: what ends its process again and again is
to end."""


@dataclass(slots=True)
class Recovered:
    """What became of runs without a worker: those to `start` again, and those that `ended` because they had failed
    too often."""

    start: list[uuid.UUID] = field(default_factory=list)
    ended: list[tuple[Run, RunEnd]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.start) + len(self.ended)


def recover_runs(*, limit: int) -> Recovered:
    """Let runs whose worker is gone wait for another one, or end them when that happened too often.

    Any number of processes may do so at once: each run is recovered by one of them.
    """
    recovered = Recovered()
    state = [f"thread__{name}" for name in STATE]
    for run in Run.objects.orphaned().select_related("thread").defer(*state)[:limit]:
        with transaction.atomic():
            if not _is_free(run):
                continue
            if is_last(run):
                _end(run, recovered)
            elif let_go(run=run, failed=True):
                recovered.start.append(run.run_id)
    return recovered


def hand_over(*, run: Run) -> None:
    """Give back a run that this process owns and cannot finish, because it stops: it waits for its turn again, before
    all others of its thread. That is no failure. Raises RunEnded."""
    if not let_go(run=run):
        raise RunEnded


def take_back(*, run_id: uuid.UUID, attempt: int, enqueue: bool = True, author: Author | None = None) -> None:
    """Take a run from whoever executes it, as an operator decides: it waits for its turn again, before all others of
    its thread. That is no failure. Without `enqueue` nobody is told to start it, for it is about to be cancelled.

    `attempt` is the one that the operator saw. Raises RunNotFound, RunMovedOn.
    """
    run = Run.objects.get_by_uuid(run_id)
    with transaction.atomic():
        if run.attempt != attempt or not let_go(run=run, enqueue=enqueue):
            raise RunMovedOn
        worker = {"attempt": attempt, "worker": str(run.worker_id)}
        audit.record(Action.RUN_TAKEN_BACK, author=author, kind=ObjectKind.RUN, id=run_id, before=worker)


def let_go(*, run: Run, failed: bool = False, enqueue: bool = True) -> bool:
    """Let a run wait for its turn again, if it is still owned as is known of it."""
    again: dict[str, Any] = {"status": Run.Status.PENDING, "worker": None, "attempt": run.attempt + 1}
    if failed:  # counted by the database, where the attempt may have noted since that it saved a step
        again |= {"failures": F("failures") + 1, "fruitless": F("fruitless") + 1}
    owned = Run.objects.owned_as(run)
    with transaction.atomic():
        let_go = owned.update(**again, updated_at=timezone.now())
        if let_go and enqueue:
            enqueue_run(run_id=run.run_id)
    return bool(let_go)


def let_go_of_own(*, run_id: uuid.UUID, worker_id: uuid.UUID) -> bool:
    """Let a run wait for its turn again that a worker owns and does not execute: that its claim succeeded, or that its
    next attempt began, was never answered. Whether there is such a run."""
    owned = Run.objects.filter(run_id=run_id, worker_id=worker_id, status=Run.Status.RUNNING)
    run = owned.only("run_id", "attempt", "worker_id").first()
    return run is not None and let_go(run=run)


def is_last(run: Run) -> bool:
    """Whether a run ends with its attempt, should that fail: enough did with no step saved between, or far too many."""
    most = settings.RUN_ATTEMPTS
    return run.fruitless + 1 >= most or run.failures + 1 >= FAILURES * most


def begin_next_attempt(*, run: Run) -> None:
    """Let the worker that owns a run try it again. `run` gets the new attempt. Raises RunEnded."""
    again = {"attempt": run.attempt + 1, "failures": run.failures + 1, "fruitless": run.fruitless + 1}
    if not Run.objects.owned_as(run).update(**again, updated_at=timezone.now()):
        raise RunEnded
    run.attempt, run.failures, run.fruitless = again["attempt"], again["failures"], again["fruitless"]


def note_progress(*, run_id: uuid.UUID, attempt: int) -> None:
    """An attempt saved a step: those before it that failed did not do so for nothing."""
    Run.objects.filter(run_id=run_id, attempt=attempt, status=Run.Status.RUNNING).update(fruitless=0)


def owned_runs(*, worker_id: uuid.UUID, quiet: timedelta) -> list[Run]:
    """The runs that a worker has owned for so long, with what is needed to let them go."""
    owned = Run.objects.filter(worker_id=worker_id, status=Run.Status.RUNNING, updated_at__lte=timezone.now() - quiet)
    return list(owned.only("run_id", "attempt", "failures", "worker_id"))


def runs_to_start(*, quiet: timedelta, limit: int | None = None) -> list[uuid.UUID]:
    """Runs that have their turn, and that nobody started since `quiet`: their process died before, or after the run
    before them ended. Those whose time comes in a moment, too."""
    now = timezone.now()
    due = Q(not_before=None, updated_at__lte=now - quiet) | Q(not_before__lte=now + AHEAD)
    waiting = Run.objects.in_turn(now).filter(due).order_by("created_at")
    return list(waiting.values_list("run_id", flat=True)[:limit])


def mend_threads(*, limit: int) -> list[Thread]:
    """Some threads that were busy and have nothing that runs: they rest now."""
    mended = []
    for thread_id in _stuck(timezone.now()).values_list("thread_id", flat=True)[:limit]:
        with transaction.atomic():
            # Whoever is accepting a run has the thread locked; what it wrote is seen then.
            Thread.objects.select_for_update().only("thread_id").filter(thread_id=thread_id).first()
            stuck = _stuck(timezone.now()).without_state().filter(thread_id=thread_id).first()
            if stuck is not None:
                Thread.objects.filter(thread_id=thread_id).update(**resting_status(thread_id))
                mended.append(stuck)
    return mended


def _is_free(run: Run) -> bool:
    """Whether nobody is writing the run just now. A process that was stopped while it did so keeps the row locked;
    who waited for it could recover nothing else meanwhile."""
    return Run.objects.owned_as(run).select_for_update(skip_locked=True).only("run_id").first() is not None


def _end(run: Run, recovered: Recovered) -> None:
    said = _("The process that executed this run ended before the run did, in each of its attempts: %(count)s.")
    told = said % {"count": run.failures + 1}
    end = RunEnd(Run.Status.ERROR, Thread.Status.ERROR, error={"error": "WorkerLost", "message": told})
    with suppress(RunEnded):
        following = finish_run(run=run, end=end)
        recovered.ended.append((run, end))
        if following:
            enqueue_run(run_id=following)
            recovered.start.append(following)


def _stuck(now: datetime) -> ThreadQuerySet:
    unfinished = Run.objects.filter(thread_id=OuterRef("thread_id")).unfinished().due(now)
    return Thread.objects.filter(~Exists(unfinished), status=Thread.Status.BUSY)
