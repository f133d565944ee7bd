"""Settings of a graph that not everybody who may edit its assistants may change, or see."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from assistants_app.models.fields import JsonTextField
from assistants_app.models.keys import Role

LOCKABLE = (Role.PUBLISHER, Role.OPERATOR)
"""Who may change a locked setting: to save at all one is an editor."""


class SettingLock(models.Model):
    """A setting that is changed only by who has this role, or a higher one, for the assistant."""

    graph_id = models.CharField(max_length=200)
    pointer = models.CharField(max_length=500, help_text=_("Of the setting within the settings (RFC 6901)."))
    role = models.CharField(max_length=12, choices=[(role.value, role.label) for role in LOCKABLE])
    hidden = models.BooleanField(
        default=False, db_default=False, help_text=_("Whether nobody below that role is told its value either.")
    )
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    set_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["graph_id", "pointer"]
        verbose_name = _("setting lock")
        verbose_name_plural = _("setting locks")
        constraints = [
            models.UniqueConstraint(fields=["graph_id", "pointer"], name="one_lock_per_setting"),
        ]

    def __str__(self) -> str:
        return f"{self.graph_id} {self.pointer}"


class Sealing(models.Model):
    """What is stored of a graph's settings is being sealed, for one is hidden now, or opened, for one is no more."""

    graph_id = models.CharField(max_length=200, unique=True)
    disclose = JsonTextField(help_text=_("The pointers of what is no longer hidden."))
    step = models.PositiveIntegerField(help_text=_("Which table it is at."))
    last = models.CharField(max_length=64, blank=True, help_text=_("The key of the last row there."))
    seen = models.PositiveIntegerField()
    total = models.PositiveIntegerField()
    again = models.BooleanField(help_text=_("Whether all rows are to be looked at once more."))
    begun_at = models.DateTimeField(help_text=_("The last change of a lock."))
    due_at = models.DateTimeField(help_text=_("When it goes on."))

    class Meta:
        ordering = ["graph_id"]
        verbose_name = _("sealing of a graph’s settings")
        verbose_name_plural = _("sealings of graphs’ settings")

    def __str__(self) -> str:
        return f"{self.graph_id}: {self.seen} of {self.total}"
