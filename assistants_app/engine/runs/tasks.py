"""Tasks in which a graph's code runs: apart from everybody's context, and unable to stop the server."""

import asyncio
import contextvars
from collections.abc import Awaitable, Coroutine, Generator
from dataclasses import dataclass
from types import FrameType
from typing import Any, TypeVar
from uuid import UUID

from assistants_app.domain.log_lines import hidden, hide, tell_of, told_of
from assistants_app.engine.runs.tracing import carrying

T = TypeVar("T")
F = TypeVar("F", bound="asyncio.Future[Any]")


@dataclass(frozen=True, slots=True)
class Cause:
    """For whom a graph's code runs: a run, or a change of a thread."""

    graph_id: str
    run_id: UUID | None = None


_cause: contextvars.ContextVar[Cause | None] = contextvars.ContextVar("cause", default=None)


class GraphExited(RuntimeError):
    """The graph tried to end the whole process (sys.exit, or KeyboardInterrupt)."""


def guard_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Let no graph that runs in this loop end it: asyncio passes SystemExit and KeyboardInterrupt of any task on to
    whoever runs the loop. Tasks that are no graph's stay as they are."""
    make = loop.get_task_factory() or _plain_task

    def factory(
        loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T] | Generator[Any, None, T], **more: Any
    ) -> "asyncio.Future[T]":
        if (cause := _cause.get()) and asyncio.iscoroutine(work):
            return _closing(make(loop, _guarded(work, cause), **more), work)
        return make(loop, work, **more)

    loop.set_task_factory(factory)


def graph_task(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T], name: str, cause: Cause
) -> "asyncio.Task[T]":
    """A task for a graph, with a context of its own: nothing of a request lives on in it, save which run it is
    and what no log may tell of it."""
    context = contextvars.Context()
    context.run(_cause.set, cause)
    context.run(tell_of, told_of())
    context.run(hide, hidden())
    context.run(carrying())
    return _closing(loop.create_task(_guarded(work, cause), name=name, context=context), work)


def _closing(task: F, work: Coroutine[Any, Any, Any]) -> F:
    """A task that is cancelled before its first step never begins its work, of which Python would complain."""
    task.add_done_callback(lambda _done: work.close(), context=contextvars.Context())
    return task


def cause_of(frame: FrameType | None) -> Cause | None:
    """For whom the code in this frame runs, of whichever thread: the task that it is in stands further out."""
    while frame is not None:
        if frame.f_code is _guarded.__code__:
            found = frame.f_locals.get("cause")
            return found if isinstance(found, Cause) else None
        frame = frame.f_back
    return None


async def _guarded(work: Awaitable[T], cause: Cause) -> T:
    """`cause` is read from outside: see `cause_of`."""
    try:
        return await work
    except (SystemExit, KeyboardInterrupt) as exit_request:
        raise GraphExited(f"The graph tried to end the server ({type(exit_request).__name__}).") from exit_request


def _plain_task(loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> "asyncio.Task[Any]":
    return asyncio.Task(work, loop=loop, **more)
