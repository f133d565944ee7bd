"""Tasks in which a graph's code runs: apart from everybody's context, and unable to stop the server."""

import asyncio
import contextvars
from collections.abc import Awaitable, Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")

_of_a_graph: contextvars.ContextVar[bool] = contextvars.ContextVar("of_a_graph", default=False)


class GraphExited(RuntimeError):
    """The graph tried to end the whole process (sys.exit, or KeyboardInterrupt)."""


def guard_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Let no graph that runs in this loop end it: asyncio passes SystemExit and KeyboardInterrupt of any task on to
    whoever runs the loop. Tasks that are no graph's stay as they are."""
    make = loop.get_task_factory() or _plain_task

    def factory(
        loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T] | Generator[Any, None, T], **more: Any
    ) -> "asyncio.Future[T]":
        if _of_a_graph.get() and asyncio.iscoroutine(work):
            work = _guarded(work)
        return make(loop, work, **more)

    loop.set_task_factory(factory)


def graph_task(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T], name: str) -> "asyncio.Task[T]":
    """A task for a graph, with a context of its own: nothing of a request lives on in it."""
    context = contextvars.Context()
    context.run(_of_a_graph.set, True)
    return loop.create_task(_guarded(work), name=name, context=context)


async def _guarded(work: Awaitable[T]) -> T:
    try:
        return await work
    except (SystemExit, KeyboardInterrupt) as exit_request:
        raise GraphExited(f"The graph tried to end the server ({type(exit_request).__name__}).") from exit_request


def _plain_task(loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> "asyncio.Task[Any]":
    return asyncio.Task(work, loop=loop, **more)
