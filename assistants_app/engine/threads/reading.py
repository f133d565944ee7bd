"""Reading threads: their state, history and branches, asked of the graph that they belong to."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from assistants_app.domain.errors import GraphNotFound, GraphUnavailable
from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.engine.runs.execution import GraphSource
from assistants_app.engine.runs.failures import describe
from assistants_app.engine.runs.hiding import secrets_of, with_errors_hidden, with_facts_hidden
from assistants_app.engine.threads.branches import ROOT, CheckpointTree, MessageBranches
from assistants_app.engine.threads.checkpointers import Saver
from assistants_app.engine.threads.graph_of_thread import GraphOfThread, graph_of, opened
from assistants_app.engine.threads.places import Place, require_id
from assistants_app.engine.threads.state import (
    EMPTY,
    ThreadState,
    from_checkpoint,
    from_snapshot,
    message_ids,
    require_checkpoint,
)
from assistants_app.models import Thread

logger = logging.getLogger(__name__)


class ThreadReader:
    """Lives in the engine's loop; every method is called there. Nothing fails for a graph's sake."""

    def __init__(self, *, database: DatabaseThreads, saver: Saver, graphs: GraphSource) -> None:
        self._database = database
        self._saver = saver
        self._graphs = graphs

    async def state(self, thread_id: UUID, checkpoint_id: str | None) -> ThreadState:
        """Raises ThreadNotFound, CheckpointNotFound."""
        require_id(checkpoint_id)
        if checkpoint_id == ROOT:
            await self._database.call(Thread.objects.without_state().get_by_uuid, thread_id)
            return EMPTY
        return require_checkpoint(await self.state_at(Place(thread_id, checkpoint_id)), checkpoint_id)

    async def state_at(self, place: Place, *, subgraphs: bool = False) -> ThreadState:
        """The state there, empty at a place that does not exist. Raises ThreadNotFound."""
        found = await self._database.call(graph_of, place.thread_id)
        if found is None:
            return _nothing_at(place)
        try:
            async with self._open(found) as graph:
                state = from_snapshot(await graph.aget_state(place.config(), subgraphs=subgraphs))
            [state] = self._told([state], found)
        except Exception as error:  # a graph's own code, as at the edge of a run
            logger.info("graph %s cannot tell the state of %s", found.graph_id, place, exc_info=error)
            state = from_checkpoint(await self._saver.aget_tuple(place.config()), self._why(error, found))
            state = with_facts_hidden(state, found.hidden)
        return state if state.created_at else replace(_nothing_at(place), problem=state.problem)

    async def history(
        self, place: Place, *, limit: int, before: str | None, metadata: Mapping[str, Any] | None = None
    ) -> list[ThreadState]:
        """Newest first; `metadata` is what a checkpoint's own must hold. Raises ThreadNotFound."""
        found = await self._database.call(graph_of, place.thread_id)
        if found is None or (metadata and found.hidden & metadata.keys()):  # else one could guess until it is found
            return []
        earlier = Place(place.thread_id, before, place.checkpoint_ns).config() if before else None
        wanted: dict[str, Any] = {"limit": limit, "before": earlier, "filter": dict(metadata) if metadata else None}
        try:
            async with self._open(found) as graph:
                states = [from_snapshot(one) async for one in graph.aget_state_history(place.config(), **wanted)]
            return self._told(states, found)
        except Exception as error:  # a graph's own code, as at the edge of a run
            logger.info("graph %s cannot tell the history of %s", found.graph_id, place, exc_info=error)
            problem = self._why(error, found)
            states = [from_checkpoint(one, problem) async for one in self._saver.alist(place.config(), **wanted)]
            return [with_facts_hidden(state, found.hidden) for state in states]

    async def branches(self, thread_id: UUID, checkpoint_id: str | None) -> dict[str, MessageBranches]:
        """Raises ThreadNotFound, CheckpointNotFound."""
        await self._database.call(Thread.objects.without_state().get_by_uuid, thread_id)
        tree = CheckpointTree(await self._saver.lineage(str(thread_id)))
        return await tree.branches(checkpoint_id or tree.head(), self._messages(thread_id))

    async def runs(self, thread_id: UUID, checkpoint_id: str | None) -> frozenset[str]:
        """Raises CheckpointNotFound."""
        tree = CheckpointTree(await self._saver.lineage(str(thread_id)))
        return tree.runs(checkpoint_id or tree.head())

    async def before_message(self, thread_id: UUID, message_id: str, checkpoint_id: str | None) -> str:
        """Raises ThreadNotFound, CheckpointNotFound, MessageNotFound."""
        await self._database.call(Thread.objects.without_state().get_by_uuid, thread_id)
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

    def _open(self, found: GraphOfThread) -> Any:
        return opened(found, graphs=self._graphs, saver=self._saver, access="threads.read")

    def _told(self, states: list[ThreadState], found: GraphOfThread) -> list[ThreadState]:
        """Without the secrets that a graph was given, where a state may quote them, and without what is hidden."""
        states = [with_facts_hidden(state, found.hidden) for state in states]
        if not any(task.error or task.state for state in states for task in state.tasks):
            return states
        secrets = self._secrets(found)
        return [with_errors_hidden(state, secrets) for state in states]

    def _secrets(self, found: GraphOfThread) -> list[str]:
        return secrets_of(found.run, self._graphs.get(found.graph_id).settings_schema)

    def _why(self, error: Exception, found: GraphOfThread) -> str:
        if isinstance(error, GraphNotFound | GraphUnavailable):
            return error.message
        described = describe(error, secrets=self._secrets(found))
        return f"{described['error']}: {described['message']}"


def _nothing_at(place: Place) -> ThreadState:
    """Of a thread in which nothing ran, or at a checkpoint that it does not have."""
    if not place.checkpoint_id:
        return EMPTY
    asked = {"checkpoint_id": place.checkpoint_id, "thread_id": str(place.thread_id)}
    return replace(EMPTY, checkpoint=asked, checkpoint_id=place.checkpoint_id)
