"""Tells other processes what the runs of this one emit: a few milliseconds of it at a time, in one statement."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from assistants_app.domain.stream import StreamEvent
from assistants_app.engine.database.postgres import ANSWER_SECONDS, answered_soon, conninfo
from assistants_app.engine.events.relay import EVENT_OVERHEAD, RUN_BYTES
from assistants_app.engine.spread.table import Kept, publish
from assistants_app.engine.spread.wire import Part, event_lines

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 0.006
"""What is emitted meanwhile goes together. The first event after a pause goes at once."""

PART_BYTES = 256 * 1024
RETRY_SECONDS = (0.05, 0.2, 0.5, 1.0)
CLOSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A part on its way, and the events in it."""

    telling: "Telling"
    part: Part
    events: Sequence[StreamEvent]


class Telling:
    """What is to be told of a run that is executed here, by one attempt at it."""

    def __init__(
        self, run_id: UUID, thread_id: UUID, attempt: int, *, part: int, last: int, answer: Callable[[Sent, bool], None]
    ) -> None:
        """`part` is the number of the next part, `last` that of the newest event that was told. `answer` hears what
        became of each part: whether it is kept, where everybody reads it, or refused, for the run is another's now."""
        self.run_id = run_id
        self.attempt = attempt
        self.begun: bytes | None = None
        self.ended: bytes | None = None
        self.answer = answer
        self._thread_id = thread_id
        self._part = part
        self._last = last
        self._untold: deque[StreamEvent] = deque()
        self._size = 0

    def emit(self, event: str, data: bytes) -> None:
        """While the database does not answer, no more waits than is kept: listeners hear of the gap."""
        self._last += 1
        self._untold.append(StreamEvent(self._last, event, data, time.time()))
        self._size += len(data) + EVENT_OVERHEAD
        while self._size > RUN_BYTES and len(self._untold) > 1:
            self._size -= len(self._untold.popleft().data) + EVENT_OVERHEAD

    def parts(self) -> Iterator[Sent]:
        """What is to be told now; it is on its way then."""
        untold, lines = self._untold, [self.begun] if self.begun else []
        self._untold, self._size, self.begun = deque(), 0, None
        size, events = 0, list[StreamEvent]()
        for event, line in zip(untold, event_lines(untold), strict=True):
            lines.append(line)
            events.append(event)
            size += len(line)
            if size >= PART_BYTES:
                yield self._sent(lines, events)
                lines, size, events = [], 0, []
        ended, self.ended = self.ended, None
        if ended:
            lines.append(ended)
        if lines:
            yield self._sent(lines, events, ended=ended is not None)

    def _sent(self, lines: list[bytes], events: Sequence[StreamEvent], ended: bool = False) -> Sent:
        last = events[-1].id if events else self._last
        part = Part(self.run_id, self._thread_id, self._part, last, b"\n".join(lines).decode(), ended)
        self._part += 1
        return Sent(self, part, events)


class Outbox:
    """Lives in the engine's loop; every method is called there."""

    def __init__(self) -> None:
        self._touched: dict[UUID, Telling] = {}
        self._woken = asyncio.Event()
        self._due = asyncio.Event()
        """Set when what was emitted since the last time goes."""
        self._asked = 0
        self._told = 0
        """So many touches were asked for, and so many of them are told."""
        self._progress = asyncio.Condition()
        self._connection: AsyncConnection[Any] | None = None

    def touch(self, telling: Telling) -> None:
        """There is something to tell."""
        self._touched[telling.run_id] = telling
        self._asked += 1
        self._woken.set()

    def hurry(self) -> None:
        """Somebody waits for what there is to tell."""
        self._due.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                await self._woken.wait()
                self._woken.clear()
                self._due.clear()
                timer = loop.call_later(FLUSH_SECONDS, self._due.set)
                asked = self._asked
                touched, self._touched = self._touched, {}
                try:
                    if parts := [part for telling in touched.values() for part in telling.parts()]:
                        kept = await self._publish(parts)
                        for sent in parts:
                            sent.telling.answer(sent, kept is None or (sent.part.run_id, sent.part.number) in kept)
                except Exception:  # the edge of this task: what ends it would leave the process mute for ever
                    logger.exception("events of %s runs could not be told", len(touched))
                async with self._progress:
                    self._told = asked
                    self._progress.notify_all()
                await self._due.wait()
                timer.cancel()
        finally:
            if self._connection is not None:
                await self._connection.close()

    async def settle(self, seconds: float = CLOSE_SECONDS) -> None:
        """Until everything was told that there is now, in bounded time."""
        asked = self._asked
        self.hurry()
        try:
            async with asyncio.timeout(seconds), self._progress:
                await self._progress.wait_for(lambda: self._told >= asked)
        except TimeoutError:
            logger.error("the database did not take in what runs told")

    async def _publish(self, sent: Sequence[Sent]) -> Kept | None:
        """Again and again while the database does not answer; None where nobody will ever keep them."""
        parts = [(one.part, one.telling.attempt) for one in sent]
        failures = 0
        while True:
            try:
                if self._connection is None:
                    self._connection = await self._connect()
                return await publish(self._connection, parts)
            except (OSError, TimeoutError, psycopg.OperationalError, psycopg.InterfaceError) as error:
                if failures == 0:
                    logger.warning("events wait for the database: %s", error or type(error).__name__)
                await self._disconnect()
                await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                failures += 1
            except psycopg.Error:
                logger.exception("%s parts of events cannot be kept", len(parts))
                return None

    async def _connect(self) -> AsyncConnection[Any]:
        """The events are not worth a write to disk: they are gone after a crash of the database anyway."""
        async with asyncio.timeout(ANSWER_SECONDS):
            connection = await AsyncConnection.connect(conninfo(), autocommit=True, prepare_threshold=0)
        with answered_soon(connection):
            await connection.execute("SET synchronous_commit = off")
        return connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
