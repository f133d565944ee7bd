"""One run of one graph: opened, given its values, streamed to the end."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.types import Command, Send

from assistants_app.domain.errors import CheckpointNotFound
from assistants_app.domain.json_values import Json, Settings
from assistants_app.engine.events.event_writer import QUOTING, Emit, EventWriter
from assistants_app.engine.events.graph_stream import graph_parts
from assistants_app.engine.events.stream_modes import wanted_modes
from assistants_app.engine.runs.answering import require_answerable, resumes
from assistants_app.engine.runs.failures import refusals_named
from assistants_app.engine.runs.hiding import hidden_facts, secrets_of, with_secrets
from assistants_app.engine.runs.known_user import KnownUser
from assistants_app.engine.runs.meter import Meter
from assistants_app.engine.runs.resuming import going_on
from assistants_app.engine.threads.branches import ROOT
from assistants_app.engine.threads.held import read_held
from assistants_app.engine.threads.places import require_id
from assistants_app.graphs.entries import GraphEntry
from assistants_app.graphs.opening import Access
from assistants_app.graphs.run_values import run_config as run_values
from assistants_app.models import Run
from assistants_app.services.confided import opened_caller
from assistants_app.services.threads import Held

RECURSION_LIMIT = 100
"""Steps where neither the assistant nor the graph sets a limit; LangGraph's own 25 is soon reached by agents."""


class GraphSource(Protocol):
    """Where graphs come from: the catalog."""

    def get(self, graph_id: str) -> GraphEntry: ...

    def open_graph(
        self,
        graph_id: str,
        *,
        config: Mapping[str, Any] | None = None,
        access: Access = "threads.create_run",
        context: Mapping[str, Any] | None = None,
        user: Any = None,
    ) -> AbstractAsyncContextManager[Any]: ...


async def execute(
    run: Run,
    *,
    graphs: GraphSource,
    saver: BaseCheckpointSaver[str],
    emit: Emit,
    meter: Meter,
    keep: Callable[[Held], None],
    hasten: Callable[[], None],
) -> bool:
    """Run the graph to its end, or to where it waits; True when it waits for somebody.

    However it ends, `hasten` is told that nothing more is emitted, and `keep` gets what the thread holds then. Raises
    whatever the graph, its factory or its settings class raises.
    """
    entry = graphs.get(run.graph_id)
    wanted = wanted_modes(run.options.get("stream_mode"))
    writer = EventWriter(wanted, emit, secrets_of(run, entry.settings_schema) if wanted & QUOTING else ())
    masks = hidden_facts(run, entry.settings_schema)
    run = with_secrets(run, entry.settings_schema)
    values = run_values(entry, run.context)
    config = langgraph_config(run, values.configurable, masks)
    await _require_checkpoint(config, saver)
    with refusals_named(entry.settings_schema):
        user = config["configurable"].get("langgraph_auth_user")
        opened = graphs.open_graph(run.graph_id, config=config, context=values.context, user=user)
        async with opened as found:
            graph = found.copy(update={"checkpointer": saver})
            given, done = graph_input(run), False
            if run.attempt > 1:
                given, config, done = await going_on(run, graph=graph, saver=saver, given=given, config=config)
            if resumes(run) and given is not None:
                require_answerable(run, await graph.aget_state(config))
            if done:
                return await _at_rest(run, graph, keep)
            parts = graph_parts(
                graph,
                given,
                {"recursion_limit": RECURSION_LIMIT, **_own_limit(found), **config, "callbacks": [meter]},
                wanted=wanted,
                subgraphs=bool(run.options.get("stream_subgraphs")),
                context=values.context,
                interrupt_before=run.options.get("interrupt_before"),
                interrupt_after=run.options.get("interrupt_after"),
                durability=run.options.get("durability") or "async",
            )
            try:
                async for namespace, mode, data in parts:
                    writer.write(namespace, mode, data)
            finally:
                hasten()
                if held := await read_held(graph, run.thread_id):
                    keep(held)
    return writer.interrupted


async def _at_rest(run: Run, graph: Any, keep: Callable[[Held], None]) -> bool:
    """An earlier attempt came to where the graph waits; only its end was not recorded."""
    if held := await read_held(graph, run.thread_id):
        keep(held)
    return True


async def _require_checkpoint(config: dict[str, Any], saver: BaseCheckpointSaver[str]) -> None:
    """LangGraph starts from nothing at a checkpoint that does not exist; only ROOT means that. Raises
    CheckpointNotFound."""
    asked = config["configurable"].get("checkpoint_id")
    require_id(asked)
    if asked and asked != ROOT and await saver.aget_tuple({"configurable": config["configurable"]}) is None:
        raise CheckpointNotFound


def langgraph_config(run: Run, configurable: Settings, masks: Mapping[str, str] | None = None) -> dict[str, Any]:
    """LangGraph's config: the assistant's own options, then what this run is, which nothing can replace.

    `masks` are for its metadata: see `hiding.hidden_facts`.
    """
    identity = {
        "run_id": str(run.run_id),
        "thread_id": str(run.thread_id),
        "graph_id": run.graph_id,
        "assistant_id": str(run.assistant.assistant_id) if run.assistant else "",
    }
    caller = opened_caller(run.options.get("caller") or {})
    place = {**_told_of(caller), **identity, "checkpoint_ns": ""}
    if checkpoint_id := run.options.get("checkpoint_id"):
        place["checkpoint_id"] = checkpoint_id
    told = {**run.config.get("metadata", {}), **run.metadata}
    metadata = {**(masks or {}), **told, **identity, "run_attempt": run.attempt}
    if caller:
        metadata["user_id"] = caller["user_id"]
    if run.version is not None:
        metadata["assistant_version"] = run.version
    return {
        "run_name": run.graph_id,
        **run.config,
        "configurable": {**run.config.get("configurable", {}), **configurable, **place},
        "metadata": metadata,
        "run_id": run.run_id,
    }


def _told_of(caller: Mapping[str, Any]) -> dict[str, Any]:
    """Who asked for the run, where graphs written for LangGraph Server look for it."""
    if not caller:
        return {}
    user = caller["user"]
    return {
        **caller["headers"],
        "user_id": caller["user_id"],
        "langgraph_auth_user": user if user is None else KnownUser(user),
        "langgraph_auth_user_id": caller["user_id"],
        "langgraph_auth_permissions": caller["permissions"],
        "langgraph_request_id": caller["request_id"],
    }


def _own_limit(graph: Any) -> dict[str, Any]:
    """The limit that a graph brings by `with_config`. Its tags and callbacks LangGraph itself puts beside ours."""
    own = graph.config or {}
    return {"recursion_limit": own["recursion_limit"]} if "recursion_limit" in own else {}


def graph_input(run: Run) -> Any:
    """The input, or LangGraph's Command where the run has one."""
    return run.input if run.command is None else langgraph_command(run.command)


def langgraph_command(given: Mapping[str, Json]) -> "Command[Any]":
    """LangGraph's Command, from the API's."""
    goto = given.get("goto") or ()
    targets = [goto] if isinstance(goto, str | Mapping) else goto
    update = given.get("update")
    return Command(
        update=[tuple(pair) for pair in update] if isinstance(update, list) else update,
        resume=given.get("resume"),
        goto=[Send(one["node"], one.get("input")) if isinstance(one, Mapping) else one for one in targets],
    )
