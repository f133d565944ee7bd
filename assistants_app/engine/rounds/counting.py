"""Adds ended runs to the tallies, a few seconds after they ended, and what threads came and went to their number, as
long as this process lives."""

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from assistants_app.engine.background import ended
from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.models import counted_threads
from assistants_app.models.statistics import gather_statistics
from assistants_app.services import counting

logger = logging.getLogger(__name__)

COUNT_SECONDS = 10.0
FORGET_ROUNDS = 360
"""What is old goes every so many rounds, which is every hour."""


@asynccontextmanager
async def counting_runs(database: DatabaseThreads) -> AsyncIterator[None]:
    """Every few seconds while the block lasts. Any number of processes may: one of them counts at a time."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(_count_again_and_again(database), name="counting", context=contextvars.Context())
    try:
        yield
    finally:
        await ended(task)


async def _count_again_and_again(database: DatabaseThreads) -> None:
    rounds = 0
    while True:
        await asyncio.sleep(COUNT_SECONDS)
        rounds += 1
        try:
            while await database.call(counting.count_ended_runs):
                pass
            await database.call(counted_threads.fold)
            if rounds % FORGET_ROUNDS == 0:
                await database.call(counting.forget_hours)
                await database.call(gather_statistics)
        except Exception:  # a database that does not answer now may do so the next time
            logger.exception("Ended runs could not be counted.")
