"""Runs that begin by the clock."""

import uuid
from datetime import datetime
from functools import lru_cache
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from assistants_app.domain.errors import CronNotFound, InvalidSchedule
from assistants_app.domain.schedules import Schedule
from assistants_app.models.assistants import Assistant
from assistants_app.models.fields import JsonTextField
from assistants_app.models.threads import Thread

_read = lru_cache(maxsize=10_000)(Schedule)
"""What was right once is not reckoned again for each list of crons."""


class CronQuerySet(models.QuerySet["Cron"]):
    def get_by_uuid(self, cron_id: uuid.UUID) -> "Cron":
        """Raises CronNotFound."""
        try:
            return self.select_related("assistant").get(cron_id=cron_id)
        except self.model.DoesNotExist:
            raise CronNotFound from None

    def due(self, at: datetime) -> Self:
        """Enabled crons whose next run date has come, the longest overdue first."""
        return self.filter(enabled=True, next_run_date__lte=at).order_by("next_run_date", "cron_id")


class Cron(models.Model):
    """A schedule of one assistant's runs, on one thread or each on a thread of its own."""

    cron_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="crons")
    thread = models.ForeignKey(Thread, null=True, on_delete=models.CASCADE, related_name="crons")
    schedule = models.CharField(max_length=200, help_text=_("Five fields: minute hour day-of-month month day-of-week."))
    timezone = models.CharField(max_length=100, blank=True, help_text=_("An IANA name; empty means UTC."))
    end_time = models.DateTimeField(null=True)
    payload = JsonTextField(default=dict, help_text=_("What each run is asked for, as the API names it."))
    metadata = models.JSONField(default=dict)
    on_run_completed = models.CharField(max_length=10, default="delete", help_text=_('"delete" or "keep" its thread.'))
    enabled = models.BooleanField(default=True)
    next_run_date = models.DateTimeField(null=True)
    author = models.CharField(max_length=200, blank=True)
    user_id = models.CharField(
        max_length=200, blank=True, help_text=_("Of the caller, where authentication names one.")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CronQuerySet.as_manager()

    class Meta:
        verbose_name = _("cron")
        verbose_name_plural = _("crons")
        ordering = ["-created_at", "cron_id"]
        indexes = [models.Index(fields=["enabled", "next_run_date"])]

    def __str__(self) -> str:
        return f"{self.schedule} ({self.cron_id})"

    @property
    def problem(self) -> str:
        """Why it does not come any more though it is enabled, in the reader's words, or not after its next time, where
        that was reckoned before; else empty.

        Time zones vanish, and names are not known everywhere."""
        if self.enabled:
            try:
                _read(self.schedule, self.timezone)
            except InvalidSchedule as error:
                return error.message
        return ""
