"""A claimed run, attempt by attempt, to its end: bounded in time, and tried again when what failed will pass."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout

from assistants_app.domain.errors import NothingToResume, ProductError, UnknownInterruptError
from assistants_app.domain.json_values import Json
from assistants_app.domain.log_lines import hide, tell_of
from assistants_app.engine.events.encoding import encode
from assistants_app.engine.events.event_writer import Emit
from assistants_app.engine.runs.active import CANCELLED, HANDED_OVER, LOST, ROLLED_BACK, ActiveRun, timed_out
from assistants_app.engine.runs.execution import GraphSource, execute
from assistants_app.engine.runs.failures import describe
from assistants_app.engine.runs.hiding import secrets_of
from assistants_app.engine.runs.lease import Claim, Lease, LeaseLost
from assistants_app.engine.runs.tasks import Cause, graph_task
from assistants_app.engine.runs.told_run import facts_of
from assistants_app.engine.runs.tracing import attempt_span
from assistants_app.engine.threads.checkpointers import Saver
from assistants_app.engine.threads.held import read_stored
from assistants_app.models import Run, Thread
from assistants_app.services import recovery
from assistants_app.services.runs import RunEnd

logger = logging.getLogger(__name__)

CANCEL_SECONDS = 5.0
"""How long a cancelled graph may take to stop before its run is ended without it."""

AGAIN_SECONDS = (1.0, 5.0, 15.0, 30.0)
"""How long to wait before the second attempt, the third, and so on."""

UNREACHED = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, OperationalError, InterfaceError)
PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}
"""What SQLite says of trouble that is not the statement's."""

Ended = tuple[RunEnd, BaseException | None]


