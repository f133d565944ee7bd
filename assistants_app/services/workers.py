"""The processes that execute runs: registered, heard of, given up.

A process that was given up stays so: its next heartbeat finds that out, and it goes on as another worker. So whoever
takes a run from it need not fear that it comes back to life as the run's owner.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from assistants_app.domain.json_values import Json
from assistants_app.domain.product import connection_name
from assistants_app.models import Worker
from assistants_app.models.workers import HANG_UP

REMEMBERED = timedelta(hours=1)
"""How long one that was given up is still shown."""


@dataclass(frozen=True, slots=True)
class Process:
    """What is told of a process that executes runs."""

    host: str
    pid: int
    machine: str = ""
    """The same for all that see each other by their process ids; "" where that is not known."""
    kind: Worker.Kind = Worker.Kind.WEB
    concurrency: int | None = None


def register_worker(*, process: Process) -> uuid.UUID:
    return Worker.objects.create(
        kind=process.kind,
        host=process.host[:255],
        pid=process.pid,
        machine=process.machine[:100],
        concurrency=process.concurrency,
    ).worker_id


def beat(*, worker_id: uuid.UUID, blocked_by: Json = None) -> bool:
    """Say that this process lives; False when it was given up meanwhile."""
    alive = Worker.objects.alive().filter(worker_id=worker_id)
    return bool(alive.update(heartbeat_at=Now(), blocked_by=blocked_by))


def leave(*, worker_id: uuid.UUID) -> None:
    """This process stops. What it still owns is free for others."""
    Worker.objects.filter(worker_id=worker_id).delete()


def give_up_workers(*, by: uuid.UUID, machine: str, runs_here: Callable[[int], bool], silent: bool = True) -> int:
    """Give up those of this machine whose process is gone, and with `silent` those that were silent for too long; how
    many."""
    others = Worker.objects.alive().exclude(worker_id=by)
    too_silent = others.silent() if silent else others.none()
    given_up = 0
    for worker in others.filter(Q(pk__in=too_silent) | Q(machine=machine)):
        here = machine and worker.machine == machine
        gone = others if here and not runs_here(worker.pid) else too_silent
        if gone.filter(pk=worker.pk).update(lost_at=Now()):
            given_up += 1
            _hang_up(worker)
    return given_up


def _hang_up(worker: Worker) -> None:
    """What it has begun to write, and does not go on with, is undone."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(HANG_UP, [connection_name(worker.host, worker.pid)])


def forget_workers() -> None:
    """Those that were given up a while ago."""
    Worker.objects.filter(lost_at__lt=Now() - REMEMBERED).delete()
