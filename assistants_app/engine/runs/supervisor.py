"""Runs, from their turn to their recorded end: one task that outlives whatever the graph does."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from assistants_app.domain.errors import RunEnded, RunNotFound
from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.engine.events.relay import Origin, Relay
from assistants_app.engine.events.thread_events import Outcome, answered_by
from assistants_app.engine.runs.active import CANCELLED, HANDED_OVER, LOST, ROLLED_BACK, ActiveRun
from assistants_app.engine.runs.attempts import CANCEL_SECONDS, UNREACHED, Attempts
from assistants_app.engine.runs.execution import GraphSource
from assistants_app.engine.runs.heartbeat import Heart
from assistants_app.engine.runs.lease import Claim, Lease, LeaseLost
from assistants_app.engine.runs.outcome import result_of
from assistants_app.engine.threads.checkpointers import Saver
from assistants_app.models import Run
from assistants_app.services import recovery, runs, threads
from assistants_app.services.runs import RunEnd

P = ParamSpec("P")
R = TypeVar("R")
logger = logging.getLogger(__name__)

ACCEPTING_SECONDS = 0.2
"""How long the thread that accepted a run as running may take to say so here."""

LONGEST_TIMER = 24 * 3600.0
"""Seconds; a run that is to wait longer is asked for again then."""

RETRY_SECONDS = (0.1, 0.5, *[1.0] * 7)
"""When to ask a database again that did not answer: a run's end must not be lost to its short restart, nor wait long
when that is over."""


class Supervisor:
    """Lives in the engine's loop; every method is called there."""

    def __init__(
        self,
        *,
        database: DatabaseThreads,
        saver: Saver,
        graphs: GraphSource,
        relay: Relay,
        heart: Heart,
        on_end: Sequence[Callable[[Run, RunEnd], None]],
    ) -> None:
        self._database = database
        self._saver = saver
        self._relay = relay
        self._heart = heart
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._active: dict[UUID, ActiveRun] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False
        self._attempts = Attempts(saver=saver, graphs=graphs, ask=self._ask, keep=self._keep)

    def start(self, run_id: UUID, accepted: Run | None = None) -> None:
        """Execute a run as soon as it has its turn, or at once where it was `accepted` as running. Asking twice is
        harmless."""
        if self._closing:
            return
        if active := self._active.get(run_id):
            active.asked_again = True
            return
        active = ActiveRun(run_id, self._relay.open(run_id), self._loop.create_future())
        self._active[run_id] = active
        running = accepted if accepted and accepted.status == Run.Status.RUNNING else None
        self._keep(self._loop.create_task(self._supervise(active, running), name=f"run {run_id}"))

    def cancel(self, run_id: UUID, *, rollback: bool = False) -> None:
        """End a run as interrupted, whether it runs or waits for its turn; with `rollback` undo and delete it.

        That is kept with the run, for whoever takes it up when this process dies before the end is recorded.
        """
        if active := self._active.get(run_id):
            active.stop(ROLLED_BACK if rollback else CANCELLED)
            keep = self._ask(runs.ask_cancel, run_id=run_id, rollback=rollback)
            self._keep(self._loop.create_task(keep, name=f"cancel run {run_id}"))
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
            active.stop(CANCELLED)
            await self.ended(active.run_id)
        if ours or not only_ours:
            await self._saver.adelete_thread(str(thread_id))

    async def ended(self, run_id: UUID) -> None:
        """Until a run that is active here has ended."""
        events = self._relay.get(run_id)
        while run_id in self._active and events and not events.closed:
            await events.wait(events.last, quiet=1.0)

    def executes(self, run_id: UUID) -> bool:
        return run_id in self._active

    def lose(self, lease: Lease) -> None:
        """The runs that this process owned under a lease are others' now."""
        for active in list(self._active.values()):
            if active.worker_id == lease.worker_id:
                active.stop(LOST)

    def let_go(self, run_id: UUID) -> None:
        """A run was taken from this process, as its row says by now."""
        if active := self._active.get(run_id):
            active.stop(LOST)

    def restart(self, run_id: UUID) -> None:
        """A run was put back into the queue: its old attempt stops, if it is executed here, and the next begins."""
        self.let_go(run_id)
        self.start(run_id)

    async def tell_end(self, run: Run, end: RunEnd) -> None:
        """Of a run that nobody executed when it was ended."""
        await self._relay.end_unexecuted(run, end, result_of(end))
        for tell in self._on_end:
            tell(run, end)

    async def close(self) -> None:
        """Hand over every run: it is taken up again from where it is, by another process or at the next start. Those
        that wait for their turn keep it."""
        self._closing = True
        for active in list(self._active.values()):
            active.stop(HANDED_OVER)
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=2 * CANCEL_SECONDS)

    # -- one run ----------------------------------------------------------------------------------------------------

    async def _supervise(self, active: ActiveRun, run: Run | None) -> None:
        """From the claim to the recorded end. The listeners' stream closes after the commit."""
        following: UUID | None = None
        outcome: Outcome | None = None
        waits, over = False, True
        result: bytes | None = None
        try:
            lease = await self._heart.held_lease()
            run = run or await self._ask(runs.claim_run, run_id=active.run_id, worker_id=lease.worker_id)
            waits = run is None
            if run is not None:
                if run.cancel_asked:  # of who executed it before, and died
                    active.stop(ROLLED_BACK if run.cancel_asked == Run.Cancel.ROLLBACK else CANCELLED)
                await self._begin(run, active)
                end = await self._attempts.run(run, active, _require_own(run, lease))
                following = await self._record(run, end, lease)
                logger.info("run %s of graph %s ended: %s", run.run_id, run.graph_id, end.status)
                result = result_of(end)
                for tell in self._on_end:
                    tell(run, end)
                outcome = Outcome.of(end)
        except LeaseLost:
            logger.warning("run %s is not this process's any more", active.run_id)
            self._relay.let_go(active.run_id)
            over = False
        except RunEnded:
            if await self._ask(recovery.let_go_of_own, run_id=active.run_id, worker_id=self._heart.worker_id):
                logger.warning("run %s begins anew: the database's answer was lost", active.run_id)
                over, active.asked_again = False, True
            else:
                logger.info("run %s is ended by somebody else", active.run_id)
                if run is not None and await self._ask(threads.is_gone, thread_id=run.thread_id):
                    await self._saver.adelete_thread(str(run.thread_id))
        except UNREACHED:
            logger.exception("run %s: the database did not answer; it is taken up again later", active.run_id)
            self._relay.let_go(active.run_id)
            over = False
        finally:
            active.asked.set()
            del self._active[active.run_id]
            if over and not waits:
                self._relay.finish(active.run_id, outcome, result)
        if waits:
            await self._wait_for_turn(active)
        elif not over and active.asked_again:  # it was taken up again, by this process, before it was let go here
            self.start(active.run_id)
        else:
            self._go_on(active.run_id, following)

    def _go_on(self, ended: UUID, following: UUID | None) -> None:
        if following:
            self.start(following)

    async def _begin(self, run: Run, active: ActiveRun) -> None:
        active.thread_id, active.worker_id = run.thread_id, run.worker_id
        active.asked.set()
        if active.events.closed:  # it was here before, and came back
            self._relay.let_go(run.run_id)
        if run.attempt > 1:
            await self._insist(lambda: self._relay.take_over(run.run_id))
            self._relay.open(run.run_id).go_on_after(datetime.now(UTC) - run.created_at)
        origin = Origin(run.thread_id, run.metadata, run.graph_id, answered_by(run.command), run.attempt)
        active.events = self._relay.begin(run.run_id, origin)

    async def _record(self, run: Run, end: RunEnd, lease: Lease) -> UUID | None:
        """Write down what became of a run; the next one of its thread. Raises RunEnded, LeaseLost, when that is not
        this process's to say."""
        if end is LOST:
            raise LeaseLost
        # Its listeners hear all of it, even if this process dies when the end is recorded.
        await self._relay.settle(run.run_id)
        if end is HANDED_OVER:
            await self._ask(recovery.hand_over, run=run)
            raise LeaseLost
        if end.rollback:
            await Claim(run.run_id, run.attempt, lease).confirm()
            await self._saver.undo(str(run.thread_id), str(run.run_id))
        return await self._ask(runs.finish_once, run=run, end=end)

    async def _wait_for_turn(self, active: ActiveRun) -> None:
        """Not its turn yet: the run before it starts it at its own end, or the clock does. It may have been accepted
        to stop that run."""
        if active.stopped:
            if not self._closing:
                self._cancel_elsewhere(active.run_id, active.stopped.rollback)
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
            if rollback:
                await self.undo_earlier_attempts(run_id)
            following = await self._ask(runs.cancel_pending_run, run_id=run_id, rollback=rollback)
        except RunEnded:
            if run_id not in self._active:
                await asyncio.sleep(ACCEPTING_SECONDS)
            if run_id in self._active:  # its turn came between the question and the answer
                self.cancel(run_id, rollback=rollback)
            else:  # its process is gone, or another one
                await self._ask(runs.ask_cancel, run_id=run_id, rollback=rollback)
            return
        self._relay.finish(run_id, result=b"{}")
        if following:
            self.start(following)

    async def undo_earlier_attempts(self, run_id: UUID) -> None:
        run = await self._ask(Run.objects.filter(run_id=run_id, status=Run.Status.PENDING, attempt__gt=1).first)
        if run is not None:
            await self._saver.undo(str(run.thread_id), str(run.run_id))

    # -- means ------------------------------------------------------------------------------------------------------

    async def _ask(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a service in a database thread, again while the database does not answer. Raises UNREACHED."""
        return await self._insist(lambda: self._database.call(function, *args, **kwargs))

    async def _insist(self, ask: Callable[[], Awaitable[R]]) -> R:
        for pause in RETRY_SECONDS:
            try:
                return await ask()
            except UNREACHED as error:
                logger.warning("the database did not answer: %s", error)
                await asyncio.sleep(pause)
        return await ask()

    def _keep(self, task: "asyncio.Task[Any]") -> None:
        """The loop itself holds tasks only weakly."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _require_own(run: Run, lease: Lease) -> Lease:
    """A run may have been accepted as running just before its worker was given up. Raises LeaseLost."""
    if run.worker_id != lease.worker_id:
        raise LeaseLost
    return lease
