"""Work that goes on beside everything else, for the life of a process."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

AGAIN_SECONDS = 5.0


async def ended(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel them, and wait until they have ended.

    `asyncio.wait_for` of Python 3.11, by which psycopg's pools wait, may pass over a cancellation that comes just as
    what it waits for is there: who then goes on for ever is told again.
    """
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=AGAIN_SECONDS)


@asynccontextmanager
async def going_on(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[None]:
    """`work` is done while the block lasts, and cancelled when it ends. What it raises ends it unheard."""
    task = asyncio.get_running_loop().create_task(work, name=name, context=contextvars.Context())
    try:
        yield
    finally:
        await ended(task)
