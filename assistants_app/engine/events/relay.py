"""The relay: keeps what a run emits and gives it to any number of listeners, from any point, each event once.

A listener is only a position in the run's events, so a slow one costs nothing and never slows the run. Emitting and
listening may happen in different event loops (tests run the engine in a thread of its own).
"""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from assistants_app.domain.errors import ProductError
from assistants_app.domain.language import gettext_noop
from assistants_app.domain.stream import StreamEvent
from assistants_app.engine.events.encoding import encode
from assistants_app.engine.events.thread_events import Beginning, Outcome, ThreadEvents
from assistants_app.engine.waiting import Waiters, wait_until
from assistants_app.models import Run
from assistants_app.services.runs import RunEnd

RUN_BYTES = 32 * 1024 * 1024
"""What one run's events may take in the memory of a process; beyond it the oldest are dropped from there."""

FINISHED_BYTES = 64 * 1024 * 1024
"""What the events of all finished runs together may take."""

FINISHED_SECONDS = 300.0
"""How long a finished run's events are kept for listeners that come late or come back."""

EVENT_OVERHEAD = 150
RUN_OVERHEAD = 1_000
"""What Python needs for an event and for a run, in bytes, beside the data."""


class EventsGone(ProductError):
    says = gettext_noop("These events are not kept any more. Read the thread's state instead.")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a run belongs, for who asks for its events when its rows are gone."""

    thread_id: UUID
    metadata: Mapping[str, Any]
    graph_id: str = ""
    answers: Sequence[str] = ()
    """The interrupts that it answers, by id."""
    attempt: int = 1


class RunEvents:
    """The events of one run. Everything is called in the engine's loop, `after` and the waiting in the listener's."""

    def __init__(self) -> None:
        self.closed_at: float | None = None
        self.origin: Origin | None = None
        self.result: bytes | None = None
        """The run's end as one JSON document, once it is recorded."""
        self.size = RUN_OVERHEAD
        self.waiting = Waiters()
        self.begun: Beginning | None = None
        """Known once the run is claimed, and where the thread's events hold it."""
        self.outcome: Outcome | None = None
        """Known once the run has ended, before its events are closed."""
        self.ended_at = 0.0
        """In seconds since 1970."""
        self.end_was_told = False
        """To somebody who listens to the thread."""
        self.thread: ThreadEvents | None = None
        self._events: deque[StreamEvent] = deque()
        self._last = 0
        self.before = 0
        """The highest number that was given before these events."""

    def go_on_after(self, age: timedelta) -> None:
        """A run that is taken up again numbers on: above all that was emitted elsewhere, for no run emits more events
        than it is microseconds old."""
        if self._last == 0:
            self._last = self.before = int(age.total_seconds() * 1_000_000)

    async def settle(self) -> None:
        """Until what was emitted is where it is kept; in bounded time. Call it before another attempt is recorded."""

    def hasten(self) -> None:
        """Nothing more is emitted for a moment: what is to be where it is kept may go there meanwhile."""

    def attempt_begins(self, attempt: int) -> None:
        """The process that executes the run tries it again."""

    def emit(self, event: str, data: bytes) -> None:
        """Keep an event, numbered in the order of emitting, and wake who waits for it. After the end: nothing."""
        if self.closed:
            return
        self._events.append(StreamEvent(self._last + 1, event, data, time.time()))
        self._last += 1
        self.size += len(data) + EVENT_OVERHEAD
        if self.size > RUN_BYTES:
            self._drop_oldest()
        if self.waiting:
            self.waiting.wake()

    def take(self, events: Sequence[StreamEvent]) -> None:
        """Keep events that another process numbered. What is missing before them counts as dropped."""
        news = [event for event in events if event.id > self._last]
        if not news:
            return
        if news[0].id > self._last + 1:
            self.size -= sum(len(event.data) + EVENT_OVERHEAD for event in self._events)
            self._events.clear()
        self._events.extend(news)
        self._last = news[-1].id
        self.size += sum(len(event.data) + EVENT_OVERHEAD for event in news)
        self._drop_oldest()
        self.waiting.wake()

    def _drop_oldest(self) -> None:
        while self.size > RUN_BYTES and len(self._events) > 1:
            self.size -= len(self._events.popleft().data) + EVENT_OVERHEAD

    def close(self, result: bytes | None = None) -> None:
        """The run ended: listeners end once they have seen everything."""
        self.result = result
        self.size += len(result or b"")
        self.ended_at = time.time()
        self.closed_at = time.monotonic()
        self.waiting.wake()

    @property
    def last(self) -> int:
        """The number of the newest event; 0 before the first."""
        return self._last

    @property
    def closed(self) -> bool:
        return self.closed_at is not None

    @property
    def end_number(self) -> int:
        """Among the thread's events, the number of its newest, or of its end once it has ended."""
        first = self.begun.first if self.begun else 0
        return first + self._last + self.closed

    def after(self, seen: int) -> Sequence[StreamEvent]:
        """Every event kept so far that comes after number `seen`. Raises EventsGone."""
        last, events = self._last, self._events
        if seen >= last:
            return ()
        kept = list(islice(reversed(events), last - seen))
        kept.reverse()
        if not kept or kept[0].id > max(seen, self.before) + 1:
            raise EventsGone
        return [event for event in kept if event.id > seen]

    async def earlier(self, seen: int) -> Sequence[StreamEvent]:
        """Some of the events after number `seen`, the first of them, which are not kept here any more; from any loop.
        Raises EventsGone."""
        raise EventsGone

    def kept(self) -> Sequence[StreamEvent]:
        """Every event that is kept, whatever was dropped before."""
        return list(self._events)

    async def wait(self, seen: int, quiet: float) -> bool:
        """Until there is an event after `seen`, or the run ended (True), or `quiet` seconds have passed (False)."""
        return await wait_until(lambda: self._last > seen or self.closed, self.waiting, quiet=quiet)


