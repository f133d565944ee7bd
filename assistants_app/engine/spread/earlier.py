"""What a process holds no more of a run's events, from where they are kept for longer: for who fell far behind."""

import asyncio
import logging
import sqlite3
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import psycopg

from assistants_app.domain.stream import StreamEvent
from assistants_app.engine.events.relay import EventsGone
from assistants_app.engine.spread.wire import Part, read

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
TRIES = 60
"""The store may be away for a moment."""

TROUBLE = (OSError, TimeoutError, sqlite3.Error, psycopg.Error)


class Store(Protocol):
    async def parts_after(self, run_id: UUID, seen: int) -> list[Part]:
        """A few of the parts of a run, the first that hold events after number `seen`, in their order. Raises
        TROUBLE."""


class Earlier:
    """Reads in the loop that it was made in, whichever it is asked from."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()

    async def events(self, run_id: UUID, seen: int, before: int) -> Sequence[StreamEvent]:
        """The first of a run's events after number `seen`, never none; `before` is as `RunEvents` has it. Raises
        EventsGone."""
        reading = asyncio.run_coroutine_threadsafe(self._read(run_id, seen), self._loop)
        return unbroken(await asyncio.wrap_future(reading), seen, before)

    async def _read(self, run_id: UUID, seen: int) -> Sequence[Part]:
        for _try in range(TRIES):
            try:
                return await self._store.parts_after(run_id, seen)
            except TROUBLE as error:
                logger.warning("what run %s told cannot be read: %s", run_id, error or type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)
        return ()


def unbroken(parts: Sequence[Part], seen: int, before: int) -> Sequence[StreamEvent]:
    """What parts tell after event `seen`, as far as nothing is missing. Where a further attempt begins nothing
    is, whatever its numbers. Raises EventsGone."""
    found: list[StreamEvent] = []
    for part in parts:
        begun, told, _ended = read(part)
        news = [event for event in told if event.id > seen]
        if news and news[0].id > max(seen, before) + 1 and not (begun and part.number):
            break
        found += news
        seen = found[-1].id if found else seen
    if not found:
        raise EventsGone
    return found
