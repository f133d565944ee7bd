"""Changing what a thread holds without a run: its state updated, or written from the beginning."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from langgraph.errors import InvalidUpdateError
from langgraph.types import StateUpdate

from assistants_app.domain.errors import CheckpointNotFound, GraphUnknown, ProductError, ThreadBusy, UpdateRefused
from assistants_app.domain.json_values import Json
from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.engine.runs.execution import GraphSource, langgraph_command
from assistants_app.engine.runs.failures import describe
from assistants_app.engine.runs.hiding import secrets_of
from assistants_app.engine.runs.tasks import Cause, graph_task
from assistants_app.engine.threads.calls import Update
from assistants_app.engine.threads.checkpointers import Saver
from assistants_app.engine.threads.graph_of_thread import GraphOfThread, graph_of, opened
from assistants_app.engine.threads.held import read_held, read_stored
from assistants_app.engine.threads.places import Place, place_in, require_id
from assistants_app.models import Thread
from assistants_app.services import threads

logger = logging.getLogger(__name__)


class ThreadChanger:
    """Lives in the engine's loop; every method is called there. The changes of one thread come one after another."""

    def __init__(self, *, database: DatabaseThreads, saver: Saver, graphs: GraphSource) -> None:
        self._database = database
        self._saver = saver
        self._graphs = graphs
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    async def update(self, place: Place, update: Update) -> Json:
        """One more checkpoint, after the one at `place`; its own place. It is written whoever goes on waiting for it.

        Raises ThreadNotFound, CheckpointNotFound, GraphUnknown, GraphNotFound, GraphUnavailable, ThreadBusy,
        UpdateRefused.
        """
        return await self._change(place, lambda graph, config: graph.abulk_update_state(config, [[_given(update)]]))

    async def write(self, thread_id: UUID, supersteps: Sequence[Sequence[Update]]) -> Json:
        """Several in a row, each of several nodes at once. Raises the same."""
        steps = [[_given(update) for update in step] for step in supersteps]
        return await self._change(Place(thread_id), lambda graph, config: graph.abulk_update_state(config, steps))

    async def refresh(self, thread_id: UUID) -> None:
        """Let the thread's row tell what its checkpoints hold. Raises ThreadNotFound."""
        found = await self._database.call(graph_of, thread_id)
        if found is not None:
            await self._record(found.thread, await self._held(found))

    async def tell_stored(self, threads_left: Sequence[Thread]) -> None:
        """Let the rows of threads tell what a process left in them that died. No graph is asked."""
        for thread in threads_left:
            if held := await read_stored(self._saver, thread.thread_id):
                await self._database.call(threads.record_held, thread=thread, held=held, after_a_run=True)

    async def _change(self, place: Place, change: Callable[[Any, Any], Awaitable[Any]]) -> Json:
        lock = self._locks.setdefault(place.thread_id, asyncio.Lock())
        loop = asyncio.get_running_loop()
        name = f"change of thread {place.thread_id}"
        work = graph_task(loop, self._locked(lock, place, change), name=name, cause=Cause(name))
        return await asyncio.shield(work)

    async def _locked(self, lock: asyncio.Lock, place: Place, change: Callable[[Any, Any], Awaitable[Any]]) -> Json:
        async with lock:
            found = await self._database.call(graph_of, place.thread_id)
            if found is None:
                raise GraphUnknown
            if found.thread.status == Thread.Status.BUSY:
                raise ThreadBusy
            await self._require(place)
            config = {**place.config(), "metadata": found.metadata()}
            try:
                async with opened(found, graphs=self._graphs, saver=self._saver, access="threads.update") as graph:
                    written = await change(graph, config)
                    held = await read_held(graph, place.thread_id)
            except ProductError:
                raise
            except Exception as error:  # a graph's own code, as at the edge of a run
                logger.info("graph %s refuses a change of %s", found.graph_id, place, exc_info=error)
                raise UpdateRefused(self._why(error, found)) from error
            await self._record(found.thread, held or await read_stored(self._saver, place.thread_id))
            return place_in(written)

    async def _require(self, place: Place) -> None:
        """LangGraph begins anew at a checkpoint that does not exist. Raises CheckpointNotFound."""
        require_id(place.checkpoint_id)
        if place.checkpoint_id and await self._saver.aget_tuple(place.config()) is None:
            raise CheckpointNotFound

    async def _held(self, found: GraphOfThread) -> threads.Held | None:
        try:
            async with opened(found, graphs=self._graphs, saver=self._saver, access="threads.read") as graph:
                held = await read_held(graph, found.thread.thread_id)
        except Exception as error:  # a graph's own code, as at the edge of a run
            logger.info("graph %s cannot be opened", found.graph_id, exc_info=error)
            held = None
        return held or await read_stored(self._saver, found.thread.thread_id)

    async def _record(self, thread: Thread, held: threads.Held | None) -> None:
        if held is not None:
            await self._database.call(threads.record_held, thread=thread, held=held)

    def _why(self, error: Exception, found: GraphOfThread) -> str:
        """In the graph's words, without the secrets that it was given."""
        schema = self._graphs.get(found.graph_id).settings_schema
        described = describe(error, secrets=secrets_of(found.run, schema))
        text = str(described["message"])
        return text if isinstance(error, InvalidUpdateError) else f"{described['error']}: {text}"


def _given(update: Update) -> StateUpdate:
    values: Any = update.values if update.command is None else langgraph_command(update.command)
    return StateUpdate(values, update.as_node)
