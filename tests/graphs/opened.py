"""Runs a graph of a catalog the way the engine does."""

import asyncio
from typing import Any

from assistants_app.graphs.catalog import Catalog


def answer(catalog: Catalog, graph_id: str, said: str = "hi", **opening: Any) -> str:
    """The text of the last message."""

    async def run() -> str:
        async with catalog.open_graph(graph_id, **opening) as graph:
            state = await graph.ainvoke({"messages": [("user", said)]}, context=opening.get("context"))
            return str(state["messages"][-1].text)

    return asyncio.run(run())
