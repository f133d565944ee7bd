"""Conversations and the runs in them. Their messages live with the checkpointer, not here."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assistants_app.domain.errors import RunNotFound, ThreadNotFound
from assistants_app.models.assistants import Assistant
from assistants_app.models.fields import Constant, JsonTextField
from assistants_app.models.workers import Worker

STATE = ("values", "interrupts", "error")
"""Columns that tell what a thread holds; they may be large."""


class ThreadQuerySet(models.QuerySet["Thread"]):
    def without_state(self) -> Self:
        """For who asks the engine what a thread holds, or does not ask."""
        return self.defer(*STATE)

    def asking(self) -> Self:
        """Those in which a graph asked something that nobody answered."""
        return self.filter(status=Constant(Thread.Status.INTERRUPTED))

    def get_by_uuid(self, thread_id: uuid.UUID) -> "Thread":
        """Raises ThreadNotFound."""
        try:
            return self.get(thread_id=thread_id)
        except self.model.DoesNotExist:
            raise ThreadNotFound from None


class Thread(models.Model):
    """A conversation with its state, tested by one person or driven by a program."""

    class Status(models.TextChoices):
        IDLE = "idle", _("Idle")
        BUSY = "busy", _("Busy")
        INTERRUPTED = "interrupted", _("Interrupted")
        ERROR = "error", _("Error")

    thread_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assistant = models.ForeignKey(Assistant, null=True, on_delete=models.SET_NULL, related_name="threads")
    title = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="threads")
    author = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("Who made it; empty where nobody wrote that down."),
    )
    metadata = models.JSONField(default=dict)
    status = models.CharField(max_length=12, choices=Status, default=Status.IDLE)
    config = JsonTextField(default=dict)
    values = JsonTextField(
        null=True, help_text=_("What it holds, as its newest checkpoint has it; to show and search.")
    )
    interrupts = JsonTextField(default=dict, help_text=_("{task id: [interrupt, …]}: what it waits for."))
    error = JsonTextField(
        null=True, help_text=_('{"error": class, "message": text} of the last run, when that failed.')
    )
    state_updated_at = models.DateTimeField(default=timezone.now)
    ttl = JsonTextField(null=True, help_text=_('{"strategy": "delete" or "keep_latest", "ttl": minutes}'))
    expires_at = models.DateTimeField(null=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        verbose_name = _("thread")
        verbose_name_plural = _("threads")
        ordering = ["-updated_at", "thread_id"]
        indexes = [
            models.Index(fields=["assistant", "owner", "-updated_at"]),
            models.Index(fields=["created_at", "thread_id"], name="threads_in_their_order"),
            models.Index(fields=["owner", "-updated_at"], condition=Q(owner__isnull=False), name="threads_of_a_person"),
            models.Index(fields=["status"], condition=Q(status="busy"), name="busy_threads"),
            models.Index(fields=["state_updated_at"], condition=Q(status="interrupted"), name="waiting_threads"),
        ]

    def __str__(self) -> str:
        return self.title or str(self.thread_id)


class RunQuerySet(models.QuerySet["Run"]):
    def get_by_uuid(self, run_id: uuid.UUID) -> "Run":
        """Raises RunNotFound."""
        try:
            told = self.select_related("thread", "assistant").defer(*(f"thread__{name}" for name in STATE))
            return told.get(run_id=run_id)
        except self.model.DoesNotExist:
            raise RunNotFound from None

    def owned_as(self, run: "Run") -> Self:
        """The run, if it still runs in the attempt and by the worker that are known of it."""
        return self.filter(run_id=run.run_id, attempt=run.attempt, worker_id=run.worker_id, status=Run.Status.RUNNING)

    def that_ask(self) -> Self:
        """The newest runs of threads that wait for a human, those that wait longest first: their graph asks, or paused
        by itself. A thread whose run was cancelled rests in the same status, and waits for nobody."""
        later = Run.objects.filter(thread_id=OuterRef("thread_id"), number__gt=OuterRef("number"))
        asks = ~Q(thread__interrupts={}) | Q(status=Run.Status.SUCCESS)
        newest = self.filter(asks, ~Exists(later), thread__status=Thread.Status.INTERRUPTED)
        return newest.order_by("thread__state_updated_at", "thread_id")

    def orphaned(self) -> Self:
        """Runs that are executed by nobody who lives."""
        alive = Worker.objects.alive().filter(worker_id=OuterRef("worker_id"))
        return self.filter(~Exists(alive), status=Run.Status.RUNNING)

    def in_turn(self, at: datetime) -> Self:
        """Pending runs that nothing in their thread goes before: see `services.runs.claim_run`."""
        others = Run.objects.filter(thread_id=OuterRef("thread_id")).exclude(run_id=OuterRef("run_id")).unfinished()
        running = Q(status=Run.Status.RUNNING)
        before = others.due(at).filter(running | Q(attempt__gt=1) | Q(number__lt=OuterRef("number")))
        turn = Q(~Exists(others.filter(running)), attempt__gt=1) | Q(~Exists(before), attempt=1)
        return self.filter(turn, status=Run.Status.PENDING)

    def unfinished(self) -> Self:
        """Runs that were accepted and have not ended, in the order of their acceptance."""
        return self.filter(status__in=[Constant(Run.Status.PENDING), Constant(Run.Status.RUNNING)]).order_by(
            "thread", "number"
        )

    def failed(self) -> Self:
        return self.filter(status__in=[Constant(Run.Status.ERROR), Constant(Run.Status.TIMEOUT)])

    def due(self, at: datetime) -> Self:
        """Without those that wait for a later time."""
        return self.filter(Q(not_before__isnull=True) | Q(not_before__lte=at) | Q(status=Run.Status.RUNNING))


class Run(models.Model):
    """One execution of a graph on a thread by one assistant version, with everything it needs pinned."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        RUNNING = "running", _("Running")
        SUCCESS = "success", _("Success")
        ERROR = "error", _("Error")
        INTERRUPTED = "interrupted", _("Interrupted")  # cancelled; a run that waits for a human ends as success
        TIMEOUT = "timeout", _("Timeout")

    class Cancel(models.TextChoices):
        INTERRUPT = "interrupt", _("Interrupt")
        ROLLBACK = "rollback", _("Rollback")

    run_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField(help_text=_("Counts from 1 in its thread, in the order of acceptance."))
    assistant = models.ForeignKey(  # `runs_of_an_assistant` serves for the index of its own
        Assistant, null=True, on_delete=models.SET_NULL, db_index=False, related_name="runs"
    )
    graph_id = models.CharField(max_length=200)
    version = models.PositiveIntegerField(null=True, help_text=_("The version it used; empty for unsaved settings."))
    context = JsonTextField(default=dict, help_text=_("The settings' values, fixed when the run was accepted."))
    config = JsonTextField(default=dict)
    metadata = models.JSONField(default=dict)
    input = JsonTextField(null=True)
    command = JsonTextField(null=True, help_text=_("Resume, update, goto: LangGraph's Command."))
    options = JsonTextField(default=dict, help_text=_("Stream modes, checkpoint, interrupts: as the API names them."))
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING)
    worker = models.ForeignKey(  # a row that is gone owns nothing, so that nothing needs to be kept in step with it
        Worker, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="runs"
    )
    attempt = models.PositiveSmallIntegerField(
        default=1, help_text=_("Counts its owners: who executes it writes only what belongs to its own attempt.")
    )
    failures = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text=_("Attempts that ended with their process, or for want of the database.")
    )
    fruitless = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text=_("How many of these came one after another, with no step saved between.")
    )
    cancel_asked = models.CharField(
        max_length=10,
        choices=Cancel,
        blank=True,
        default="",
        db_default="",
        help_text=_("How it is to end when it was told to stop."),
    )
    error = JsonTextField(null=True, help_text=_('{"error": class, "message": text} when it failed.'))
    usage = JsonTextField(null=True, help_text=_('{"input_tokens": …, "output_tokens": …} where the model says.'))
    not_before = models.DateTimeField(null=True, help_text=_("When it may start at the earliest (after_seconds)."))
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    started_at = models.DateTimeField(null=True)
    first_token_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    author = models.CharField(max_length=200, blank=True)

    objects = RunQuerySet.as_manager()

    on_new_thread = False
    """Known to who accepted it, and kept nowhere: its thread was made with it, and holds nothing."""

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-created_at", "run_id"]
        indexes = [
            models.Index(fields=["thread", "-created_at"]),
            models.Index(fields=["status"], condition=Q(status__in=["pending", "running"]), name="unfinished_runs"),
            models.Index(  # lists are narrowed by what it holds without a look at the rows, which are wide
                fields=["finished_at", "status", "author", "graph_id", "version", "attempt"], name="ended_runs_facts"
            ),
            models.Index(fields=["assistant", "finished_at"], name="runs_of_an_assistant"),
            models.Index(fields=["finished_at"], condition=Q(status__in=["error", "timeout"]), name="runs_that_failed"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["thread"], condition=Q(status="running"), name="one_running_run_per_thread"
            ),
            models.UniqueConstraint(fields=["thread", "number"], name="one_run_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} ({self.status})"
