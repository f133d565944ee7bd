"""Assistants, and their versions: rows of the history table that carry a number."""

import uuid
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Self, cast

from django.conf import settings
from django.db import models
from django.db.models import F, Max, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from simple_history.manager import HistoricalQuerySet, HistoryManager
from simple_history.models import HistoricalRecords

from assistants_app.domain import tags
from assistants_app.domain.errors import AssistantNotFound, VersionNotFound
from assistants_app.domain.json_values import Settings
from assistants_app.domain.language import gettext
from assistants_app.models.fields import DigestField, JsonTextField
from assistants_app.models.prepared import ask, ask_values

SYSTEM_NAMESPACE = uuid.UUID("6ba7b821-9dad-11d1-80b4-00c04fd430c8")
"""LangGraph Server's namespace for the ids of system assistants."""


def system_assistant_id(graph_id: str) -> uuid.UUID:
    """The id of the assistant that stands for a graph's own defaults, derived as LangGraph Server derives it."""
    return uuid.uuid5(SYSTEM_NAMESPACE, graph_id)


class Protection(models.TextChoices):
    """Who has to approve a version before it goes live."""

    NONE = "", _("Nobody: what a publisher saves goes live at once")
    PUBLISHER = "publisher", _("A publisher")
    OTHER = "other", _("A publisher who did not save it")


class AssistantQuerySet(models.QuerySet["Assistant"]):
    def get_by_uuid(self, assistant_id: uuid.UUID) -> "Assistant":
        """Raises AssistantNotFound."""
        try:
            return self.get(assistant_id=assistant_id)
        except self.model.DoesNotExist:
            raise AssistantNotFound from None

    def search(self, text: str) -> Self:
        """Assistants whose name, description or graph contains every word of `text`."""
        found = self
        for word in text.split():
            found = found.filter(Q(name__icontains=word) | Q(description__icontains=word) | Q(graph_id__icontains=word))
        return found

    def tagged(self, tag: str) -> Self:
        return self.filter(metadata__json_contains={tags.KEY: [tag]})

    def mark(self) -> tuple[int, datetime | None]:
        """Another one whenever an assistant was made, saved or deleted. PostgreSQL reads either half from an index,
        and both at once from all rows."""
        return self.count(), self.order_by().aggregate(newest=Max("updated_at"))["newest"]

    def graphs_and_tags(self) -> tuple[tuple[str, ...], frozenset[str]]:
        """Of all these assistants, by one look at each."""
        graphs: set[str] = set()
        known: set[str] = set()
        for graph_id, listed in self.order_by().values_list("graph_id", f"metadata__{tags.KEY}").distinct():
            graphs.add(graph_id)
            known.update(tags.tags_in({tags.KEY: listed}))
        return tuple(sorted(graphs)), frozenset(known)

    def with_newest_at(self) -> Self:
        """Adds `newest_at`: when each assistant's newest version was saved."""
        rows = AssistantVersion.objects.filter(id=OuterRef("pk"), number__isnull=False).order_by("-number")
        return self.annotate(newest_at=Subquery(rows.values("history_date")[:1]))

    def for_list(self) -> Self:
        """Without the columns that can be megabytes long."""
        return self.defer("context", "config", "settings_schema")


class VersionQuerySet(HistoricalQuerySet):  # type: ignore[misc]
    """Reads of the history table. Ordered by number, never by date: two saves may share a clock tick."""

    def of(self, assistant: "Assistant") -> Self:
        """The versions of one assistant, newest first."""
        return cast(Self, self.filter(id=assistant.pk, number__isnull=False).order_by("-number"))

    def numbered(self, assistant: "Assistant", number: int) -> "AssistantVersion":
        """Raises VersionNotFound."""
        return _found(self.of(assistant).filter(number=number).first(), assistant, number)

    def for_list(self) -> Self:
        """Without the columns that can be megabytes long."""
        return cast(Self, self.defer("context", "config", "metadata", "settings_schema", "description"))

    def search(self, text: str) -> Self:
        """Versions whose note, summary or name contains every word of `text`, or whose number it is ("v12")."""
        found = self
        for word in text.split():
            wanted = Q(history_change_reason__icontains=word) | Q(summary__icontains=word) | Q(name__icontains=word)
            number = word.lower().removeprefix("v")
            if number.isascii() and number.isdecimal():
                wanted |= Q(number=int(number))
            found = cast(Self, found.filter(wanted))
        return found


MOST_NUMBER = 2**31 - 1
"""Of a column of integers; no query is to ask for more."""


class VersionManager(HistoryManager):  # type: ignore[misc]
    """What saves ask, each of all versions: the same as `VersionQuerySet` says, in SQL that is kept."""

    def newest_number(self, assistant: "Assistant") -> int:
        """The highest number given so far; 0 before the first."""
        ((number,),) = ask_values("newest-number", _newest_numbers, pk=assistant.pk) or [(0,)]
        return int(number)

    def numbered(self, assistant: "Assistant", number: int) -> "AssistantVersion":
        """Raises VersionNotFound."""
        if not 0 < number <= MOST_NUMBER:
            return _found(None, assistant, number)
        found = ask("numbered-version", AssistantVersion.objects.filter, id=assistant.pk, number=number)
        return _found(found[0] if found else None, assistant, number)

    @classmethod
    @cache
    def from_queryset(cls, queryset_class: type[VersionQuerySet], class_name: str | None = None) -> type[Self]:
        """The library asks at every `Assistant.history`, and making a class takes about as long as a query does."""
        return cast(type[Self], super().from_queryset(queryset_class, class_name))


