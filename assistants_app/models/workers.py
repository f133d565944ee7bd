"""The processes that execute runs. Each row is kept fresh by its process, and tells the others that it lives."""

import uuid
from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from assistants_app.models.fields import JsonTextField

LEASE = timedelta(seconds=6)
"""How long a process may be silent before its runs are taken from it."""

HANG_UP = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = %s
   AND wait_event = 'ClientRead' AND xact_start < now() - interval '2 seconds'
"""
"""A process that was stopped in the middle of a transaction keeps what it locked for as long as it stands still, the
rows of its runs above all. No timeout of PostgreSQL's ends one that was to be sent in a pipeline."""


class WorkerQuerySet(models.QuerySet["Worker"]):
    def alive(self) -> Self:
        """Those that may own runs. By the database's clock: machines differ in theirs."""
        return self.filter(lost_at=None)

    def silent(self) -> Self:
        return self.alive().filter(heartbeat_at__lt=Now() - LEASE)


class Worker(models.Model):
    """A process that executes runs, from its start until it stopped or was given up. Who comes back after that is
    another worker, even in the same process."""

    class Kind(models.TextChoices):
        WEB = "web", _("Web")
        WORKER = "worker", _("Worker")

    worker_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.WEB)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    machine = models.CharField(
        max_length=100, blank=True, help_text=_("The same for processes that see each other by their ids; else empty.")
    )
    concurrency = models.PositiveIntegerField(null=True, help_text=_("Runs at once; empty where there is no limit."))
    started_at = models.DateTimeField(db_default=Now())
    heartbeat_at = models.DateTimeField(db_default=Now())
    lost_at = models.DateTimeField(null=True, help_text=_("When it was given up, and its runs were free for others."))
    blocked_by = JsonTextField(
        null=True, help_text=_('{"graph_id": …, "run_id": …, "seconds": …} while a graph blocks its event loop.')
    )

    objects = WorkerQuerySet.as_manager()

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        ordering = ["started_at", "worker_id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.host}:{self.pid}"
