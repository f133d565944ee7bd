"""Ended runs are added to the tallies: by any process, by one of them at a time, each run once.

A run's note is taken away in the transaction that adds it. Runs that ended before there were notes (an older site, or
one whose tallies are made anew) are counted day by day, the newest first; notes wait until that is done, for by them
the two are told apart.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from assistants_app.domain.tally import NUMBERS, Tally
from assistants_app.models import AssistantTally, AuthorTally, Counting, EndedRun, GraphTally, Run
from assistants_app.models.tallies import DAY, HOURS_KEPT, Folded, Span, TallyRow, floor

AT_ONCE = 2_000
ROWS = 500
NEVER = datetime(9999, 1, 1, tzinfo=UTC)

_NOTED = {"assistant_pk": "assistant_id"}
"""What a note calls otherwise than a run."""


def count_ended_runs(*, limit: int = AT_ONCE) -> int:
    """Count some more; how many. 0 when all are counted, or when another process is at it."""
    state = Counting.objects.get_or_create(pk=1, defaults={"uncounted_before": NEVER})[0]
    if state.uncounted_before is None and not EndedRun.objects.exists():
        return 0
    with transaction.atomic():
        locked = Counting.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
        state_now = locked.filter(pk=1).first()
        if state_now is None:
            return 0
        before = state_now.uncounted_before
        counted = _count_a_day(before) if before is not None else 0
        return counted or _count_notes(limit)


def count_all() -> int:
    """Count until nothing is left; how many runs."""
    counted = 0
    while some := count_ended_runs():
        counted += some
    return counted


def count_anew() -> None:
    """Forget the tallies: all runs that are there will be counted again, those that were deleted will not."""
    Counting.objects.get_or_create(pk=1)
    with transaction.atomic():
        Counting.objects.select_for_update().get(pk=1)
        for model in (GraphTally, AssistantTally, AuthorTally, EndedRun):
            model._base_manager.all().delete()
        _go_on_from(NEVER)


def forget_hours() -> None:
    """Those of single assistants that nobody looks at any more."""
    AssistantTally.objects.filter(span=Span.HOUR, start__lt=timezone.now() - HOURS_KEPT).delete()


def _count_notes(limit: int) -> int:
    notes = list(EndedRun.objects.order_by("finished_at")[:limit])
    if notes:
        _add(Folded(notes))
        EndedRun.objects.filter(pk__in=[note.pk for note in notes]).delete()
    return len(notes)


def _count_a_day(before: datetime) -> int:
    """The newest day before a moment that has runs without a note; 0, and no day is left, when there is none."""
    noted = EndedRun.objects.filter(run_id=OuterRef("run_id"))
    runs = Run.objects.filter(~Exists(noted), finished_at__lt=before).order_by()
    newest = runs.order_by("-finished_at").values_list("finished_at", flat=True).first()
    if newest is None:
        _go_on_from(None)
        return 0
    day = floor(Span.DAY, newest)
    names = [field.attname for field in EndedRun._meta.concrete_fields]
    found = runs.filter(finished_at__gte=day, finished_at__lt=day + DAY)
    rows = found.values_list(*(_NOTED.get(name, name) for name in names))
    folded = Folded(EndedRun(**dict(zip(names, row, strict=True))) for row in rows.iterator(ROWS))
    _add(folded)
    _go_on_from(day)
    return folded.runs


def _go_on_from(before: datetime | None) -> None:
    Counting.objects.filter(pk=1).update(uncounted_before=before, generation=F("generation") + 1)


def _add(folded: Folded) -> None:
    """Part of the transaction that has the counting's row locked: nobody else writes tallies."""
    _add_tallies(GraphTally, ("span", "start", "graph_id"), folded.graphs)
    _add_tallies(AssistantTally, ("span", "start", "graph_id", "assistant_pk", "version"), folded.assistants)
    rows = [AuthorTally(start=day, author=who, runs=n, errors=bad) for (day, who), (n, bad) in folded.authors.items()]
    found = AuthorTally.objects.filter(start__in={row.start for row in rows})
    there = {(row.start, row.author): row for row in found.filter(author__in={row.author for row in rows})}
    for row in rows:
        if old := there.get((row.start, row.author)):
            row.runs, row.errors = row.runs + old.runs, row.errors + old.errors
    _put(AuthorTally, rows, ("start", "author"), ("runs", "errors"))
    Counting.objects.filter(pk=1).update(generation=F("generation") + 1)


def _add_tallies(model: type[TallyRow], key: tuple[str, ...], tallies: dict[Any, Tally]) -> None:
    added_to = _places(model, tallies)  # an hour that is counted for the first time asks for nothing more
    for some in _parts(list(tallies.items())):
        there = _there(model, key, [place for place, _tally in some if place[:2] in added_to])
        rows = []
        for place, tally in some:
            if old := there.get(place):
                tally.take_in(old.tally)
            row = model(**dict(zip(key, place, strict=True)))
            row.keep(tally)
            rows.append(row)
        _put(model, rows, key, (*NUMBERS, "details"))


def _places(model: type[TallyRow], tallies: dict[Any, Tally]) -> set[tuple[str, datetime]]:
    """The hours and days, of those that are added to, that have tallies already."""
    found: set[tuple[str, datetime]] = set()
    for span, start in {place[:2] for place in tallies}:
        if model._base_manager.filter(span=span, start=start).exists():
            found.add((span, start))
    return found


def _there(model: type[TallyRow], key: tuple[str, ...], places: list[Any]) -> dict[Any, TallyRow]:
    if not places:
        return {}
    asked = {f"{name}__in": {place[number] for place in places} for number, name in enumerate(key)}
    return {tuple(getattr(row, name) for name in key): row for row in model._base_manager.filter(**asked)}


def _parts(items: list[Any]) -> Iterable[list[Any]]:
    return (items[start : start + ROWS] for start in range(0, len(items), ROWS))


def _put(model: type[Any], rows: list[Any], key: tuple[str, ...], columns: tuple[str, ...]) -> None:
    model._base_manager.bulk_create(
        rows, batch_size=ROWS, update_conflicts=True, unique_fields=key, update_fields=columns
    )
