"""Runs, from their turn to their recorded end: one task for the graph, one that outlives whatever the graph does."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError

from assistants_app.domain.errors import ProductError, RunEnded, RunNotFound
from assistants_app.domain.json_values import Json
from assistants_app.engine.checkpointers import Saver
from assistants_app.engine.database import DatabaseThreads
from assistants_app.engine.encoding import encode
from assistants_app.engine.execution import GraphSource, execute
from assistants_app.engine.failures import describe
from assistants_app.engine.held import read_stored
from assistants_app.engine.hiding import secrets_of
from assistants_app.engine.meter import Meter
from assistants_app.engine.outcome import result_of
from assistants_app.engine.relay import Origin, Relay, RunEvents
from assistants_app.engine.tasks import graph_task
from assistants_app.engine.thread_events import Outcome, answered_by
from assistants_app.models import Run, Thread
from assistants_app.services import runs, threads
from assistants_app.services.runs import RunEnd
from assistants_app.services.threads import Held

P = ParamSpec("P")
R = TypeVar("R")
logger = logging.getLogger(__name__)

CANCEL_SECONDS = 5.0
"""How long a cancelled graph may take to stop before its run is ended without it."""

ACCEPTING_SECONDS = 0.2
"""How long the thread that accepted a run as running may take to say so here."""

UNANSWERED = (OperationalError, InterfaceError)

LONGEST_TIMER = 24 * 3600.0
"""Seconds; a run that is to wait longer is asked for again then."""

RETRY_SECONDS = (0.1, 0.5, 2.0, 5.0)
"""When to ask a database again that did not answer: a run's end must not be lost to its short restart."""

CANCELLED = RunEnd(Run.Status.INTERRUPTED, Thread.Status.INTERRUPTED)
ROLLED_BACK = RunEnd(Run.Status.INTERRUPTED, Thread.Status.IDLE, rollback=True)

STOPPED: Json = {"error": "Interrupted", "message": "The server was stopped while this run was going on."}


@dataclass(slots=True)
class ActiveRun:
    """A run that has a task here. Setting `stop` ends it as told there."""

    run_id: UUID
    events: RunEvents
    stop: "asyncio.Future[RunEnd]"
    thread_id: UUID | None = None
    """Known once the run is claimed."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it is known whether the run was claimed."""
    asked_again: bool = False
    meter: Meter = field(default_factory=Meter)
    held: Held | None = None
    """What the thread held when the graph had ended."""

    def keep(self, held: Held) -> None:
        self.held = held


