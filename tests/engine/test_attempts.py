"""Attempts at a run: bounded in time, tried again when the database failed them, and fenced off when they are over."""

import threading
import time
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from assistants_app.engine import Engine, engine
from assistants_app.engine.runs import attempts
from assistants_app.engine.runs.lease import Claim, Lease, LeaseLost
from assistants_app.models import Run, Thread, Worker
from assistants_app.services import recovery
from tests import make
from tests.running import finish, listen, wait_for


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "AGAIN_SECONDS", (0.05,))


def _stumbles(times: int, **more: Any) -> Run:
    return make.run(input={"times": times, **more}, graph_id="stumbles")


@pytest.mark.usefixtures("_soon")
def test_it_works(serving: Engine) -> None:
    """The database is lost twice; the third attempt succeeds."""
    run = finish(_stumbles(2))
    assert (run.status, run.attempt, run.failures, run.error) == ("success", 3, 2, None)
    told = [event.json["attempt"] for event in listen(run) if event.event == "metadata"]
    assert told == [1, 2, 3]
    assert "error" not in [event.event for event in listen(run)]
    assert listen(run)[-1].json["begun"] == 3


@pytest.mark.usefixtures("_soon")
def test_attempts_are_bounded(serving: Engine) -> None:
    run = finish(_stumbles(9))
    assert (run.status, run.attempt, run.thread.status) == ("error", 3, "error")
    assert run.error["error"] == "ConnectionError"
    assert [event.event for event in listen(run)].count("error") == 1


@pytest.mark.usefixtures("_soon")
def test_a_run_that_goes_on_a_step_each_time_is_not_given_up(serving: Engine) -> None:
    """More attempts fail than may fail in a row."""
    run = finish(make.run(input={"steps": 5}, graph_id="limps"))
    assert (run.status, run.attempt, run.failures, run.error) == ("success", 6, 5, None)
    assert run.fruitless < 2
    assert wait_for(engine().thread_state(run.thread_id)).values["walked"] == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("_soon")
def test_but_not_for_ever(serving: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "FAILURES", 2)
    run = finish(make.run(input={"steps": 50}, graph_id="limps"))
    assert (run.status, run.attempt, run.error["error"]) == ("error", 6, "ConnectionError")


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize(("asked", "attempt", "status"), [(False, 1, "error"), (True, 2, "success")])
def test_what_the_graph_raises_itself_is_tried_again_where_the_site_says_so(
    serving: Engine, asked: bool, attempt: int, status: str
) -> None:
    with override_settings(RETRY_GRAPH_ERRORS=asked):
        run = finish(_stumbles(1, error="its own"))
    assert (run.status, run.attempt) == (status, attempt)


def test_a_run_is_cancelled_while_it_waits_for_its_next_attempt(serving: Engine) -> None:
    run = _stumbles(9)
    engine().start(run)
    time.sleep(0.3)
    began = time.monotonic()
    engine().cancel(run.run_id)
    listen(run)
    assert time.monotonic() - began < 0.5
    run.refresh_from_db()
    assert (run.status, run.attempt) == ("interrupted", 1)


@pytest.mark.parametrize(
    ("graph_id", "options", "site", "limit"),
    [
        ("slow", {"time_limit": 0.2}, 0, "0.2"),
        ("slow", {}, 0.25, "0.25"),
        ("limited", {}, 0, "0.3"),
        ("limited", {"time_limit": 60}, 50, "0.3"),
        ("limited", {"time_limit": 0.1}, 50, "0.1"),
    ],
)
def test_a_run_that_takes_too_long(
    serving: Engine, graph_id: str, options: dict[str, Any], site: float, limit: str
) -> None:
    began = time.monotonic()
    with override_settings(RUN_SECONDS=site):
        run = finish(make.run("hi", graph_id=graph_id, options=options))
    assert time.monotonic() - began < 5
    told = {"error": "RunTimeout", "message": f"The run took longer than it may: {limit} seconds."}
    assert (run.status, run.error, run.attempt) == ("timeout", told, 1)
    assert (run.thread.status, run.thread.error) == ("error", told)
    assert listen(run)[-1].json == told


def test_a_run_within_its_limit(serving: Engine) -> None:
    assert finish(make.run("hi", options={"time_limit": 30})).status == "success"


def test_a_process_that_was_given_up_goes_on_as_another_worker(serving: Engine) -> None:
    run = make.run("hi", graph_id="slow")
    engine().start(run)
    while Run.objects.get(pk=run.pk).status != "running":
        time.sleep(0.02)
    first = serving.worker_id
    Worker.objects.update(lost_at=timezone.now())
    deadline = time.monotonic() + 10
    while (now := Run.objects.get(pk=run.pk)).attempt < 2 or now.status != "running":
        assert time.monotonic() < deadline, "its run is taken up again, by the same process in its new life"
        time.sleep(0.05)
    assert now.worker_id == serving.worker_id != first
    engine().cancel(run.run_id)
    listen(run)


