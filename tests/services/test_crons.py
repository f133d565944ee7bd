"""A cron's time comes once, whoever looks; what was missed is made up by one run."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from assistants_app.domain.errors import AssistantNotFound, CronNotFound, InvalidSchedule, ThreadNotFound
from assistants_app.models import Cron, Role, Run, Thread
from assistants_app.services.authors import Author
from assistants_app.services.crons import (
    begin_cron_run,
    create_cron,
    delete_cron,
    due_crons,
    next_due,
    update_cron,
)
from tests import make

NOW = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIRST = datetime(2026, 5, 4, 12, 1, tzinfo=UTC)


def cron(**more: Any) -> Cron:
    """Every minute, from 12:01 on."""
    more.setdefault("assistant_id", make.assistant().assistant_id)
    more.setdefault("asked", {"input": {"messages": [{"role": "user", "content": "tick"}]}})
    values = {"schedule": "* * * * *", "author": Author(None, "API key x", role=Role.EDITOR), "now": NOW, **more}
    return create_cron(**values)


def next_of(of: Cron) -> datetime | None:
    return Cron.objects.get(pk=of.pk).next_run_date


def test_it_works(db: None) -> None:
    made = cron(metadata={"team": "x"})
    assert next_of(made) == FIRST == next_due()
    assert due_crons(at=FIRST - timedelta(seconds=1)) == []
    assert begin_cron_run(cron_id=made.cron_id, at=FIRST - timedelta(seconds=1)) is None

    assert due_crons(at=FIRST) == [made.cron_id]
    run = begin_cron_run(cron_id=made.cron_id, at=FIRST)
    assert run is not None
    assert (run.status, run.author, run.metadata["team"]) == (Run.Status.PENDING, "API key x", "x")
    assert (run.options["temporary"], run.options["on_completion"]) == (True, "delete")
    assert run.thread.metadata["team"] == "x"
    assert next_of(made) == FIRST + MINUTE
    assert begin_cron_run(cron_id=made.cron_id, at=FIRST) is None


def test_each_time_without_a_thread_has_a_thread_of_its_own(db: None) -> None:
    made = cron(on_run_completed="keep")
    runs = [begin_cron_run(cron_id=made.cron_id, at=FIRST + times * MINUTE) for times in range(3)]
    assert len({run.thread_id for run in runs if run}) == 3
    assert {run.options["on_completion"] for run in runs if run} == {"keep"}


def test_on_a_thread_runs_wait_for_each_other(db: None) -> None:
    thread = make.thread()
    made = cron(thread_id=thread.thread_id)
    runs = [begin_cron_run(cron_id=made.cron_id, at=FIRST + times * MINUTE) for times in range(2)]
    assert [run and (run.thread_id, run.number) for run in runs] == [(thread.thread_id, 1), (thread.thread_id, 2)]
    assert all("temporary" not in run.options for run in runs if run)


def test_a_time_at_which_the_thread_is_busy_is_spent_where_it_asked_for_that(db: None) -> None:
    thread = make.thread()
    made = cron(thread_id=thread.thread_id, asked={"multitask_strategy": "reject"})
    assert begin_cron_run(cron_id=made.cron_id, at=FIRST) is not None
    assert begin_cron_run(cron_id=made.cron_id, at=FIRST + MINUTE) is None
    assert Run.objects.count() == 1
    assert next_of(made) == FIRST + 2 * MINUTE


def test_what_was_missed_is_made_up_by_one_run(db: None) -> None:
    made = cron()
    later = FIRST + timedelta(hours=5, seconds=20)
    assert begin_cron_run(cron_id=made.cron_id, at=later) is not None
    assert begin_cron_run(cron_id=made.cron_id, at=later) is None
    assert next_of(made) == FIRST + timedelta(hours=5) + MINUTE


def test_a_time_comes_once_for_many_who_look(transactional_db: None) -> None:
    made = cron()
    everybody = threading.Barrier(6)

    def look(_number: int) -> bool:
        try:
            everybody.wait()
            return begin_cron_run(cron_id=made.cron_id, at=FIRST) is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        begun = list(pool.map(look, range(6)))
    assert sum(begun) == 1
    assert Run.objects.count() == Thread.objects.count() == 1


def test_its_end_ends_it(db: None) -> None:
    made = cron(end_time=FIRST + MINUTE)
    assert begin_cron_run(cron_id=made.cron_id, at=FIRST) is not None
    assert next_of(made) == FIRST + MINUTE
    assert begin_cron_run(cron_id=made.cron_id, at=FIRST + MINUTE + timedelta(seconds=2)) is not None
    assert next_of(made) is None
    assert due_crons(at=FIRST + timedelta(days=9)) == []
    assert next_due() is None


def test_long_after_its_end_nothing_is_made_up(db: None) -> None:
    made = cron(end_time=FIRST)
    assert begin_cron_run(cron_id=made.cron_id, at=FIRST + timedelta(hours=1)) is None
    assert next_of(made) is None
    assert not Run.objects.exists()


def test_one_whose_time_zone_is_gone_comes_no_more(db: None, caplog: pytest.LogCaptureFixture) -> None:
    made = cron()
    Cron.objects.update(timezone="Mars/Olympus")
    assert Cron.objects.get().problem == '"Mars/Olympus" is no IANA time zone.', "it is known before its last time"
    assert begin_cron_run(cron_id=made.cron_id, at=FIRST) is not None
    assert next_of(made) is None
    assert f'cron {made.cron_id} comes no more: "Mars/Olympus" is no IANA time zone.' in caplog.text
    assert Cron.objects.get().problem == '"Mars/Olympus" is no IANA time zone.'

    with pytest.raises(InvalidSchedule, match="Mars/Olympus"):
        update_cron(cron_id=made.cron_id, now=FIRST, schedule="0 9 * * *")
    off = update_cron(cron_id=made.cron_id, now=FIRST, enabled=False, metadata={"team": "y"})
    assert (off.enabled, off.problem) == (False, "")
    with pytest.raises(InvalidSchedule, match="Mars/Olympus"):
        update_cron(cron_id=made.cron_id, now=FIRST, enabled=True)
    mended = update_cron(cron_id=made.cron_id, now=FIRST, enabled=True, timezone="Europe/Berlin")
    assert (mended.next_run_date, mended.problem) == (FIRST + MINUTE, "")


def test_one_that_is_not_enabled_does_not_come_and_makes_nothing_up(db: None) -> None:
    made = cron(enabled=False)
    assert next_of(made) is None
    later = NOW + timedelta(hours=2)
    update_cron(cron_id=made.cron_id, now=later, enabled=True)
    assert next_of(made) == FIRST + timedelta(hours=2)
    update_cron(cron_id=made.cron_id, now=later, enabled=False)
    assert begin_cron_run(cron_id=made.cron_id, at=later + MINUTE) is None


def test_another_schedule_counts_from_now_and_other_words_change_no_time(db: None) -> None:
    made = cron()
    update_cron(cron_id=made.cron_id, now=NOW + timedelta(days=1), asked={"input": {}}, metadata={"a": 1})
    assert next_of(made) == FIRST
    changed = update_cron(cron_id=made.cron_id, now=NOW, schedule="0 9 * * *", timezone="Europe/Berlin")
    assert changed.next_run_date == datetime(2026, 5, 5, 7, 0, tzinfo=UTC)
    with pytest.raises(InvalidSchedule):
        update_cron(cron_id=made.cron_id, now=NOW, schedule="0 0 30 2 *")
    assert Cron.objects.get(pk=made.pk).schedule == "0 9 * * *"


def test_a_cron_goes_with_its_assistant_or_thread(db: None) -> None:
    assistant, thread = make.assistant(), make.thread()
    made = cron(assistant_id=assistant.assistant_id)
    cron(thread_id=thread.thread_id)
    assistant.delete()
    thread.delete()
    assert not Cron.objects.exists()
    assert begin_cron_run(cron_id=made.cron_id, at=FIRST) is None


def test_what_is_not_there_is_said(db: None) -> None:
    with pytest.raises(AssistantNotFound):
        cron(assistant_id=uuid.uuid4())
    with pytest.raises(ThreadNotFound):
        cron(thread_id=uuid.uuid4())
    with pytest.raises(CronNotFound):
        update_cron(cron_id=uuid.uuid4(), now=NOW)
    with pytest.raises(CronNotFound):
        delete_cron(cron_id=uuid.uuid4())
    assert not Cron.objects.exists()
