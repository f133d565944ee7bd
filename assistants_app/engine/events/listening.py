"""Taking in what the relay keeps: everything that is pending, in pieces, and a word now and then while it is quiet."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import ClassVar

from assistants_app.domain.stream import HEARTBEAT, StreamEvent, sse_chunk
from assistants_app.engine.events.encoding import encode
from assistants_app.engine.events.relay import EventsGone, RunEvents
from assistants_app.engine.events.thread_events import ThreadEvents
from assistants_app.engine.runs.failures import describe

Wanted = Callable[[str], bool]
"""Whether an event is wanted, by its name."""


PART_BYTES = 256 * 1024
"""What is joined into one write at the most, unless a single event is larger."""


class Bucket:
    """So many at once, then RATE a second."""

    def __init__(self, rate: float, at_once: float) -> None:
        self._rate, self._most = rate, at_once
        self._allowed = at_once
        self._counted_at = time.monotonic()

    def take(self, longest: float = math.inf) -> float:
        """Count one; the seconds by which it comes too soon, `longest` at the most."""
        now = time.monotonic()
        allowed = min(self._most, self._allowed + (now - self._counted_at) * self._rate) - 1
        self._allowed = max(allowed, -longest * self._rate)
        self._counted_at = now
        return max(0.0, -self._allowed / self._rate)


class Pace:
    """Lets BURST pieces go at once, then RATE a second: a fast run is sent in few big pieces, a slow one unheld.

    All of a process share TOGETHER: a write costs as much as making several tokens, so where many fast runs are heard
    at once each waits a little longer for the next piece, up to LONGEST, and all of them are over sooner.
    """

    RATE = 100.0
    BURST = 8
    TOGETHER = 400.0
    LONGEST = 0.05
    _of_all: ClassVar[Bucket] = Bucket(TOGETHER, TOGETHER * LONGEST)

    def __init__(self) -> None:
        self._own = Bucket(self.RATE, self.BURST)
        self._pieces = 0

    def pause(self) -> float:
        """Count one piece; the seconds to wait before it is sent."""
        self._pieces += 1
        own, of_all = self._own.take(), self._of_all.take(self.LONGEST)
        return own if self._pieces <= self.BURST else max(own, of_all)


async def pieces(
    run: RunEvents, *, after: int, quiet: float, pace: Pace | None = None
) -> AsyncIterator[Sequence[StreamEvent]]:
    """All that is pending, again and again until the run's end: non-empty pieces, or an empty one after `quiet`
    seconds with nothing to say. A negative `after` means from the start. Raises EventsGone."""
    seen = max(after, 0)
    while True:
        if not await run.wait(seen, quiet):
            yield ()
            continue
        if pace and not run.closed and (pause := pace.pause()):
            await asyncio.sleep(pause)
        try:
            events = run.after(seen)
        except EventsGone:
            events = await run.earlier(seen)
        if events:
            seen = events[-1].id
            yield events
        elif run.closed:
            return


async def run_chunks(run: RunEvents, *, after: int, quiet: float, wanted: Wanted) -> AsyncIterator[bytes]:
    """A run's events as server-sent events, in few pieces. Events that were dropped end it with an event "error"."""
    try:
        async for piece in pieces(run, after=after, quiet=quiet, pace=Pace()):
            for part in small_parts([event for event in piece if wanted(event.event)]):
                yield sse_chunk(part)
            if not piece:
                yield HEARTBEAT
    except EventsGone as error:  # nothing may escape from a response that has begun
        yield sse_chunk([gone(run.last, error)])


async def end_chunks(run: RunEvents, *, quiet: float) -> AsyncIterator[bytes]:
    """A new line now and then while a run goes on, then its end as one JSON document, where it is known."""
    due = time.monotonic() + quiet
    while not run.closed:
        await run.wait(run.last, max(0.0, due - time.monotonic()))
        if time.monotonic() >= due and not run.closed:
            yield b"\n"
            due += quiet
    if run.result is not None:
        yield run.result


async def thread_chunks(
    thread: ThreadEvents, *, after: int, quiet: float, wanted: Callable[[StreamEvent], bool]
) -> AsyncIterator[bytes]:
    """What happens on a thread as server-sent events, for as long as there is a thread."""
    seen, pace = after, Pace()
    while not thread.closed:
        if not await thread.wait(seen, quiet):
            yield HEARTBEAT
            continue
        if pause := pace.pause():
            await asyncio.sleep(pause)
        try:
            events = thread.after(seen)
        except EventsGone as error:
            seen = thread.last
            yield sse_chunk([gone(seen, error)])
            continue
        if not events:
            continue
        seen = events[-1].id
        if chosen := [event for event in events if wanted(event)]:
            yield sse_chunk(chosen)


def small_parts(events: Sequence[StreamEvent]) -> Iterator[Sequence[StreamEvent]]:
    """The same events in parts of about PART_BYTES: what a slow reader has not taken in yet holds no more."""
    part: list[StreamEvent] = []
    size = 0
    for event in events:
        part.append(event)
        size += len(event.data)
        if size >= PART_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def gone(number: int, error: EventsGone) -> StreamEvent:
    return StreamEvent(number, "error", encode(describe(error)))
