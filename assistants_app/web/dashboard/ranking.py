"""Which assistants and people had most runs in a period: the database sums and ranks, and tells of a few."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from django.db.models import F, QuerySet

from assistants_app.domain.tally import Tally
from assistants_app.models import AssistantTally, AuthorTally, EndedRun
from assistants_app.models.sums import NotLookedFor, Total, most
from assistants_app.models.tallies import DAY, Span, floor
from assistants_app.web.dashboard.asked import Asked
from assistants_app.web.dashboard.periods import Period
from assistants_app.web.dashboard.summing import summed

RANKED: Final = 8

Rows: TypeAlias = QuerySet[AssistantTally]


def ranked(asked: Asked, notes: Iterable[EndedRun]) -> tuple[dict[int, Tally], dict[int, Tally]]:
    """The assistants with most runs, and those with most errors. `notes` are runs that no tally holds yet."""
    rows = AssistantTally.objects.filter(span=asked.period.span)
    if asked.graph:
        rows = rows.filter(graph_id=asked.graph)
    lately = Counter(note.assistant_pk or 0 for note in notes).most_common(RANKED)
    first = {*_first(rows, asked), *(pk for pk, _count in lately)}
    within = _within(rows, asked.period, F("start"))
    tallies = summed(within.filter(assistant_pk__in=first), "assistant_pk", key=int)
    for note in notes:
        if (note.assistant_pk or 0) in first:
            tallies[note.assistant_pk or 0].count(note.facts)
    by_runs = sorted(tallies.items(), key=lambda one: (-one[1].runs, one[0]))
    by_errors = sorted(tallies.items(), key=lambda one: (-one[1].errors, one[0]))
    return dict(by_runs[:RANKED]), {pk: tally for pk, tally in by_errors[:RANKED] if tally.errors}


def _first(rows: Rows, asked: Asked) -> list[int]:
    """The ids of those that may be among the first."""
    # Of a year most rows count: they are summed as the index has them, by assistant, and none is sorted.
    start = NotLookedFor("start") if asked.period.step > DAY else F("start")
    of_each = _within(rows, asked.period, start).order_by().values("assistant_pk")
    sums = of_each.annotate(n=Total("runs"), bad=Total(F("failed") + F("timed_out")))
    return most(sums, "assistant_pk", ("n", "bad"), RANKED)


def _within(rows: Rows, period: Period, start: Any) -> Rows:
    return rows.alias(when=start).filter(when__gte=period.since, when__lt=period.until)


def authors(period: Period, notes: Iterable[EndedRun]) -> list[tuple[str, int, int]]:
    """Who had runs on the days of the period, how many, and how many failed; one more than are shown."""
    days = AuthorTally.objects.filter(start__gte=floor(Span.DAY, period.since), start__lt=period.until)
    sums = days.order_by().values_list("author").annotate(n=Total("runs"), bad=Total("errors"))
    found = {author: (int(runs), int(bad)) for author, runs, bad in sums.order_by("-n", "author")[: RANKED + 1]}
    for note in notes:
        runs, bad = found.get(note.author, (0, 0))
        found[note.author] = (runs + 1, bad + (note.status in ("error", "timeout")))
    by_runs = sorted(found.items(), key=lambda one: (-one[1][0], one[0]))
    return [(author, runs, bad) for author, (runs, bad) in by_runs[: RANKED + 1]]
