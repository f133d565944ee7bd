"""Which graph a thread belongs to, and opening it to read or change what the thread holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from assistants_app.domain.log_lines import hide
from assistants_app.engine.runs.execution import GraphSource, langgraph_config
from assistants_app.engine.runs.hiding import secrets_of, with_secrets
from assistants_app.engine.threads.checkpointers import Saver
from assistants_app.graphs.opening import Access
from assistants_app.graphs.run_values import run_config as run_values
from assistants_app.models import Run, Thread
from assistants_app.services.hidden import hidden_in, names_of


@dataclass(frozen=True, slots=True)
class GraphOfThread:
    """`run` is the thread's last one when this graph ran in it: its settings are those to open the graph with. `hidden`
    are the names of settings that are hidden in this graph from some people."""

    thread: Thread
    graph_id: str
    run: Run | None
    hidden: frozenset[str] = frozenset()

    def metadata(self) -> dict[str, str]:
        """What checkpoints tell that are written without a run."""
        known = {"thread_id": str(self.thread.thread_id), "graph_id": self.graph_id}
        assistant_id = self.thread.metadata.get("assistant_id")
        return {**known, "assistant_id": assistant_id} if isinstance(assistant_id, str) else known


def graph_of(thread_id: UUID) -> GraphOfThread | None:
    """By the thread's metadata, else by its last run, else by its assistant; None when no graph is known.

    Raises ThreadNotFound.
    """
    thread = Thread.objects.without_state().select_related("assistant").get_by_uuid(thread_id)
    run = thread.runs.select_related("assistant").defer("input", "command").order_by("-number").first()
    named = thread.metadata.get("graph_id")
    graph_id = named if named and isinstance(named, str) else run.graph_id if run else ""
    if not graph_id and thread.assistant:
        graph_id = thread.assistant.graph_id
    if not graph_id:
        return None
    return GraphOfThread(
        thread, graph_id, run if run and run.graph_id == graph_id else None, names_of(hidden_in(graph_id))
    )


@asynccontextmanager
async def opened(found: GraphOfThread, *, graphs: GraphSource, saver: Saver, access: Access) -> AsyncIterator[Any]:
    """The graph over our checkpointer. Raises GraphNotFound, GraphUnavailable, and what a factory raises."""
    entry = graphs.get(found.graph_id)
    hide(secrets_of(found.run, entry.settings_schema))
    run = with_secrets(found.run, entry.settings_schema, strict=False) if found.run else None
    values = run_values(entry, run.context if run else {})
    if run:
        config = langgraph_config(run, values.configurable)
    else:
        config = {"configurable": {**values.configurable, **found.metadata()}, "metadata": found.metadata()}
    async with graphs.open_graph(found.graph_id, config=config, access=access, context=values.context) as graph:
        yield graph.copy(update={"checkpointer": saver})
