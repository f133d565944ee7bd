"""Runs that this process accepted as running: executed without a claim."""

import asyncio

from assistants_app.engine import Engine, engine
from assistants_app.models import Run
from assistants_app.services.threads import delete_thread
from tests import make
from tests.engine.test_threads import _checkpoints
from tests.running import finish, listen, wait_for


def test_it_works(serving: Engine) -> None:
    run = make.run("hi", worker_id=engine().worker_id)
    ended = finish(run)
    assert (ended.status, ended.thread.status, ended.attempt) == ("success", "idle", 1)


def test_the_next_one_follows(serving: Engine) -> None:
    first = make.run("hi", worker_id=engine().worker_id)
    second = make.run("more", on=first.thread, worker_id=engine().worker_id, options={"multitask_strategy": "enqueue"})
    engine().start(second)
    assert finish(first).status == "success"
    listen(second)
    assert Run.objects.get(pk=second.pk).status == "success"


def test_cancelled_before_it_was_started(serving: Engine) -> None:
    run = make.run("hi", graph_id="slow", worker_id=engine().worker_id)
    engine().cancel(run.run_id)
    wait_for(asyncio.sleep(0.05))
    assert finish(run).status == "interrupted"


def test_its_thread_deleted_before_it_was_started(serving: Engine) -> None:
    run = make.run("hi", worker_id=engine().worker_id)
    delete_thread(thread_id=run.thread_id)
    engine().start(run)
    listen(run)
    wait_for(asyncio.sleep(0.2))
    assert _checkpoints(run.thread_id) == 0