def _checkpoints(thread_id: uuid.UUID) -> int:
    saver = engine()._executing.supervisor._saver
    return len(wait_for(engine()._here(lambda: saver.lineage(str(thread_id)))))


TASK = str(uuid.uuid4())
"""Of a graph that goes on although it should not."""


def _write(run: Run, claim: Claim) -> None:
    """As a graph does, a further checkpoint and what a task wrote there."""
    saver = engine()._executing.supervisor._saver

    async def write() -> None:
        config: Any = {"configurable": {"thread_id": str(run.thread_id), "checkpoint_ns": ""}}
        newest = await saver.aget_tuple(config)
        assert newest is not None
        checkpoint = {**newest.checkpoint, "id": str(uuid.uuid4())}
        mine = saver.owned_as(claim)
        await mine.aput_writes(newest.config, [("messages", ["late"])], TASK)
        await mine.aput(newest.config, checkpoint, newest.metadata, {})  # type: ignore[arg-type]

    wait_for(engine()._here(write))


def _held(worker_id: uuid.UUID, seconds: float = 60) -> Lease:
    return Lease(worker_id, time.monotonic() + seconds)


def test_who_owns_a_run_writes_its_checkpoints(serving: Engine) -> None:
    run = finish(make.run("hi"))
    owner = make.worker()
    Run.objects.filter(pk=run.pk).update(status="running", worker=owner)
    before = _checkpoints(run.thread_id)
    _write(run, Claim(run.run_id, 1, _held(owner)))
    assert _checkpoints(run.thread_id) == before + 1


def test_who_lost_a_run_writes_nothing(serving: Engine) -> None:
    run = finish(make.run("hi"))
    owner = make.worker()
    before = _checkpoints(run.thread_id)
    lost = _held(owner)
    lost.lost = True
    over = Claim(run.run_id, 1, _held(owner), over=True)
    for claim in (Claim(run.run_id, 1, lost), over):
        with pytest.raises(LeaseLost):
            _write(run, claim)
    assert _checkpoints(run.thread_id) == before


def test_who_was_silent_waits_until_it_knows(serving: Engine) -> None:
    """A process that comes back from a pause: the next heartbeat tells."""
    run = finish(make.run("hi"))
    owner = make.worker()
    Run.objects.filter(pk=run.pk).update(status="running", worker=owner)
    before = _checkpoints(run.thread_id)
    silent = _held(owner, seconds=-1)

    def renew() -> None:
        time.sleep(0.3)
        silent.renew(time.monotonic())

    renewing = threading.Thread(target=renew)
    renewing.start()
    began = time.monotonic()
    _write(run, Claim(run.run_id, 1, silent))
    assert time.monotonic() - began > 0.25
    renewing.join()
    assert _checkpoints(run.thread_id) == before + 1


@pytest.mark.parametrize("change", [{"attempt": 2}, {"worker": None}, {"status": "pending"}], ids=str)
def test_postgresql_itself_lets_nobody_else_write(serving: Engine, change: dict[str, Any]) -> None:
    """Even who still believes to own the run, by its own clock."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one process at a time, whose own clock suffices")
    run = finish(make.run("hi"))
    owner = make.worker()
    Run.objects.filter(pk=run.pk).update(**{"status": "running", "worker": owner, **change})
    before = _checkpoints(run.thread_id)
    with pytest.raises(LeaseLost):
        _write(run, Claim(run.run_id, 1, _held(owner)))
    assert _checkpoints(run.thread_id) == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_id FROM checkpoint_writes WHERE thread_id = %s", [str(run.thread_id)])
        tasks = {task_id for (task_id,) in cursor.fetchall()}
    assert tasks
    assert TASK not in tasks


def test_a_graph_that_blocks_the_loop_is_named(serving: Engine, caplog: pytest.LogCaptureFixture) -> None:
    run = make.run(input={"seconds": 3.5}, graph_id="blocks")
    engine().start(run)
    told: Any = None
    deadline = time.monotonic() + 3.4
    while told is None and time.monotonic() < deadline:
        told = Worker.objects.get().blocked_by
        time.sleep(0.1)
    assert told is not None, "other processes are told, and this one does not look dead"
    assert (told["graph_id"], told["run_id"]) == ("blocks", str(run.run_id))
    listen(run)
    run.refresh_from_db()
    assert (run.status, run.attempt) == ("success", 1)
    assert serving.blocked["blocks"].times == 1
    assert 2 < serving.blocked["blocks"].seconds < 4
    (said,) = [record.getMessage() for record in caplog.records if "event loop is blocked" in record.getMessage()]
    assert f"graph blocks (run {run.run_id})" in said
    assert "time.sleep(state" in said
    time.sleep(2.2)
    assert Worker.objects.get().blocked_by is None
    assert Thread.objects.get().status == "idle"
