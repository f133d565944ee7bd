"""A process that serves a stream goes: the official client goes on at another, with each event once and in order."""

import asyncio
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from assistants_app.engine.events.relay import RUN_BYTES
from tests.faults.front import Front, front
from tests.spread.conftest import Spread
from tests.spread.test_faults import in_order
from tests.spread.test_spread import Parts, ticked, ticks
from tests.spread.test_threads import new_thread, until

pytestmark = [pytest.mark.django_db, pytest.mark.asyncio(loop_scope="function")]

SHORT = ticks(300)
LONG: dict[str, Any] = {**ticks(400, seconds=0.001), "size": RUN_BYTES // 300}
"""More than a process holds of a run in its memory."""


@pytest.fixture
def door() -> Iterator[Front]:
    with front() as door:
        yield door


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_its_listener_goes_on_at_once(spread: Spread, door: Front, number: signal.Signals) -> None:
    parts: Parts = []
    with spread.site.web() as going:
        door.lead_to(going.url)
        async with get_client(url=f"{door.url}api", api_key="none") as asking:
            listening = asyncio.create_task(_hear(asking, await new_thread(asking), SHORT, parts))
            await until(lambda: _heard(parts, 50), seconds=60)
            door.lead_to(spread.b.url)
            going.process.send_signal(number)
            await asyncio.wait_for(listening, 60)
    check_whole(parts, SHORT)


async def test_its_listener_comes_back_after_more_than_a_process_holds(
    spread: Spread, door: Front, b: LangGraphClient
) -> None:
    """What was dropped from memory is read from where it is kept."""
    parts: Parts = []
    thread_id = await new_thread(b)
    with spread.site.web() as going:
        door.lead_to(going.url)
        async with get_client(url=f"{door.url}api", api_key="none") as asking:
            listening = asyncio.create_task(_hear(asking, thread_id, LONG, parts))
            await until(lambda: _heard(parts, 2), seconds=60)
            door.lead_to()
            going.process.kill()
            await until(lambda: _ended(b, thread_id), seconds=60)
            assert len(parts) < LONG["count"] // 4
            door.lead_to(spread.b.url)
            await asyncio.wait_for(listening, 60)
    check_whole(parts, LONG)


async def _hear(asking: LangGraphClient, thread_id: str, given: dict[str, Any], parts: Parts) -> None:
    stream = asking.runs.stream(thread_id, "ticks", input=given, stream_mode="custom", stream_resumable=True)
    async for part in stream:
        parts.append(part)


async def _heard(parts: Parts, count: int) -> bool:
    return sum(part.event == "custom" for part in parts) >= count


async def _ended(asking: LangGraphClient, thread_id: str) -> bool:
    return (await asking.runs.list(thread_id, limit=1))[0]["status"] == "success"


def check_whole(parts: Parts, given: dict[str, Any]) -> None:
    in_order(parts)
    assert ticked(parts) == list(range(given["count"]))
    assert {part.event for part in parts} == {"metadata", "custom"}
