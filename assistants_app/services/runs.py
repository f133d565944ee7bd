"""The life of a run in the database: accepted, claimed, ended. Executing it is the engine's.

pending -> running -> success | error | interrupted | timeout. Every step is guarded by the state it leaves, and a
running run by its attempt number, so that two executors can never both own or end it.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidInput, RunEnded, ThreadBusy
from assistants_app.domain.json_values import Json, Settings, find_unstorable
from assistants_app.models import Assistant, Run, Thread
from assistants_app.models.threads import RunQuerySet
from assistants_app.services.authors import Author
from assistants_app.services.threads import Held

UNUSED = ("settings_schema", "description")
"""Columns of an assistant that no run needs; the schema may be large."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended. `error` is {"error": class, "message": text} where it failed, `held` what its thread holds
    now; None leaves what the thread's row tells of that as it is."""

    status: Run.Status
    thread_status: Thread.Status
    error: Json = None
    usage: Json = None
    first_token_at: datetime | None = None
    held: Held | None = None


def begin_run(
    *,
    thread_id: uuid.UUID,
    assistant_id: uuid.UUID,
    author: Author,
    version: int | None = None,
    settings: Settings | None = None,
    context: Settings | None = None,
    config: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    input: Json = None,
    command: Json = None,
    checkpoint_id: str | None = None,
    options: dict[str, Any] | None = None,
    not_before: datetime | None = None,
    run_id: uuid.UUID | None = None,
) -> Run:
    """Accept a run on a thread, with everything it needs fixed now: the version, its values, the input.

    `version` None means the live version; `settings` given means these unsaved values in place of a version's.
    `context` and `config` go over the version's, key by key; `metadata` over the assistant's and the thread's.
    `input` None goes on from the last checkpoint (a retry), or from `checkpoint_id` (an edited or regenerated
    message). `command` is {"resume": …, "update": …, "goto": …}; several interrupts are answered at once by
    {"resume": {interrupt id: value}}. `options` are named as the LangGraph Server API names them:
    stream_mode, stream_subgraphs, interrupt_before, interrupt_after, durability, multitask_strategy ("reject",
    the default here; "enqueue" to wait for its turn; "interrupt" to stop what runs, "rollback" to undo it too),
    checkpoint_id. The run starts at `not_before` at the earliest.

    The engine starts it: call `engine().start(run.run_id)` after the commit. Raises ThreadNotFound,
    AssistantNotFound, VersionNotFound, ThreadBusy, InvalidInput.
    """
    options = dict(options or {})
    if checkpoint_id:
        options["checkpoint_id"] = checkpoint_id
    _check_storable(input, command, settings, context, config, metadata, options)
    with transaction.atomic():
        thread = Thread.objects.without_state().select_for_update().get_by_uuid(thread_id)
        assistant = Assistant.objects.defer(*UNUSED).get_by_uuid(assistant_id)
        source = assistant if version is None else Assistant.history.numbered(assistant, version)
        if thread.status == Thread.Status.BUSY and options.get("multitask_strategy", "reject") == "reject":
            raise ThreadBusy
        identity = {"graph_id": source.graph_id, "assistant_id": str(assistant.assistant_id)}
        last = thread.runs.order_by("-number").values_list("number", flat=True).first() or 0
        run = Run.objects.create(
            run_id=run_id or uuid.uuid4(),
            thread=thread,
            number=last + 1,
            assistant=assistant,
            graph_id=source.graph_id,
            version=None if settings is not None else version or assistant.version,
            context={**(source.context if settings is None else settings), **(context or {})},
            config={**source.config, **(config or {})},
            metadata={**source.metadata, **thread.metadata, **(metadata or {}), **identity},
            input=input,
            command=command,
            options=options,
            not_before=not_before,
            author=author.label,
        )
        thread.metadata = {**thread.metadata, **identity}
        Thread.objects.filter(pk=thread.pk).update(
            metadata=thread.metadata, status=Thread.Status.BUSY, updated_at=timezone.now()
        )
    return run


