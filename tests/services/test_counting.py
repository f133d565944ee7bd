"""Ended runs in the tallies: each once, whatever happens to it, to its thread, to the clock."""

import threading
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from assistants_app.domain.tally import Tally, total
from assistants_app.models import AssistantTally, AuthorTally, Counting, EndedRun, GraphTally, Run, Thread
from assistants_app.models.tallies import Span
from assistants_app.services.counting import count_all, count_anew, count_ended_runs, forget_hours
from assistants_app.services.runs import RunEnd, cancel_pending_run, finish_run
from assistants_app.services.threads import delete_thread
from tests import make

pytestmark = pytest.mark.django_db

USED = {
    "input_tokens": 100,
    "output_tokens": 20,
    "total_tokens": 120,
    "models": {"small": {"input_tokens": 100, "output_tokens": 20, "cached_tokens": 40}},
}


def _ended(status: Run.Status = Run.Status.SUCCESS, **more: Any) -> Run:
    run = make.running(by=make.worker(), **more)
    first = run.started_at + timedelta(seconds=0.5) if run.started_at else None
    finish_run(run=run, end=RunEnd(status, Thread.Status.IDLE, usage=USED, first_token_at=first))
    return run


def _of_graphs(span: Span = Span.DAY) -> Tally:
    return total(row.tally for row in GraphTally.objects.filter(span=span))


def test_it_works() -> None:
    for status in (Run.Status.SUCCESS, Run.Status.SUCCESS, Run.Status.ERROR, Run.Status.TIMEOUT):
        _ended(status)
    cancel_pending_run(run_id=make.run("hi").run_id)
    assert (EndedRun.objects.count(), count_all(), EndedRun.objects.count()) == (5, 5, 0)
    for span in Span:
        for found in (_of_graphs(span), total(row.tally for row in AssistantTally.objects.filter(span=span))):
            assert (found.runs, found.failed, found.timed_out, found.cancelled) == (5, 1, 1, 1)
            assert (found.input_tokens, found.output_tokens) == (400, 80)
            assert found.models["small"].stored == [400, 80, 160, 0]
            assert (found.seconds.total, found.first_token.total) == (2, 2)
            assert found.first_token.quantile(0.5) == pytest.approx(0.5, rel=0.1)
    assert {(row.author, row.runs, row.errors) for row in AuthorTally.objects.all()} == {("System", 5, 2)}
    assert count_all() == 0


def test_the_second_time_adds() -> None:
    on = make.thread()
    for _number in range(2):
        _ended(on=on)
        count_all()
    assert [row.runs for row in AssistantTally.objects.filter(span=Span.DAY)] == [2]
    assert [row.runs for row in AuthorTally.objects.all()] == [2]


def test_numbers_stay_when_the_thread_goes() -> None:
    counted, not_yet = _ended(), None
    count_all()
    not_yet = _ended()
    for run in (counted, not_yet):
        delete_thread(thread_id=run.thread_id)
    count_all()
    assert Run.objects.count() == 0
    assert _of_graphs().runs == 2


def test_a_run_that_was_undone_has_never_been() -> None:
    run = make.running(by=make.worker())
    finish_run(run=run, end=RunEnd(Run.Status.INTERRUPTED, Thread.Status.IDLE, rollback=True))
    count_all()
    assert _of_graphs().runs == 0


def test_versions_and_unsaved_settings_are_apart() -> None:
    assistant = make.assistant_with_versions(2)
    _ended(on=make.thread(assistant))
    _ended(on=make.thread(assistant), version=1)
    _ended(on=make.thread(assistant), settings={})
    count_all()
    rows = AssistantTally.objects.filter(span=Span.DAY, assistant_pk=assistant.pk)
    assert sorted(row.version for row in rows) == [0, 1, 2]


def test_a_deleted_assistant_keeps_its_numbers() -> None:
    run = _ended()
    pk = run.assistant_id
    count_all()
    Run.objects.update(assistant=None)
    assert AssistantTally.objects.filter(span=Span.DAY, assistant_pk=pk).get().runs == 1


