"""Reading threads: their state, history and branches, asked of the graph that ran in them last."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

from assistants_app.domain.errors import GraphNotFound, GraphUnavailable
from assistants_app.engine.branches import ROOT, CheckpointTree, MessageBranches
from assistants_app.engine.checkpointers import Saver
from assistants_app.engine.database import DatabaseThreads
from assistants_app.engine.execution import GraphSource, langgraph_config
from assistants_app.engine.failures import describe
from assistants_app.engine.thread_state import (
    EMPTY,
    ThreadState,
    from_checkpoint,
    from_snapshot,
    message_ids,
    require_checkpoint,
    require_id,
)
from assistants_app.graphs.run_values import run_config as run_values
from assistants_app.models import Run, Thread

T = TypeVar("T")
logger = logging.getLogger(__name__)


class ThreadReader:
    """Lives in the engine's loop; every method is called there."""

    def __init__(self, *, database: DatabaseThreads, saver: Saver, graphs: GraphSource) -> None:
        self._database = database
        self._saver = saver
        self._graphs = graphs

    async def state(self, thread_id: UUID, checkpoint_id: str | None) -> ThreadState:
        """Raises ThreadNotFound, CheckpointNotFound."""
        require_id(checkpoint_id)
        run = await self._database.call(_last_run, thread_id)
        if run is None or checkpoint_id == ROOT:
            return require_checkpoint(EMPTY, checkpoint_id if checkpoint_id != ROOT else None)
        config = _at(thread_id, checkpoint_id)
        try:
            async with self._open(run) as graph:
                state = from_snapshot(await graph.aget_state(config))
        except Exception as error:  # a graph's own code, as at the edge of a run
            logger.info("graph %s cannot tell the state of thread %s", run.graph_id, thread_id, exc_info=error)
            state = from_checkpoint(await self._saver.aget_tuple(config), _why(error))
        return require_checkpoint(state, checkpoint_id)

    async def history(self, thread_id: UUID, limit: int, before: str | None) -> list[ThreadState]:
        """Newest first. Raises ThreadNotFound, and what opening the graph raises."""
        run = await self._database.call(_last_run, thread_id)
        if run is None:
            return []
        earlier = _at(thread_id, before) if before else None
        async with self._open(run) as graph:
            found = graph.aget_state_history(_at(thread_id, None), limit=limit, before=earlier)
            return [from_snapshot(snapshot) async for snapshot in found]

    async def branches(self, thread_id: UUID, checkpoint_id: str | None) -> dict[str, MessageBranches]:
        """Raises ThreadNotFound, CheckpointNotFound."""
        await self._database.call(_last_run, thread_id)
        tree = CheckpointTree(await self._saver.lineage(str(thread_id)))
        return await tree.branches(checkpoint_id or tree.head(), self._messages(thread_id))

    async def runs(self, thread_id: UUID, checkpoint_id: str | None) -> frozenset[str]:
        """Raises CheckpointNotFound."""
        tree = CheckpointTree(await self._saver.lineage(str(thread_id)))
        return tree.runs(checkpoint_id or tree.head())

    async def before_message(self, thread_id: UUID, message_id: str, checkpoint_id: str | None) -> str:
        """Raises ThreadNotFound, CheckpointNotFound, MessageNotFound."""
        await self._database.call(_last_run, thread_id)
        tree = CheckpointTree(await self._saver.lineage(str(thread_id)))
        return await tree.before(message_id, checkpoint_id or tree.head(), self._messages(thread_id))

    def _messages(self, thread_id: UUID) -> Callable[[str], Awaitable[list[str]]]:
        """Reads the ids of a checkpoint's messages, each checkpoint once."""
        known: dict[str, list[str]] = {ROOT: []}

        async def read(checkpoint_id: str) -> list[str]:
            if checkpoint_id not in known:
                found = await self.state(thread_id, checkpoint_id)
                known[checkpoint_id] = message_ids(found.values)
            return known[checkpoint_id]

        return read

    @asynccontextmanager
    async def _open(self, run: Run) -> AsyncIterator[Any]:
        values = run_values(self._graphs.get(run.graph_id), run.context)
        config = langgraph_config(run, values.configurable)
        opened = self._graphs.open_graph(run.graph_id, config=config, access="threads.read", context=values.context)
        async with opened as graph:
            yield graph.copy(update={"checkpointer": self._saver})


def _last_run(thread_id: UUID) -> Run | None:
    """The newest run of a thread, or None. Raises ThreadNotFound."""
    thread = Thread.objects.get_by_uuid(thread_id)
    return thread.runs.select_related("assistant").order_by("-number").first()


def _at(thread_id: UUID, checkpoint_id: str | None) -> Any:
    place = {"thread_id": str(thread_id), "checkpoint_ns": ""}
    return {"configurable": {**place, "checkpoint_id": checkpoint_id} if checkpoint_id else place}


def _why(error: Exception) -> str:
    if isinstance(error, GraphNotFound | GraphUnavailable):
        return error.message
    described = describe(error)
    return f"{described['error']}: {described['message']}"
