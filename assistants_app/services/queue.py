"""The queue from which workers take runs: Procrastinate's, in the same database and the same transaction.

A job only says that a run may have its turn. Whether it has, and who executes it, the run's own row decides; so a job
too many does nothing, and one too few is made up by `enqueue_forgotten`.
"""

import uuid
from contextlib import nullcontext
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast
from django.utils import timezone

from assistants_app.models import Run

TASK = "assistants.run"
QUEUE = "runs"

FORGOTTEN = timedelta(seconds=3)
"""How long a run whose turn it is may lie without a job: its worker is about to claim it, or died before it could."""


def enqueue_run(*, run_id: uuid.UUID, not_before: datetime | None = None, new: bool = False) -> None:
    """Let some worker take up a run; part of the transaction that is open. Nothing where one process does all, or
    where a job waits already; for a `new` run none does, which saves two questions."""
    if settings.ENGINE != "distributed":
        return
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import AlreadyEnqueued

    name = str(run_id)
    job = app.configure_task(TASK, queue=QUEUE, queueing_lock=name, schedule_at=not_before)
    try:
        with nullcontext() if new else transaction.atomic():
            job.defer(run_id=name)
    except AlreadyEnqueued:
        pass


def enqueue_forgotten() -> int:
    """Let workers take up the runs that have their turn and no job; how many there were."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    now = timezone.now()
    jobs = ProcrastinateJob.objects.filter(status="todo", queueing_lock=Cast(OuterRef("run_id"), CharField()))
    waiting = Run.objects.in_turn(now).filter(~Exists(jobs), updated_at__lt=now - FORGOTTEN)
    forgotten = waiting.values_list("run_id", "not_before")
    found = list(forgotten)
    for run_id, not_before in found:
        enqueue_run(run_id=run_id, not_before=not_before)
    return len(found)
