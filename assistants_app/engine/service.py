"""The engine of a serving process: the one door to everything in this room."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, closing
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models.signals import post_delete, post_save

from assistants_app.domain.errors import EngineNotRunning
from assistants_app.domain.stream import StreamEvent
from assistants_app.engine.background import ended
from assistants_app.engine.database.threads import DatabaseThreads, writing_threads
from assistants_app.engine.events.encoding import encode
from assistants_app.engine.events.listening import Pace, end_chunks, pieces, run_chunks, thread_chunks
from assistants_app.engine.events.relay import Relay, RunEvents
from assistants_app.engine.events.stream_modes import events_of, thread_events_of
from assistants_app.engine.rounds.schedule import Clock, Schedule, WallClock
from assistants_app.engine.store.items import Items
from assistants_app.engine.threads.branches import MessageBranches
from assistants_app.engine.threads.calls import Threads
from assistants_app.engine.threads.places import Place
from assistants_app.engine.threads.state import ThreadState
from assistants_app.models import Cron, Run, Thread
from assistants_app.services.runs import RunEnd

if TYPE_CHECKING:
    from assistants_app.engine.database.quick_reads import QuickReads
    from assistants_app.engine.protocol.listening import ThreadProtocol
    from assistants_app.engine.runs.blocking import Blocked

T = TypeVar("T")

HEARTBEAT_SECONDS = 5.0


class Engine:
    """One per process. `start` and `cancel` may be called from any thread; the rest is async, from any loop."""

    def __init__(self, *, clock: Clock | None = None) -> None:
        self._clock = clock or WallClock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._relay = Relay()
        self.stopping = False
        """Whether this process was told to stop: who listens is cut off then, and has not left."""
        self.on_run_end: list[Callable[[Run, RunEnd], None]] = []
        """Called in the engine's loop when a run of this process has ended, and that is committed."""
        self.threads = Threads(lambda: self._rooms, self._here)

    # -- the life of the process ------------------------------------------------------------------------------------

    async def startup(self, *, worker: int | None = None) -> None:
        """Open checkpointer and store in this loop, take up what dead processes left, start what waits for its turn.
        `worker`: a process of the distributed engine does nothing but execute, so many runs at once."""
        from assistants_app.engine.database.quick_reads import open_quick_reads
        from assistants_app.engine.executing import executing
        from assistants_app.engine.runs.tasks import guard_loop
        from assistants_app.engine.store.opening import open_store
        from assistants_app.engine.store.remembering import RememberingGraphs
        from assistants_app.engine.threads.checkpointers import open_saver
        from assistants_app.engine.threads.rooms import thread_rooms
        from assistants_app.graphs.catalog import catalog

        found = catalog()
        await asyncio.to_thread(found.ensure_loaded)  # graphs are never imported in the loop
        guard_loop(asyncio.get_running_loop())
        async with AsyncExitStack() as stack:
            self._database = stack.enter_context(closing(DatabaseThreads()))
            saver = await stack.enter_async_context(open_saver())
            store = await stack.enter_async_context(open_store(found.config))
            self._writes = None if worker else stack.enter_context(closing(writing_threads()))
            self._quick_reads = None if worker else await stack.enter_async_context(open_quick_reads())
            graphs = RememberingGraphs(found, store)
            self._items = Items(store, self._here)
            means: dict[str, Any] = {"database": self._database, "saver": saver, "graphs": graphs}
            self._rooms = await stack.enter_async_context(thread_rooms(**means, config=found.config))
            work = executing(**means, worker=worker, on_end=self.on_run_end, changer=self._rooms.changer)
            self._executing = await stack.enter_async_context(work)
            self._relay = self._executing.relay
            self._open = stack.pop_all()
        self._loop = asyncio.get_running_loop()
        self.stopping = False
        post_delete.connect(self._thread_deleted, sender=Thread)
        post_save.connect(self._cron_changed, sender=Cron)
        self._schedule = Schedule(database=self._database, start=self._executing.runs.start, clock=self._clock)
        self._waiting = self._loop.create_task(self._schedule.run(), name="schedule", context=contextvars.Context())

    async def shutdown(self) -> None:
        """Stop accepting, hand over what runs, close everything. Takes a bounded time.

        Listeners end, so call it before waiting for open responses. Calling it again does nothing.
        """
        if self._loop is None:
            return
        self._loop = None
        post_delete.disconnect(self._thread_deleted, sender=Thread)
        post_save.disconnect(self._cron_changed, sender=Cron)
        await ended(self._waiting)
        await self._executing.runs.close()
        self._relay.close()
        await self._open.aclose()

    @property
    def quick_reads(self) -> "QuickReads | None":
        """For who is in the engine's own loop; None anywhere else."""
        return self._quick_reads if self._loop is not None and asyncio.get_running_loop() is self._loop else None

    @property
    def writes(self) -> DatabaseThreads | None:
        """Where the API writes; for whom `quick_reads` are."""
        return self._writes if self.quick_reads else None

    @property
    def serving(self) -> bool:
        return self._loop is not None

    @property
    def worker_id(self) -> UUID | None:
        """The worker that this process is; None when it executes nothing."""
        return None if self._loop is None else self._executing.heart.worker_id

    @property
    def blocked(self) -> "Mapping[str, Blocked]":
        """How often and how long graphs blocked the event loop of this process, by graph; "" is none of them."""
        return {} if self._loop is None else self._executing.heart.watch.counts

    # -- runs -------------------------------------------------------------------------------------------------------

    def start(self, run: Run) -> None:
        """Begin executing a run that was accepted *and committed*: call it after the transaction.

        Returns at once; a run whose thread is busy waits for its turn. Raises EngineNotRunning.
        """
        loop = self._serving_loop()
        self._relay.open(run.run_id)
        loop.call_soon_threadsafe(self._executing.runs.start, run.run_id, run, context=contextvars.Context())

    def cancel(self, run_id: UUID, *, rollback: bool = False) -> None:
        """Stop a run, running or waiting; its thread keeps what was checkpointed. With `rollback` the run is deleted
        and its checkpoints undone. Returns at once; the run's stream ends when it has stopped. Nothing happens to a
        run that has ended. Raises EngineNotRunning."""
        loop = self._serving_loop()
        work = partial(self._executing.runs.cancel, run_id, rollback=rollback)
        loop.call_soon_threadsafe(work, context=contextvars.Context())

    def restart(self, run_id: UUID) -> None:
        """A run was taken back (`services.recovery.take_back`): whoever executes its old attempt stops, and the next
        one begins. From any thread, after the commit. Raises EngineNotRunning."""
        loop = self._serving_loop()
        loop.call_soon_threadsafe(self._executing.runs.restart, run_id, context=contextvars.Context())

    async def listen(self, run_id: UUID, after: int = 0) -> AsyncIterator[StreamEvent]:
        """Every event of a run after number `after`, each once and in order, until the run has ended.

        A run that ended a while ago has no events any more: read its thread's state. Raises RunNotFound,
        EventsGone (what is asked for was dropped), EngineNotRunning.
        """
        async for piece in pieces(await self._events(run_id), after=after, quiet=HEARTBEAT_SECONDS):
            for event in piece:
                yield event

    async def listen_pieces(self, run_id: UUID, after: int = 0) -> AsyncIterator[Sequence[StreamEvent]]:
        """The same for who takes in many at once: all that is pending in a piece, empty ones while it is quiet."""
        events = await self._events(run_id)
        async for piece in pieces(events, after=after, quiet=HEARTBEAT_SECONDS, pace=Pace()):
            yield piece

    async def listen_bytes(
        self, run_id: UUID, after: int | None = 0, modes: Iterable[str] | None = None
    ) -> AsyncIterator[bytes]:
        """The same as server-sent events: all that is pending in one piece, and a heartbeat while it is quiet.

        `after` None means only what comes from now on; `modes` are the only stream modes to tell. Events that were
        dropped end it with an event "error".
        """
        events = await self._events(run_id)
        after = events.last if after is None else after
        async for chunk in run_chunks(events, after=after, quiet=HEARTBEAT_SECONDS, wanted=events_of(modes)):
            yield chunk

    async def listen_thread(
        self, thread_id: UUID, after: int | None = None, modes: Iterable[str] = ("run_modes",)
    ) -> AsyncIterator[bytes]:
        """What the runs of a thread tell, those to come too, as server-sent events, until the thread is gone.

        `after` None means from now on, -1 everything that is kept. `modes`: "run_modes", all that its runs stream;
        "lifecycle", that they begin and have ended; "state_update", what `tell_thread` tells.
        """
        thread = await self._here(lambda: self._relay.join_thread(thread_id))
        after = thread.last if after is None else after
        return thread_chunks(thread, after=after, quiet=HEARTBEAT_SECONDS, wanted=thread_events_of(modes))

    async def protocol(self, thread_id: UUID) -> "ThreadProtocol":
        """A thread by the thread-centred protocol. For the engine's loop. Raises EngineNotRunning."""
        from assistants_app.engine.protocol.listening import ThreadProtocol

        self._serving_loop()
        _thread = await self._relay.join_thread(thread_id)  # held until the protocol holds it
        return ThreadProtocol(self._relay, thread_id, quiet=HEARTBEAT_SECONDS)

    def is_heard(self, thread_id: UUID) -> bool:
        """Whether anything of a thread is kept or listened to: then it is worth telling."""
        return self._relay.may_be_heard(thread_id)

    def tell_thread(self, thread_id: UUID, event: str, data: Any) -> None:
        """Tell who listens to a thread something that is no run's, from any thread: "state_update" and the state."""
        loop = self._serving_loop()
        loop.call_soon_threadsafe(self._relay.note, thread_id, event, encode(data))

    async def listen_end(self, run_id: UUID) -> AsyncIterator[bytes]:
        """New lines while a run goes on, then its end as one JSON document: see `engine.runs.outcome`. Nothing more of
        a run that ended a while ago. Raises RunNotFound, EngineNotRunning."""
        async for chunk in end_chunks(await self._events(run_id), quiet=HEARTBEAT_SECONDS):
            yield chunk

    async def remembered(self, run_id: UUID) -> RunEvents | None:
        """The events kept of a run, which may be gone from the database by now."""
        return await self._here(lambda: self._relay.join(run_id))

    # -- threads ----------------------------------------------------------------------------------------------------

    async def thread_state(self, thread_id: UUID, checkpoint_id: str | None = None) -> ThreadState:
        """A thread as its graph tells it, at one checkpoint or the newest. Raises ThreadNotFound, CheckpointNotFound.

        Never fails for the graph's sake: see `ThreadState.problem`.
        """
        return await self._here(lambda: self._rooms.reader.state(thread_id, checkpoint_id))

    async def history(self, thread_id: UUID, *, limit: int = 10, before: str | None = None) -> list[ThreadState]:
        """The thread's checkpoints, newest first, from all branches. Raises ThreadNotFound."""
        return await self._here(lambda: self._rooms.reader.history(Place(thread_id), limit=limit, before=before))

    async def branches(self, thread_id: UUID, checkpoint_id: str | None = None) -> dict[str, MessageBranches]:
        """By message id, the other versions of each message shown at a checkpoint. Raises ThreadNotFound,
        CheckpointNotFound."""
        return await self._here(lambda: self._rooms.reader.branches(thread_id, checkpoint_id))

    async def runs_behind(self, thread_id: UUID, checkpoint_id: str | None = None) -> frozenset[str]:
        """The ids of the runs that wrote what a checkpoint holds: those of other branches are not among them. Raises
        CheckpointNotFound."""
        return await self._here(lambda: self._rooms.reader.runs(thread_id, checkpoint_id))

    async def before_message(self, thread_id: UUID, message_id: str, checkpoint_id: str | None = None) -> str:
        """The checkpoint from which a run replaces a message: with another input for a human's, with none for an
        answer. `checkpoint_id` is the one shown. Raises ThreadNotFound, CheckpointNotFound, MessageNotFound."""
        return await self._here(lambda: self._rooms.reader.before_message(thread_id, message_id, checkpoint_id))

    # -- the store --------------------------------------------------------------------------------------------------

    @property
    def items(self) -> Items:
        """What graphs remember across threads. Raises EngineNotRunning."""
        self._serving_loop()
        return self._items

    # -- inside -----------------------------------------------------------------------------------------------------

    def _serving_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise EngineNotRunning
        return self._loop

    async def _events(self, run_id: UUID) -> RunEvents:
        """The events kept of a run; of one that has ended a while ago, none. Raises RunNotFound."""
        if events := await self._here(lambda: self._relay.join(run_id)):
            return events
        run = await self._here(lambda: self._database.call(Run.objects.get_by_uuid, run_id))
        if run.finished_at is None:
            return await self._here(lambda: self._relay.expect(run_id))
        ended = RunEvents()
        ended.close()
        return ended

    async def _here(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do `work` in the engine's loop, from whichever loop this is."""
        loop = self._serving_loop()
        if asyncio.get_running_loop() is loop:
            return await work()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(), loop))

    def _thread_deleted(self, instance: Thread, **_signal: Any) -> None:
        """Django says so, whoever deleted it and whether directly or with its assistant."""
        transaction.on_commit(partial(self._leave_thread, instance.thread_id))

    def _cron_changed(self, **_signal: Any) -> None:
        """Django says so, whoever saved it."""
        transaction.on_commit(self._wake_schedule)

    def _wake_schedule(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._schedule.wake)

    def _leave_thread(self, thread_id: UUID) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._relay.leave_thread, thread_id)
            asyncio.run_coroutine_threadsafe(self._executing.runs.leave_thread(thread_id), self._loop)
