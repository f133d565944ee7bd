"""The relay: keeps what a run emits and gives it to any number of listeners, from any point, each event once.

A listener is only a position in the run's events, so a slow one costs nothing and never slows the run. Emitting and
listening may happen in different event loops (tests run the engine in a thread of its own).
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from itertools import islice
from uuid import UUID

from assistants_app.domain.errors import ProductError
from assistants_app.domain.language import gettext_noop
from assistants_app.domain.stream import StreamEvent

RUN_BYTES = 32 * 1024 * 1024
"""What one run's events may take; beyond it the oldest are dropped."""

FINISHED_BYTES = 64 * 1024 * 1024
"""What the events of all finished runs together may take."""

FINISHED_SECONDS = 300.0
"""How long a finished run's events are kept for listeners that come late or come back."""

EVENT_OVERHEAD = 150
RUN_OVERHEAD = 1_000
"""What Python needs for an event and for a run, in bytes, beside the data."""


class EventsGone(ProductError):
    says = gettext_noop("These events are not kept any more. Read the thread's state instead.")


class RunEvents:
    """The events of one run. Everything is called in the engine's loop, `after` and the waiting in the listener's."""

    def __init__(self) -> None:
        self.closed_at: float | None = None
        self.size = RUN_OVERHEAD
        self._events: deque[StreamEvent] = deque()
        self._last = 0
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = set()

    def emit(self, event: str, data: bytes) -> None:
        """Keep an event, numbered in the order of emitting, and wake who waits for it. After the end: nothing."""
        if self.closed:
            return
        self._events.append(StreamEvent(self._last + 1, event, data))
        self._last += 1
        self.size += len(data) + EVENT_OVERHEAD
        while self.size > RUN_BYTES and len(self._events) > 1:
            self.size -= len(self._events.popleft().data) + EVENT_OVERHEAD
        if self._waiting:
            self._wake()

    def close(self) -> None:
        """The run ended: listeners end once they have seen everything."""
        self.closed_at = time.monotonic()
        self._wake()

    @property
    def last(self) -> int:
        """The number of the newest event; 0 before the first."""
        return self._last

    @property
    def closed(self) -> bool:
        return self.closed_at is not None

    def after(self, seen: int) -> Sequence[StreamEvent]:
        """Every event kept so far that comes after number `seen`. Raises EventsGone."""
        last, events = self._last, self._events
        if seen >= last:
            return ()
        kept = list(islice(reversed(events), last - seen))
        kept.reverse()
        if not kept or kept[0].id > seen + 1:
            raise EventsGone
        return [event for event in kept if event.id > seen]

    async def wait(self, seen: int, quiet: float) -> bool:
        """Until there is an event after `seen`, or the run ended (True), or `quiet` seconds have passed (False)."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        waiter = (loop, future)
        self._waiting.add(waiter)
        timer = loop.call_later(quiet, _resolve, future)
        try:
            if self._last > seen or self.closed:
                return True
            await future
            return self._last > seen or self.closed
        finally:
            timer.cancel()
            self._waiting.discard(waiter)

    def _wake(self) -> None:
        try:
            here: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        for loop, future in list(self._waiting):  # a copy: a listener in another thread may come or leave
            if loop is here:
                _resolve(future)
            elif not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, future)


class Relay:
    """The events of every run that this process executes, or executed a short while ago."""

    def __init__(self) -> None:
        self._runs: dict[UUID, RunEvents] = {}
        self._finished: deque[UUID] = deque()  # the oldest first
        self._finished_size = 0

    def get(self, run_id: UUID) -> RunEvents | None:
        return self._runs.get(run_id)

    def open(self, run_id: UUID) -> RunEvents:
        """The events of a run that is about to start; the same ones however often it is asked."""
        return self._runs.setdefault(run_id, RunEvents())

    def finish(self, run_id: UUID) -> None:
        """The run has ended: its listeners end once they have seen everything. It is kept for those to come."""
        events = self.open(run_id)
        if not events.closed:
            events.close()
            self._finished.append(run_id)
            self._finished_size += events.size
        self._forget_old()

    def close(self) -> None:
        """Nothing will be emitted any more: every listener ends."""
        for run_id in list(self._runs):
            self.finish(run_id)

    def _forget_old(self) -> None:
        """Drop the events of runs that ended too long ago, and of the oldest ones while there are too many."""
        oldest = time.monotonic() - FINISHED_SECONDS
        while self._finished:
            run = self._runs[self._finished[0]]
            if self._finished_size <= FINISHED_BYTES and (run.closed_at or 0) > oldest:
                return
            self._finished_size -= run.size
            del self._runs[self._finished.popleft()]


class Pace:
    """Lets BURST pieces go at once, then RATE a second: a fast run is sent in few big pieces, a slow one unheld."""

    RATE = 100.0
    BURST = 8.0

    def __init__(self) -> None:
        self._allowed = self.BURST
        self._counted_at = time.monotonic()

    def pause(self) -> float:
        """Count one piece; the seconds to wait before it is sent."""
        now = time.monotonic()
        self._allowed = min(self.BURST, self._allowed + (now - self._counted_at) * self.RATE) - 1
        self._counted_at = now
        return max(0.0, -self._allowed / self.RATE)


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
        if events := run.after(seen):
            seen = events[-1].id
            yield events
        elif run.closed:
            return


def _resolve(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
