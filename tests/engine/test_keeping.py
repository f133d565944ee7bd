"""What runs tell outlives the process that executed them: it is kept beside the run, and never waited for."""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from assistants_app.domain.stream import StreamEvent
from assistants_app.engine import Engine, engine, engine_thread
from assistants_app.engine.database.postgres import conninfo
from assistants_app.engine.events import relay
from assistants_app.engine.events.thread_events import ThreadEvents
from assistants_app.engine.keeping.events_file import FILE_NAME
from assistants_app.models import Run, Thread
from tests import make
from tests.running import finish, listen, sweep, wait_for

STREAMED = {"stream_mode": ["messages-tuple", "values"]}


def _ask(sql: str, *values: object) -> list[Any]:
    """Where parts are kept; `?` stands for a value there."""
    if connection.vendor == "postgresql":
        with psycopg.connect(conninfo(), autocommit=True) as asking:
            there = sql.replace("parts", "assistants_app_relayedpart").replace("?", "%s")
            cursor = asking.execute(there.encode(), values)
            return cursor.fetchall() if cursor.description else []
    with closing(_file()) as file:
        return file.execute(sql, values).fetchall()


def _file() -> sqlite3.Connection:
    return sqlite3.connect(Path(settings.DATA_FOLDER) / FILE_NAME, isolation_level=None, timeout=5)


def _kept(run: Run) -> int:
    """In how many parts."""
    return len(_ask("SELECT part FROM parts WHERE run_id = ?", str(run.run_id)))


def _until(what: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


@contextmanager
def _nothing_can_be_kept() -> Iterator[None]:
    """Somebody holds what parts are written to."""
    if connection.vendor == "postgresql":
        with psycopg.connect(conninfo()) as holding:
            holding.execute("LOCK TABLE assistants_app_relayedpart IN SHARE MODE")
            yield
    else:
        with closing(_file()) as holding:
            holding.execute("BEGIN IMMEDIATE")
            yield


async def _heard(run_id: UUID, count: int) -> list[StreamEvent]:
    """The first so many events of a run that goes on."""
    found: list[StreamEvent] = []
    async for event in engine().listen(run_id):
        found.append(event)
        if len(found) == count:
            break
    return found


def _thread(run: Run) -> ThreadEvents:
    return wait_for(engine()._here(lambda: engine()._relay.join_thread(run.thread_id)))


def _told(events: Iterable[StreamEvent]) -> list[tuple[int, str, bytes]]:
    return [(event.id, event.event, event.data) for event in events]


async def _whole(chunks: Any) -> bytes:
    return b"".join([chunk async for chunk in chunks])


def test_it_works(transactional_db: None) -> None:
    """The whole stream of a run that ended is heard after a restart, from any event on; on its thread, too."""
    with engine_thread(engine()):
        run = finish(make.run("one two three", options=STREAMED))
        told = _told(listen(run))
        end = wait_for(_whole(engine().listen_end(run.run_id)))
    with engine_thread(engine()):
        assert _told(listen(run)) == told
        assert [number for number, _event, _data in told] == list(range(1, len(told) + 1))
        assert _told(listen(run, after=3)) == told[3:]
        assert wait_for(_whole(engine().listen_end(run.run_id))) == end
        thread = _thread(run)
        assert [event.data for event in thread.after(0)][:-1] == [data for _number, _event, data in told]
        assert thread.runs[0].outcome is not None
        assert thread.runs[0].outcome.status == "completed"


def test_who_heard_some_goes_on_after_it(transactional_db: None) -> None:
    """A run that is taken up again: no number is given twice, and they go up, in the run and in its thread."""
    with engine_thread(engine()):
        run = make.run(input={"text": "a"}, graph_id="two_steps", settings={"seconds": 0.4}, options=STREAMED)
        engine().start(run)
        heard = wait_for(_heard(run.run_id, 3))
    with engine_thread(engine()):
        rest = listen(run, after=heard[-1].id)
        numbers = [event.id for event in heard + rest]
        assert numbers == sorted(set(numbers))
        assert _told(listen(run)) == _told(heard + rest)
        assert [event.json["attempt"] for event in heard + rest if event.event == "metadata"] == [1, 2]
        thread = _thread(run)
        of_thread = [event.id for event in thread.after(0)]
        assert of_thread == sorted(set(of_thread))
        assert len(of_thread) == len(numbers) + 1
    with engine_thread(engine()):
        assert _told(listen(run)) == _told(heard + rest), "that something is missing between attempts is no loss"


def test_what_memory_does_not_hold_is_heard_from_where_it_is_kept(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine_thread(engine()):
        run = finish(make.run("100", graph_id="tokens", options=STREAMED))
        told = _told(listen(run))
    monkeypatch.setattr(relay, "RUN_BYTES", 5_000)
    with engine_thread(engine()):
        held = wait_for(engine().remembered(run.run_id))
        assert held is not None
        assert len(held.kept()) < 20 < len(told)
        assert _told(listen(run)) == told
        assert _told(listen(run, after=7)) == told[7:]


def test_a_run_whose_end_was_not_told_has_ended_all_the_same(transactional_db: None) -> None:
    """Its process died between the two: who listens hears what is kept, and nothing more is waited for."""
    with engine_thread(engine()):
        run = finish(make.run("hi", options=STREAMED))
        told = _told(listen(run))
    _ask("DELETE FROM parts WHERE run_id = ? AND ended", str(run.run_id))
    with engine_thread(engine()):
        assert _told(listen(run)) == told
        sweep(engine())
    assert _ask("SELECT part FROM parts WHERE run_id = ? AND ended", str(run.run_id)), "it goes in its time"


def test_nobody_waits_for_what_cannot_be_kept(serving: Engine, caplog: pytest.LogCaptureFixture) -> None:
    """Runs end, listeners hear them, one warning says so; what is still known is kept afterwards."""
    with _nothing_can_be_kept(), caplog.at_level(logging.WARNING):
        began = time.monotonic()
        runs = [finish(make.run("hi", options=STREAMED)) for _run in range(4)]
        assert time.monotonic() - began < 4
        assert {run.status for run in runs} == {"success"}
        assert all(len(listen(run)) > 3 for run in runs)
        _until(lambda: "is not kept for now" in caplog.text)
        time.sleep(1.5)  # it is tried again
        assert caplog.text.count("is not kept for now") == 1
    _until(lambda: all(_kept(run) for run in runs))
    _until(lambda: "is kept again" in caplog.text)


def test_what_a_deleted_thread_told_is_gone(serving: Engine) -> None:
    run, other = (finish(make.run("hi")) for _run in range(2))
    _until(lambda: _kept(run) and _kept(other))
    Thread.objects.get(pk=run.thread_id).delete()
    _until(lambda: not _kept(run))
    assert _kept(other)


def test_a_thread_that_is_deleted_as_the_process_stops_leaves_nothing(
    transactional_db: None, caplog: pytest.LogCaptureFixture
) -> None:
    """Its run, if there is one, ends as it is stopped: what that told goes as any other's that ended."""
    with engine_thread(engine()):
        run = finish(make.run("hi"))
        running = make.run("hi", graph_id="slow")
        engine().start(running)
        wait_for(_heard(running.run_id, 1))
        Thread.objects.get(pk=run.thread_id).delete()
        Thread.objects.get(pk=running.thread_id).delete()
    assert not _kept(run)
    with engine_thread(engine()):
        sweep(engine())
        assert not _kept(running) or _ask("SELECT 1 FROM parts WHERE run_id = ? AND ended", str(running.run_id))
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
