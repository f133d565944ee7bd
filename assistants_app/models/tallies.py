"""Ended runs, counted by hour and day, so that a dashboard need not read a million of them.

The database itself writes down each run that ends (`EndedRun`), in the statement that ends it; `services.counting`
adds those notes to the tallies and takes them away. So nothing is counted twice or forgotten, whatever becomes of the
run, its thread or its assistant afterwards, and by whatever clock it ended. Hours and days are those of UTC.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from assistants_app.domain.tally import NUMBERS, EndedFacts, Tally
from assistants_app.models.fields import JsonTextField

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

HOURS_KEPT = timedelta(days=100)
"""How long the hours of single assistants are kept; their days and the hours of graphs stay."""


class EndedRun(models.Model):
    """A run that ended and is in no tally yet. Written by a trigger: see `models.noting`."""

    run_id = models.UUIDField(primary_key=True)
    graph_id = models.CharField(max_length=200)
    assistant_pk = models.BigIntegerField(null=True)
    version = models.PositiveIntegerField(null=True)
    status = models.CharField(max_length=12)
    attempt = models.PositiveSmallIntegerField()
    author = models.CharField(max_length=200)
    started_at = models.DateTimeField(null=True)
    first_token_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField()
    usage = JsonTextField(null=True)

    objects: ClassVar[models.Manager["EndedRun"]] = models.Manager()

    class Meta:
        verbose_name = _("ended run")
        verbose_name_plural = _("ended runs")

    def __str__(self) -> str:
        return f"{self.run_id} ({self.status})"

    @property
    def facts(self) -> EndedFacts:
        return EndedFacts(self.status, self.attempt, self.started_at, self.first_token_at, self.finished_at, self.usage)


class Span(models.TextChoices):
    HOUR = "hour", _("Hour")
    DAY = "day", _("Day")


class TallyRow(models.Model):
    """What the runs that ended in one hour or day come to."""

    span = models.CharField(max_length=4, choices=Span)
    start = models.DateTimeField()
    graph_id = models.CharField(max_length=200)
    runs = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    timed_out = models.BigIntegerField(default=0)
    cancelled = models.BigIntegerField(default=0)
    retried = models.BigIntegerField(default=0)
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    uncounted = models.BigIntegerField(default=0)
    details = JsonTextField(default=dict, help_text=_("Histograms of seconds, and tokens by model: see domain.tally."))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.graph_id}: {self.runs} runs in the {self.span} of {self.start:%Y-%m-%d %H:%M}"

    @property
    def tally(self) -> Tally:
        return Tally.with_details(self.details, **{name: getattr(self, name) for name in NUMBERS})

    def keep(self, tally: Tally) -> None:
        for name in NUMBERS:
            setattr(self, name, getattr(tally, name))
        self.details = tally.details


class GraphTally(TallyRow):
    objects: ClassVar[models.Manager["GraphTally"]] = models.Manager()

    class Meta(TallyRow.Meta):
        verbose_name = _("tally of a graph")
        verbose_name_plural = _("tallies of graphs")
        constraints = [
            models.UniqueConstraint(fields=["span", "start", "graph_id"], name="one_tally_per_graph_and_time")
        ]


class AssistantTally(TallyRow):
    assistant_pk = models.BigIntegerField(
        help_text=_("Of the assistant's row, which may be gone; 0: not known any more.")
    )
    version = models.PositiveIntegerField(help_text=_("0: unsaved settings."))

    objects: ClassVar[models.Manager["AssistantTally"]] = models.Manager()

    class Meta(TallyRow.Meta):
        verbose_name = _("tally of an assistant")
        verbose_name_plural = _("tallies of assistants")
        constraints = [
            models.UniqueConstraint(
                fields=["span", "start", "assistant_pk", "version", "graph_id"],
                name="one_tally_per_version_and_time",
            )
        ]
        indexes = [
            models.Index(fields=["assistant_pk", "span", "start"], name="tallies_of_an_assistant"),
            models.Index(  # a year is summed by assistant without a look at the rows, that of one graph too
                fields=["span", "assistant_pk", "start", "graph_id", "runs", "failed", "timed_out"],
                name="tallies_by_assistant",
            ),
        ]


class AuthorTally(models.Model):
    """Who had runs in a day."""

    start = models.DateTimeField()
    author = models.CharField(max_length=200)
    runs = models.BigIntegerField(default=0)
    errors = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager["AuthorTally"]] = models.Manager()

    class Meta:
        verbose_name = _("tally of an author")
        verbose_name_plural = _("tallies of authors")
        constraints = [models.UniqueConstraint(fields=["start", "author"], name="one_tally_per_author_and_day")]
        indexes = [models.Index(fields=["author", "start", "runs", "errors"], name="tallies_by_author")]

    def __str__(self) -> str:
        return f"{self.author}: {self.runs} runs on {self.start:%Y-%m-%d}"


class Counting(models.Model):
    """How far the tallies are. One row; who counts has it locked."""

    generation = models.BigIntegerField(
        default=0,
        help_text=_("Another one after each change of the tallies: who reads them sees whether it was alone."),
    )
    uncounted_before = models.DateTimeField(
        null=True, help_text=_("Runs that ended before this and before there were tallies are still to be counted.")
    )

    objects: ClassVar[models.Manager["Counting"]] = models.Manager()

    class Meta:
        verbose_name = _("state of counting")
        verbose_name_plural = _("state of counting")

    def __str__(self) -> str:
        return f"generation {self.generation}"

    @classmethod
    def now(cls) -> int:
        """The generation of the tallies; -1 before the first."""
        found = cls.objects.filter(pk=1).values_list("generation", flat=True).first()
        return -1 if found is None else found


def floor(span: Span, moment: datetime) -> datetime:
    """When the hour or day of a moment began, in UTC."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    return hour if span == Span.HOUR else hour.replace(hour=0)


GraphKey = tuple[Span, datetime, str]
AssistantKey = tuple[Span, datetime, str, int, int]
"""Span, start, graph, the assistant's pk, version."""


class Folded:
    """The tallies that some ended runs come to, by the rows that they belong to. Each run is looked at once: days and
    graphs are sums of what its hour and assistant come to."""

    def __init__(self, runs: Iterable[EndedRun] = ()) -> None:
        self._hours: dict[AssistantKey, Tally] = {}
        self.authors: dict[tuple[datetime, str], list[int]] = {}
        self.runs = 0
        for run in runs:
            self._count(run)

    def _count(self, run: EndedRun) -> None:
        self.runs += 1
        hour = floor(Span.HOUR, run.finished_at)
        key = (Span.HOUR, hour, run.graph_id, run.assistant_pk or 0, run.version or 0)
        tally = self._hours.get(key)
        if tally is None:
            tally = self._hours[key] = Tally()
        tally.count(run.facts)
        author = self.authors.setdefault((floor(Span.DAY, hour), run.author), [0, 0])
        author[0] += 1
        author[1] += run.status in ("error", "timeout")

    @property
    def assistants(self) -> dict[AssistantKey, Tally]:
        found = dict(self._hours)
        for (_span, hour, graph_id, pk, version), tally in self._hours.items():
            found.setdefault((Span.DAY, floor(Span.DAY, hour), graph_id, pk, version), Tally()).take_in(tally)
        return found

    @property
    def graphs(self) -> dict[GraphKey, Tally]:
        found: dict[GraphKey, Tally] = {}
        for (_span, hour, graph_id, *_rest), tally in self._hours.items():
            for span in Span:
                found.setdefault((span, floor(span, hour), graph_id), Tally()).take_in(tally)
        return found
