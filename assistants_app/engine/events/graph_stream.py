"""What a graph streams while it runs: LangGraph's parts, one by one, whether or not its events are asked for too."""

from collections.abc import AsyncIterator
from typing import Any

from assistants_app.engine.events.stream_modes import langgraph_modes

Part = tuple[tuple[str, ...], str, Any]
"""(namespace, mode, data), as LangGraph streams it; the mode "events" is ours."""


async def graph_parts(
    graph: Any, given: Any, config: dict[str, Any], *, wanted: frozenset[str], subgraphs: bool, **options: Any
) -> AsyncIterator[Part]:
    """Run `graph` to its end, or to where it waits. `options` are those of `Pregel.astream`."""
    modes = langgraph_modes(wanted)
    if "events" not in wanted:
        async for part in graph.astream(given, config, stream_mode=modes, subgraphs=subgraphs, **options):
            yield part if subgraphs else ((), *part)
        return
    run_id = str(config["run_id"])
    events = graph.astream_events(given, config, version="v2", stream_mode=modes, subgraphs=subgraphs, **options)
    async for event in events:
        if event["event"] == "on_chain_stream" and event["run_id"] == run_id:  # what the graph itself streams
            part = event["data"]["chunk"]
            yield part if subgraphs else ((), *part)
        else:
            yield (), "events", event
