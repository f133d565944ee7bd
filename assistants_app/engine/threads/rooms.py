"""Puts together what works on threads, for the life of the serving process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.engine.rounds.sweeping import ThreadSweeper, sweeping
from assistants_app.engine.runs.execution import GraphSource
from assistants_app.engine.threads.calls import ThreadRooms
from assistants_app.engine.threads.changing import ThreadChanger
from assistants_app.engine.threads.checkpointers import Saver
from assistants_app.engine.threads.reading import ThreadReader
from assistants_app.engine.threads.upkeep import upkeep_of
from assistants_app.graphs.config_file import GraphsConfig
from assistants_app.graphs.sections.checkpointer import CheckpointerSection


@asynccontextmanager
async def thread_rooms(
    *, database: DatabaseThreads, saver: Saver, graphs: GraphSource, config: GraphsConfig | None
) -> AsyncIterator[ThreadRooms]:
    """Expired threads are swept while the block lasts."""
    means: dict[str, Any] = {"database": database, "saver": saver, "graphs": graphs}
    upkeep = upkeep_of(saver)
    ttl = (config.checkpointer if config else CheckpointerSection()).ttl
    async with sweeping(ThreadSweeper(database=database, upkeep=upkeep), ttl.sweep_interval_minutes * 60):
        yield ThreadRooms(ThreadReader(**means), ThreadChanger(**means), upkeep)
