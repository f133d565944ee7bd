"""Puts together what keeps events, for the life of a process that is alone."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from psycopg import AsyncConnection

from assistants_app.engine.background import going_on
from assistants_app.engine.database.postgres import new_pool
from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.engine.keeping.events_file import FILE_NAME, EventsFile
from assistants_app.engine.keeping.events_table import EventsTable
from assistants_app.engine.keeping.relay import KeptRelay
from assistants_app.engine.keeping.writer import CLOSE_SECONDS, Store
from assistants_app.models import Run

logger = logging.getLogger(__name__)

CONNECTIONS = 2
SWEEP_SECONDS = 60.0


@asynccontextmanager
async def open_kept_relay(database: DatabaseThreads) -> AsyncIterator[KeptRelay]:
    """What is told is kept while the block lasts, the last of it when it ends."""
    async with AsyncExitStack() as stack:
        relay = KeptRelay(await _open_store(stack), lambda run_ids: database.call(_unfinished, run_ids))
        await stack.enter_async_context(going_on(relay.writer.run(), "keeping events"))
        await stack.enter_async_context(going_on(_sweeping(relay), "sweeping events"))
        stack.push_async_callback(relay.writer.settle, CLOSE_SECONDS, insist=True)
        yield relay


async def _open_store(stack: AsyncExitStack) -> Store:
    if connection.vendor != "postgresql":
        file = EventsFile(Path(settings.DATA_FOLDER) / FILE_NAME)
        stack.callback(file.close)
        return file
    return EventsTable(await stack.enter_async_context(new_pool(max_size=CONNECTIONS, configure=_relax)))


async def _relax(connection: AsyncConnection[Any]) -> None:
    """Events are not worth waiting for the disk: they are gone after a crash of the database anyway."""
    await connection.execute("SET synchronous_commit = off")


async def _sweeping(relay: KeptRelay) -> None:
    while True:
        try:
            await relay.sweep()
        except Exception:  # the edge of this task: what ends it would let nothing go any more
            logger.exception("what runs told long ago could not be deleted; trying again")
        await asyncio.sleep(SWEEP_SECONDS)


def _unfinished(run_ids: Collection[UUID]) -> set[UUID]:
    return set(Run.objects.filter(run_id__in=run_ids, finished_at=None).values_list("run_id", flat=True))