def claim_run(*, run_id: uuid.UUID) -> Run | None:
    """Make a pending run the running one of its thread. None when it must wait: an earlier run has not ended.

    Raises RunEnded when the run is not pending: it was cancelled, is executed elsewhere, or its thread is gone.
    """
    unused = [f"assistant__{name}" for name in (*UNUSED, "metadata", "context", "config")]
    run = Run.objects.select_related("assistant").defer(*unused).filter(run_id=run_id).first()
    if run is None or run.status != Run.Status.PENDING:
        raise RunEnded
    if run.number > 1 and _earlier(run).exists():
        return None  # once false this stays false: what is accepted later has a higher number
    run.status, run.started_at = Run.Status.RUNNING, timezone.now()
    pending = Run.objects.filter(run_id=run_id, status=Run.Status.PENDING)
    if not pending.update(status=run.status, started_at=run.started_at):
        raise RunEnded
    return run


def runs_to_interrupt(*, run_id: uuid.UUID) -> list[uuid.UUID]:
    """The unfinished runs of its thread that a run was accepted to interrupt."""
    run = Run.objects.get_by_uuid(run_id)
    if run.options.get("multitask_strategy") != "interrupt":
        return []
    return list(_earlier(run).values_list("run_id", flat=True))


def finish_run(*, run: Run, end: RunEnd) -> uuid.UUID | None:
    """Record how a claimed run ended, and return the thread's next run, which now has its turn.

    Raises RunEnded when this attempt does not own the run (any more): then nothing is written.
    """
    owned = Run.objects.filter(run_id=run.run_id, attempt=run.attempt, status=Run.Status.RUNNING)
    with transaction.atomic():
        finished = owned.update(
            status=end.status,
            error=end.error,
            usage=end.usage,
            first_token_at=end.first_token_at,
            finished_at=timezone.now(),
        )
        if not finished:
            raise RunEnded
        state = {"error": end.error, **(end.held.columns() if end.held else {})}
        return _settle_thread(run.thread_id, end.thread_status, **state)


def cancel_pending_run(*, run_id: uuid.UUID) -> uuid.UUID | None:
    """End a run that has not started as interrupted; return the thread's next run. Raises RunEnded if it has."""
    with transaction.atomic():
        run = Run.objects.filter(run_id=run_id).only("thread_id").first()
        pending = Run.objects.filter(run_id=run_id, status=Run.Status.PENDING)
        if run is None or not pending.update(status=Run.Status.INTERRUPTED, finished_at=timezone.now()):
            raise RunEnded
        return _settle_thread(run.thread_id, Thread.Status.IDLE)


def recover_runs(*, error: Json) -> list[uuid.UUID]:
    """End, as failed with `error`, the runs that a dead process left running; return those that have their turn.

    The rule of embedded execution: the process that serves is the only one that runs. Call it before it does.
    """
    turns: list[uuid.UUID] = []
    for run in Run.objects.filter(status=Run.Status.RUNNING).only("run_id", "attempt", "thread_id"):
        finish_run(run=run, end=RunEnd(Run.Status.ERROR, Thread.Status.ERROR, error=error))
    waiting = Run.objects.filter(status=Run.Status.PENDING).order_by("thread")  # else each run counts as distinct
    for thread_id in waiting.values_list("thread", flat=True).distinct():
        first = Run.objects.filter(thread_id=thread_id).unfinished().first()
        if first is not None:
            turns.append(first.run_id)
    return turns


def _check_storable(*values: Json) -> None:
    """Raises InvalidInput for what no database keeps."""
    if fault := find_unstorable(values):
        raise InvalidInput(_("This cannot be sent to the graph: %(fault)s.") % {"fault": fault})


def _earlier(run: Run) -> RunQuerySet:
    """The unfinished runs of a run's thread that were accepted before it."""
    return Run.objects.filter(thread_id=run.thread_id, number__lt=run.number).unfinished()


def _settle_thread(thread_id: uuid.UUID, status: Thread.Status, **state: Any) -> uuid.UUID | None:
    """The thread's next run, for which it stays busy; with none the thread gets `status`. `state` are the columns
    that tell what it holds.

    The thread is written before it is asked for its next run: whoever is accepting one has it locked.
    """
    thread = Thread.objects.filter(thread_id=thread_id)
    thread.update(status=status, updated_at=timezone.now(), **state)
    following = Run.objects.filter(thread_id=thread_id).unfinished().only("status").first()
    if following is None:
        return None
    thread.update(status=Thread.Status.BUSY)
    return following.run_id if following.status == Run.Status.PENDING else None
