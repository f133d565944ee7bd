"""Who listens in the very process that executes a run hears what is kept, and nothing that dies with it."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg
import pytest
from langgraph_sdk.client import LangGraphClient

from tests.spread.site import Site, client
from tests.spread.test_faults import GONE_SECONDS, in_order, walk, walked
from tests.spread.test_spread import Parts, taken
from tests.spread.test_threads import new_thread, until

pytestmark = [pytest.mark.django_db, pytest.mark.asyncio(loop_scope="function")]

HOLD = "lock table assistants_app_relayedpart in share mode"
GIVE_UP = """
select pg_terminate_backend(pid) from pg_stat_activity
 where datname = current_database() and pid <> pg_backend_pid() and wait_event_type = 'Lock'
"""
"""What a process that died had asked for is not done after its death."""

STEPS = 30


async def test_it_is_killed_before_what_it_told_is_kept(site: Site) -> None:
    """Who listened to it goes on elsewhere, and has heard what everybody hears who asks for all of it."""
    heard: Parts = []
    with site.web(ASSISTANTS_WEB_RUNS="4") as dying:
        async with client(dying) as asking:
            thread_id, run_id = await _walking(asking)
            listening = asyncio.create_task(_hear(asking, thread_id, run_id, heard))
            await until(lambda: _steps(heard, 3), seconds=60)
            async with _nothing_kept(site):
                await asyncio.sleep(0.5)
                dying.process.kill()
                await asyncio.wait({listening}, timeout=GONE_SECONDS)
                listening.cancel()
                site.ask(GIVE_UP)
    with site.web(ASSISTANTS_WEB_RUNS="4") as staying:
        async with client(staying) as asking:
            last = heard[-1].id
            rest = await taken(asking.runs.join_stream(thread_id, run_id, last_event_id=last))
            in_order([*heard, *rest])
            assert [*heard, *rest] == await taken(asking.runs.join_stream(thread_id, run_id, last_event_id="-1"))
            await walked(asking, thread_id, STEPS)


async def test_it_stands_still_and_the_run_is_taken_from_it(site: Site) -> None:
    """Who listens to it hears what the next attempt tells elsewhere, and nothing that was not kept."""
    heard: Parts = []
    with site.web(ASSISTANTS_WEB_RUNS="4") as still, site.web(ASSISTANTS_WEB_RUNS="4") as other:
        async with client(other) as elsewhere:
            thread_id, run_id = await _walking(elsewhere)
            first = await _first_told(elsewhere, thread_id, run_id)
            executing, taking = (still, other) if first["process"] == still.process.pid else (other, still)
            async with client(executing) as asking, client(taking) as staying:
                listening = asyncio.create_task(_hear(asking, thread_id, run_id, heard))
                await until(lambda: _steps(heard, 3), seconds=60)
                async with _nothing_kept(site):
                    await asyncio.sleep(0.3)
                    executing.process.send_signal(signal.SIGSTOP)
                    site.ask(GIVE_UP)
                await until(lambda: _attempt(site, run_id), seconds=60)
                executing.process.send_signal(signal.SIGCONT)
                await asyncio.wait_for(listening, 60)
                in_order(heard)
                whole = await taken(staying.runs.join_stream(thread_id, run_id, last_event_id="-1"))
                assert heard == whole
                assert {told["process"] for told in in_order(whole)} == {still.process.pid, other.process.pid}
                await walked(staying, thread_id, STEPS)


async def _walking(asking: LangGraphClient) -> tuple[str, str]:
    thread_id = await new_thread(asking)
    run = await asking.runs.create(thread_id, "walk", input=walk(STEPS), stream_mode="custom", stream_resumable=True)
    return thread_id, run["run_id"]


async def _hear(asking: LangGraphClient, thread_id: str, run_id: str, heard: Parts) -> None:
    with suppress(Exception):  # whatever a client makes of a server that dies
        async for part in asking.runs.join_stream(thread_id, run_id, last_event_id="-1"):
            heard.append(part)


async def _steps(heard: Parts, count: int) -> bool:
    return sum(part.event == "custom" for part in heard) >= count


async def _first_told(asking: LangGraphClient, thread_id: str, run_id: str) -> dict[str, Any]:
    async for part in asking.runs.join_stream(thread_id, run_id, last_event_id="-1"):
        if part.event == "custom":
            return dict(part.data)
    raise AssertionError("it told nothing")


async def _attempt(site: Site, run_id: str) -> bool:
    """Whether the next one has told something."""
    told = site.ask("select told from assistants_app_relayedpart where run_id = %s", run_id)
    return any('"attempt":2' in part for (part,) in told)


@asynccontextmanager
async def _nothing_kept(site: Site) -> AsyncIterator[None]:
    """Whoever wants to keep an event in the database waits until the block ends."""
    async with await psycopg.AsyncConnection.connect(site.url) as holding:
        await holding.execute(HOLD.encode())
        yield
