"""Which of two answers to the same message people prefer."""

from typing import Any, Self

from django.db import models
from django.db.models import Count, Max, Q
from django.utils.translation import gettext_lazy as _

from assistants_app.models.assistants import Assistant
from assistants_app.models.people import Person
from assistants_app.models.threads import Run


class VoteQuerySet(models.QuerySet["Vote"]):
    def of_pair(self, assistant: Assistant, first: int | None, second: int | None) -> Self:
        """All that were given to answers of these two versions, first and second as they are stored."""
        return self.filter(assistant=assistant, first_version=first, second_version=second)

    def counted(self) -> dict[str, int]:
        return dict(self.order_by().values_list("value").annotate(Count("pk")))

    def by_pair(self) -> models.QuerySet["Vote", Any]:
        """How they fell for each pair of versions, those with the most first."""
        wins = {"first_wins": "first", "second_wins": "second", "same": "same", "neither": "neither"}
        counts = {name: Count("pk", filter=Q(value=value)) for name, value in wins.items()}
        pairs = self.order_by().values("first_version", "second_version")
        found = pairs.annotate(**counts, votes=Count("pk"), latest=Max("updated_at"))
        return found.order_by("-votes", "first_version", "second_version")


class Vote(models.Model):
    """One person's choice between two answers. The older version's comes first, a draft's last: however they stood on
    the page, the votes of a pair of versions are counted together. They stay when the conversations are deleted."""

    class Value(models.TextChoices):
        FIRST = "first", _("The first is better")
        SECOND = "second", _("The second is better")
        SAME = "same", _("The same")
        NEITHER = "neither", _("Both bad")

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="votes")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="votes")
    first_run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+")
    second_run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+")
    first_version = models.PositiveIntegerField(null=True, help_text=_("Empty for settings that were not saved."))
    second_version = models.PositiveIntegerField(null=True, help_text=_("Empty for settings that were not saved."))
    value = models.CharField(max_length=10, choices=Value)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = VoteQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-id"]
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        indexes = [models.Index(fields=["assistant", "first_version", "second_version"], name="votes_of_a_pair")]
        constraints = [
            models.UniqueConstraint(fields=["first_run", "second_run", "person"], name="one_vote_per_pair_and_person"),
            models.CheckConstraint(
                condition=Q(value__in=["first", "second", "same", "neither"]), name="vote_is_one_of_four"
            ),
        ]

    def __str__(self) -> str:
        return str(self.Value(self.value).label)
