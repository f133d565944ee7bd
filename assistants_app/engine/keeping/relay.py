"""The relay of a process that is alone: what its runs tell is heard at once, and kept for those after it."""

import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime
from uuid import UUID

from assistants_app.engine.events.encoding import encode
from assistants_app.engine.events.relay import Origin, Relay, RunEvents
from assistants_app.engine.events.thread_events import Beginning, Outcome, ThreadEvents
from assistants_app.engine.keeping.run_events import KeptRunEvents
from assistants_app.engine.keeping.writer import TROUBLE, Store, Writer
from assistants_app.engine.spread.earlier import Earlier
from assistants_app.engine.spread.table import AT_ONCE
from assistants_app.engine.spread.wire import Ended, Part, read
from assistants_app.models import Run
from assistants_app.services.runs import RunEnd

logger = logging.getLogger(__name__)

Unfinished = Callable[[Collection[UUID]], Awaitable[set[UUID]]]
"""Which of some runs have not ended, as their rows say."""


class KeptRelay(Relay):
    """Lives in the engine's loop, save what the relay allows to be called elsewhere."""

    def __init__(self, store: Store, unfinished: Unfinished) -> None:
        super().__init__()
        self.writer = Writer(store, self._runs.__contains__)
        self._store = store
        self._earlier = Earlier(store)
        self._unfinished = unfinished

    def open(self, run_id: UUID) -> KeptRunEvents:
        events = self._runs.get(run_id)
        if events is None:
            events = self._runs.setdefault(
                run_id, KeptRunEvents(run_id, self._earlier, self._settle, self.writer.hasten)
            )
        assert isinstance(events, KeptRunEvents)
        return events

    # -- who listens ------------------------------------------------------------------------------------------------

    async def join(self, run_id: UUID) -> RunEvents | None:
        return self.get(run_id) or await self._restored(run_id)

    async def join_thread(self, thread_id: UUID) -> ThreadEvents:
        thread = self.thread(thread_id)
        if not thread.joined:
            thread.joined = True
            try:
                runs = await self._store.runs_of([thread_id])
            except TROUBLE as error:
                logger.warning("what thread %s told cannot be read: %s", thread_id, error)
                return thread
            for run_id in runs:
                await self.join(run_id)
        return thread

    async def _restored(self, run_id: UUID) -> RunEvents | None:
        """What is kept of a run, by a process before this one, or because this one remembers others. Whether it is
        over its row says."""
        parts = await self._parts(run_id, 0)
        over = bool(parts) and run_id not in await self._unfinished([run_id])
        if not parts or run_id in self._runs:
            return self.get(run_id)
        events = self.open(run_id)
        ended = self._take(events, parts)
        if over:
            super().finish(run_id, *((ended.outcome, ended.result) if ended else ()))
        return events

    async def _parts(self, run_id: UUID, since: int) -> list[Part]:
        found: list[Part] = []
        try:
            while len(found) % AT_ONCE == 0:
                more = await self._store.parts(run_id, since + len(found))
                if not more:
                    break
                found += more
        except TROUBLE as error:
            logger.warning("what run %s told cannot be read: %s", run_id, error)
        return found

    def _take(self, events: KeptRunEvents, parts: list[Part]) -> Ended | None:
        last_end: Ended | None = None
        for part in parts:
            begun, told, ended = read(part)
            if begun and events.begun is None:
                events.origin = Origin(part.thread_id, begun.metadata, begun.graph_id, begun.answers)
                events.thread = events.thread or self.thread(part.thread_id)
                events.thread.begin_at(events, Beginning(part.run_id, begun.graph_id, begun.first, begun.answers))
            events.take_kept(told, number=part.number, last=part.last, begins=begun is not None)
            last_end = ended or last_end
        return last_end

    # -- what runs here ---------------------------------------------------------------------------------------------

    async def take_over(self, run_id: UUID) -> None:
        await self.writer.settle(insist=True)
        events = self.open(run_id)
        self._take(events, await self._parts(run_id, events.parts))

    def begin(self, run_id: UUID, origin: Origin) -> RunEvents:
        super().begin(run_id, origin)
        events = self.open(run_id)
        events.attempt = origin.attempt
        self.writer.keep(run_id, events)
        return events

    def finish(self, run_id: UUID, outcome: Outcome | None = None, result: bytes | None = None) -> None:
        events = self.open(run_id)
        if not events.closed and not self._closed:
            events.ending = (outcome, result)
        super().finish(run_id, outcome, result)

    async def end_unexecuted(self, run: Run, end: RunEnd, result: bytes) -> None:
        await self.take_over(run.run_id)
        events = self.open(run.run_id)
        events.go_on_after(datetime.now(UTC) - run.created_at)
        if events.begun is not None:
            events.attempt = run.attempt
            self.writer.keep(run.run_id, events)
        events.emit("error", encode(end.error))
        self.finish(run.run_id, Outcome.of(end), result)

    async def settle(self, run_id: UUID) -> None:
        await self._settle(self.open(run_id))

    async def _settle(self, events: KeptRunEvents) -> None:
        await self.writer.settle(of=events)

    def leave_thread(self, thread_id: UUID) -> None:
        super().leave_thread(thread_id)
        self.writer.leave(thread_id)

    # -- what is kept for long enough -------------------------------------------------------------------------------

    async def sweep(self) -> None:
        """Runs that ended without a word, for their process died, or their thread was deleted meanwhile, go in their
        time as others do. Raises TROUBLE."""
        silent = set(await self._store.unended()) - set(self.writer.going)
        if silent and (ended := silent - await self._unfinished(silent)):
            await self._store.end(ended)
        while await self._store.sweep():
            pass