def test_clocks_that_jump() -> None:
    """A run that ended before it began, one that ended long ago, and one of tomorrow."""
    for shift in (timedelta(hours=-1), timedelta(days=-400), timedelta(days=1)):
        run = make.running(by=make.worker())
        Run.objects.filter(pk=run.pk).update(status="success", finished_at=timezone.now() + shift)
    count_all()
    assert _of_graphs().runs == 3
    assert GraphTally.objects.filter(span=Span.DAY).count() >= 2


def test_attempts() -> None:
    run = make.running(by=make.worker())
    Run.objects.filter(pk=run.pk).update(attempt=3)
    run.attempt = 3
    finish_run(run=run, end=RunEnd(Run.Status.SUCCESS, Thread.Status.IDLE))
    count_all()
    assert (_of_graphs().runs, _of_graphs().retried) == (1, 1)


@pytest.mark.parametrize("usage", [None, [], {"input_tokens": "many", "models": {"a": 3}}, {"input_tokens": 10**30}])
def test_whatever_a_model_says_it_used(usage: Any) -> None:
    run = make.running(by=make.worker())
    finish_run(run=run, end=RunEnd(Run.Status.SUCCESS, Thread.Status.IDLE, usage=usage))
    count_all()
    assert _of_graphs().runs == 1


def test_tokens_that_no_price_tells_of_are_apart() -> None:
    run = make.running(by=make.worker())
    used = {"uncounted_calls": 1, "models": {"big": {"input_tokens": 5, "output_tokens": 5, "special_tokens": 2}}}
    finish_run(run=run, end=RunEnd(Run.Status.SUCCESS, Thread.Status.IDLE, usage=used))
    count_all()
    assert (_of_graphs().uncounted, _of_graphs().models["big"].stored) == (1, [0, 0, 0, 10])


# -- runs that ended before there were notes --------------------------------------------------------------------------


def _before_notes(days: int) -> Run:
    run = make.run("hi")
    Run.objects.filter(pk=run.pk).update(status="success", finished_at=timezone.now() - timedelta(days=days))
    EndedRun.objects.all().delete()
    return run


def test_runs_of_an_older_site_are_counted_too() -> None:
    for days in (0, 0, 3, 400):
        _before_notes(days)
    _ended()
    assert count_ended_runs() >= 2  # the newest day first
    assert EndedRun.objects.count() == 1
    count_all()
    assert _of_graphs().runs == 5
    assert Counting.objects.get().uncounted_before is None


def test_counting_anew_gives_the_same() -> None:
    for status in (Run.Status.SUCCESS, Run.Status.ERROR):
        _ended(status)
    count_all()
    before = (_of_graphs(), _of_graphs(Span.HOUR))
    _ended()
    count_anew()
    assert _of_graphs().runs == 0
    count_all()
    assert _of_graphs().runs == 3
    assert before[0].runs == 2
    assert _of_graphs() == _of_graphs(Span.HOUR)


def test_a_run_that_ends_meanwhile_is_counted_once() -> None:
    _before_notes(1)
    count_anew()
    _ended()
    count_ended_runs()
    _ended()
    count_all()
    assert _of_graphs().runs == 3


def test_hours_of_assistants_go_and_all_else_stays() -> None:
    long_ago = datetime(2020, 1, 1, 12, tzinfo=UTC)
    Run.objects.filter(pk=make.run("hi").pk).update(status="success", finished_at=long_ago)
    _ended()
    count_all()
    forget_hours()
    assert AssistantTally.objects.filter(span=Span.HOUR).count() == 1
    assert AssistantTally.objects.filter(span=Span.DAY).count() == 2
    assert GraphTally.objects.filter(span=Span.HOUR).count() == 2


@pytest.mark.django_db(transaction=True)
def test_several_processes_count_each_run_once() -> None:
    on = [make.thread() for _number in range(3)]
    notes = [
        EndedRun(
            run_id=uuid.uuid4(),
            graph_id="writer",
            assistant_pk=on[number % 3].assistant_id,
            version=1,
            status="success",
            attempt=1,
            author="System",
            finished_at=timezone.now(),
        )
        for number in range(200)
    ]
    EndedRun.objects.bulk_create(notes)
    Counting.objects.create(pk=1)
    counted: list[int] = []
    start = threading.Barrier(4)

    def count() -> None:
        try:
            start.wait()
            for _time in range(60):
                counted.append(count_ended_runs(limit=7))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=count) for _number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(counted) + count_all() == 200
    assert _of_graphs().runs == 200