class Attempts:
    """Lives in the engine's loop."""

    def __init__(
        self,
        *,
        saver: Saver,
        graphs: GraphSource,
        ask: Callable[..., Awaitable[Any]],
        keep: Callable[["asyncio.Task[Any]"], None],
    ) -> None:
        self._saver = saver
        self._graphs = graphs
        self._ask = ask
        self._keep = keep
        self._loop = asyncio.get_running_loop()

    async def run(self, run: Run, active: ActiveRun, lease: Lease) -> RunEnd:
        """Never raises what a graph raised. Raises RunEnded when the run was lost meanwhile."""
        while True:
            with attempt_span(run) as span:
                end, caught = await self._attempt(run, active, lease)
                span.ended(end)
            if end is HANDED_OVER or end is LOST:
                return end
            pause = _pause_after(caught, run)
            if pause is None or active.stopped:
                break
            logger.warning("run %s failed in attempt %s, and is tried again: %s", run.run_id, run.attempt, caught)
            await asyncio.wait({active.stopping}, timeout=pause)
            if active.stopped:
                end = active.stopped
                break
            await active.events.settle()
            await self._ask(recovery.begin_next_attempt, run=run)
            active.events.attempt_begins(run.attempt)
        if active.held is None and not end.rollback and not end.refused:
            active.held = await read_stored(self._saver, run.thread_id)
        if end.error is not None:
            active.events.emit("error", encode(end.error))
        meter = active.meter
        return replace(end, usage=meter.usage or None, first_token_at=meter.first_token_at, held=active.held)

    async def _attempt(self, run: Run, active: ActiveRun, lease: Lease) -> Ended:
        """In a task of its own, until it ends, is told to stop, or its time is over."""
        active.events.emit("metadata", encode({"run_id": run.run_id, "attempt": run.attempt}))
        tell_of(facts_of(run))
        hide(self._secrets(run))
        claim = Claim(run.run_id, run.attempt, lease, finds_nothing=run.on_new_thread and run.attempt == 1)
        if (run.options.get("durability") or "async") == "async":
            claim.first_word = asyncio.Event()
        if run.fruitless:
            claim.on_step = partial(self._note_progress, run, run.attempt)
        work = execute(
            run,
            graphs=self._graphs,
            saver=self._saver.owned_as(claim),
            emit=partial(_tell, active.events.emit, claim),
            meter=active.meter,
            keep=active.keep,
            hasten=active.events.hasten,
        )
        cause = Cause(run.graph_id, run.run_id)
        task = graph_task(self._loop, work, name=f"graph of run {run.run_id}", cause=cause)
        either: set[asyncio.Future[Any]] = {task, active.stopping}
        limit = self._limit(run)
        done, _pending = await asyncio.wait(either, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if limit and not done:
            active.stop(timed_out(limit))
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=CANCEL_SECONDS)
        claim.over = True
        if not task.done():
            logger.error("graph %s did not stop when run %s was cancelled", run.graph_id, run.run_id)
            self._keep(task)
            task.add_done_callback(_hear)
        return self._end(run, task, active.stopped)

    def _note_progress(self, run: Run, attempt: int) -> None:
        run.fruitless = 0
        noting = self._ask(recovery.note_progress, run_id=run.run_id, attempt=attempt)
        self._keep(asyncio.ensure_future(noting))

    def _end(self, run: Run, task: "asyncio.Task[bool]", stopped: RunEnd | None) -> Ended:
        caught = task.exception() if task.done() and not task.cancelled() else None
        if stopped is LOST or isinstance(caught, LeaseLost):
            return LOST, caught
        if stopped is not None and stopped.rollback:
            return ROLLED_BACK, None
        if not task.done() or task.cancelled():
            return stopped or CANCELLED, None  # a graph may cancel itself
        if caught is None:
            waits = task.result()
            return RunEnd(Run.Status.SUCCESS, Thread.Status.INTERRUPTED if waits else Thread.Status.IDLE), None
        if stopped is HANDED_OVER:
            return stopped, caught
        logger.info("run %s of graph %s failed", run.run_id, run.graph_id, exc_info=caught)
        error = self._described(caught, run)
        refused = isinstance(caught, NothingToResume | UnknownInterruptError)
        return RunEnd(Run.Status.ERROR, Thread.Status.ERROR, error=error, refused=refused), caught

    def _limit(self, run: Run) -> float | None:
        """The shortest of the run's own, its graph's and the site's."""
        try:
            of_graph = self._graphs.get(run.graph_id).time_limit
        except ProductError:
            of_graph = None
        return min(
            (one for one in (run.options.get("time_limit"), of_graph, settings.RUN_SECONDS) if one), default=None
        )

    def _described(self, error: BaseException, run: Run) -> Json:
        """What a graph raised, without the secrets that it was given."""
        return describe(error, secrets=self._secrets(run))

    def _secrets(self, run: Run) -> list[str]:
        try:
            schema = self._graphs.get(run.graph_id).settings_schema
        except ProductError:
            schema = None
        return secrets_of(run, schema)


def _tell(emit: Emit, claim: Claim, event: str, data: bytes) -> None:
    emit(event, data)
    if claim.first_word is not None and not claim.first_word.is_set():
        asyncio.get_running_loop().call_soon(claim.first_word.set)  # whoever listens is first


def _hear(task: "asyncio.Task[Any]") -> None:
    """What a graph raises that was left behind is of no interest: asyncio would log it as forgotten."""
    if not task.cancelled():
        task.exception()


def passes(error: BaseException) -> bool:
    """Whether what failed was the database, or the way to it."""
    known: BaseException | None = error
    while known is not None:
        if isinstance(known, sqlite3.OperationalError):
            return getattr(known, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in PASSING
        if isinstance(known, UNREACHED) and not isinstance(known.__cause__, sqlite3.OperationalError):
            return True
        known = known.__cause__
    return False


def _pause_after(error: BaseException | None, run: Run) -> float | None:
    """Seconds until the next attempt; None where there is none."""
    if error is None or recovery.is_last(run):
        return None
    if isinstance(error, ProductError) or not (settings.RETRY_GRAPH_ERRORS or passes(error)):
        return None
    return AGAIN_SECONDS[min(run.fruitless, len(AGAIN_SECONDS) - 1)]
