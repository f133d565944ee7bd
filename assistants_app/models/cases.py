"""Test cases of an assistant, and how its versions did in them."""

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from assistants_app.domain.cases.errors import CaseNotFound, TrialNotFound
from assistants_app.models.assistants import Assistant
from assistants_app.models.fields import JsonTextField
from assistants_app.models.people import Person
from assistants_app.models.threads import Run


class CaseQuerySet(models.QuerySet["Case"]):
    def of(self, assistant: Assistant) -> Self:
        """In the order in which they were made."""
        return self.filter(assistant=assistant).order_by("created_at", "case_id")

    def get_of(self, assistant: Assistant, case_id: uuid.UUID) -> "Case":
        """Raises CaseNotFound."""
        case = self.filter(assistant=assistant, case_id=case_id).first()
        if case is None:
            raise CaseNotFound
        return case


class Case(models.Model):
    """A saved conversation, and what the answer to it must satisfy."""

    case_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="cases")
    name = models.CharField(max_length=200)
    input = JsonTextField(help_text=_("What the graph is given: its messages, or whatever else it takes."))
    checks = JsonTextField(default=list, help_text=_("What the answer must satisfy, as the exchange format has it."))
    edition = models.PositiveIntegerField(
        default=1, help_text=_("Counts what was changed of its input and its checks.")
    )
    author = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "case_id"]
        verbose_name = _("test case")
        verbose_name_plural = _("test cases")

    def __str__(self) -> str:
        return self.name


class TrialQuerySet(models.QuerySet["Trial"]):
    def get_of(self, assistant: Assistant, trial_id: uuid.UUID) -> "Trial":
        """Raises TrialNotFound."""
        trial = self.filter(assistant=assistant, trial_id=trial_id).first()
        if trial is None:
            raise TrialNotFound
        return trial

    def unfinished(self) -> Self:
        return self.filter(status=Trial.Status.RUNNING).order_by("created_at", "trial_id")


class Trial(models.Model):
    """One go over test cases with one version of their assistant, or with settings that nobody saved."""

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        ENDED = "ended", _("Ended")
        CANCELLED = "cancelled", _("Cancelled")

    trial_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="trials")
    version = models.PositiveIntegerField(null=True, help_text=_("Empty for settings that were not saved."))
    settings = JsonTextField(null=True, help_text=_("Those, fixed when the trial began, secrets sealed."))
    status = models.CharField(max_length=12, choices=Status, default=Status.RUNNING)
    time_limit = models.FloatField(help_text=_("Seconds that each run may take."))
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    author = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = TrialQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "trial_id"]
        verbose_name = _("trial")
        verbose_name_plural = _("trials")
        indexes = [
            models.Index(fields=["assistant", "-created_at"], name="trials_of_an_assistant"),
            models.Index(fields=["status"], condition=Q(status="running"), name="unfinished_trials"),
        ]

    def __str__(self) -> str:
        return str(self.trial_id)


class CaseResultQuerySet(models.QuerySet["CaseResult"]):
    def on_version(self, assistant: Assistant, number: int) -> Self:
        """What counts of a version: results of test cases as they are now, whichever trial they are of, the newest
        first."""
        found = self.filter(trial__assistant=assistant, trial__version=number, case__isnull=False)
        return found.filter(edition=F("case__edition")).order_by("-trial__created_at", "-id")

    def without_texts(self) -> Self:
        """Without the columns that can be long."""
        return self.defer("input", "answer", *(f"case__{name}" for name in ("input", "checks")))


class CaseResult(models.Model):
    """How one test case went in a trial, with the case as it was then."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        CHECKING = "checking", _("Being checked")
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Failed")
        UNJUDGED = "unjudged", _("Could not be judged")
        ERROR = "error", _("Run failed")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN = (Status.WAITING, Status.RUNNING, Status.CHECKING)

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="results")
    case = models.ForeignKey(Case, null=True, on_delete=models.SET_NULL, related_name="results")
    edition = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    input = JsonTextField()
    checks = JsonTextField(default=list)
    status = models.CharField(max_length=12, choices=Status, default=Status.WAITING)
    run = models.ForeignKey(  # runs go with their threads, and must not wait for what refers to them
        Run, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    answer = JsonTextField(null=True, help_text=_('{"text": …, "value": …, "calls": […]}, cut where it is long.'))
    outcomes = JsonTextField(default=list, help_text=_("Of each check, in their order."))
    problem = models.TextField(blank=True, help_text=_("Why nothing could be checked."))
    began_at = models.DateTimeField(null=True)
    checking_since = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = CaseResultQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("result of a test case")
        verbose_name_plural = _("results of test cases")
        constraints = [models.UniqueConstraint(fields=["trial", "case"], name="one_result_per_case_and_trial")]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_status_display()}"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def took(self) -> Any:
        """From its start to its end; None while it has none."""
        return self.finished_at - self.began_at if self.finished_at and self.began_at else None
