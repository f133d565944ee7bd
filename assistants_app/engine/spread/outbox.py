"""Tells other processes what the runs of this one emit: a few milliseconds of it at a time, in one statement."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from assistants_app.domain.stream import StreamEvent
from assistants_app.engine.postgres import ANSWER_SECONDS, answered_soon, conninfo
from assistants_app.engine.relay import EventsGone, RunEvents
from assistants_app.engine.spread.table import publish
from assistants_app.engine.spread.wire import Part, event_lines

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 0.006
"""What is emitted meanwhile goes together. The first event after a pause goes at once."""

PART_BYTES = 256 * 1024
RETRY_SECONDS = (0.05, 0.2, 0.5, 1.0)
CLOSE_SECONDS = 5.0

Sent = tuple[Part, int]
"""A part, and the attempt that tells it."""


class Telling:
    """What was told of a run that is executed here, and what is to be."""

    def __init__(self, run_id: UUID, thread_id: UUID, attempt: int, events: RunEvents, part: int) -> None:
        self.run_id = run_id
        self.begun: bytes | None = None
        self.ended: bytes | None = None
        self.part = part
        """The number of the next part."""
        self._thread_id = thread_id
        self._attempt = attempt
        self._events = events
        self._seen = events.last

    def parts(self) -> Iterator[Sent]:
        """What is to be told now; it counts as told."""
        lines = [self.begun] if self.begun else []
        size, self.begun = 0, None
        for event, line in self._pending():
            lines.append(line)
            size += len(line)
            self._seen = event.id
            if size >= PART_BYTES:
                yield self._sent(lines)
                lines, size = [], 0
        ended, self.ended = self.ended, None
        if ended:
            lines.append(ended)
        if lines:
            yield self._sent(lines, ended=ended is not None)

    def _pending(self) -> Iterator[tuple[StreamEvent, bytes]]:
        try:
            events = self._events.after(self._seen)
        except EventsGone:  # more than is kept, while the database did not answer: listeners hear of the gap
            events = self._events.kept()
        return zip(events, event_lines(events), strict=True)

    def _sent(self, lines: list[bytes], ended: bool = False) -> Sent:
        part = Part(self.run_id, self._thread_id, self.part, self._seen, b"\n".join(lines).decode(), ended)
        self.part += 1
        return part, self._attempt


class Outbox:
    """Lives in the engine's loop; every method is called there."""

    def __init__(self) -> None:
        self._touched: dict[UUID, Telling] = {}
        self._woken = asyncio.Event()
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

    async def run(self) -> None:
        """Until it is cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                await self._woken.wait()
                self._woken.clear()
                began, asked = loop.time(), self._asked
                touched, self._touched = self._touched, {}
                try:
                    if parts := [part for telling in touched.values() for part in telling.parts()]:
                        await self._publish(parts)
                except Exception:  # the edge of this task: what ends it would leave the process mute for ever
                    logger.exception("events of %s runs could not be told", len(touched))
                async with self._progress:
                    self._told = asked
                    self._progress.notify_all()
                await asyncio.sleep(max(0.0, began + FLUSH_SECONDS - loop.time()))
        finally:
            if self._connection is not None:
                await self._connection.close()

    async def settle(self, seconds: float = CLOSE_SECONDS) -> None:
        """Until everything was told that there is now, in bounded time."""
        asked = self._asked
        try:
            async with asyncio.timeout(seconds), self._progress:
                await self._progress.wait_for(lambda: self._told >= asked)
        except TimeoutError:
            logger.error("the database did not take in what runs told")

    async def _publish(self, parts: list[Sent]) -> None:
        """Again and again while the database does not answer; memory is bounded by what the relay keeps."""
        failures = 0
        while True:
            try:
                if self._connection is None:
                    self._connection = await self._connect()
                await publish(self._connection, parts)
                return
            except (OSError, TimeoutError, psycopg.OperationalError, psycopg.InterfaceError) as error:
                if failures == 0:
                    logger.warning("events wait for the database: %s", error or type(error).__name__)
                await self._disconnect()
                await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                failures += 1
            except psycopg.Error:
                logger.exception("%s parts of events cannot be kept", len(parts))
                return

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
