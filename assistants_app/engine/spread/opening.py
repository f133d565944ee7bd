"""Puts together what the distributed engine needs, for the life of a process."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from assistants_app.engine.background import going_on
from assistants_app.engine.database.postgres import new_pool
from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.engine.runs.execution import GraphSource
from assistants_app.engine.runs.heartbeat import Heart
from assistants_app.engine.spread.inbox import Inbox
from assistants_app.engine.spread.outbox import Outbox
from assistants_app.engine.spread.relay import SharedRelay
from assistants_app.engine.spread.runs import SpreadRuns
from assistants_app.engine.spread.supervisor import SpreadSupervisor
from assistants_app.engine.spread.table import Table
from assistants_app.engine.spread.worker import QueueWorker
from assistants_app.engine.threads.checkpointers import Saver
from assistants_app.models import Run
from assistants_app.services.runs import RunEnd

CONNECTIONS = 3


@asynccontextmanager
async def open_spread(
    *,
    database: DatabaseThreads,
    saver: Saver,
    graphs: GraphSource,
    heart: Heart,
    on_end: Sequence[Callable[[Run, RunEnd], None]],
    at_once: int,
    has_listeners: bool,
) -> AsyncIterator[SpreadRuns]:
    """What is told is heard, and told, while the block lasts. Runs are taken, `at_once` of them, until `close`."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(new_pool(max_size=CONNECTIONS))
        table, outbox = Table(pool), Outbox()
        relay = SharedRelay(table=table, outbox=outbox, has_listeners=has_listeners)
        supervisor = SpreadSupervisor(
            database=database, saver=saver, graphs=graphs, relay=relay, heart=heart, on_end=on_end
        )
        worker = (
            QueueWorker(supervisor=supervisor, database=database, table=table, at_once=at_once) if at_once else None
        )
        spread = SpreadRuns(
            database=database, table=table, relay=relay, outbox=outbox, supervisor=supervisor, worker=worker
        )
        inbox = Inbox(table=table, relay=relay, has_listeners=has_listeners, hear=spread.hear)
        await stack.enter_async_context(going_on(outbox.run(), "outbox"))
        await stack.enter_async_context(going_on(inbox.run(), "inbox"))
        await inbox.listening.wait()
        if worker:
            worker.open()
        yield spread
