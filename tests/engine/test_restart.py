"""The server stops and starts: nothing stays busy for ever, nothing that was accepted is forgotten."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from assistants_app.domain.stream import StreamEvent
from assistants_app.engine import Engine, engine, engine_thread
from assistants_app.models import Run, Thread
from assistants_app.services import runs
from assistants_app.services.runs import claim_run
from tests import make
from tests.running import finish, listen, wait_for

STOPPED = {"error": "Interrupted", "message": "The server was stopped while this run was going on."}


def test_it_works(transactional_db: None) -> None:
    """A process died: what it ran is an error, what waited behind it runs now."""
    died = make.run("hi")
    assert claim_run(run_id=died.run_id) is not None
    waits = make.run("more", on=died.thread, options={"multitask_strategy": "enqueue"})
    alone = make.run("hi")
    with engine_thread(engine()):
        listen(waits)
        listen(alone)
        died.refresh_from_db()
        assert (died.status, died.error) == (Run.Status.ERROR, STOPPED)
        assert died.finished_at is not None
        assert set(Run.objects.exclude(pk=died.pk).values_list("status", flat=True)) == {Run.Status.SUCCESS}
        assert set(Thread.objects.values_list("status", flat=True)) == {Thread.Status.IDLE}


def test_a_thread_tells_what_a_dead_process_left_in_it(transactional_db: None) -> None:
    with engine_thread(engine()):
        run = finish(make.run("hi"))
    Thread.objects.update(values=None)
    died = make.run("more", on=run.thread)
    assert claim_run(run_id=died.run_id) is not None
    with engine_thread(engine()):
        thread = Thread.objects.get()
    assert thread.values["messages"][0]["content"] == "hi"
    assert (thread.status, thread.error) == (Thread.Status.ERROR, STOPPED)


def test_a_clean_stop_ends_what_runs(transactional_db: None) -> None:
    with engine_thread(engine()):
        running = make.run("hi", graph_id="slow")
        waits = make.run("more", on=running.thread, settings={"seconds": 0}, options={"multitask_strategy": "enqueue"})
        engine().start(running)
        engine().start(waits)
        ended = _listen_in_a_thread(running)
    assert [event.event for event in ended()][-1] == "error"
    running.refresh_from_db()
    waits.refresh_from_db()
    assert (running.status, running.error) == (Run.Status.ERROR, STOPPED)
    assert waits.status == Run.Status.PENDING

    with engine_thread(engine()):
        listen(waits)
        waits.refresh_from_db()
        assert waits.status == Run.Status.SUCCESS
        state = wait_for(engine().thread_state(running.thread_id))
        assert [message["content"] for message in state.values["messages"]] == ["hi", "more", "done"]


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

    monkeypatch.setattr(runs, "recover_runs", refuse)
    before = threading.active_count()
    with pytest.raises(ValueError, match="no"), engine_thread(engine()):
        pass
    assert not engine().serving
    assert threading.active_count() == before