class Relay:
    """The events of every run that this process executes, or executed a short while ago."""

    def __init__(self) -> None:
        self._runs: dict[UUID, RunEvents] = {}
        self._threads: WeakValueDictionary[UUID, ThreadEvents] = WeakValueDictionary()  # held by runs and listeners
        self._finished: deque[UUID] = deque()  # the oldest first
        self._finished_size = 0
        self._closed = False

    def get(self, run_id: UUID) -> RunEvents | None:
        return self._runs.get(run_id)

    def open(self, run_id: UUID) -> RunEvents:
        """The events of a run that is about to start; the same ones however often it is asked."""
        return self._runs.setdefault(run_id, RunEvents())

    async def join(self, run_id: UUID) -> RunEvents | None:
        """The events kept of a run, for somebody who is about to listen."""
        return self.get(run_id)

    async def expect(self, run_id: UUID) -> RunEvents:
        """The events of a run that goes on, or is to, for somebody who is about to listen."""
        return self.open(run_id)

    async def join_thread(self, thread_id: UUID) -> ThreadEvents:
        """What happens on a thread, for somebody who is about to listen."""
        return self.thread(thread_id)

    async def take_over(self, run_id: UUID) -> None:
        """An attempt begins at a run of which an earlier one told something."""

    async def settle(self, run_id: UUID) -> None:
        """Until what a run emitted outlives this process, where anything does; in bounded time."""

    def thread(self, thread_id: UUID) -> ThreadEvents:
        """What happens on a thread, from now on and as far back as its runs are kept."""
        events = self._threads.get(thread_id)
        if events is None:
            events = self._threads.setdefault(thread_id, ThreadEvents())
            events.closed = self._closed
        return events

    def note(self, thread_id: UUID, name: str, data: bytes) -> None:
        """Tell who listens to a thread something that is no run's."""
        self.thread(thread_id).note(name, data)

    def may_be_heard(self, thread_id: UUID) -> bool:
        return thread_id in self._threads

    def announce(self, run_id: UUID, *, thread_id: UUID) -> None:
        """Who listens to the thread hears of the run's end even if it is cancelled before its turn."""
        events = self.open(run_id)
        events.thread = events.thread or self.thread(thread_id)

    def begin(self, run_id: UUID, origin: Origin) -> RunEvents:
        """The run has its turn: who listens to its thread gets its events from here on. A further attempt goes on
        in the events of the one before."""
        events = self.open(run_id)
        events.origin = origin
        if events.begun is None:
            events.thread = self.thread(origin.thread_id)
            events.thread.begin(events, run_id, origin.graph_id, origin.answers)
        return events

    def finish(self, run_id: UUID, outcome: Outcome | None = None, result: bytes | None = None) -> None:
        """The run has ended: its listeners end once they have seen everything. It is kept for those to come."""
        events = self.open(run_id)
        if not events.closed:
            events.outcome = outcome
            events.close(result)
            self._finished.append(run_id)
            self._finished_size += events.size
            if events.thread and events.begun:
                events.thread.ended()
            elif events.thread:
                events.thread.end_unbegun(events, run_id)
        self._forget_old()

    def let_go(self, run_id: UUID) -> None:
        """The run goes on elsewhere, or anew: who listens here ends, and asks again for it."""
        if (events := self._runs.pop(run_id, None)) is None:
            return
        if run_id in self._finished:
            self._finished.remove(run_id)
            self._finished_size -= events.size
        if events.thread:
            events.thread.forget(events)
        if not events.closed:
            events.close()

    async def end_unexecuted(self, run: Run, end: RunEnd, result: bytes) -> None:
        """A run was ended that nobody executed any more."""
        self.open(run.run_id).emit("error", encode(end.error))
        self.finish(run.run_id, Outcome.of(end), result)

    def leave_thread(self, thread_id: UUID) -> None:
        """The thread is gone: who listens to it ends."""
        if events := self._threads.get(thread_id):
            events.close()

    def close(self) -> None:
        """Nothing will be emitted any more: every listener ends."""
        self._closed = True
        for run_id in list(self._runs):
            self.finish(run_id)
        for events in list(self._threads.values()):
            events.close()

    def _forget_old(self) -> None:
        """Drop the events of runs that ended too long ago, and of the oldest ones while there are too many."""
        oldest = time.monotonic() - FINISHED_SECONDS
        while self._finished:
            run = self._runs[self._finished[0]]
            if self._finished_size <= FINISHED_BYTES and (run.closed_at or 0) > oldest:
                return
            self._finished_size -= run.size
            if run.thread:
                run.thread.forget(run)
            del self._runs[self._finished.popleft()]

    def _forget(self, run_id: UUID) -> None:
        """Drop the events of a run that has ended now."""
        run = self._runs.pop(run_id)
        self._finished.remove(run_id)
        self._finished_size -= run.size
        if run.thread:
            run.thread.forget(run)
