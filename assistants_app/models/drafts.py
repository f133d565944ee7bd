"""What people typed into an assistant's form and have not saved."""

from datetime import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from assistants_app.models.assistants import Assistant
from assistants_app.models.fields import JsonTextField
from assistants_app.models.people import Person


class DraftQuerySet(models.QuerySet["Draft"]):
    def kept(self) -> Self:
        """Those that were not discarded."""
        return self.filter(discarded_at=None)

    def of(self, person: Person, assistant: Assistant) -> "Draft | None":
        """The one that somebody has of an assistant."""
        return self.kept().filter(person=person, assistant=assistant).first()

    def touched_since(self, time: datetime) -> Self:
        return self.kept().filter(updated_at__gte=time)

    def for_list(self) -> Self:
        """Without the columns that can be megabytes long."""
        found = self.select_related("assistant").defer("context", "settings_schema", "typed", "description")
        heavy = ("context", "config", "settings_schema", "description", "metadata")
        return found.defer(*(f"assistant__{name}" for name in heavy)).order_by("-updated_at", "pk")


class Draft(models.Model):
    """One person's unsaved work on one assistant, kept by the server as they type."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="drafts")
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="drafts")
    base = models.PositiveIntegerField(help_text=_("The version that it was made from."))
    newest = models.PositiveIntegerField(help_text=_("The newest version that its author knew of."))
    name = models.TextField(blank=True)
    description = models.TextField(blank=True)
    tags = models.TextField(null=True, help_text=_("As one line; null where nobody was asked for them."))  # noqa: DJ001
    note = models.TextField(blank=True)
    context = JsonTextField(default=dict, help_text=_("The settings that the form means, as far as it can be read."))
    settings_schema = JsonTextField(null=True, help_text=_("The schema that they were typed by."))
    typed = JsonTextField(
        null=True, help_text=_("The form word for word, sealed, where the settings do not say it all.")
    )
    live = models.BooleanField(default=True, db_default=True, help_text=_("Whether the version is to go live at once."))
    choices = JsonTextField(null=True, help_text=_("What was chosen of both, where somebody else saved meanwhile."))
    page = models.CharField(
        max_length=24, blank=True, default="", db_default="", help_text=_("The page that kept it last.")
    )
    times_kept = models.PositiveIntegerField(default=1, help_text=_("Tells pages that another one kept it meanwhile."))
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)
    discarded_at = models.DateTimeField(null=True, help_text=_("It can be brought back for a while."))

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "pk"]
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [
            models.UniqueConstraint(fields=["person", "assistant"], name="one_draft_per_person_and_assistant"),
        ]

    def __str__(self) -> str:
        return f"{self.assistant} ({self.person})"

    @property
    def complete(self) -> bool:
        """Whether the settings say all that was typed, and nothing is wrong with it."""
        return self.typed is None
