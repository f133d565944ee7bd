"""The numbers of a period, read from the tallies and from the few runs that are in none yet."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nsmallest
from typing import Any, Final, TypeAlias, TypeVar

from django.db.models import F, FloatField, QuerySet, Sum
from django.db.models.functions import Cast

from assistants_app.domain.json_values import Json
from assistants_app.domain.tally import NUMBERS, Tally
from assistants_app.models import AssistantTally, AuthorTally, Counting, EndedRun, GraphTally
from assistants_app.models.tallies import Span, floor
from assistants_app.web.dashboard.asked import Asked
from assistants_app.web.dashboard.periods import Period

T = TypeVar("T")

Key: TypeAlias = tuple[str, int, int]
"""Graph, assistant and version; 0 is none in particular."""

Row: TypeAlias = tuple[datetime, Key, Sequence[int], Json]
"""When, whose, and what a tally holds: its NUMBERS and its details."""

RANKED: Final = 8
NOTES_READ: Final = 2_000
"""Runs that ended a moment ago, as many as are added to what is shown."""

TRIES: Final = 3


@dataclass(slots=True)
class Numbers:
    """`late` are runs that ended and are in nothing that is shown yet."""

    columns: list[Tally]
    before: Tally
    by_graph: dict[str, Tally] = field(default_factory=dict)
    by_version: dict[int, Tally] = field(default_factory=dict)
    busiest: dict[int, Tally] = field(default_factory=dict)
    failing: dict[int, Tally] = field(default_factory=dict)
    authors: list[tuple[str, int, int]] = field(default_factory=list)
    late: int = 0


def read_numbers(asked: Asked) -> Numbers:
    """As they were at one moment, however busily others count."""
    return _undisturbed(lambda: _read(asked))


def _undisturbed(read: Callable[[], T]) -> T:
    """Read again when the tallies were changed meanwhile: a run would be in both places or in none."""
    for _try in range(TRIES - 1):
        before = Counting.now()
        found = read()
        if Counting.now() == before:
            return found
    return read()


def _read(asked: Asked) -> Numbers:
    period = asked.period
    together: defaultdict[tuple[int, Key], Tally] = defaultdict(Tally)
    for start, key, plain, details in _rows(asked, period.span, period.since, period.until):
        together[period.column_of(start), key].take_in_stored(plain, details)
    notes = _notes(asked)
    for start, key, tally in _noted(notes, period):
        together[period.column_of(start), key].take_in(tally)
    numbers = Numbers([Tally() for _start in period.starts], _before(asked, period.before), late=max(0, _late()))
    for (column, key), tally in together.items():
        numbers.columns[column].take_in(tally)
        numbers.by_graph.setdefault(key[0], Tally()).take_in(tally)
        if key[1]:
            numbers.by_version.setdefault(key[2], Tally()).take_in(tally)
    if not asked.assistant:
        numbers.by_version = {}
        numbers.busiest, numbers.failing = _ranked(asked, notes)
        numbers.authors = _authors(period, notes)
    return numbers


def _rows(asked: Asked, span: Span, since: datetime, until: datetime) -> Iterable[Row]:
    """Of the graphs, or of the one assistant. As rows, not instances: a year has thousands."""
    found: QuerySet[Any]
    if asked.assistant:
        found = AssistantTally.objects.filter(assistant_pk=asked.assistant.pk)
        if asked.version is not None:
            found = found.filter(version=asked.version)
    else:
        found = GraphTally.objects.all()
    if asked.graph:
        found = found.filter(graph_id=asked.graph)
    found = found.filter(span=span, start__gte=since, start__lt=until)
    whose = ("assistant_pk", "version") if asked.assistant else ()
    for start, graph_id, details, *more in found.values_list("start", "graph_id", "details", *NUMBERS, *whose):
        assistant_pk, version = more[len(NUMBERS) :] or (0, 0)
        yield start, (graph_id, assistant_pk, version), more[: len(NUMBERS)], details


def _before(asked: Asked, period: Period) -> Tally:
    """By days, and by hours where it begins or ends within a day."""
    result = Tally()
    if period.span == Span.HOUR and asked.period.span == Span.HOUR:
        spans = [(Span.HOUR, period.since, period.until)]
    else:
        last_day = floor(Span.DAY, period.until)
        spans = [(Span.DAY, period.since, last_day), (Span.HOUR, last_day, period.until)]
    for span, since, until in spans:
        for _start, _key, plain, details in _rows(asked, span, since, until) if since < until else ():
            result.take_in_stored(plain, details)
    return result


def _notes(asked: Asked) -> list[EndedRun]:
    period = asked.period
    found = EndedRun.objects.filter(finished_at__gte=period.since, finished_at__lt=period.until)
    if asked.graph:
        found = found.filter(graph_id=asked.graph)
    if asked.assistant:
        found = found.filter(assistant_pk=asked.assistant.pk)
        if asked.version is not None:
            found = found.filter(version=asked.version or None)
    return list(found.order_by("-finished_at")[:NOTES_READ])


def _noted(notes: Iterable[EndedRun], period: Period) -> Iterable[tuple[datetime, Key, Tally]]:
    for note in notes:
        tally = Tally()
        tally.count(note.facts)
        yield floor(period.span, note.finished_at), (note.graph_id, note.assistant_pk or 0, note.version or 0), tally


def _late() -> int:
    return EndedRun.objects.count() - NOTES_READ


def _ranked(asked: Asked, notes: Iterable[EndedRun]) -> tuple[dict[int, Tally], dict[int, Tally]]:
    """The assistants with most runs, and those with most errors: summed once, and ranked here."""
    period = asked.period
    rows = AssistantTally.objects.filter(span=period.span, start__gte=period.since, start__lt=period.until)
    if asked.graph:
        rows = rows.filter(graph_id=asked.graph)
    sums = list(
        rows.order_by().values_list("assistant_pk").annotate(n=_sum("runs"), bad=_sum(F("failed") + F("timed_out")))
    )
    busiest = nsmallest(RANKED, sums, key=lambda one: (-one[1], one[0]))
    failing = nsmallest(RANKED, (one for one in sums if one[2]), key=lambda one: (-one[2], one[0]))
    lately = Counter(note.assistant_pk or 0 for note in notes).most_common(RANKED)
    tallies = {one[0]: Tally() for one in (*busiest, *failing, *lately)}
    for pk, details, *plain in rows.filter(assistant_pk__in=tallies).values_list("assistant_pk", "details", *NUMBERS):
        tallies[pk].take_in_stored(plain, details)
    for note in notes:
        if (note.assistant_pk or 0) in tallies:
            tallies[note.assistant_pk or 0].count(note.facts)
    by_runs = sorted(tallies.items(), key=lambda one: (-one[1].runs, one[0]))
    by_errors = sorted(tallies.items(), key=lambda one: (-one[1].errors, one[0]))
    return dict(by_runs[:RANKED]), {pk: tally for pk, tally in by_errors[:RANKED] if tally.errors}


def _sum(of: Any) -> Sum:
    """As a float, which is exact up to 2^53: PostgreSQL sums large integers as decimals, half as quickly."""
    return Sum(Cast(of, FloatField()))


def _authors(period: Period, notes: Iterable[EndedRun]) -> list[tuple[str, int, int]]:
    """Who had runs on the days of the period, how many, and how many failed."""
    days = AuthorTally.objects.filter(start__gte=floor(Span.DAY, period.since), start__lt=period.until)
    summed = days.order_by().values_list("author").annotate(n=_sum("runs"), bad=_sum("errors"))
    found = {author: (int(runs), int(bad)) for author, runs, bad in summed.order_by("-n", "author")[: RANKED + 1]}
    for note in notes:
        runs, bad = found.get(note.author, (0, 0))
        found[note.author] = (runs + 1, bad + (note.status in ("error", "timeout")))
    ranked = sorted(found.items(), key=lambda one: (-one[1][0], one[0]))
    return [(author, runs, bad) for author, (runs, bad) in ranked[: RANKED + 1]]
