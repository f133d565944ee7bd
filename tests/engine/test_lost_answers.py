"""What the database did, and could not answer, for it or the way to it went away: it is asked again, and was done."""

import time
import uuid
from collections.abc import Callable
from copy import copy
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import OperationalError

from assistants_app.engine import Engine, engine, engine_thread
from assistants_app.engine.events.relay import Relay
from assistants_app.engine.runs import attempts, recovering
from assistants_app.models import Run
from assistants_app.services import recovery, runs
from tests import make
from tests.running import finish, listen


@pytest.fixture
def lose_answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], None]:
    """Of the first call of a service: it is done, and fails all the same."""

    def lose(module: Any, name: str) -> None:
        whole, calls = getattr(module, name), []

        def call(**given: Any) -> Any:
            calls.append(name)
            if len(calls) > 1:
                return whole(**given)
            whole(**{key: copy(value) for key, value in given.items()})
            raise OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(module, name, call)

    return lose


def test_a_run_was_claimed(serving: Engine, lose_answer: Callable[[Any, str], None]) -> None:
    """It goes on within a moment, not when somebody finds that nobody executes it."""
    lose_answer(runs, "claim_run")
    began = time.monotonic()
    run = finish(make.run("hi"))
    assert time.monotonic() - began < 3
    assert (run.status, run.attempt, run.failures) == ("success", 2, 0)


def test_what_a_run_told_before(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes it up asks for that, by another way than Django's; the run is not left behind."""
    whole, calls = Relay.take_over, list[uuid.UUID]()

    async def take_over(relay: Relay, run_id: uuid.UUID) -> None:
        calls.append(run_id)
        if len(calls) == 1:
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        await whole(relay, run_id)

    monkeypatch.setattr(Relay, "take_over", take_over)
    run = make.running(by=make.worker(silent_for=7))
    with engine_thread(engine()):
        listen(run)
        run.refresh_from_db()
    assert (run.status, run.attempt) == ("success", 2)


def test_the_next_attempt_began(
    serving: Engine, lose_answer: Callable[[Any, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "AGAIN_SECONDS", (0.05,))
    lose_answer(recovery, "begin_next_attempt")
    run = make.run(input={"times": 1}, graph_id="stumbles")
    began = time.monotonic()
    engine().start(run)
    heard = listen(run)
    assert time.monotonic() - began < 3
    assert [event.json["attempt"] for event in heard if event.event == "metadata"] == [1, 3]
    numbers = [event.id for event in heard]
    assert numbers == sorted(set(numbers))
    run.refresh_from_db()
    assert (run.status, run.failures) == ("success", 1)


def test_a_run_ended(serving: Engine, lose_answer: Callable[[Any, str], None]) -> None:
    """Whoever is told of the ends of runs hears of it, and the next one of its thread begins."""
    ended: list[uuid.UUID] = []
    engine().on_run_end.append(lambda run, _end: ended.append(run.run_id))
    try:
        run = make.run("hi")
        behind = make.run("more", on=run.thread, options={"multitask_strategy": "enqueue"})
        lose_answer(runs, "finish_run")
        began = time.monotonic()
        engine().start(run)
        listen(behind)
    finally:
        engine().on_run_end.pop()
    assert time.monotonic() - began < 3
    assert ended == [run.run_id, behind.run_id]
    assert set(Run.objects.values_list("status", flat=True)) == {"success"}


def test_a_run_was_accepted(serving: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """As this process's own, and nobody told it so."""
    monkeypatch.setattr(recovering, "QUIET", timedelta(seconds=0.3))
    run = make.run("hi", worker_id=serving.worker_id)
    began = time.monotonic()
    listen(run)
    assert time.monotonic() - began < 2 * recovering.LOOK_SECONDS + 1
    run.refresh_from_db()
    assert (run.status, run.attempt, run.failures) == ("success", 2, 0)
