"""Streams that have nothing to say for a while."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from assistants_app.api.quiet_streams import with_heartbeats
from assistants_app.domain.stream import HEARTBEAT


async def test_it_works() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.sleep(0.25)
        yield b"two"

    heard = [chunk async for chunk in with_heartbeats(chunks(), quiet=0.1)]
    assert heard == [b"one", HEARTBEAT, HEARTBEAT, b"two"]


async def test_who_leaves_ends_it() -> None:
    ended = asyncio.Event()

    async def chunks() -> AsyncIterator[bytes]:
        try:
            yield b"one"
            await asyncio.sleep(60)
        finally:
            ended.set()

    heard = with_heartbeats(chunks(), quiet=0.01)
    assert [await anext(heard), await anext(heard)] == [b"one", HEARTBEAT]
    await heard.aclose()  # type: ignore[attr-defined]
    assert ended.is_set()


async def test_what_is_raised_is_raised() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"one"
        raise ValueError("broken")

    heard = with_heartbeats(chunks())
    await anext(heard)
    with pytest.raises(ValueError, match="broken"):
        await anext(heard)
