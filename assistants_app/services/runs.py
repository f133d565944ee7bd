"""The life of a run in the database after it was accepted: claimed, ended. Executing it is the engine's.

pending -> running -> success | error | interrupted | timeout. Every step is guarded by the state it leaves, and a
running run by its worker and attempt, so that two executors can never both own or end it. How a run goes on that
lost its worker: `services.recovery`.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from assistants_app.domain.errors import RunEnded, RunNotEnded
from assistants_app.domain.json_values import Json
from assistants_app.models import Assistant, Run, Thread
from assistants_app.models.prepared import ask, ask_values, update
from assistants_app.models.threads import RunQuerySet
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.threads import Held

UNUSED = ("settings_schema", "description")
"""Columns of an assistant that no run needs; the schema may be large."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended. `error` is {"error": class, "message": text} where it failed, `held` what its thread holds
    now; None leaves what the thread's row tells of that as it is. `rollback` means that the run is to be as if it
    had never been: its row goes."""

    status: Run.Status
    thread_status: Thread.Status
    error: Json = None
    usage: Json = None
    first_token_at: datetime | None = None
    held: Held | None = None
    rollback: bool = False
    refused: bool = False
    """Whether nothing was done, as what was asked for could not be: the thread is as it was before."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a run waits: for runs that it was accepted to `stop` (or to undo, with `rollback`), or `until` a time."""

    stop: tuple[uuid.UUID, ...] = ()
    rollback: bool = False
    until: datetime | None = None


def claim_run(*, run_id: uuid.UUID, worker_id: uuid.UUID) -> Run | None:
    """Make a pending run the running one of its thread, owned by a worker. None when it must wait: see `why_waiting`.

    Raises RunEnded when the run is not pending: it was cancelled, is executed elsewhere, or its thread is gone.
    """
    run = _with_assistant(run_id)
    if run is None or run.status != Run.Status.PENDING:
        raise RunEnded
    now = timezone.now()
    if run.not_before and run.not_before > now:
        return None
    if (run.number > 1 or run.not_before) and _before(run, now).exists():
        return None
    run.status, run.worker_id, run.started_at = Run.Status.RUNNING, worker_id, run.started_at or now
    pending = {"run_id": run_id, "attempt": run.attempt, "status": Run.Status.PENDING.value}
    columns = {"status": run.status, "worker_id": worker_id, "started_at": run.started_at, "updated_at": now}
    try:
        claimed = update(Run, pending, **columns)
    except IntegrityError:  # another run of its thread, which had its turn at the same moment
        return None
    if not claimed:
        raise RunEnded
    if run.not_before:
        Thread.objects.filter(thread_id=run.thread_id).update(status=Thread.Status.BUSY)
    return run


def why_waiting(*, run_id: uuid.UUID) -> Waiting:
    """What must happen before a pending run has its turn; nothing of it is for the runs before it to end."""
    now = timezone.now()
    run = Run.objects.get_by_uuid(run_id)
    if run.not_before and run.not_before > now:
        return Waiting(until=run.not_before)
    strategy = run.options.get("multitask_strategy")
    if strategy not in ("interrupt", "rollback"):
        return Waiting()
    before = _before(run, now).values_list("run_id", flat=True)
    return Waiting(stop=tuple(before), rollback=strategy == "rollback")


def may_stop_others(run: Run) -> bool:
    """Nothing is before the first run of a thread."""
    return run.number > 1 and run.options.get("multitask_strategy") in ("interrupt", "rollback")


def stops_for(*, run_id: uuid.UUID) -> Waiting:
    """What a run that was just accepted was accepted to stop."""
    pending = Run.objects.filter(run_id=run_id, status=Run.Status.PENDING)
    run = pending.only("number", "options").first()
    return why_waiting(run_id=run_id) if run is not None and may_stop_others(run) else Waiting()


