"""The keys with which programs call the API. A key itself is never stored, only its digest."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What somebody may do; each role may do what the ones before it may."""

    VIEWER = "viewer", _("Viewer")
    TESTER = "tester", _("Tester")
    EDITOR = "editor", _("Editor")
    PUBLISHER = "publisher", _("Publisher")
    OPERATOR = "operator", _("Operator")

    def includes(self, other: "Role") -> bool:
        """Whether who has this role may do what `other` may."""
        return _ORDER[self] >= _ORDER[other]


_ORDER = {role: number for number, role in enumerate(Role)}


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self, at: datetime | None = None) -> Self:
        """Keys that are neither revoked nor expired."""
        now = at or timezone.now()
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), revoked_at__isnull=True)


class ApiKey(models.Model):
    """A program's key: a name, a role, and the digest of a secret that was shown once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    start = models.CharField(max_length=16, help_text=_("The key's first characters, to know it by."))
    digest = models.CharField(max_length=64, unique=True, help_text=_("SHA-256 of the whole key, in hexadecimal."))
    role = models.CharField(max_length=12, choices=Role, default=Role.VIEWER)
    requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Empty: the site's own limit.")
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="keys")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "name"]
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """ "usable", "expired" or "revoked"."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= timezone.now() else "usable"
