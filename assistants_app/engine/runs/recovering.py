"""Looks now and then for what other processes left behind, and takes it up: their runs, and threads that wait for
nothing."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from assistants_app.domain.log_lines import telling_of
from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.engine.runs.heartbeat import Heart, runs_here
from assistants_app.engine.runs.supervisor import Supervisor
from assistants_app.engine.runs.told_run import facts_of
from assistants_app.engine.threads.changing import ThreadChanger
from assistants_app.services import recovery, runs, workers

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.5
"""With the lease, a run is taken up again within eight seconds of its process's death."""

LOOKS_A_ROUND = 4
"""What is not urgent is done every so many looks."""

QUIET = timedelta(seconds=5)
"""A run that has its turn and was left alone for so long is nobody's."""

AT_ONCE = 50


class Recovery:
    """Lives in the engine's loop."""

    def __init__(
        self,
        *,
        database: DatabaseThreads,
        heart: Heart,
        supervisor: Supervisor,
        changer: ThreadChanger,
        start: Callable[[UUID], None] | None,
    ) -> None:
        """`start` is None where a queue starts runs."""
        self._database = database
        self._heart = heart
        self._supervisor = supervisor
        self._changer = changer
        self._start = start

    async def begin(self) -> None:
        """At the start of this process: everything that has its turn is started."""
        await self.take_up()
        await self._start_left(quiet=timedelta())

    async def run(self) -> None:
        """Until it is cancelled."""
        looks = 0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            looks += 1
            try:
                await self.take_up()
                await self._stop_asked()
                await self._go_on_with_own()
                if looks % LOOKS_A_ROUND == 0:
                    await self.tidy()
            except Exception:  # the edge of this task: what ends it would leave every lost run lost
                logger.exception("what other processes left behind could not be looked for; trying again")

    async def take_up(self) -> None:
        """Give up the processes that are silent, and go on with their runs."""
        await self._database.call(
            workers.give_up_workers,
            by=self._heart.worker_id,
            machine=self._heart.process.machine,
            runs_here=runs_here,
            silent=self._heart.steady,
        )
        while found := await self._database.call(recovery.recover_runs, limit=AT_ONCE):
            for run, end in found.ended:
                with telling_of(facts_of(run)):
                    logger.error("run %s of graph %s failed too often: %s", run.run_id, run.graph_id, end.error)
                await self._supervisor.tell_end(run, end)
            await self._changer.tell_stored([run.thread for run, _end in found.ended])
            for run_id in found.start:
                with telling_of({"run_id": str(run_id)}):
                    logger.warning("run %s lost its process, and is taken up again", run_id)
                if self._start:
                    self._start(run_id)

    async def _stop_asked(self) -> None:
        """Runs of this process that somebody stops who could not say so here."""
        for run_id, rollback in await self._database.call(runs.cancels_asked, worker_id=self._heart.worker_id):
            if self._supervisor.executes(run_id):
                self._supervisor.cancel(run_id, rollback=rollback)

    async def _go_on_with_own(self) -> None:
        """Runs of this process that it does not execute: who accepted them here was never told that they are."""
        for run in await self._database.call(recovery.owned_runs, worker_id=self._heart.worker_id, quiet=QUIET):
            if not self._supervisor.executes(run.run_id):
                logger.warning("run %s is executed by nobody, and is taken up again", run.run_id)
                if await self._database.call(recovery.let_go, run=run) and self._start:
                    self._start(run.run_id)

    async def tidy(self) -> None:
        """What is left alone: runs that have their turn, busy threads in which nothing runs."""
        await self._start_left(quiet=QUIET, limit=AT_ONCE)
        mended = await self._database.call(recovery.mend_threads, limit=AT_ONCE)
        if mended:
            logger.warning("%s threads were busy with nothing", len(mended))
            await self._changer.tell_stored(mended)
        await self._database.call(workers.forget_workers)

    async def _start_left(self, *, quiet: timedelta, limit: int | None = None) -> None:
        """Runs that nobody started since. A queue sees to its own."""
        if self._start:
            for run_id in await self._database.call(recovery.runs_to_start, quiet=quiet, limit=limit):
                self._start(run_id)
