"""Processes that die, stop or come while runs go on: every accepted run ends once, each listener hears it in order."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from langgraph_sdk.client import LangGraphClient

from tests.commands.served import Served, Started
from tests.postgres import Cluster, find_programs
from tests.spread.site import Site, client
from tests.spread.test_spread import Parts, taken, ticked, ticks
from tests.spread.test_threads import new_thread, until

pytestmark = [pytest.mark.django_db, pytest.mark.asyncio(loop_scope="function")]

STEPS = 20

GONE_SECONDS = 5.0
"""What a process told before it was killed has come by then. The SDK asks it for a minute whether it is back."""
CUT = """
select pg_terminate_backend(pid) from pg_stat_activity
 where datname = current_database() and pid <> pg_backend_pid()
   and (query like 'LISTEN assistants%' or query = 'SELECT 1')
"""


@pytest.fixture
def web(site: Site) -> Iterator[Served]:
    with site.web() as web:
        yield web


@pytest.fixture
async def asking(web: Served) -> AsyncIterator[LangGraphClient]:
    async with client(web) as asking:
        yield asking


def walk(steps: int = STEPS, seconds: float = 0.1) -> dict[str, Any]:
    return {"steps": steps, "seconds": seconds}


async def walked(asking: LangGraphClient, thread_id: str, steps: int = STEPS) -> None:
    """The graph's own end: each step counted once, whatever happened meanwhile."""
    state: Any = await asking.threads.get_state(thread_id)
    assert state["values"]["done"] == list(range(steps))


def in_order(parts: Parts) -> list[dict[str, Any]]:
    """What its steps told; no event came twice or out of its order."""
    ids = [int(part.id or 0) for part in parts]
    assert ids == sorted(set(ids))
    return [part.data for part in parts if part.event == "custom"]


async def the_one_at_work(told: list[Any], workers: "tuple[Started, ...]") -> Started:
    await until(lambda: _any(told), seconds=60)
    return next(worker for worker in workers if worker.process.pid == told[0]["process"])


async def _any(told: list[Any]) -> bool:
    return len(told) > 2


@pytest.mark.parametrize(("number", "seconds"), [(signal.SIGKILL, 10.0), (signal.SIGTERM, 5.0), (signal.SIGSTOP, 12.0)])
async def test_a_worker_that_goes(
    site: Site, web: Served, asking: LangGraphClient, number: signal.Signals, seconds: float
) -> None:
    """Killed, stopped in earnest, or frozen for a while: another goes on from the last step. `seconds` is what that may
    take beside what a run that nothing happens to takes to begin, which is long where the machine is busy."""
    thread_id = await new_thread(asking)
    told: list[Any] = []
    parts: Parts = []
    with ExitStack() as stack:
        workers = (stack.enter_context(site.worker(4)), stack.enter_context(site.worker(4)))
        seconds += await _beginning(asking)
        run = await asking.runs.create(thread_id, "walk", input=walk(), stream_mode="custom", stream_resumable=True)

        async def listen() -> None:
            async for part in asking.runs.join_stream(thread_id, run["run_id"], last_event_id="-1"):
                parts.append(part)
                if part.event == "custom":
                    told.append(part.data)

        listening = asyncio.create_task(listen())
        gone = await the_one_at_work(told, workers)
        gone.process.send_signal(number)
        stack.callback(gone.process.send_signal, signal.SIGCONT)  # whatever fails here, it can be stopped
        went = time.monotonic()
        await until(lambda: _another(told, gone), seconds=60)
        assert time.monotonic() - went < seconds
        if number == signal.SIGSTOP:
            gone.process.send_signal(signal.SIGCONT)
        await asyncio.wait_for(listening, 30)
        if number == signal.SIGSTOP:
            await asyncio.sleep(1)  # it has come back to a run that is not its own
        if number == signal.SIGKILL:
            gone.process.wait()
    in_order(parts)
    assert (await asking.runs.get(thread_id, run["run_id"]))["status"] == "success"
    await walked(asking, thread_id)
    ((attempt,),) = site.ask("select attempt from assistants_app_run where run_id = %s", run["run_id"])
    assert attempt == 2
    again = await taken(asking.runs.join_stream(thread_id, run["run_id"], last_event_id="-1"))
    assert again == parts


async def test_a_worker_that_cannot_stop_is_gone_all_the_same(site: Site, web: Served, asking: LangGraphClient) -> None:
    """Its loop is blocked: nothing is handed over, the end comes after a bounded time, and says where it stood."""
    thread_id = await new_thread(asking)
    with site.worker(1) as worker:
        await asking.runs.create(thread_id, "blocks", input={"seconds": 60})
        await until(lambda: _runs(asking, thread_id))
        await asyncio.sleep(1)
        worker.process.terminate()
        began = time.monotonic()
        code = await asyncio.to_thread(worker.process.wait, 20)
        assert code == 1
        assert time.monotonic() - began < 15
    await asking.threads.delete(thread_id)  # or the next worker of this site takes the run up, and is blocked by it


