"""The relay of a process beside others: what runs here is told to them, what runs there is heard from them."""

import asyncio
import contextvars
import json
import logging
import time
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from assistants_app.domain.stream import StreamEvent
from assistants_app.engine.events.encoding import encode
from assistants_app.engine.events.relay import Origin, Relay, RunEvents
from assistants_app.engine.events.thread_events import Beginning, Outcome, ThreadEvents
from assistants_app.engine.spread.earlier import Earlier
from assistants_app.engine.spread.outbox import Outbox, Sent, Telling
from assistants_app.engine.spread.run_events import UNTOLD_SECONDS, SharedRunEvents
from assistants_app.engine.spread.table import AT_ONCE, END, SIGNAL, Table
from assistants_app.engine.spread.wire import Begun, Ended, Part, begun_line, ended_line, event_lines, read
from assistants_app.models import Run
from assistants_app.services.runs import RunEnd

logger = logging.getLogger(__name__)

LEAVING_SECONDS = 1.0
"""How long after word that a thread is gone a run's end may come: a thread made for one run goes with its end."""


class SharedRelay(Relay):
    """Lives in the engine's loop, save what the relay allows to be called elsewhere."""

    def __init__(self, *, table: Table, outbox: Outbox, has_listeners: bool) -> None:
        super().__init__()
        self._table = table
        self._earlier = Earlier(table)
        self._outbox = outbox
        self._has_listeners = has_listeners
        self._tasks: set[asyncio.Task[Any]] = set()

    # -- who listens ------------------------------------------------------------------------------------------------

    def open(self, run_id: UUID) -> SharedRunEvents:
        events = self._runs.get(run_id)
        if events is None:
            events = self._runs.setdefault(run_id, SharedRunEvents(run_id, self._outbox, self._earlier))
        assert isinstance(events, SharedRunEvents)
        return events

    async def join(self, run_id: UUID) -> RunEvents | None:
        known = run_id in self._runs
        events = self.open(run_id)
        events.wanted = True
        if (not known or events.behind) and not self._is_complete(events):
            await self.catch_up(run_id, events)
        if known or events.parts:
            return events
        self._runs.pop(run_id, None)
        return None

    async def expect(self, run_id: UUID) -> RunEvents:
        events = self.open(run_id)
        events.wanted = True
        if not self._is_complete(events):
            await self.catch_up(run_id, events)  # it may have told everything since it was looked for
        return events

    async def join_thread(self, thread_id: UUID) -> ThreadEvents:
        thread = self.thread(thread_id)
        if not thread.joined:
            for run_id in await self._table.runs_of([thread_id]):
                await self.join(run_id)
            thread.joined = True
        return thread

    def may_be_heard(self, thread_id: UUID) -> bool:
        """Somebody may listen in another process."""
        return True

    def announce(self, run_id: UUID, *, thread_id: UUID) -> None:
        super().announce(run_id, thread_id=thread_id)
        self.open(run_id).wanted = True

    # -- what runs here ---------------------------------------------------------------------------------------------

    async def take_over(self, run_id: UUID) -> None:
        await self.catch_up(run_id, self.open(run_id))

    def begin(self, run_id: UUID, origin: Origin) -> RunEvents:
        events = self.open(run_id)
        first_time = events.begun is None
        super().begin(run_id, origin)
        telling = events.telling = Telling(
            run_id, origin.thread_id, origin.attempt, part=events.parts, last=events.last, answer=self._answered
        )
        if first_time and events.begun is not None:
            first, answers = events.begun.first, tuple(origin.answers)
            telling.begun = begun_line(Begun(first, origin.graph_id, answers, origin.metadata))
            self._outbox.touch(telling)
        return events

    def finish(self, run_id: UUID, outcome: Outcome | None = None, result: bytes | None = None) -> None:
        """Only who executed a run and recorded its end tells of it: `outcome` is given then."""
        events = self._runs.get(run_id)
        if self._closed:
            super().finish(run_id)
            return
        if not isinstance(events, SharedRunEvents):
            return
        if events.telling is None:
            return
        if outcome is None:  # somebody else goes on with it, or its thread is gone
            events.telling = None
            if events.left:
                super().finish(run_id)
            return
        events.telling.ended, events.ending = ended_line(Ended(outcome, result)), (outcome, result)
        self._outbox.touch(events.telling)
        self._outbox.hurry()

    def _answered(self, sent: Sent, kept: bool) -> None:
        """A part is kept: it is heard here too. Or it was refused, and others tell of the run."""
        events = self._runs.get(sent.part.run_id)
        if not isinstance(events, SharedRunEvents) or events.telling is not sent.telling:
            return
        if not kept:
            events.telling = None
            self._spawn(self.catch_up(sent.part.run_id, events))
            return
        events.parts = sent.part.number + 1
        events.take(sent.events)
        if sent.part.ended:
            events.telling = None
            super().finish(sent.part.run_id, *events.ending)
            if not self._has_listeners:
                self._forget(sent.part.run_id)

    async def settle(self, run_id: UUID) -> None:
        await self._outbox.settle()

    def let_go(self, run_id: UUID) -> None:
        self.finish(run_id)

    async def end_unexecuted(self, run: Run, end: RunEnd, result: bytes) -> None:
        event = StreamEvent(0, "error", encode(end.error), time.time())  # told after the last one, by that's number
        told = b"\n".join([*event_lines([event]), ended_line(Ended(Outcome.of(end), result))])
        await self._table.tell(END, run_id=run.run_id, thread_id=run.thread_id, events=1, told=told.decode())

    async def end_waiting(self, run_id: UUID, thread_id: UUID) -> None:
        """A run was cancelled before its turn."""
        unheard = Begun(self.thread(thread_id).now(), "", (), {}, unheard=True)
        told = b"\n".join([begun_line(unheard), ended_line(Ended(None, b"{}"))])
        await self._table.tell(END, run_id=run_id, thread_id=thread_id, events=0, told=told.decode())

    def leave_thread(self, thread_id: UUID) -> None:
        super().leave_thread(thread_id)
        for run_id, events in list(self._runs.items()):
            if isinstance(events, SharedRunEvents) and events.origin and events.origin.thread_id == thread_id:
                events.left = True
                asyncio.get_running_loop().call_later(LEAVING_SECONDS, self._leave, run_id, events)

    def _leave(self, run_id: UUID, events: SharedRunEvents) -> None:
        if not self._is_complete(events):
            super().finish(run_id)

    # -- what runs elsewhere ----------------------------------------------------------------------------------------

    def hear(self, part: Part) -> None:
        """Another process told something, or this one did."""
        events = self._runs.get(part.run_id)
        if events is None and part.thread_id in self._threads:
            events = self.open(part.run_id)
        if not isinstance(events, SharedRunEvents) or events.telling or events.closed:
            return
        if part.number < events.parts and part.last > events.last:
            events.parts = 0  # a crash of the database emptied its table: the next attempt tells from the beginning
        if not (events.wanted or part.thread_id in self._threads):
            events.behind = True
            if part.ended:
                del self._runs[part.run_id]
        elif events.catching_up.locked():
            events.wanted = events.behind = True
        elif part.number == events.parts and part.told is not None:
            events.wanted = True
            self._take(events, part)
        elif part.number >= events.parts:
            events.wanted = True
            self._spawn(self.catch_up(part.run_id, events))

    async def catch_up(self, run_id: UUID, events: SharedRunEvents) -> None:
        """Take in all that is kept."""
        async with events.catching_up:
            more = True
            while more and not self._is_complete(events):
                events.behind = False
                found = await self._table.parts(run_id, events.parts)
                for part in found:
                    self._take(events, part)
                more = events.behind or len(found) == AT_ONCE

    async def catch_up_all(self) -> None:
        """Something may have been missed. What has ended without a word is closed."""
        if threads := list(self._threads):
            for run_id in await self._table.runs_of(threads):
                self.open(run_id).wanted = True
        going_on = {
            run_id: events
            for run_id, events in list(self._runs.items())
            if isinstance(events, SharedRunEvents) and not self._is_complete(events)
        }
        if not going_on:
            return
        unfinished = await self._table.unfinished(list(going_on))
        told = await self._table.told(list(going_on))
        for run_id, events in going_on.items():
            if events.wanted and told.get(run_id, 0) > events.parts:
                await self.catch_up(run_id, events)
            events.missing_since = None if run_id in unfinished else events.missing_since or time.monotonic()
            if self._is_complete(events) or events.missing_since is None:
                continue
            if not events.wanted:
                self._runs.pop(run_id, None)
            elif time.monotonic() - events.missing_since > UNTOLD_SECONDS:
                super().finish(run_id, result=b"{}")

    def note(self, thread_id: UUID, name: str, data: bytes) -> None:
        """Every process hears it by its number, this one too."""
        number = self.thread(thread_id).now()
        told = {"note": str(thread_id), "number": number, "name": name, "data": data.decode()}
        self._spawn(self._table.tell(SIGNAL, told=json.dumps(told)))

    def note_at(self, thread_id: UUID, note: StreamEvent) -> None:
        if thread_id in self._threads:
            self.thread(thread_id).note_at(note)

    def _take(self, events: SharedRunEvents, part: Part) -> None:
        begun, told, ended = read(part)
        if begun and events.begun is None:
            self._take_beginning(events, begun, part)
        if part.number == 0:
            events.before = part.last - len(told)
        events.parts = part.number + 1
        events.take(told)
        if ended:
            super().finish(part.run_id, ended.outcome, ended.result)

    def _take_beginning(self, events: SharedRunEvents, begun: Begun, part: Part) -> None:
        if begun.unheard and events.thread is None:
            return
        if not begun.unheard:
            events.origin = Origin(part.thread_id, begun.metadata)
        events.thread = events.thread or self.thread(part.thread_id)
        events.thread.begin_at(events, Beginning(part.run_id, begun.graph_id, begun.first, begun.answers))

    @staticmethod
    def _is_complete(events: SharedRunEvents) -> bool:
        return events.telling is not None or events.closed

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name="catching up", context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.warning("events could not be read, and will be asked for again: %s", error)
