"""The graphs of one langgraph.json: loaded once, described by entries, opened for runs."""

import asyncio
import importlib
import inspect
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from assistants_app.domain.errors import GraphNotFound, GraphUnavailable, InvalidGraphsConfig
from assistants_app.domain.graph_shape import GraphShape
from assistants_app.domain.language import gettext as _
from assistants_app.graphs import failures
from assistants_app.graphs.addresses import ObjectAddress
from assistants_app.graphs.bounded import run_bounded
from assistants_app.graphs.config_file import BUNDLED, GraphsConfig, GraphSource, find_config, read_config
from assistants_app.graphs.entries import GraphEntry, GraphSchemas
from assistants_app.graphs.opening import Access, GraphFactory, Opening, ReadyGraph, openable, with_store

logger = logging.getLogger(__name__)

__all__ = ["Catalog", "GraphEntry", "catalog"]


def catalog() -> "Catalog":
    """The process-wide catalog of the configured langgraph.json; loads at its first question."""
    return _catalog_of(settings.GRAPHS_CONFIG)


@lru_cache
def _catalog_of(configured: str) -> "Catalog":
    return Catalog(find_config(configured), import_seconds=settings.GRAPH_IMPORT_SECONDS)


@lru_cache
def _memory() -> Any:
    """A store for graphs that are only looked at. Those that run get the engine's, which lasts."""
    from langgraph.store.memory import InMemoryStore

    return InMemoryStore()


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A graph that can be opened, and the class of its context, when it has one."""

    graph: ReadyGraph | GraphFactory
    context_class: type | None


class Catalog:
    """Thread-safe. Nothing that a graph's code does can raise out of it, save in `open_graph`."""

    def __init__(self, path: Path, *, import_seconds: float = 60) -> None:
        self.path = path
        self.problem: str | None = None
        """Why the file as a whole cannot be used."""
        self.config: GraphsConfig | None = None
        """What the file says; None before it was read, and where it cannot be."""
        self.notes_told = False
        """Whether the operator has read `notes`."""
        self._import_seconds = import_seconds
        self._entries: dict[str, GraphEntry] = {}
        self._loaded: dict[str, _Loaded] = {}
        self._complete = False
        self._lock = threading.RLock()

    def load_all(self) -> None:
        """Reads the file and loads every graph in it, anew where it was loaded before."""
        with self._lock:
            config = self._read()
            if config:
                self._entries = {source.graph_id: self._load(source, config) for source in config.sources}
            self._complete = True

    @property
    def notes(self) -> tuple[str, ...]:
        """What in the file has no effect here, for the operator."""
        return self.config.notes if self.config else ()

    def log_notes(self) -> None:
        """Once, unless a command told them already: an operator must not take for done what is passed over."""
        if not self.notes_told:
            self.notes_told = True
            for note in self.notes:
                logger.warning("langgraph.json: %s", note)

    @property
    def bundled(self) -> bool:
        """Whether these are the examples that come with the product."""
        return self.path == BUNDLED

    def ensure_loaded(self) -> None:
        if not self._complete:
            with self._lock:
                if not self._complete:
                    self.load_all()

    def retry(self, graph_id: str) -> GraphEntry:
        """Reads the file again and loads one graph anew, unless it is available. Raises GraphNotFound."""
        with self._lock:
            entry = self.get(graph_id)
            if entry.available:
                return entry
            config = self._read()
            source = next((s for s in config.sources if s.graph_id == graph_id), None) if config else None
            if config and source:
                self._entries[graph_id] = self._load(source, config)
            return self._entries[graph_id]

    def entries(self) -> list[GraphEntry]:
        """In the order of the file."""
        self.ensure_loaded()
        return list(self._entries.values())

    def get(self, graph_id: str) -> GraphEntry:
        """Raises GraphNotFound."""
        self.ensure_loaded()
        try:
            return self._entries[graph_id]
        except KeyError:
            raise GraphNotFound(_('There is no graph "%(graph)s" here.') % {"graph": graph_id}) from None

    @asynccontextmanager
    async def open_graph(
        self,
        graph_id: str,
        *,
        config: Mapping[str, Any] | None = None,
        access: Access = "threads.create_run",
        context: Mapping[str, Any] | None = None,
        user: Any = None,
        store: Any = None,
    ) -> AsyncIterator[Any]:
        """A compiled graph for one run or one reading of state; it closes with the block.

        Its own checkpointer is in place: `copy(update=…)` it before running. A graph without a store of its own gets
        `store`, or one in memory that lasts as long as the process. `context` is given as plain values.
        Raises GraphNotFound, GraphUnavailable, and what a factory raises.
        """
        if not self._complete:
            await asyncio.to_thread(self.ensure_loaded)
        entry = self.get(graph_id)
        loaded = self._loaded.get(graph_id)
        if loaded is None or not entry.available:
            said = _('The graph "%(graph)s" is not available: %(error)s')
            raise GraphUnavailable(said % {"graph": graph_id, "error": entry.error})
        typed = _typed_context(loaded.context_class, context)
        shared = store if store is not None else _memory()
        opening = Opening(config=config or {"configurable": {}}, access=access, context=typed, user=user, store=shared)
        async with loaded.graph.open(opening) as graph:
            yield with_store(graph, shared)

    def _read(self) -> GraphsConfig | None:
        """Reads the file and makes this process ready to import from it."""
        try:
            config = read_config(self.path)
        except InvalidGraphsConfig as error:
            self.problem = error.message
            return None
        self.problem, self.config = None, config
        os.environ.update(config.env)
        sys.path.extend(str(path) for path in config.search_path if str(path) not in sys.path)
        importlib.invalidate_caches()
        return config

    def _load(self, source: GraphSource, config: GraphsConfig) -> GraphEntry:
        last = self._entries.get(source.graph_id, GraphEntry(source.graph_id))
        entry = replace(
            last,
            description=source.description,
            demonstration=_is_example(source),
            time_limit=source.time_limit,
            first_messages=source.first_messages,
        )
        self._loaded.pop(source.graph_id, None)
        address = source.address
        if source.problem or address is None:
            return replace(entry, available=False, error=source.problem, details="", needs=())
        try:
            loaded, schemas, shape = run_bounded(lambda: _import(address, config.path.parent), self._import_seconds)
        except Exception as error:
            return replace(
                entry,
                available=False,
                error=failures.summary(error),
                details=failures.details(error),
                needs=failures.needs(error, config.search_path),
            )
        self._loaded[source.graph_id] = loaded
        return replace(
            entry,
            available=True,
            error=None,
            details="",
            needs=(),
            notes=_shadowed(schemas, loaded.context_class),
            settings_schema=schemas.settings,
            settings_fault=schemas.settings_fault,
            settings_place=schemas.settings_place,
            input_schema=schemas.input,
            output_schema=schemas.output,
            state_schema=schemas.state,
            takes_messages=schemas.takes_messages,
            nodes=schemas.nodes,
            shape=shape,
        )


