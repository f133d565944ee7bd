"""The dashboard's numbers are the sums of what the tallies hold, whichever way the database adds them up."""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistants_app.domain.tally import NUMBERS, Tally
from assistants_app.models import AssistantTally, AuthorTally, GraphTally
from assistants_app.models.tallies import DAY, Span, floor
from assistants_app.web.dashboard.asked import Asked
from assistants_app.web.dashboard.ranking import RANKED
from assistants_app.web.dashboard.reading import Numbers, read_numbers
from assistants_app.web.dashboard.waits import what_waits
from tests import make

pytestmark = pytest.mark.django_db

ASSISTANTS, DAYS = 30, 400


@pytest.fixture
def year() -> None:
    """More than a year of tallies: each assistant of one of two graphs, some with several versions or without errors,
    some alike."""
    chance = random.Random(5)
    today = floor(Span.DAY, timezone.now())
    of_graphs: defaultdict[tuple[datetime, str], Tally] = defaultdict(Tally)
    rows, authors = [], []
    for ago in range(DAYS):
        for pk in chance.sample(range(1, ASSISTANTS + 1), 4):
            tally = _tally(chance, pk)
            start, graph_id = today - ago * DAY, f"graph-{pk % 2}"
            of_graphs[start, graph_id].take_in(tally)
            row = AssistantTally(span="day", start=start, graph_id=graph_id, assistant_pk=pk, version=pk % 3)
            row.keep(tally)
            rows.append(row)
        authors += [
            AuthorTally(start=today - ago * DAY, author=f"Person {n}", runs=n + ago, errors=n) for n in range(12)
        ]
    AssistantTally.objects.bulk_create(rows)
    AuthorTally.objects.bulk_create(authors)
    for (start, graph_id), tally in of_graphs.items():
        graph = GraphTally(span="day", start=start, graph_id=graph_id)
        graph.keep(tally)
        graph.save()


def _tally(chance: random.Random, pk: int) -> Tally:
    numbers = {name: chance.randrange(2**50) if "tokens" in name else chance.randrange(90) for name in NUMBERS}
    if not pk % 5:
        numbers |= {"runs": 7, "failed": 0, "timed_out": 0}
    histograms = [{str(chance.randrange(96)): chance.randrange(1, 50) for _n in range(6)} for _histogram in range(2)]
    models = {f"model-{chance.randrange(3)}": [chance.randrange(2**50) for _kind in range(4)]}
    return Tally.with_details(
        dict(zip(("seconds", "first_token"), histograms, strict=True)) | {"models": models}, **numbers
    )


def numbers_of(query: str) -> Numbers:
    return read_numbers(Asked.of(QueryDict(query)))


def _first(sums: dict[Any, Tally], of: Callable[[Tally], int]) -> list[tuple[Any, Tally]]:
    return sorted(((pk, one) for pk, one in sums.items() if of(one)), key=lambda one: (-of(one[1]), one[0]))[:RANKED]


@pytest.mark.parametrize("graph", ["", "graph-1"])
@pytest.mark.parametrize("period", ["7d", "30d", "90d", "365d"])
@pytest.mark.usefixtures("year")
def test_it_works(period: str, graph: str) -> None:
    """Beside the same rows, each read by itself and added up here."""
    asked = Asked.of(QueryDict(f"period={period}&graph={graph}"))
    sums: defaultdict[int, Tally] = defaultdict(Tally)
    columns: defaultdict[int, Tally] = defaultdict(Tally)
    for row in AssistantTally.objects.all():
        if asked.period.since <= row.start < asked.period.until and row.graph_id in (graph or row.graph_id):
            sums[row.assistant_pk].take_in(row.tally)
            columns[(row.start - asked.period.since) // asked.period.step].take_in(row.tally)
    people: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for day in AuthorTally.objects.filter(start__gte=asked.period.since):
        people[day.author][0] += day.runs
        people[day.author][1] += day.errors

    told = numbers_of(f"period={period}&graph={graph}")

    assert list(told.busiest.items()) == _first(sums, lambda one: one.runs)
    assert list(told.failing.items()) == _first(sums, lambda one: one.errors)
    assert told.columns == [columns[number] for number in range(len(asked.period.starts))]
    most = sorted(people.items(), key=lambda one: (-one[1][0], one[0]))[: RANKED + 1]
    assert told.authors == [(name, runs, bad) for name, (runs, bad) in most]


def _plan(read: Callable[[], Any], words: str) -> list[str]:
    """How SQLite goes about the statement that has these words."""
    with CaptureQueriesContext(connection) as asked:
        read()
    (statement,) = (one["sql"] for one in asked if words in one["sql"])
    with connection.cursor() as cursor:
        return [step[3] for step in cursor.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()]


@pytest.mark.parametrize("graph", ["", "graph-1"])
@pytest.mark.usefixtures("year")
def test_a_year_is_added_up_from_an_index_without_sorting_it(graph: str) -> None:
    if connection.vendor != "sqlite":
        assert numbers_of("period=365d").busiest, "PostgreSQL's planner knows how many rows there are"
        return
    plan = _plan(lambda: numbers_of(f"period=365d&graph={graph}"), "WITH sums")

    assert any("COVERING INDEX tallies_by_assistant" in step for step in plan), plan
    assert not any("GROUP BY" in step for step in plan), plan


def test_not_all_versions_are_read_for_those_that_wait() -> None:
    make.version(make.assistant(), make_live=False)

    assert what_waits()["newer_count"] == 1
    if connection.vendor == "sqlite":
        plan = _plan(what_waits, "SELECT DISTINCT")
        assert any("versions_not_live" in step for step in plan), plan
