"""The engine of a serving process: starts runs at once as tasks of its own loop, one at a time in each thread."""

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from assistants_app.domain.errors import EngineNotRunning, RunEnded
from assistants_app.domain.json_values import Json
from assistants_app.domain.stream import HEARTBEAT, StreamEvent, sse_chunk
from assistants_app.engine.database import DatabaseThreads
from assistants_app.engine.encoding import encode
from assistants_app.engine.failures import describe
from assistants_app.engine.relay import Relay, RunEvents, pieces
from assistants_app.models import Run, Thread
from assistants_app.services import runs
from assistants_app.services.runs import RunEnd

if TYPE_CHECKING:
    from assistants_app.engine.checkpointers import Saver
    from assistants_app.engine.execution import GraphSource

T = TypeVar("T")
logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0
GATHER_SECONDS = 0.01
"""A listener is written to at most a hundred times a second, whatever the graph emits."""

CANCEL_SECONDS = 5.0
"""How long a cancelled graph may take to stop before it is left alone and its run ended without it."""

RESTARTED: Json = {"error": "Interrupted", "message": "The server was stopped while this run was going on."}


class Engine:
    """One per process. `start` and `cancel` may be called from any thread; the rest is async, from any loop."""

    def __init__(self) -> None:
        self.relay = Relay()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: dict[UUID, asyncio.Task[None]] = {}

    # -- the life of the process ------------------------------------------------------------------------------------

    async def startup(self) -> None:
        """Open the checkpointer in this loop, clear up after a dead process, and start what waits for its turn."""
        from assistants_app.engine.checkpointers import open_saver
        from assistants_app.graphs.catalog import catalog

        self._stack = AsyncExitStack()
        self._database = DatabaseThreads()
        self._stack.callback(self._database.close)
        self._saver: Saver = await self._stack.enter_async_context(open_saver())
        self._graphs: GraphSource = catalog()
        waiting = await self._database.call(runs.recover_runs, error=RESTARTED)
        self._loop = asyncio.get_running_loop()
        for run_id in waiting:
            self.start(run_id)

    async def shutdown(self) -> None:
        """Stop accepting, end what runs as interrupted by the stop, close everything. Takes a bounded time."""
        if self._loop is None:
            return
        self._loop = None
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=2 * CANCEL_SECONDS)
        await self._stack.aclose()

    @property
    def serving(self) -> bool:
        return self._loop is not None

    # -- runs -------------------------------------------------------------------------------------------------------

    def start(self, run_id: UUID) -> None:
        """Begin executing a run that was accepted *and committed*: call it after the transaction.

        Returns at once; a run whose thread is busy waits for its turn. Raises EngineNotRunning.
        """
        self.relay.open(run_id)
        loop = self._serving_loop()
        loop.call_soon_threadsafe(self._spawn, run_id, context=contextvars.Context())

    def cancel(self, run_id: UUID) -> None:
        """Stop a run, pending or running; its thread keeps what was checkpointed. Returns at once."""
        loop = self._serving_loop()
        loop.call_soon_threadsafe(self._cancel, run_id, context=contextvars.Context())

    async def listen(self, run_id: UUID, after: int = 0) -> AsyncIterator[StreamEvent]:
        """Every event of a run after number `after`, each once and in order, until the run has ended."""
        events = self.relay.open(run_id)
        async for piece in pieces(events, after=after, quiet=HEARTBEAT_SECONDS):
            for event in piece:
                yield event

    async def listen_bytes(self, run_id: UUID, after: int = 0) -> AsyncIterator[bytes]:
        """The same as server-sent events: all that is pending in one piece, and a heartbeat while it is quiet."""
        events = self.relay.open(run_id)
        async for piece in pieces(events, after=after, quiet=HEARTBEAT_SECONDS, gather=GATHER_SECONDS):
            yield sse_chunk(piece) if piece else HEARTBEAT

    # -- inside the engine's loop -----------------------------------------------------------------------------------

    def _serving_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise EngineNotRunning
        return self._loop

    def _spawn(self, run_id: UUID) -> None:
        if run_id not in self._running:
            task = asyncio.get_running_loop().create_task(self._supervise(run_id), name=f"run {run_id}")
            self._running[run_id] = task
            task.add_done_callback(lambda _task: self._running.pop(run_id, None))

    def _cancel(self, run_id: UUID) -> None:
        if task := self._running.get(run_id):
            task.cancel()

    async def _supervise(self, run_id: UUID) -> None:
        events = self.relay.open(run_id)
        run = await self._database.call(runs.claim_run, run_id=run_id)
        if run is None:
            return
        following = None
        try:
            end = await self._execute(run, events)
            following = await self._database.call(runs.finish_run, run_id=run_id, attempt=run.attempt, end=end)
        except RunEnded:
            logger.info("run %s was ended by somebody else", run_id)
        finally:
            events.close()
        if following:
            self._spawn(following)

    async def _execute(self, run: Run, events: RunEvents) -> RunEnd:
        """The edge of a run: whatever the graph raises becomes its end."""
        from assistants_app.engine.execution import Meter, execute

        meter = Meter()
        events.emit("metadata", encode({"run_id": run.run_id, "attempt": run.attempt}))
        try:
            waits = await execute(run, graphs=self._graphs, saver=self._saver, emit=events.emit, meter=meter)
        except asyncio.CancelledError:
            status, thread_status, error = Run.Status.INTERRUPTED, Thread.Status.INTERRUPTED, None
        except Exception as caught:
            status, thread_status, error = Run.Status.ERROR, Thread.Status.ERROR, describe(caught)
            events.emit("error", encode(error))
        else:
            status, error = Run.Status.SUCCESS, None
            thread_status = Thread.Status.INTERRUPTED if waits else Thread.Status.IDLE
        return RunEnd(
            status=status,
            thread_status=thread_status,
            error=error,
            usage=meter.usage or None,
            first_token_at=meter.first_token_at,
        )

    async def _here(self, work: Coroutine[Any, Any, T]) -> T:
        """Await `work` in the engine's loop, from whichever loop this is."""
        loop = self._serving_loop()
        if asyncio.get_running_loop() is loop:
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))