async def _beginning(asking: LangGraphClient) -> float:
    """Seconds from asking for runs to their ends, one after the other as often as a run that is taken up goes through
    the queue, the database and a worker."""
    began = time.monotonic()
    for _turn in range(3):
        await asking.runs.wait(None, "ticks", input=ticks(1))
    return time.monotonic() - began


async def _another(told: list[Any], gone: Started) -> bool:
    return told[-1]["process"] != gone.process.pid


async def test_the_connection_that_listens_is_cut(site: Site, web: Served, asking: LangGraphClient) -> None:
    """Again and again, in every process; nothing is missed and nothing comes twice, and a run can still be stopped."""
    thread_id = await new_thread(asking)
    with site.worker(4):
        listening = asyncio.create_task(
            taken(asking.runs.stream(thread_id, "ticks", input=ticks(300), stream_mode="custom"))
        )
        for _cut in range(4):
            await asyncio.sleep(0.8)
            site.ask(CUT)
        parts = await asyncio.wait_for(listening, 30)
        assert ticked(parts) == list(range(300))
        in_order(parts)
        run = await asking.runs.create(thread_id, "ticks", input=ticks(10_000))
        await until(lambda: _runs(asking, thread_id))
        await asking.runs.cancel(thread_id, run["run_id"], wait=True)


async def _runs(asking: LangGraphClient, thread_id: str) -> bool:
    return (await asking.runs.list(thread_id, limit=1))[0]["status"] == "running"


@pytest.mark.one_database  # it starts its own
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
async def test_the_database_restarts(tmp_path: Path, number: signal.Signals) -> None:
    """In order, or after a crash, which empties the table of events: who listens notices nothing but a pause."""
    if (programs := find_programs()) is None:
        pytest.skip("needs PostgreSQL's server programs")
    cluster = Cluster(programs)
    try:
        site = Site(tmp_path, cluster.start())
        with site.web() as web, site.worker(4):
            async with client(web) as asking:
                thread_id = await new_thread(asking)
                stream = asking.runs.stream(thread_id, "walk", input=walk(), stream_mode="custom")
                parts = [await anext(stream) for _part in range(8)]
                await asyncio.to_thread(cluster.restart, number)
                parts += await asyncio.wait_for(taken(stream), 40)
                assert [told["step"] for told in in_order(parts)] == list(range(STEPS))
                await walked(asking, thread_id)
                again: Any = await asyncio.wait_for(asking.runs.wait(None, "ticks", input=ticks(3)), 20)
                assert again["ticked"] == 3
    finally:
        cluster.stop()


async def test_the_serving_process_dies(site: Site, web: Served) -> None:
    """The run does not notice; who listened goes on at another one, after what was heard."""
    with site.web() as other, site.worker(4):
        async with client(other) as dying, client(web) as staying:
            thread_id = await new_thread(dying)
            run = await dying.runs.create(thread_id, "ticks", input=ticks(200), stream_mode="custom")
            stream = dying.runs.join_stream(thread_id, run["run_id"], last_event_id="-1")
            heard = [await anext(stream) for _part in range(50)]
            other.process.send_signal(signal.SIGKILL)
            with suppress(Exception):  # whatever a client makes of it; what it had read before still counts
                async with asyncio.timeout(GONE_SECONDS):
                    async for part in stream:
                        heard.append(part)
            last = heard[-1].id
            rest = await taken(staying.runs.join_stream(thread_id, run["run_id"], last_event_id=last))
            assert ticked([*heard, *rest]) == list(range(200))
            in_order([*heard, *rest])


async def test_serving_processes_execute_too(site: Site) -> None:
    """Without any worker; another process tells of it."""
    with site.web(ASSISTANTS_WEB_RUNS="4") as executing, site.web() as telling:
        async with client(telling) as asking:
            parts = await taken(asking.runs.stream(None, "ticks", input=ticks(20), stream_mode=["custom", "values"]))
            assert ticked(parts) == list(range(20))
            assert parts[-1].data["process"] == executing.process.pid


async def test_nobody_executes_yet(site: Site, web: Served, asking: LangGraphClient) -> None:
    """A run waits for a worker, and so does who listens to it."""
    listening = asyncio.create_task(
        taken(asking.runs.stream(None, "ticks", input=ticks(3), stream_mode="custom", on_disconnect="continue"))
    )
    await asyncio.sleep(1)
    assert not listening.done()
    with site.worker(1):
        assert ticked(await asyncio.wait_for(listening, 20)) == [0, 1, 2]
