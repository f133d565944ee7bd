"""Accepting, stopping and leaving runs, wherever they are executed."""

import asyncio
import contextvars
import json
import logging
from collections.abc import Coroutine, Mapping
from typing import Any
from uuid import UUID

from assistants_app.domain.errors import RunEnded
from assistants_app.domain.stream import StreamEvent
from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.engine.spread.outbox import Outbox
from assistants_app.engine.spread.relay import SharedRelay
from assistants_app.engine.spread.run_events import UNTOLD_SECONDS
from assistants_app.engine.spread.supervisor import SpreadSupervisor
from assistants_app.engine.spread.table import SIGNAL, Table
from assistants_app.engine.spread.worker import QueueWorker
from assistants_app.models import Run
from assistants_app.services import queue, runs

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 1.0


class SpreadRuns:
    """Lives in the engine's loop; every method is called there."""

    def __init__(
        self,
        *,
        database: DatabaseThreads,
        table: Table,
        relay: SharedRelay,
        outbox: Outbox,
        supervisor: SpreadSupervisor,
        worker: QueueWorker | None,
    ) -> None:
        self.relay = relay
        self.supervisor = supervisor
        supervisor.elsewhere = self
        self._database = database
        self._table = table
        self._outbox = outbox
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, run_id: UUID, accepted: Run | None = None) -> None:
        """A run was accepted here, and its job is in the queue. It may have been accepted to stop others."""
        self.relay.open(run_id)
        if accepted is None or runs.may_stop_others(accepted):
            self._spawn(self._make_way(run_id), f"accept run {run_id}")

    def cancel(self, run_id: UUID, *, rollback: bool = False) -> None:
        if self.supervisor.executes(run_id):
            self.supervisor.cancel(run_id, rollback=rollback)
        else:
            self._spawn(self._cancel(run_id, rollback), f"cancel run {run_id}")

    def restart(self, run_id: UUID) -> None:
        """A run was put back, and its job is in the queue: whoever executes its old attempt stops."""
        if self.supervisor.executes(run_id):
            self.supervisor.let_go(run_id)
        else:
            self._spawn(self._tell({"let_go": str(run_id)}), f"take back run {run_id}")

    async def leave_thread(self, thread_id: UUID) -> None:
        """A thread was deleted here: whatever runs in it stops, and its checkpoints go. It may have gone with the end
        of its run, which is told before."""
        if self.supervisor.executes_any():
            await self.supervisor.leave_thread(thread_id, only_ours=True)
            await self._outbox.settle(UNTOLD_SECONDS)
        await self._tell({"leave": str(thread_id)})
        await self.supervisor.leave_thread(thread_id)

    def hear(self, told: Mapping[str, Any]) -> None:
        """A signal, which may come twice."""
        if "cancel" in told:
            run_id = UUID(told["cancel"])
            if self.supervisor.executes(run_id):
                self.supervisor.cancel(run_id, rollback=told["rollback"])
        elif "let_go" in told:
            self.supervisor.let_go(UUID(told["let_go"]))
        elif "leave" in told:
            thread_id = UUID(told["leave"])
            self.relay.leave_thread(thread_id)
            if self.supervisor.executes_any():
                self._spawn(self.supervisor.leave_thread(thread_id, only_ours=True), f"leave thread {thread_id}")
        elif "note" in told:
            note = StreamEvent(told["number"], told["name"], told["data"].encode())
            self.relay.note_at(UUID(told["note"]), note)

    async def close(self) -> None:
        """Take no more, let go of what runs, and tell all of it."""
        if self._worker is not None:
            await self._worker.close()
        await self.supervisor.close()
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=CLOSE_SECONDS)
        await self._outbox.settle()

    async def _make_way(self, run_id: UUID) -> None:
        waiting = await self._database.call(runs.stops_for, run_id=run_id)
        for earlier in waiting.stop:
            self.cancel(earlier, rollback=waiting.rollback)

    async def _cancel(self, run_id: UUID, rollback: bool) -> None:
        thread_id = await self._database.call(_thread_of, run_id)
        if thread_id is None:
            return
        try:
            if rollback:
                await self.supervisor.undo_earlier_attempts(run_id)
            following = await self._database.call(runs.cancel_pending_run, run_id=run_id, rollback=rollback)
        except RunEnded:  # it runs, or has ended; its process may be gone, and does not hear of it
            await self._database.call(runs.ask_cancel, run_id=run_id, rollback=rollback)
            await self._tell({"cancel": str(run_id), "rollback": rollback})
            return
        await self.relay.end_waiting(run_id, thread_id)
        if following:
            await self._database.call(queue.enqueue_run, run_id=following)

    async def _tell(self, signal: Mapping[str, Any]) -> None:
        await self._table.tell(SIGNAL, told=json.dumps(signal))

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = self._loop.create_task(work, name=name, context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("could not %s", task.get_name(), exc_info=error)


def _thread_of(run_id: UUID) -> UUID | None:
    return Run.objects.filter(run_id=run_id).values_list("thread_id", flat=True).first()
