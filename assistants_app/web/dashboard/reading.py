"""The numbers of a period, read from the tallies and from the few runs that are in none yet."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias, TypeVar

from django.db.models import QuerySet

from assistants_app.domain.tally import Tally, total
from assistants_app.models import AssistantTally, Counting, EndedRun, GraphTally
from assistants_app.models.tallies import Span, floor
from assistants_app.web.dashboard.asked import Asked
from assistants_app.web.dashboard.periods import Period
from assistants_app.web.dashboard.ranking import authors, ranked
from assistants_app.web.dashboard.summing import summed

T = TypeVar("T")

Key: TypeAlias = tuple[str, int, int]
"""Graph, assistant and version; 0 is none in particular."""

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
    whose = ("assistant_pk", "version") if asked.assistant else ()
    together = summed(
        _rows(asked, period.span, period.since, period.until),
        *("start", "graph_id", *whose),
        key=lambda start, graph_id, pk=0, version=0: (period.column_of(start), (graph_id, pk, version)),
    )
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
        numbers.busiest, numbers.failing = ranked(asked, notes)
        numbers.authors = authors(period, notes)
    return numbers


def _rows(asked: Asked, span: Span, since: datetime, until: datetime) -> QuerySet[Any]:
    """Of the graphs, or of the one assistant."""
    found: QuerySet[Any]
    if asked.assistant:
        found = AssistantTally.objects.filter(assistant_pk=asked.assistant.pk)
        if asked.version is not None:
            found = found.filter(version=asked.version)
    else:
        found = GraphTally.objects.all()
    if asked.graph:
        found = found.filter(graph_id=asked.graph)
    return found.filter(span=span, start__gte=since, start__lt=until)


def _before(asked: Asked, period: Period) -> Tally:
    """By days, and by hours where it begins or ends within a day."""
    if period.span == Span.HOUR and asked.period.span == Span.HOUR:
        spans = [(Span.HOUR, period.since, period.until)]
    else:
        last_day = floor(Span.DAY, period.until)
        spans = [(Span.DAY, period.since, last_day), (Span.HOUR, last_day, period.until)]
    rows = (_rows(asked, *one) for one in spans if one[1] < one[2])
    return total(tally for part in rows for tally in summed(part, key=tuple).values())


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