def _newest_numbers(*, pk: int) -> Any:
    numbered = AssistantVersion.objects.filter(id=pk, number__isnull=False)
    return numbered.order_by("-number").values_list("number")[:1]


def _found(version: Any, assistant: "Assistant", number: int) -> "AssistantVersion":
    if version is None:
        said = gettext("%(name)s has no version %(number)s.")
        raise VersionNotFound(said % {"name": assistant.name, "number": number})
    return cast("AssistantVersion", version)


class VersionFields(models.Model):
    """What a history row knows beyond the assistant's own columns.

    A row with a number is a version; a row without one only records that something else happened (the live
    version was moved, the assistant deleted).
    """

    number = models.PositiveIntegerField(null=True)
    base = models.PositiveIntegerField(null=True, help_text=_("The version that was edited to make this one."))
    restored_from = models.PositiveIntegerField(null=True)
    author = models.CharField(max_length=200, blank=True, help_text=_("Who saved it, as shown on pages."))
    summary = models.TextField(blank=True, help_text=_("What changed against its base, in one line."))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"v{self.number}" if self.number else "(no version)"


class VersionHistory(HistoricalRecords):  # type: ignore[misc]
    """Lets the database itself refuse a version number that was given before.

    What the services change they record themselves, with number and author, and say so by
    `skip_history_when_saving`; anything else that saves or deletes an assistant leaves a row without a number.
    """

    def create_historical_record(self, instance: "Assistant", history_type: str, using: str | None = None) -> None:
        if not hasattr(instance, "skip_history_when_saving"):
            super().create_historical_record(instance, history_type, using=using)

    def get_change_reason_for_object(self, instance: "Assistant", history_type: str, using: str | None) -> str:
        return super().get_change_reason_for_object(instance, history_type, using) or ""

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        return {
            **super().get_meta_options(model),
            "verbose_name": _("version"),
            "verbose_name_plural": _("versions"),
            "ordering": ["-history_id"],
            "get_latest_by": "history_id",
            "indexes": [
                models.Index(fields=["history_date"], condition=Q(number__gt=F("version")), name="versions_not_live")
            ],
            "constraints": [
                models.UniqueConstraint(
                    fields=["id", "number"], condition=Q(number__isnull=False), name="one_version_per_number"
                )
            ],
        }


class Assistant(models.Model):
    """A named configuration of one graph. The row holds its live version; the history table holds all."""

    assistant_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    graph_id = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    context = JsonTextField(default=dict, help_text=_("The settings' values; an absent key is the graph's default."))
    config = JsonTextField(default=dict, help_text=_("Run options: recursion_limit, tags. Never the settings."))
    metadata = models.JSONField(default=dict)
    settings_schema = JsonTextField(null=True, help_text=_("The schema that these settings were saved with."))
    schema_digest = DigestField(
        of="settings_schema", help_text=_("By which assistants with the same schema are counted.")
    )
    version = models.PositiveIntegerField(default=1, help_text=_("The number of the live version."))
    newest = models.PositiveIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text=_("The number of the newest version, live or not. The database keeps it: see models.newest."),
    )
    newest_author = models.CharField(
        max_length=200, blank=True, default="", db_default="", editable=False, help_text=_("Who saved that one.")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="assistants"
    )
    protection = models.CharField(
        max_length=12,
        choices=Protection,
        blank=True,
        default=Protection.NONE,
        db_default="",
        help_text=_("Who has to approve a version before it goes live."),
    )
    cases_required = models.BooleanField(
        default=False, db_default=False, help_text=_("Whether its test cases must have passed before one is approved.")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    skip_history_when_saving: bool  # django-simple-history's mark; what counts is that it is there

    objects = AssistantQuerySet.as_manager()
    history = VersionHistory(
        bases=(VersionFields,),
        custom_model_name="AssistantVersion",
        excluded_fields=[
            *("schema_digest", "newest", "newest_author", "owner", "protection", "cases_required"),
            *("created_at", "updated_at"),
        ],
        history_change_reason_field=models.TextField(blank=True, default=""),
        history_manager=VersionManager,
        historical_queryset=VersionQuerySet,
    )

    class Meta:
        verbose_name = _("assistant")
        verbose_name_plural = _("assistants")
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["name", "id"], name="assistants_by_name"),
            models.Index(fields=["graph_id", "schema_digest", "id"], name="assistants_by_schema"),
            models.Index(fields=["created_at", "id"], name="assistants_in_their_order"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tags(self) -> tuple[str, ...]:
        return tags.tags_in(self.metadata)

    @property
    def is_system(self) -> bool:
        """Whether this assistant stands for its graph's own defaults (one per graph, made by the product)."""
        return self.assistant_id == system_assistant_id(self.graph_id)


if TYPE_CHECKING:

    class AssistantVersion(VersionFields):
        """A numbered, immutable snapshot of an assistant: the history row, as type checkers see it."""

        id: int  # the assistant's row, not its own
        history_id: int
        history_date: datetime
        history_change_reason: str  # the note
        history_type: str
        history_user_id: int | None
        assistant_id: uuid.UUID
        graph_id: str
        name: str
        description: str
        context: Settings
        config: dict[str, Any]
        metadata: dict[str, Any]
        settings_schema: dict[str, Any] | None
        version: int  # the live version right after this row was written
        objects: VersionQuerySet
else:
    AssistantVersion = Assistant.history.model
