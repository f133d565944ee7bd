"""Work that goes on beside everything else, for the life of a process."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def going_on(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[None]:
    """`work` is done while the block lasts, and cancelled when it ends. What it raises ends it unheard."""
    task = asyncio.get_running_loop().create_task(work, name=name, context=contextvars.Context())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