def finish_run(*, run: Run, end: RunEnd) -> uuid.UUID | None:
    """Record how a claimed run ended, and return the thread's next run, which now has its turn.

    A thread that was made for this run alone goes with it. Raises RunEnded when this attempt of this worker does not
    own the run (any more): then nothing is written.
    """
    with transaction.atomic():
        finished = Run.objects.owned_as(run).delete()[0] if end.rollback else _record_end(run, end)
        if not finished:
            raise RunEnded
        return _settle_thread(run, resting_status(run.thread_id) if end.rollback or end.refused else _state(end))


def finish_once(*, run: Run, end: RunEnd) -> uuid.UUID | None:
    """As `finish_run`, for who asks again because no answer came: that this attempt ended just so may be recorded
    already. Raises RunEnded."""
    try:
        return finish_run(run=run, end=end)
    except RunEnded:
        mine = {"run_id": run.run_id, "attempt": run.attempt, "worker_id": run.worker_id, "status": end.status}
        recorded = Run.objects.filter(**mine, finished_at__isnull=False).values_list("error", flat=True)
        if list(recorded) != [end.error]:
            raise
        following = Run.objects.in_turn(timezone.now()).filter(thread_id=run.thread_id)
        return following.values_list("run_id", flat=True).first()


def _with_assistant(run_id: uuid.UUID) -> Run | None:
    """A run to execute, and of its assistant what that needs."""
    found = ask("run-to-claim", Run.objects.filter, run_id=run_id)
    for run in found:
        if run.assistant_id is not None:
            unused = (*UNUSED, "metadata", "context", "config")
            known = ask("assistant-of-run", Assistant.objects.defer(*unused).filter, pk=run.assistant_id)
            run.assistant = known[0] if known else None  # deleted just now
    return found[0] if found else None


def _record_end(run: Run, end: RunEnd) -> int:
    """How many runs were owned as this one, and so are ended: one, or none."""
    now = timezone.now()
    columns = {
        "status": end.status,
        "error": end.error,
        "usage": end.usage,
        "first_token_at": end.first_token_at,
        "finished_at": now,
        "updated_at": now,
    }
    if run.worker_id is None:  # its worker is forgotten
        return Run.objects.owned_as(run).update(**columns)
    running = Run.Status.RUNNING.value
    owned = {"run_id": run.run_id, "attempt": run.attempt, "worker_id": run.worker_id, "status": running}
    return update(Run, owned, **columns)


def cancel_pending_run(*, run_id: uuid.UUID, rollback: bool = False) -> uuid.UUID | None:
    """End a run that has not started as interrupted, or delete it; return the thread's next run.

    Raises RunEnded if it has started.
    """
    now = timezone.now()
    with transaction.atomic():
        run = Run.objects.filter(run_id=run_id).only("thread_id", "options").first()
        pending = Run.objects.filter(run_id=run_id, status=Run.Status.PENDING)
        if run is None:
            raise RunEnded
        if rollback:
            ended = pending.delete()[0]
        else:
            ended = pending.update(status=Run.Status.INTERRUPTED, finished_at=now, updated_at=now)
        if not ended:
            raise RunEnded
        return _settle_thread(run, resting_status(run.thread_id))


def ask_cancel(*, run_id: uuid.UUID, rollback: bool = False) -> None:
    """Write down that a run is to stop, and how: whoever executes it then, or takes it up, ends it so. What was asked
    first counts; nothing happens to a run that has ended."""
    asked = Run.Cancel.ROLLBACK if rollback else Run.Cancel.INTERRUPT
    Run.objects.unfinished().filter(run_id=run_id, cancel_asked="").update(cancel_asked=asked)


def cancels_asked(*, worker_id: uuid.UUID) -> list[tuple[uuid.UUID, bool]]:
    """The runs of a worker that are to stop, and whether they are to be undone."""
    asked = Run.objects.filter(worker_id=worker_id, status=Run.Status.RUNNING).exclude(cancel_asked="")
    return [(run_id, how == Run.Cancel.ROLLBACK) for run_id, how in asked.values_list("run_id", "cancel_asked")]


