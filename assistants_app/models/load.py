"""What goes on now, in all processes, for the operators' page and for `/metrics`. Each `now` is one question."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.db.models import Count, DateTimeField, DurationField, ExpressionWrapper, F, Min, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from assistants_app.models.threads import Run
from assistants_app.models.workers import LEASE, Worker

FAILED = [Run.Status.ERROR, Run.Status.TIMEOUT]


@dataclass(frozen=True, slots=True)
class GraphLoad:
    """The unfinished runs of one graph. `later` are those that wait for a time; `oldest` is since when the one that
    could run for longest has waited."""

    graph_id: str
    waiting: int
    later: int
    running: int
    retried: int
    oldest: datetime | None

    @classmethod
    def now(cls) -> list[Self]:
        """The graphs that have any, the fullest first."""
        pending, now = Q(status=Run.Status.PENDING), timezone.now()
        waiting = pending & (Q(not_before=None) | Q(not_before__lte=now))
        ready = Coalesce("not_before", "created_at", output_field=DateTimeField())
        rows = Run.objects.unfinished().order_by().values("graph_id")
        counted = rows.annotate(
            waiting=Count("pk", filter=waiting),
            later=Count("pk", filter=pending & Q(not_before__gt=now)),
            running=Count("pk", filter=Q(status=Run.Status.RUNNING)),
            retried=Count("pk", filter=Q(attempt__gt=1)),
            oldest=Min(ready, filter=waiting),
        )
        return sorted((cls(**row) for row in counted), key=lambda one: (-one.waiting, -one.running, one.graph_id))


@dataclass(frozen=True, slots=True)
class Ended:
    """How the runs ended that did so since a while."""

    runs: int
    failed: int
    retried: int

    @classmethod
    def within(cls, *spans: timedelta) -> list[Self]:
        """One for each span up to now."""
        now = timezone.now()
        whole = Run.objects.filter(finished_at__gte=now - max(spans))
        counts = {}
        for number, span in enumerate(spans):
            since = Q(finished_at__gte=now - span)
            counts[f"runs_{number}"] = Count("pk", filter=since)
            counts[f"failed_{number}"] = Count("pk", filter=since & Q(status__in=FAILED))
            counts[f"retried_{number}"] = Count("pk", filter=since & Q(attempt__gt=1))
        found = whole.aggregate(**counts)
        return [
            cls(*(found[f"{name}_{number}"] for name in ("runs", "failed", "retried"))) for number in range(len(spans))
        ]


@dataclass(frozen=True, slots=True)
class WorkerLoad:
    """A process that executes runs, how many of them, and how long ago it was heard of, by the database's clock."""

    worker: Worker
    running: int
    age: timedelta

    @classmethod
    def now(cls) -> list[Self]:
        """Those that were given up a while ago, too. Two questions."""
        heard = ExpressionWrapper(Now() - F("heartbeat_at"), output_field=DurationField())
        owned = Run.objects.unfinished().filter(status=Run.Status.RUNNING, worker__isnull=False).order_by()
        counts = dict(owned.values_list("worker_id").annotate(count=Count("pk")))
        workers = Worker.objects.annotate(age=heard).order_by("lost_at", "kind", "host", "pid", "started_at")
        ages = ((one, getattr(one, "age")) for one in workers)  # noqa: B009 # no field of the model's
        return [cls(one, counts.get(one.pk, 0), max(age, timedelta())) for one, age in ages]

    @property
    def seconds(self) -> int:
        return round(self.age.total_seconds())

    @property
    def state(self) -> str:
        """ "alive", "blocked" by a graph, "silent" (soon given up) or "lost"."""
        if self.worker.lost_at is not None:
            return "lost"
        if self.age > LEASE:
            return "silent"
        return "blocked" if self.worker.blocked_by else "alive"