class Supervisor:
    """Lives in the engine's loop; every method is called there."""

    def __init__(
        self,
        *,
        database: DatabaseThreads,
        saver: Saver,
        graphs: GraphSource,
        relay: Relay,
        on_end: Sequence[Callable[[Run, RunEnd], None]],
    ) -> None:
        self._database = database
        self._saver = saver
        self._graphs = graphs
        self._relay = relay
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._active: dict[UUID, ActiveRun] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False

    def start(self, run_id: UUID, running: Run | None = None) -> None:
        """Execute a run as soon as it has its turn, or at once where it was accepted as `running`. Asking twice is
        harmless."""
        if self._closing:
            return
        if active := self._active.get(run_id):
            active.asked_again = True
            return
        active = ActiveRun(run_id, self._relay.open(run_id), self._loop.create_future())
        self._active[run_id] = active
        self._keep(self._loop.create_task(self._supervise(active, running), name=f"run {run_id}"))

    def cancel(self, run_id: UUID, *, rollback: bool = False) -> None:
        """End a run as interrupted, whether it runs or waits for its turn; with `rollback` undo and delete it."""
        if active := self._active.get(run_id):
            _stop(active, ROLLED_BACK if rollback else CANCELLED)
        else:
            self._cancel_elsewhere(run_id, rollback)

    def _cancel_elsewhere(self, run_id: UUID, rollback: bool) -> None:
        self._keep(self._loop.create_task(self._cancel_waiting(run_id, rollback)))

    async def leave_thread(self, thread_id: UUID, *, only_ours: bool = False) -> None:
        """End what runs in a thread that was deleted, then delete its checkpoints; with `only_ours` if it ran here.

        A run that is just being claimed may turn out to be of this thread: its claim can be committed, and then the
        deletion, before this loop hears of either.
        """
        for claiming in list(self._active.values()):
            await claiming.asked.wait()
        ours = [one for one in self._active.values() if one.thread_id == thread_id]
        for active in ours:
            _stop(active, CANCELLED)
            await self.ended(active.run_id)
        if ours or not only_ours:
            await self._saver.adelete_thread(str(thread_id))

    async def ended(self, run_id: UUID) -> None:
        """Until a run that is active here has ended."""
        events = self._relay.get(run_id)
        while run_id in self._active and events and not events.closed:
            await events.wait(events.last, quiet=1.0)

    async def close(self) -> None:
        """End every run as stopped with the server; runs that wait for their turn keep it for the next start."""
        self._closing = True
        for active in list(self._active.values()):
            _stop(active, RunEnd(Run.Status.ERROR, Thread.Status.ERROR, error=STOPPED))
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=2 * CANCEL_SECONDS)

    # -- one run ----------------------------------------------------------------------------------------------------

    async def _supervise(self, active: ActiveRun, run: Run | None) -> None:
        """From the claim to the recorded end. The listeners' stream closes after the commit."""
        following: UUID | None = None
        outcome: Outcome | None = None
        waits = False
        result: bytes | None = None
        try:
            run = run or await self._ask(runs.claim_run, run_id=active.run_id)
            waits = run is None
            if run is not None:
                active.thread_id = run.thread_id
                active.asked.set()
                if run.attempt > 1:
                    await self._relay.take_over(run.run_id)
                origin = Origin(run.thread_id, run.metadata, run.graph_id, answered_by(run.command), run.attempt)
                active.events = self._relay.begin(run.run_id, origin)
                end = await self._execute(run, active)
                if end.rollback:
                    await self._saver.undo(str(run.thread_id), str(run.run_id))
                following = await self._ask(runs.finish_run, run=run, end=end)
                result = result_of(end)
                for tell in self._on_end:
                    tell(run, end)
                outcome = Outcome.of(end)
        except RunEnded:
            logger.info("run %s was ended by somebody else", active.run_id)
            if run is not None and await self._ask(threads.is_gone, thread_id=run.thread_id):
                await self._saver.adelete_thread(str(run.thread_id))
        except UNANSWERED:
            logger.exception("run %s: the database did not answer; the next start clears up", active.run_id)
        finally:
            active.asked.set()
            del self._active[active.run_id]
            if not waits:
                self._relay.finish(active.run_id, outcome, result)
        if waits:
            await self._wait_for_turn(active)
        else:
            self._go_on(active.run_id, following)

    def _go_on(self, ended: UUID, following: UUID | None) -> None:
        if following:
            self.start(following)

    async def _wait_for_turn(self, active: ActiveRun) -> None:
        """Not its turn yet: the run before it starts it at its own end, or the clock does. It may have been accepted
        to stop that run."""
        if active.stop.done():
            if not self._closing:
                self._cancel_elsewhere(active.run_id, active.stop.result().rollback)
            return
        if active.asked_again:  # its turn came between the question and the answer
            self.start(active.run_id)
            return
        try:
            waiting = await self._ask(runs.why_waiting, run_id=active.run_id)
        except RunNotFound:  # its thread was deleted meanwhile
            self._relay.finish(active.run_id)
            return
        if waiting.until:
            self._start_at(active.run_id, waiting.until)
        for earlier in waiting.stop:
            self.cancel(earlier, rollback=waiting.rollback)

    def _start_at(self, run_id: UUID, when: datetime) -> None:
        """A process that serves later takes it up from its row."""
        seconds = (when - datetime.now(UTC)).total_seconds()
        self._loop.call_later(max(0.0, min(seconds, LONGEST_TIMER)), self.start, run_id)

    async def _cancel_waiting(self, run_id: UUID, rollback: bool) -> None:
        try:
            following = await self._ask(runs.cancel_pending_run, run_id=run_id, rollback=rollback)
        except RunEnded:
            if run_id not in self._active:
                await asyncio.sleep(ACCEPTING_SECONDS)
            if active := self._active.get(run_id):  # its turn came between the question and the answer
                _stop(active, ROLLED_BACK if rollback else CANCELLED)
            return
        self._relay.finish(run_id, result=b"{}")
        if following:
            self.start(following)

    async def _execute(self, run: Run, active: ActiveRun) -> RunEnd:
        """Run the graph in a task of its own, until it ends or is told to stop. Never raises what a graph raised."""
        active.events.emit("metadata", encode({"run_id": run.run_id, "attempt": run.attempt}))
        work = execute(
            run,
            graphs=self._graphs,
            saver=self._saver,
            emit=active.events.emit,
            meter=active.meter,
            keep=active.keep,
        )
        task = graph_task(self._loop, work, name=f"graph of run {run.run_id}")
        either: set[asyncio.Future[Any]] = {task, active.stop}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=CANCEL_SECONDS)
        if not task.done():
            logger.error("graph %s did not stop when run %s was cancelled", run.graph_id, run.run_id)
            self._keep(task)
        if active.held is None:
            active.held = await read_stored(self._saver, run.thread_id)
        return self._end(run, task, active)

    def _end(self, run: Run, task: "asyncio.Task[bool]", active: ActiveRun) -> RunEnd:
        if active.stop.done() and active.stop.result().rollback:
            end = ROLLED_BACK
        elif not task.done() or task.cancelled():
            end = active.stop.result() if active.stop.done() else CANCELLED  # a graph may cancel itself
        elif caught := task.exception():
            logger.info("run %s of graph %s failed", run.run_id, run.graph_id, exc_info=caught)
            end = RunEnd(Run.Status.ERROR, Thread.Status.ERROR, error=self._described(caught, run))
        else:
            end = RunEnd(Run.Status.SUCCESS, Thread.Status.INTERRUPTED if task.result() else Thread.Status.IDLE)
        if end.error is not None:
            active.events.emit("error", encode(end.error))
        meter = active.meter
        return replace(end, usage=meter.usage or None, first_token_at=meter.first_token_at, held=active.held)

    def _described(self, error: BaseException, run: Run) -> Json:
        """What a graph raised, without the secrets that it was given."""
        try:
            schema = self._graphs.get(run.graph_id).settings_schema
        except ProductError:
            schema = None
        return describe(error, secrets=secrets_of(run, schema))

    # -- means ------------------------------------------------------------------------------------------------------

    async def _ask(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a service in a database thread, again while the database does not answer. Raises UNANSWERED."""
        for pause in RETRY_SECONDS:
            try:
                return await self._database.call(function, *args, **kwargs)
            except UNANSWERED as error:
                logger.warning("the database did not answer: %s", error)
                await asyncio.sleep(pause)
        return await self._database.call(function, *args, **kwargs)

    def _keep(self, task: "asyncio.Task[Any]") -> None:
        """The loop itself holds tasks only weakly."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _stop(active: ActiveRun, end: RunEnd) -> None:
    if not active.stop.done():
        active.stop.set_result(end)
