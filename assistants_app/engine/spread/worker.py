"""Takes runs from Procrastinate's queue, so many at once, and has the supervisor execute them."""

import asyncio
import contextvars
import logging
from datetime import timedelta
from uuid import UUID

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from psycopg import Error

from assistants_app.engine.database.postgres import conninfo
from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.engine.spread.supervisor import SpreadSupervisor
from assistants_app.engine.spread.table import KEPT_SECONDS, SWEEP, Table
from assistants_app.services import queue

logger = logging.getLogger(__name__)

UPKEEP = "upkeep"

POLL_SECONDS = {queue.QUEUE: 1.0, UPKEEP: 10.0}
"""NOTIFY tells of new jobs; polling finds those whose time has come."""

HEARTBEAT_SECONDS = 5.0
STALLED_SECONDS = 20.0
"""Of Procrastinate's own workers. Runs do not wait for it: what has no job is enqueued again."""

RESCUE = "* * * * * */5"
"""Every five seconds: Procrastinate's crons have their seconds at the end."""

SWEEPING = "* * * * *"

RETRY_SECONDS = 1.0
CLOSE_SECONDS = 3.0


class QueueWorker:
    """Lives in the engine's loop. Jobs end with the runs, so that never more than `at_once` are executed."""

    def __init__(self, *, supervisor: SpreadSupervisor, database: DatabaseThreads, table: Table, at_once: int) -> None:
        self._supervisor = supervisor
        self._database = database
        self._table = table
        self._at_once = at_once
        self._task: asyncio.Task[None] | None = None
        self._slots = asyncio.Semaphore(at_once)
        self._runs = App(connector=_connector(2))
        self._upkeep = App(connector=_connector(1))
        self._runs.task(name=queue.TASK, queue=queue.QUEUE)(self._run)
        rescue = self._upkeep.task(name="assistants.rescue", queue=UPKEEP, queueing_lock="rescue")(self._rescue)
        sweep = self._upkeep.task(name="assistants.sweep", queue=UPKEEP, queueing_lock="sweep")(self._sweep)
        self._upkeep.periodic(cron=RESCUE)(rescue)
        self._upkeep.periodic(cron=SWEEPING)(sweep)

    async def _run(self, run_id: str) -> None:
        async with self._slots:
            await self._supervisor.see_through(UUID(run_id))

    async def _rescue(self, timestamp: int) -> None:
        """Runs whose job was lost with its worker get another, and jobs of dead workers go."""
        if found := await self._database.call(queue.enqueue_forgotten):
            logger.warning("%s runs had no job, and have one again", found)
        manager = self._upkeep.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
            await manager.finish_job(job, status=Status.FAILED, delete_job=True)

    async def _sweep(self, timestamp: int) -> None:
        for statement in SWEEP:
            await self._table.tell(statement, kept=timedelta(seconds=KEPT_SECONDS))

    def open(self) -> None:
        work = self._work()
        self._task = asyncio.get_running_loop().create_task(work, name="queue", context=contextvars.Context())

    async def close(self) -> None:
        """Take no more. What runs is the supervisor's."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=CLOSE_SECONDS)

    async def _work(self) -> None:
        await asyncio.gather(
            self._keep_working(self._runs, queue.QUEUE, self._at_once), self._keep_working(self._upkeep, UPKEEP, 1)
        )

    async def _keep_working(self, app: App, name: str, at_once: int) -> None:
        while True:
            try:
                async with app.open_async():
                    await app.run_worker_async(
                        queues=[name],
                        name=name,
                        concurrency=at_once,
                        fetch_job_polling_interval=POLL_SECONDS[name],
                        abort_job_polling_interval=3600.0,  # runs are cancelled by the product's own signal
                        shutdown_graceful_timeout=0.0,
                        delete_jobs="always",
                        install_signal_handlers=False,
                        update_heartbeat_interval=HEARTBEAT_SECONDS,
                        stalled_worker_timeout=STALLED_SECONDS,
                    )
            except (ConnectorException, Error, OSError) as error:
                logger.warning("the queue %s cannot be reached: %s", name, error)
            except Exception:  # the edge of this task: what ends it would leave every run to others, if there are any
                logger.exception("the queue %s could not be worked on; trying again", name)
            await asyncio.sleep(RETRY_SECONDS)


def _connector(connections: int) -> PsycopgConnector:
    """Beside these there is one that listens."""
    return PsycopgConnector(conninfo=conninfo(), min_size=1, max_size=connections)