def delete_run(*, run_id: uuid.UUID) -> None:
    """Delete a run that has ended; what it left in its thread stays. Raises RunNotFound, RunNotEnded."""
    ended = Run.objects.filter(run_id=run_id, finished_at__isnull=False)
    with transaction.atomic():
        run = ended.only("thread_id", "status", "graph_id").first()
        if run is None or not ended.delete()[0]:
            Run.objects.get_by_uuid(run_id)
            raise RunNotEnded(_("This run has not ended yet. Cancel it first."))
        held = {"thread": str(run.thread_id), "status": run.status, "graph": run.graph_id}
        audit.record(Action.RUN_DELETED, kind=ObjectKind.RUN, id=run_id, before=held)


def record_cancelled(*, run_ids: Sequence[uuid.UUID], rollback: bool = False, author: Author | None = None) -> None:
    """Somebody asked for runs to end: that is kept with them, before anybody is told that they will, and in the audit
    log. An entry of its own, as the engine ends them later, and ends runs for reasons of its own."""
    one = str(run_ids[0]) if len(run_ids) == 1 else ""
    told = {} if one else {"count": len(run_ids), "runs": [str(run_id) for run_id in run_ids]}
    with transaction.atomic():
        for run_id in run_ids:
            ask_cancel(run_id=run_id, rollback=rollback)
        audit.record(Action.RUN_CANCELLED, author=author, kind=ObjectKind.RUN, id=one, after=told)


def _before(run: Run, now: datetime) -> RunQuerySet:
    """The runs of its thread that a run waits for: the one that runs, or did and goes on when it is taken up again,
    and those due that were accepted before it."""
    others = Run.objects.filter(thread_id=run.thread_id).exclude(run_id=run.run_id).unfinished()
    if run.attempt > 1:
        return others.filter(status=Run.Status.RUNNING)
    return others.due(now).filter(Q(number__lt=run.number) | Q(status=Run.Status.RUNNING) | Q(attempt__gt=1))


def _state(end: RunEnd) -> dict[str, Any]:
    """What the thread's row tells after a run."""
    return {"status": end.thread_status, "error": end.error, **(end.held.columns() if end.held else {})}


def resting_status(thread_id: uuid.UUID) -> dict[str, Any]:
    """The status that a thread had before a run that is as if it had never been."""
    thread = Thread.objects.filter(thread_id=thread_id).only("interrupts", "error").first()
    if thread is None:
        return {}
    if thread.interrupts:
        return {"status": Thread.Status.INTERRUPTED}
    return {"status": Thread.Status.ERROR if thread.error else Thread.Status.IDLE}


def _settle_thread(run: Run, told: dict[str, Any]) -> uuid.UUID | None:
    """The thread's next run, for which it stays busy; with none it is as `told`, or goes if it was this run's own.

    The thread is written before it is asked for its next run: whoever is accepting one has it locked.
    """
    update(Thread, {"thread_id": run.thread_id}, **told, updated_at=timezone.now())
    following = ask_values("following-run", _following, thread_id=run.thread_id, now=timezone.now())
    thread = Thread.objects.filter(thread_id=run.thread_id)
    if not following:
        temporary = run.options.get("temporary") and run.options.get("on_completion") != "keep"
        if temporary and not Run.objects.filter(thread_id=run.thread_id).unfinished().exists():
            thread.delete()
        return None
    thread.update(status=Thread.Status.BUSY)
    ((run_id, status),) = following
    return run_id if status == Run.Status.PENDING else None


def _following(*, thread_id: uuid.UUID, now: datetime) -> Any:
    """The run of a thread that goes next: the one that runs, or was begun."""
    left = Run.objects.filter(thread_id=thread_id).unfinished().due(now)
    return left.order_by("-status", "-attempt", "number").values_list("run_id", "status")[:1]
