"""What is to be told to people by e-mail and to other programs by webhook: kept with what it tells of, sent after."""

from datetime import datetime
from typing import Self
from urllib.parse import urlsplit

from django.db import models
from django.utils.translation import gettext_lazy as _

from assistants_app.models.fields import JsonTextField


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    WEBHOOK = "webhook", _("Webhook")


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Given up")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, at: datetime) -> Self:
        return self.filter(state=DeliveryState.WAITING, next_at__lte=at).order_by("next_at", "pk")


class Delivery(models.Model):
    """One message to one address."""

    channel = models.CharField(max_length=12, choices=Channel)
    address = models.TextField(help_text=_("The e-mail address, or the webhook's URL."))
    event = models.CharField(max_length=40)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(help_text=_("The words of the e-mail."), blank=True)
    payload = JsonTextField(null=True, help_text=_("What the webhook is told."))
    state = models.CharField(max_length=12, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    outcome = models.TextField(blank=True, help_text=_("What came of the last attempt."))
    made_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True, blank=True, help_text=_("When it is tried, or tried again."))
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [models.Index(fields=["state", "next_at"], name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.event} to {self.told_address}"

    @property
    def told_address(self) -> str:
        """As it is shown: of a webhook the host alone, for many a path is a password."""
        return self.address if self.channel == Channel.EMAIL else host_of(self.address)


def host_of(url: str) -> str:
    """The beginning of an address, which is no secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" if parts.hostname else ""
