"""Goes on with what is being hidden, or shown again, wherever the request that began it left off."""

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from assistants_app.engine.background import ended
from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.services.hiding import seal_some

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0


@asynccontextmanager
async def sealing_settings(database: DatabaseThreads) -> AsyncIterator[None]:
    """While the block lasts. Any number of processes may: each batch is done by one of them."""
    task = asyncio.get_running_loop().create_task(_seal(database), name="sealing", context=contextvars.Context())
    try:
        yield
    finally:
        await ended(task)


async def _seal(database: DatabaseThreads) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            while await database.call(seal_some):
                pass
        except Exception:  # a database that does not answer now may do so the next time
            logger.exception("Settings that are hidden could not be sealed.")
