"""Graphs that remember: the catalog's, opened with the store of this process."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from langgraph.store.base import BaseStore

from assistants_app.graphs.catalog import Catalog
from assistants_app.graphs.entries import GraphEntry


class RememberingGraphs:
    """A `GraphSource`. A graph that brings a store of its own keeps it."""

    def __init__(self, graphs: Catalog, store: BaseStore) -> None:
        self._graphs = graphs
        self._store = store

    def get(self, graph_id: str) -> GraphEntry:
        """Raises GraphNotFound."""
        return self._graphs.get(graph_id)

    def open_graph(self, graph_id: str, **opening: Any) -> AbstractAsyncContextManager[Any]:
        return self._graphs.open_graph(graph_id, store=self._store, **opening)
