"""Reviews: a version that waits, what was said about it, and what a publisher decided.

A request is superseded when its assistant has a newer version, unless it went live before. That is read from the
versions and kept nowhere, so that no save can forget to say it.
"""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from assistants_app.models.assistants import Assistant, AssistantVersion


class ReviewState(models.TextChoices):
    """What was decided. `Review.shown_state` tells what became of it too."""

    WAITING = "waiting", _("Waiting")
    CHANGES = "changes", _("Changes asked for")
    APPROVED = "approved", _("Approved")


class ReviewQuerySet(models.QuerySet["Review"]):
    def with_newer(self) -> Self:
        """Adds `has_newer`: whether the assistant has a newer version."""
        return self.annotate(has_newer=_NEWER)

    def open(self) -> Self:
        """Those about which something is still to be done or to happen: not live, and not superseded."""
        return self.filter(~_NEWER, went_live_at=None)

    def waiting(self) -> Self:
        return self.open().filter(state=ReviewState.WAITING)

    def shown_as(self, state: str) -> Self:
        """By `Review.shown_state`."""
        stale = Q(_NEWER, went_live_at=None)
        return self.filter(stale) if state == "stale" else self.filter(~stale, state=state)

    def due(self, at: datetime) -> Self:
        """Approved for a time that has come, and not superseded."""
        return self.open().filter(state=ReviewState.APPROVED, live_at__lte=at)

    def overtaken(self, since: datetime) -> Self:
        """Approved for a time to come, `since` at the earliest, and superseded."""
        return self.filter(_NEWER, state=ReviewState.APPROVED, went_live_at=None, live_at__gte=since)

    def for_list(self) -> Self:
        found = self.with_newer().select_related("assistant")
        return found.defer("assistant__context", "assistant__config", "assistant__settings_schema")


class Review(models.Model):
    """The request to make a version live, one for each version that waits."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="reviews")
    number = models.PositiveIntegerField(help_text=_("Of the version."))
    state = models.CharField(max_length=12, choices=ReviewState, default=ReviewState.WAITING)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="reviews"
    )
    asked_by_label = models.CharField(max_length=200, help_text=_("Who saved the version, as shown on pages."))
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_by_label = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    against = models.PositiveIntegerField(null=True, blank=True, help_text=_("The live version when it was decided."))
    live_at = models.DateTimeField(null=True, blank=True, help_text=_("When it is to go live, if not at once."))
    went_live_at = models.DateTimeField(null=True, blank=True)

    has_newer: bool
    """By `with_newer`."""

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(fields=["assistant", "number"], name="one_review_per_version"),
            models.CheckConstraint(
                condition=Q(went_live_at=None) | Q(state=ReviewState.APPROVED), name="live_review_is_approved"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "asked_at"], name="review_state"),
            models.Index(fields=["live_at"], condition=Q(went_live_at=None), name="review_due"),
        ]

    def __str__(self) -> str:
        return f"{self.assistant} v{self.number}"

    @property
    def is_approved(self) -> bool:
        """Whether the version may be live. Needs `with_newer`."""
        return self.state == ReviewState.APPROVED and (self.went_live_at is not None or not self.has_newer)

    @property
    def is_stale(self) -> bool:
        """Whether a newer version took its place. Needs `with_newer`."""
        return self.has_newer and self.went_live_at is None

    @property
    def shown_state(self) -> str:
        """The state, or "stale". Needs `with_newer`."""
        return "stale" if self.is_stale else self.state


class ReviewComment(models.Model):
    """What somebody said about a version that waits; with `decision` they decided by it."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="comments")
    decision = models.CharField(max_length=12, choices=ReviewState, blank=True)
    text = models.TextField(blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    author_label = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("review comment")
        verbose_name_plural = _("review comments")

    def __str__(self) -> str:
        return f"{self.author_label}: {self.text[:50]}"


_NEWER = Exists(AssistantVersion.objects.filter(id=OuterRef("assistant_id"), number__gt=OuterRef("number")).order_by())
