"""A graph's nodes and edges, and what its subgraphs accept: read from the graph itself, opened for it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from assistants_app.domain.errors import GraphNotFound, GraphUnavailable
from assistants_app.domain.graph_layout import MOST_NODES
from assistants_app.domain.graph_shape import GraphShape, read_shape
from assistants_app.domain.json_values import Json
from assistants_app.graphs import failures
from assistants_app.graphs.catalog import Catalog
from assistants_app.graphs.entries import GraphSchemas
from assistants_app.graphs.run_values import run_config

logger = logging.getLogger(__name__)

SHAPE_SECONDS = 5.0
"""A graph that asks another server for its nodes may take this long."""


async def draw(
    catalog: Catalog, graph_id: str, settings: Mapping[str, Json], *, xray: bool | int, user: Any = None
) -> dict[str, Any]:
    """{"nodes": […], "edges": […]}; with `xray` those of subgraphs too, as deep as it says.

    Raises GraphNotFound, GraphUnavailable.
    """
    async with _opened(catalog, graph_id, settings, user) as graph:
        drawn: dict[str, Any] = (await graph.aget_graph(xray=xray)).to_json()
    return {"nodes": [_node(node) for node in drawn["nodes"]], "edges": drawn["edges"]}


async def shape_of(graph: Any) -> GraphShape | None:
    """A graph's nodes and edges as pages draw them, with those of its subgraphs unless that makes too many. None where
    its own code cannot tell them soon: that is no reason not to run it."""
    shape = await _shape(graph, xray=True)
    if shape is None or len(shape.nodes) > MOST_NODES:
        return await _shape(graph, xray=False) or shape
    return shape


async def _shape(graph: Any, *, xray: bool) -> GraphShape | None:
    try:
        async with asyncio.timeout(SHAPE_SECONDS):
            return read_shape((await graph.aget_graph(xray=xray)).to_json())
    except Exception as error:  # whatever the code of the graph's author raises
        logger.info("a graph cannot be drawn", exc_info=error)
        return None


def _node(node: dict[str, Any]) -> dict[str, Any]:
    """Without the class that implements it."""
    data = node.get("data")
    return {**node, "data": {key: data[key] for key in data if key != "id"}} if isinstance(data, dict) else node


async def subgraph_schemas(
    catalog: Catalog,
    graph_id: str,
    settings: Mapping[str, Json],
    *,
    namespace: str | None,
    recurse: bool,
    user: Any = None,
) -> dict[str, GraphSchemas]:
    """By namespace ("child|grandchild"). Raises GraphNotFound, GraphUnavailable."""
    from assistants_app.graphs.schemas import read_schemas

    async with _opened(catalog, graph_id, settings, user) as graph:
        return {
            name: read_schemas(subgraph)
            async for name, subgraph in graph.aget_subgraphs(namespace=namespace, recurse=recurse)
        }


@asynccontextmanager
async def _opened(catalog: Catalog, graph_id: str, settings: Mapping[str, Json], user: Any) -> AsyncIterator[Any]:
    values = run_config(catalog.get(graph_id), settings)
    try:
        async with catalog.open_graph(
            graph_id,
            config={"configurable": values.configurable},
            access="assistants.read",
            context=values.context,
            user=user,
        ) as graph:
            yield graph
    except (GraphNotFound, GraphUnavailable):
        raise
    except Exception as error:  # whatever the code of the graph's author raises
        raise GraphUnavailable(f'The graph "{graph_id}" cannot be read: {failures.summary(error)}') from error
