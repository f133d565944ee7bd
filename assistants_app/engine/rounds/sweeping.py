"""Threads that have expired, found now and then: deleted, or thinned out to their newest state."""

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

from assistants_app.engine.background import ended
from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.engine.threads.upkeep import DeltasKept, Upkeep
from assistants_app.services import expiry

logger = logging.getLogger(__name__)

AT_ONCE = 50
"""Threads that one question finds."""

FIRST_SECONDS = 60.0
"""The first look, however long the interval: a site that is started often would never come to one."""


class ThreadSweeper:
    """Lives in the engine's loop. What goes on in a thread is never disturbed: busy ones are passed over."""

    def __init__(self, *, database: DatabaseThreads, upkeep: Upkeep) -> None:
        self._database = database
        self._upkeep = upkeep

    async def sweep(self) -> int:
        """Let go of everything that has expired; how many threads that concerned."""
        swept, began = 0, datetime.now(UTC)
        while due := await self._database.call(expiry.due_threads, until=began, limit=AT_ONCE):
            for thread_id in due:
                swept += await self._expire(thread_id)
        return swept

    async def _expire(self, thread_id: UUID) -> bool:
        happens = await self._database.call(expiry.expire_thread, thread_id=thread_id)
        if happens == "keep_latest":
            try:
                await self._upkeep.keep_latest(str(thread_id))
            except DeltasKept:
                logger.info("thread %s has expired, but its graph needs its older states", thread_id)
                return False
        return happens is not None


@asynccontextmanager
async def sweeping(sweeper: ThreadSweeper, seconds: float) -> AsyncIterator[None]:
    """Sweep every so many seconds, as long as the block lasts."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(_sweep_again_and_again(sweeper, seconds), name="sweeper", context=contextvars.Context())
    try:
        yield
    finally:
        await ended(task)


async def _sweep_again_and_again(sweeper: ThreadSweeper, seconds: float) -> None:
    await asyncio.sleep(min(FIRST_SECONDS, seconds))
    while True:
        try:
            if swept := await sweeper.sweep():
                logger.info("%s threads had expired", swept)
        except Exception:  # a database that does not answer now may do so the next time
            logger.exception("Expired threads could not be swept.")
        await asyncio.sleep(seconds)
