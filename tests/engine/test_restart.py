"""The server stops and starts: nothing stays busy for ever, nothing that was accepted is forgotten."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import override_settings

from assistants_app.domain.stream import StreamEvent
from assistants_app.engine import Engine, engine, engine_thread
from assistants_app.models import Run, Thread, Worker
from assistants_app.services import recovery
from tests import make
from tests.running import finish, listen, wait_for

LOST = "The process that executed this run ended before the run did, in each of its attempts: 1."


def test_it_works(transactional_db: None) -> None:
    """A process died: what it ran goes on with another attempt, what waited behind it runs then."""
    died = make.running(by=make.worker(silent_for=7))
    waits = make.run("more", on=died.thread, options={"multitask_strategy": "enqueue"})
    alone = make.run("hi")
    with engine_thread(engine()):
        events = listen(died)
        assert events[0].json == {"run_id": str(died.run_id), "attempt": 2}
        listen(waits)
        listen(alone)
        died.refresh_from_db()
        assert (died.status, died.attempt, died.failures, died.error) == (Run.Status.SUCCESS, 2, 1, None)
        assert set(Run.objects.values_list("status", flat=True)) == {Run.Status.SUCCESS}
        assert set(Thread.objects.values_list("status", flat=True)) == {Thread.Status.IDLE}
        state = wait_for(engine().thread_state(died.thread_id))
        assert [message["content"] for message in state.values["messages"][::2]] == ["hi", "more"]


@override_settings(RUN_ATTEMPTS=1)
def test_a_run_that_failed_too_often_is_an_error_and_its_thread_tells_what_is_there(transactional_db: None) -> None:
    with engine_thread(engine()):
        run = finish(make.run("hi"))
    Thread.objects.update(values=None)
    died = make.running("more", on=run.thread, by=make.worker(silent_for=7))
    ended: list[str] = []
    engine().on_run_end.append(lambda run, end: ended.append(f"{run.run_id} {end.status}"))
    try:
        with engine_thread(engine()):
            thread = Thread.objects.get()
    finally:
        engine().on_run_end.pop()
    assert thread.values["messages"][0]["content"] == "hi"
    assert thread.status == Thread.Status.ERROR
    assert thread.error["message"] == LOST
    died.refresh_from_db()
    assert (died.status, died.error) == (Run.Status.ERROR, thread.error)
    assert died.finished_at is not None
    assert ended == [f"{died.run_id} error"]


def test_a_clean_stop_hands_over_what_runs(transactional_db: None) -> None:
    with engine_thread(engine()):
        running = make.run("hi", graph_id="slow")
        waits = make.run("more", on=running.thread, settings={"seconds": 0}, options={"multitask_strategy": "enqueue"})
        engine().start(running)
        engine().start(waits)
        ended = _listen_in_a_thread(running)
    assert "error" not in [event.event for event in ended()]
    running.refresh_from_db()
    waits.refresh_from_db()
    assert (running.status, running.worker_id, running.error) == (Run.Status.PENDING, None, None)
    assert (running.attempt, running.failures) == (2, 0), "stopping is no failure"
    assert waits.status == Run.Status.PENDING
    assert not Worker.objects.exists()

    Run.objects.filter(pk=running.pk).update(context={"seconds": 0})
    with engine_thread(engine()):
        attempts = [event.json["attempt"] for event in listen(running) if event.event == "metadata"]
        assert attempts == [1, 2]
        listen(waits)
        assert set(Run.objects.values_list("status", flat=True)) == {Run.Status.SUCCESS}
        state = wait_for(engine().thread_state(running.thread_id))
        assert [message["content"] for message in state.values["messages"]] == ["hi", "done", "more", "done"]


def _listen_in_a_thread(run: Run) -> Callable[[], list[StreamEvent]]:
    """Listens beside this thread; the answer of the call is what was heard until the stream ended."""
    pool = ThreadPoolExecutor(1)
    heard = pool.submit(listen, run)
    wait_for(_until_it_runs(run))
    pool.shutdown(wait=False)
    return lambda: heard.result(10)


async def _until_it_runs(run: Run) -> None:
    async for event in engine().listen(run.run_id):
        if event.event == "values":
            return


def test_conversations_are_still_there_after_a_restart(transactional_db: None) -> None:
    with engine_thread(engine()):
        run = finish(make.run("one"))
    with engine_thread(engine()):
        assert len(wait_for(engine().thread_state(run.thread_id)).values["messages"]) == 2
        finish(make.run("two", on=run.thread))
        assert len(wait_for(engine().thread_state(run.thread_id)).values["messages"]) == 4


def test_stopping_twice_is_harmless(serving: Engine) -> None:
    assert serving.serving
    wait_for(serving._here(serving.shutdown))
    assert not serving.serving
    wait_for(asyncio.sleep(0))
    wait_for(serving.shutdown())


def test_a_start_that_fails_leaves_nothing_open(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_error: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr(recovery, "recover_runs", refuse)
    before = threading.active_count()
    with pytest.raises(ValueError, match="no"), engine_thread(engine()):
        pass
    assert not engine().serving
    assert threading.active_count() == before
