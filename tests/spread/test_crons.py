"""Crons where four processes look after them: two that serve, and two workers."""

import asyncio
from typing import Any

import pytest
from langgraph_sdk.client import LangGraphClient

from tests.spread.conftest import Spread
from tests.spread.test_spread import ticks
from tests.spread.test_threads import until

pytestmark = [pytest.mark.django_db, pytest.mark.asyncio(loop_scope="function")]

CRONS = 6
NOTICED_SECONDS = 12
"""Another process's cron is noticed within ten."""


async def test_each_comes_once(spread: Spread, a: LangGraphClient, b: LangGraphClient) -> None:
    """All come at one moment, and every process sees them: each begins one run, which a worker executes."""
    threads = [(await a.threads.create())["thread_id"] for _number in range(CRONS)]
    for number, thread_id in enumerate(threads):
        await (a, b)[number % 2].crons.create_for_thread(thread_id, "ticks", schedule="0 0 1 1 *", input=ticks(1))
    spread.site.ask("update assistants_app_cron set next_run_date = now() + interval '1 second'")

    async def all_ended() -> bool:
        return [await _ends(b, thread_id) for thread_id in threads] == [["success"]] * CRONS

    await until(all_ended, seconds=NOTICED_SECONDS + 5)
    await asyncio.sleep(NOTICED_SECONDS)
    assert [await _ends(a, thread_id) for thread_id in threads] == [["success"]] * CRONS


async def _ends(asking: LangGraphClient, thread_id: str) -> list[Any]:
    return [run["status"] for run in await asking.runs.list(thread_id)]
