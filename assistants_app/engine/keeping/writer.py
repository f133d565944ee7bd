"""Keeps what runs tell, in the background: all that came together since the last time, a part for each run."""

import asyncio
import contextvars
import logging
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

import psycopg

from assistants_app.engine.keeping.run_events import KeptRunEvents
from assistants_app.engine.spread.table import Kept
from assistants_app.engine.spread.wire import Begun, Ended, Part, begun_line, ended_line, short_lines

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 0.05
"""What is emitted meanwhile is kept together: that much of it is lost to who did not hear it, when the process dies."""

RETRY_SECONDS = 1.0
SETTLE_SECONDS = 0.5
CLOSE_SECONDS = 2.0

PASSING = (sqlite3.OperationalError, psycopg.OperationalError, psycopg.InterfaceError, OSError, TimeoutError)
TROUBLE = (*PASSING, sqlite3.Error, psycopg.Error)


class Store(Protocol):
    """Where parts of events are kept. Everything raises TROUBLE."""

    async def write(self, parts: Sequence[tuple[Part, int]]) -> Kept:
        """Parts, each told by an attempt at its run; which of them are kept. The others are refused for good."""

    async def parts(self, run_id: UUID, since: int) -> list[Part]:
        """The parts of a run from number `since` on, in their order."""

    async def parts_after(self, run_id: UUID, seen: int) -> list[Part]:
        """A few of the parts of a run, the first that hold events after number `seen`, in their order."""

    async def runs_of(self, thread_ids: Sequence[UUID]) -> list[UUID]:
        """The runs of threads of which anything is kept, in their order."""

    async def unended(self) -> list[UUID]:
        """The runs of whose end nothing is kept."""

    async def end(self, run_ids: Collection[UUID]) -> None:
        """They have ended: what is kept of them goes in its time."""

    async def leave(self, thread_ids: Collection[UUID], besides: Collection[UUID]) -> None:
        """Delete what is kept of these threads, but for these runs."""

    async def sweep(self) -> bool:
        """Delete some of what was kept for long enough; whether there may be more."""


class Writer:
    """Lives in the engine's loop; every method is called there."""

    def __init__(self, store: Store, is_remembered: Callable[[UUID], bool]) -> None:
        """While nothing can be kept, a run that has ended waits for it so long as it `is_remembered`."""
        self.going: dict[UUID, KeptRunEvents] = {}
        """Runs that tell something, or of which something is not kept yet."""
        self._store = store
        self._is_remembered = is_remembered
        self._left: set[UUID] = set()
        self._besides: set[UUID] = set()
        self._woken = asyncio.Event()
        self._lock = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None
        self._now: asyncio.Task[None] | None = None
        """What is kept next, by whom it was asked for already, and what is being kept."""
        self._unanswered: Mapping[UUID, tuple[Part, KeptRunEvents]] = {}
        self._failing = False

    def keep(self, run_id: UUID, events: KeptRunEvents) -> None:
        self.going[run_id] = events
        self._woken.set()

    def leave(self, thread_id: UUID) -> None:
        """The thread is gone, and with it what it told; what still goes on is kept as any other's."""
        self._left.add(thread_id)
        self._besides |= {run_id for run_id, events in self.going.items() if not events.closed}
        self._woken.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._woken.wait()
            await asyncio.sleep(RETRY_SECONDS if self._failing else FLUSH_SECONDS)
            try:
                await asyncio.shield(self._begin())
            except Exception:  # the edge of this task: what ends it would let nothing be kept any more
                logger.exception("what runs tell could not be kept; trying again")
            if not self.going and not self._left:
                self._woken.clear()

    def hasten(self) -> None:
        """Who settles soon finds it done, or begun."""
        if self.going and not self._failing:
            self._begin()

    async def settle(
        self, seconds: float = SETTLE_SECONDS, *, insist: bool = False, of: KeptRunEvents | None = None
    ) -> None:
        """Until everything is kept that was emitted by now, or of one run. While it cannot be kept, only who does
        `insist` waits."""
        if not (self.going or self._left) or (self._failing and not insist):
            return
        if of is not None and self._now is not None:
            _done, unkept = await asyncio.wait({self._now}, timeout=seconds)
            if unkept:
                self._fail("it takes too long")
                return
        if of is not None and of.all_kept:
            return
        _done, unkept = await asyncio.wait({self._begin()}, timeout=seconds)
        if unkept:
            self._fail("it takes too long")

    def _begin(self) -> "asyncio.Task[None]":
        """Who comes while others wait for their turn is told of with them."""
        if self._next is None:
            loop = asyncio.get_running_loop()
            self._next = loop.create_task(self._flush(), name="keeping events", context=contextvars.Context())
        return self._next

    async def _flush(self) -> None:
        async with self._lock:
            self._next, self._now = None, asyncio.current_task()
            try:
                await self._write()
                await self._leave()
            except TROUBLE as error:
                self._fail(error or type(error).__name__)
                self.going = {
                    run_id: events
                    for run_id, events in self.going.items()
                    if not events.closed or self._is_remembered(run_id)
                }
            else:
                if self._failing:
                    logger.warning("what runs tell is kept again")
                    self._failing = False
            finally:
                self._now = None

    def _fail(self, reason: object) -> None:
        if not self._failing:
            logger.warning("what runs tell is not kept for now: %s", reason)
        self._failing = True

    async def _write(self) -> None:
        """What nobody answered is asked again as it was: it may be kept already."""
        if self._unanswered:
            await self._send(self._unanswered)
        if pending := self._pending():
            self._unanswered = pending
            await self._send(pending)

    async def _send(self, sent: Mapping[UUID, tuple[Part, KeptRunEvents]]) -> None:
        try:
            kept = await self._store.write([(part, events.attempt) for part, events in sent.values()])
        except PASSING:
            raise
        except TROUBLE:
            logger.exception("what %s runs tell cannot be kept", len(sent))
            kept = set()
        self._unanswered = {}
        for run_id, (part, events) in sent.items():
            events.note_kept(part.number, part.last)
            if (part.ended or (run_id, part.number) not in kept) and self.going.get(run_id) is events:
                del self.going[run_id]

    def _pending(self) -> Mapping[UUID, tuple[Part, KeptRunEvents]]:
        found = {}
        for run_id, events in list(self.going.items()):
            if part := _next_part(run_id, events):
                found[run_id] = part, events
            elif events.closed:  # another attempt goes on with it
                del self.going[run_id]
        return found

    async def _leave(self) -> None:
        if not self._left:
            return
        left, besides = self._left, self._besides
        self._left, self._besides = set(), set()
        try:
            await self._store.leave(left, besides)
        except PASSING:
            self._left |= left
            self._besides |= besides
            raise


def _next_part(run_id: UUID, events: KeptRunEvents) -> Part | None:
    """What is not kept yet of a run; None where there is nothing."""
    begun, origin = events.begun, events.origin
    assert begun is not None
    assert origin is not None
    pending = events.unkept()
    lines = short_lines(pending)
    if events.ending:
        lines.append(ended_line(Ended(*events.ending)))
    if not lines:
        return None
    if not events.begun_kept:
        lines.insert(0, begun_line(Begun(begun.first, begun.graph_id, begun.answers, origin.metadata)))
    last = pending[-1].id if pending else events.kept_to
    told = b"\n".join(lines).decode()
    return Part(run_id, origin.thread_id, events.parts, last, told, ended=events.ending is not None)
