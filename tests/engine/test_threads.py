"""What a thread holds, also when its graph has gone; and that nothing is left of a thread that was deleted."""

import asyncio
import time
import uuid

import pytest

from assistants_app.domain.errors import EngineNotRunning, RunNotFound, ThreadNotFound
from assistants_app.engine import Engine, ThreadState, engine
from assistants_app.models import Run, Thread
from assistants_app.services import runs
from assistants_app.services.assistants import delete_assistant
from assistants_app.services.authors import SYSTEM
from assistants_app.services.threads import delete_thread
from tests import make
from tests.running import finish, listen, wait_for


def _state(thread: Thread) -> ThreadState:
    return wait_for(engine().thread_state(thread.thread_id))


def test_it_works(serving: Engine) -> None:
    thread = make.thread()
    assert _state(thread) == ThreadState(values={})
    run = finish(make.run("hi", on=thread))
    state = _state(thread)
    assert [message["type"] for message in state.values["messages"]] == ["human", "ai"]
    assert (state.next, state.tasks, state.interrupts, state.problem) == ((), (), (), "")
    assert state.checkpoint_id > state.parent_checkpoint_id > ""
    assert state.metadata["run_id"] == str(run.run_id)
    assert state.metadata["assistant_version"] == 1

    history = wait_for(engine().history(thread.thread_id))
    assert [one.checkpoint_id for one in history][:2] == [state.checkpoint_id, state.parent_checkpoint_id]
    assert [one.metadata["source"] for one in history] == ["loop", "loop", "input"]
    assert wait_for(engine().history(thread.thread_id, limit=1, before=state.checkpoint_id)) == [history[1]]


def test_what_is_not_there_is_said(serving: Engine) -> None:
    nowhere = uuid.uuid4()
    with pytest.raises(ThreadNotFound):
        wait_for(engine().thread_state(nowhere))
    with pytest.raises(ThreadNotFound):
        wait_for(engine().branches(nowhere))
    with pytest.raises(RunNotFound):
        wait_for(anext(aiter(engine().listen(nowhere))))


def test_a_thread_whose_graph_has_gone_stays_readable(serving: Engine) -> None:
    run = finish(make.run("hi"))
    before = _state(run.thread)
    Run.objects.update(graph_id="broken")
    Thread.objects.update(metadata={"graph_id": "broken"})
    state = _state(run.thread)
    assert state.values["messages"] == before.values["messages"]
    assert state.checkpoint_id == before.checkpoint_id
    assert "broken" in state.problem


def test_a_graph_with_a_checkpointer_of_its_own_keeps_its_thread_here(serving: Engine) -> None:
    run = finish(make.run("hi", graph_id="nested"))
    assert [message["content"] for message in _state(run.thread).values["messages"]] == ["hi", "It is sunny in Paris."]


def _checkpoints(thread_id: uuid.UUID) -> int:
    supervisor = engine()._executing.supervisor
    return len(wait_for(engine()._here(lambda: supervisor._saver.lineage(str(thread_id)))))


def test_a_deleted_thread_leaves_nothing_behind(serving: Engine) -> None:
    kept, gone = finish(make.run("hi")), finish(make.run("hi"))
    assert _checkpoints(gone.thread_id) == 3
    delete_thread(thread_id=gone.thread_id)
    wait_for(asyncio.sleep(0.2))
    assert (_checkpoints(gone.thread_id), _checkpoints(kept.thread_id)) == (0, 3)
    with pytest.raises(ThreadNotFound):
        delete_thread(thread_id=gone.thread_id)


def test_a_thread_that_goes_with_its_assistant_leaves_nothing_behind(serving: Engine) -> None:
    run = finish(make.run("hi"))
    assert run.assistant is not None
    delete_assistant(
        assistant_id=run.assistant.assistant_id, typed_name=run.assistant.name, author=SYSTEM, delete_threads=True
    )
    wait_for(asyncio.sleep(0.2))
    assert _checkpoints(run.thread_id) == 0


def test_deleting_a_thread_stops_what_runs_in_it(serving: Engine) -> None:
    run = make.run("hi", graph_id="slow")
    engine().start(run)

    async def delete_in_the_middle() -> None:
        async for event in engine().listen(run.run_id):
            if event.event == "values":
                await asyncio.to_thread(_delete, run.thread_id)

    wait_for(delete_in_the_middle())
    wait_for(asyncio.sleep(0.2))
    assert _checkpoints(run.thread_id) == 0
    assert not Run.objects.exists()


def test_deleting_a_thread_stops_a_run_that_is_just_being_claimed(
    serving: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claim is committed, then the deletion; the engine's loop hears of the deletion first."""
    claim = runs.claim_run

    def claim_then_lose_the_thread(*, run_id: uuid.UUID, worker_id: uuid.UUID) -> Run | None:
        claimed = claim(run_id=run_id, worker_id=worker_id)
        assert claimed is not None
        delete_thread(thread_id=claimed.thread_id)
        time.sleep(0.1)
        return claimed

    monkeypatch.setattr(runs, "claim_run", claim_then_lose_the_thread)
    run = make.run("hi", graph_id="slow")
    engine().start(run)
    wait_for(_left(run.run_id), seconds=10)
    wait_for(asyncio.sleep(0.2))
    assert _checkpoints(run.thread_id) == 0
    assert not Run.objects.exists()


async def _left(run_id: uuid.UUID) -> None:
    """Until nothing of a run goes on any more, neither its supervision nor its graph."""

    async def tasks() -> None:
        own = [task for task in asyncio.all_tasks() if task.get_name().endswith(str(run_id))]
        if own:
            await asyncio.wait(own)

    await engine()._here(tasks)


def _delete(thread_id: uuid.UUID) -> None:
    from django.db import connection

    delete_thread(thread_id=thread_id)
    connection.close()


def test_a_process_that_does_not_serve_says_so(transactional_db: None) -> None:
    run = make.run("hi")
    with pytest.raises(EngineNotRunning):
        engine().start(run)
    with pytest.raises(EngineNotRunning):
        wait_for(engine().thread_state(run.thread_id))
    with pytest.raises(EngineNotRunning):
        listen(run)
