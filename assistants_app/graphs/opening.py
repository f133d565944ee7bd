"""From the object at a graph's address to a graph that runs: ready ones, and functions that make one per run."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Access: TypeAlias = Literal["threads.create_run", "threads.update", "threads.read", "assistants.read"]
"""Why a graph is opened, as LangGraph's `ServerRuntime` names it."""


class NotAGraph(Exception):
    """The object is neither a graph nor a function that can make one."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a function that makes a graph may be told."""

    config: Mapping[str, Any]
    access: Access
    store: Any
    context: Any = None
    user: Any = None


@dataclass(frozen=True, slots=True)
class ReadyGraph:
    """A graph that was compiled once and serves every run."""

    graph: Any

    @asynccontextmanager
    async def open(self, opening: Opening) -> AsyncIterator[Any]:
        yield self.graph


@dataclass(frozen=True, slots=True)
class GraphFactory:
    """A function, async function or context manager that makes a graph; called for every run."""

    make: Callable[..., Any]
    parameters: Mapping[str, Literal["config", "runtime"]]

    @asynccontextmanager
    async def open(self, opening: Opening) -> AsyncIterator[Any]:
        """Plain functions run in a thread: they may block, or run an event loop of their own."""
        arguments = {name: self._argument(wanted, opening) for name, wanted in self.parameters.items()}
        if inspect.iscoroutinefunction(self.make) or _makes_async_context(self.make):
            made = self.make(**arguments)
        else:
            made = await asyncio.to_thread(self.make, **arguments)
        if inspect.isawaitable(made):
            made = await made
        if (graph := _as_graph(made)) is not None:
            yield graph
        elif hasattr(made, "__aenter__"):
            async with made as inner:
                yield _expect_graph(inner)
        elif hasattr(made, "__enter__"):
            with made as inner:
                yield _expect_graph(inner)
        else:
            yield _expect_graph(made)

    @staticmethod
    def _argument(wanted: str, opening: Opening) -> Any:
        return dict(opening.config) if wanted == "config" else _runtime(opening)


def openable(found: Any) -> ReadyGraph | GraphFactory:
    """Raises NotAGraph, and what compiling raises."""
    if (graph := _as_graph(found)) is not None:
        return ReadyGraph(graph)
    if not callable(found) or inspect.isclass(found):
        raise NotAGraph(_wrong(found))
    return GraphFactory(found, _parameters(found))


def with_store(graph: Any, store: Any) -> Any:
    """The graph itself when it brings a store; nodes that ask for one would meet None else."""
    from langgraph.pregel import Pregel

    if isinstance(graph, Pregel) and graph.store is None:
        return graph.copy(update={"store": store})
    return graph


def _as_graph(found: Any) -> Any | None:
    """The compiled graph, or None when `found` is something else."""
    from langgraph.graph.state import StateGraph
    from langgraph.pregel.protocol import PregelProtocol

    if isinstance(found, StateGraph):
        return found.compile()
    return found if isinstance(found, PregelProtocol) else None


def _expect_graph(made: Any) -> Any:
    graph = _as_graph(made)
    if graph is None:
        raise NotAGraph(_wrong(made))
    return graph


def _wrong(found: Any) -> str:
    return f"It is a {type(found).__name__}; a graph, or a function that returns a graph, is needed."


def _parameters(make: Callable[..., Any]) -> dict[str, Literal["config", "runtime"]]:
    """Which parameter gets what, by its annotation, else by its name; the only other parameter gets the config."""
    wanted: dict[str, Literal["config", "runtime"]] = {}
    for parameter in inspect.signature(make).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        annotation = str(parameter.annotation)
        if "ServerRuntime" in annotation or parameter.name == "runtime":
            wanted[parameter.name] = "runtime"
        elif "RunnableConfig" in annotation or parameter.name == "config":
            wanted[parameter.name] = "config"
        elif parameter.default is parameter.empty:
            if wanted:
                raise NotAGraph(f'Its parameter "{parameter.name}" is neither a config nor a runtime.')
            wanted[parameter.name] = "config"
    return wanted


def _makes_async_context(make: Callable[..., Any]) -> bool:
    inner = inspect.unwrap(make)
    return inspect.isasyncgenfunction(inner) or inspect.iscoroutinefunction(inner)


def _runtime(opening: Opening) -> Any:
    from langgraph_sdk import runtime

    if opening.access == "threads.create_run":
        return runtime._ExecutionRuntime(  # the documented `ServerRuntime` is only a name for these two
            access_context=opening.access, user=opening.user, store=opening.store, context=opening.context
        )
    return runtime._ReadRuntime(access_context=opening.access, user=opening.user, store=opening.store)
