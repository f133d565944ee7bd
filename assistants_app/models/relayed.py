"""What processes tell each other through PostgreSQL. Short-lived, and unlogged: a crash of the database empties it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RelayedPart(models.Model):
    """Some stream events of a run, in the lines of `engine.spread.wire`. The run's events are its parts in order."""

    id = models.BigAutoField(primary_key=True)
    run_id = models.UUIDField()
    thread_id = models.UUIDField()
    part = models.IntegerField(help_text=_("Counts from 0 in its run, with no gaps."))
    last = models.BigIntegerField(help_text=_("The number of the newest event so far."))
    ended = models.BooleanField(default=False, help_text=_("Whether this part tells of the run's end."))
    told = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("relayed part")
        verbose_name_plural = _("relayed parts")
        indexes = [
            models.Index(fields=["thread_id", "id"], name="relayed_of_a_thread"),
            models.Index(fields=["at"], condition=Q(ended=True), name="relayed_ended"),
        ]
        constraints = [models.UniqueConstraint(fields=["run_id", "part"], name="one_relayed_part_per_number")]

    def __str__(self) -> str:
        return f"part {self.part} of run {self.run_id}"


class Signal(models.Model):
    """What every process is to hear: a run is to stop, a thread is gone, a state was changed."""

    id = models.BigAutoField(primary_key=True)
    told = models.TextField()
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("signal")
        verbose_name_plural = _("signals")

    def __str__(self) -> str:
        return self.told[:80]