def _import(address: ObjectAddress, folder: Path) -> tuple[_Loaded, GraphSchemas, GraphShape | None]:
    """Runs in a thread of its own: some graphs call `asyncio.run` while they are imported."""
    from assistants_app.graphs.drawing import shape_of
    from assistants_app.graphs.importing import import_object
    from assistants_app.graphs.schemas import read_schemas

    opened = openable(import_object(address, folder))

    async def describe() -> tuple[_Loaded, GraphSchemas, GraphShape | None]:
        async with opened.open(
            Opening(config={"configurable": {}}, access="assistants.read", store=_memory())
        ) as graph:
            loaded = _Loaded(opened, getattr(graph, "context_schema", None))
            return loaded, read_schemas(graph), await shape_of(graph)

    return asyncio.run(describe())


def _typed_context(context_class: type | None, values: Mapping[str, Any] | None) -> Any:
    """Plain values as the class that a factory's runtime promises; as they are where that class refuses them."""
    if values is None or context_class is None or not hasattr(context_class, "__init__"):
        return values
    from dataclasses import is_dataclass

    from pydantic import BaseModel

    if is_dataclass(context_class) or issubclass(context_class, BaseModel):
        return context_class(**values)
    return dict(values)


def _shadowed(schemas: GraphSchemas, context_class: type | None) -> tuple[str, ...]:
    """Warnings of settings that an environment variable of the same name may replace.

    Only graphs whose settings class stands in a module that reads the environment do that.
    """
    module = inspect.getmodule(context_class) if context_class else None
    try:
        source = inspect.getsource(module) if module else ""
    except (OSError, TypeError):
        return ()
    if "environ" not in source and "getenv" not in source:
        return ()
    names = [key for key in (schemas.settings or {}).get("properties", {}) if key.upper() in os.environ]
    return tuple(
        f'The environment variable {name.upper()} is set; this graph may use it instead of the setting "{name}".'
        for name in names
    )


def _is_example(source: GraphSource) -> bool:
    """Whether it comes with the product, also where somebody's own langgraph.json names it."""
    path = source.address.path if source.address else None
    return path is not None and path.parent == BUNDLED.parent
