"""One run at a time in a thread, in the order of acceptance; many threads at once."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from assistants_app.domain.errors import ThreadBusy
from assistants_app.engine import Engine, engine
from assistants_app.models import Run, Thread
from tests import make
from tests.running import connections_go_back_to, connections_taken, listen, wait_for

ENQUEUE = {"multitask_strategy": "enqueue"}


def _all_events(runs: list[Run]) -> list[int]:
    async def count(run: Run) -> int:
        return len([event async for event in engine().listen(run.run_id)])

    async def gather() -> list[int]:
        return await asyncio.gather(*map(count, runs))

    return wait_for(gather())


def test_it_works(serving: Engine) -> None:
    """Five runs on one thread."""
    thread = make.thread()
    runs = [make.run(f"message {number}", on=thread, options=ENQUEUE) for number in range(5)]
    for run in reversed(runs):
        engine().start(run)
    listen(runs[-1])

    runs = list(Run.objects.filter(thread=thread).order_by("number"))
    assert [run.status for run in runs] == [Run.Status.SUCCESS] * 5
    for earlier, later in pairwise(runs):
        assert earlier.finished_at <= later.started_at
    state = wait_for(engine().thread_state(thread.thread_id))
    humans = [message["content"] for message in state.values["messages"] if message["type"] == "human"]
    assert humans == [f"message {number}" for number in range(5)]
    thread.refresh_from_db()
    assert thread.status == Thread.Status.IDLE


def test_twenty_threads_run_at_once(serving: Engine) -> None:
    assistant = make.assistant(graph_id="slow", settings={"seconds": 0.3})
    runs = [make.run("hi", on=make.thread(assistant)) for _number in range(20)]
    began = time.monotonic()
    for run in runs:
        engine().start(run)
    counts = _all_events(runs)
    assert time.monotonic() - began < 20 * 0.3 / 2
    assert len(set(counts)) == 1
    assert set(Run.objects.values_list("status", flat=True)) == {"success"}


def test_many_runs_leave_no_connection_behind(serving: Engine) -> None:
    """More runs than the database has connections for, one after the other and together."""
    assistant = make.assistant()
    before = connections_taken()  # this thread's own, and what other tests left behind
    for _round in range(3):
        runs = [make.run("hi", on=make.thread(assistant)) for _number in range(12)]
        for run in runs:
            engine().start(run)
        _all_events(runs)
    assert Run.objects.filter(status="success").count() == 36
    assert connections_go_back_to(before)


def test_a_run_can_be_started_from_any_thread(serving: Engine) -> None:
    assistant = make.assistant()
    runs = [make.run("hi", on=make.thread(assistant)) for _number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(engine().start, runs))
    _all_events(runs)
    assert Run.objects.filter(status="success").count() == 8


def test_a_run_is_started_once_however_often_it_is_asked_for(serving: Engine) -> None:
    run = make.run("hi")
    for _time in range(5):
        engine().start(run)
    events = listen(run)
    engine().start(run)
    wait_for(asyncio.sleep(0.1))
    assert listen(run) == events
    assert [event.event for event in events].count("metadata") == 1


def test_a_busy_thread_refuses_by_default(serving: Engine) -> None:
    run = make.run("hi", graph_id="slow")
    engine().start(run)
    with pytest.raises(ThreadBusy):
        make.run("more", on=run.thread)
    engine().cancel(run.run_id)
    listen(run)
    assert make.run("more", on=run.thread).number == 2


def test_a_run_may_interrupt_the_one_before(serving: Engine) -> None:
    first = make.run("hi", graph_id="slow")
    engine().start(first)
    second = make.run("more", on=first.thread, settings={"seconds": 0}, options={"multitask_strategy": "interrupt"})
    engine().start(second)
    assert listen(second)[-1].json["messages"][-1]["content"] == "done"
    assert list(Run.objects.order_by("number").values_list("status", flat=True)) == ["interrupted", "success"]


@pytest.mark.parametrize("_time", range(3))
def test_a_waiting_run_whose_turn_comes_just_then_is_cancelled_all_the_same(serving: Engine, _time: int) -> None:
    first = make.run("hi", graph_id="slow")
    runs = [first, *(make.run("more", on=first.thread, options=ENQUEUE) for _number in range(7))]
    for run in runs:
        engine().start(run)
    time.sleep(0.3)
    for run in reversed(runs):
        engine().cancel(run.run_id)
    for run in runs:
        listen(run)
    assert set(Run.objects.values_list("status", flat=True)) == {"interrupted"}


def test_a_waiting_run_can_be_cancelled(serving: Engine) -> None:
    first = make.run("hi", graph_id="slow")
    second = make.run("more", on=first.thread, options=ENQUEUE)
    third = make.run("yet more", on=first.thread, settings={"seconds": 0}, options=ENQUEUE)
    for run in (first, second, third):
        engine().start(run)
    engine().cancel(second.run_id)
    assert listen(second) == []
    engine().cancel(first.run_id)
    listen(third)
    statuses = list(Run.objects.order_by("number").values_list("status", flat=True))
    assert statuses == ["interrupted", "interrupted", "success"]
