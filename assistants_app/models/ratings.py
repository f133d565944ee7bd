"""What people think of answers."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assistants_app.models.people import Person
from assistants_app.models.threads import Run, Thread


class RatingQuerySet(models.QuerySet["Rating"]):
    def by_owner(self, thread: Thread) -> Self:
        """What the person whose thread it is thinks of its answers."""
        return self.filter(run__thread=thread, person=thread.owner_id)


class Rating(models.Model):
    """One person's judgement of the answer that a run gave."""

    class Value(models.IntegerChoices):
        GOOD = 1, _("Good")
        BAD = -1, _("Bad")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="ratings")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="ratings")
    value = models.SmallIntegerField(choices=Value)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        ordering = ["-updated_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "person"], name="one_rating_per_run_and_person"),
            models.CheckConstraint(condition=Q(value__in=[1, -1]), name="rating_is_good_or_bad"),
        ]

    def __str__(self) -> str:
        return str(self.Value(self.value).label)
