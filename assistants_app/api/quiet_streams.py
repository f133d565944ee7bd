"""Keeps a stream open that has nothing to say for a while."""

import asyncio
from collections.abc import AsyncIterator

from assistants_app.domain.stream import HEARTBEAT
from assistants_app.engine.service import HEARTBEAT_SECONDS


async def with_heartbeats(chunks: AsyncIterator[bytes], quiet: float = HEARTBEAT_SECONDS) -> AsyncIterator[bytes]:
    """The same, with a heartbeat whenever nothing came for `quiet` seconds. What `chunks` raises is raised."""
    coming = asyncio.ensure_future(anext(chunks))
    try:
        while True:
            done, _waiting = await asyncio.wait({coming}, timeout=quiet)
            if not done:
                yield HEARTBEAT
                continue
            try:
                chunk = coming.result()
            except StopAsyncIteration:
                return
            yield chunk
            coming = asyncio.ensure_future(anext(chunks))
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
