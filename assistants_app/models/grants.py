"""Which person may do what, and with which assistants."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assistants_app.models.assistants import Assistant
from assistants_app.models.keys import Role

GRANTABLE = tuple(role for role in Role if role is not Role.OPERATOR)
"""An operator is one for the whole site: `Person.is_superuser` says so, and no grant does."""


class GrantQuerySet(models.QuerySet["Grant"]):
    def for_list(self) -> Self:
        """With what a page shows of each: widest first."""
        assistant = ("assistant__assistant_id", "assistant__name")
        found = self.select_related("assistant", "given_by")
        own = ("person", "role", "graph_id", "tag", "given_at")
        given = ("given_by__first_name", "given_by__last_name", "given_by__username")
        return found.only(*own, *assistant, *given).order_by("assistant__name", "tag", "graph_id", "pk")


class Grant(models.Model):
    """A role that a person has: for all assistants, or for those of a graph or with a tag, or for a single one."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=12, choices=[(role.value, role.label) for role in GRANTABLE])
    graph_id = models.CharField(
        max_length=200, blank=True, default="", help_text=gettext_lazy("For assistants of this graph.")
    )
    tag = models.CharField(
        max_length=200, blank=True, default="", help_text=gettext_lazy("For assistants with this tag.")
    )
    assistant = models.ForeignKey(
        Assistant,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="grants",
        help_text=gettext_lazy("For this one."),
    )
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    given_at = models.DateTimeField(auto_now_add=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = gettext_lazy("grant")
        verbose_name_plural = gettext_lazy("grants")
        constraints = [
            models.CheckConstraint(
                condition=Q(graph_id="", tag="") | Q(graph_id="", assistant=None) | Q(tag="", assistant=None),
                name="grant_has_one_scope",
            ),
            models.CheckConstraint(condition=Q(role__in=[role.value for role in GRANTABLE]), name="grant_is_grantable"),
            models.UniqueConstraint(
                fields=["person", "graph_id", "tag"], condition=Q(assistant=None), name="one_grant_per_kind_and_person"
            ),
            models.UniqueConstraint(fields=["person", "assistant"], name="one_grant_per_assistant_and_person"),
        ]

    def __str__(self) -> str:
        return _("%(role)s for %(scope)s") % {"role": self.get_role_display(), "scope": self.scope}

    @property
    def scope(self) -> str:
        """For what, in words."""
        if self.assistant_id is not None:
            return str(self.assistant)
        if self.graph_id:
            return _("the graph %(graph)s") % {"graph": self.graph_id}
        if self.tag:
            return _("the tag %(tag)s") % {"tag": self.tag}
        return _("all assistants")
