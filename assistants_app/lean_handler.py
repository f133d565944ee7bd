"""Django's entry for ASGI, without the threads and hops that a request does not need.

Django's own handler starts a new thread for every request, opens its database connections anew in it, hops into it
for every middleware, and keeps both until the last byte of a stream. Here

* a request borrows a thread that earlier requests used, and none at all when it runs no sync code;
* the middleware and a sync view run in one hop;
* a view that returns a stream gives thread and connections back at once; the stream borrows again if it must;
* paths under PATHS_WITHOUT_MIDDLEWARE run their async view in the event loop, with no middleware.

A body larger than any that is accepted is received but not kept, so that nobody can fill the disk with it.

`request_started` is not sent, nor is `request_finished` where no thread was needed and nothing streamed.
LEAN_HANDLER=false brings Django's own handler back.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import lru_cache
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.db import close_old_connections, connections, reset_queries
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, resolve, set_script_prefix

P = ParamSpec("P")
T = TypeVar("T")

UNHEARD_SECONDS = 0.05
"""How long a request is answered before anybody listens whether its client has left."""

RESOLVED = 1024
"""How many addresses of requests without middleware are remembered with their views, ids left out."""

_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ANY_ID = "00000000-0000-0000-0000-000000000000"

IDLE_THREADS = 16
"""How many threads wait for further requests; more are made when needed, and end after use."""


class Threads:
    """Threads that serve one request after the other, each as an executor that runs one call at a time."""

    def __init__(self) -> None:
        self._idle: deque[ThreadPoolExecutor] = deque()

    def take(self) -> ThreadPoolExecutor:
        """The thread that was used last: its connections and caches are the warmest."""
        try:
            return self._idle.pop()
        except IndexError:
            return ThreadPoolExecutor(max_workers=1, thread_name_prefix="request")

    def put_back(self, thread: ThreadPoolExecutor, close: Callable[[], object]) -> None:
        """Runs in the thread itself, behind everything that was submitted to it."""
        try:
            close()
            close_old_connections()
        finally:
            if len(self._idle) < IDLE_THREADS:
                self._idle.append(thread)
            else:
                connections.close_all()
                thread.shutdown(wait=False)


class BorrowedThread(Executor):
    """The sync side of one request: borrows a thread when the first call comes, and again after giving it back."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._thread: ThreadPoolExecutor | None = None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        if self._thread is not None:
            return self._thread.submit(fn, *args, **kwargs)
        self._thread = self._threads.take()
        return self._thread.submit(_first_call, fn, args, kwargs)

    @property
    def borrowed(self) -> bool:
        return self._thread is not None

    def give_back(self, close: Callable[[], object] = bool) -> None:
        """Returns at once. `close` runs in the thread where one is borrowed, else here."""
        thread, self._thread = self._thread, None
        if thread is None:
            close()
        else:
            thread.submit(self._threads.put_back, thread, close)


class Leaving:
    """Cancels a request's `work` when its client leaves.

    Nobody listens for that in the first moments, in which most requests are answered.
    """

    def __init__(self, work: "asyncio.Task[Any]", left: Coroutine[Any, Any, None]) -> None:
        self.noticed = False
        self._left = left
        self._work: asyncio.Task[Any] | None = work
        self._listening: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(UNHEARD_SECONDS, self._listen)

    async def stop(self) -> None:
        self._work = None
        self._timer.cancel()
        if self._listening is None:
            self._left.close()
        else:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    def _listen(self) -> None:
        self._listening = asyncio.create_task(self._left)
        self._listening.add_done_callback(self._cancel)

    def _cancel(self, listening: "asyncio.Task[None]") -> None:
        if self._work is not None and not listening.cancelled():
            self.noticed = True
            self._work.cancel()


def _largest_body(path: str) -> int:
    api = path.startswith(tuple(settings.PATHS_WITHOUT_MIDDLEWARE))
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE if api else settings.LARGEST_UPLOAD


def _bounded(receive: Any, largest: int) -> Any:
    """`receive`, but what comes after more than `largest` bytes is dropped: enough is left to see that it is too much.

    The client may send to the end, or it would miss the answer.
    """
    size = 0

    async def bounded() -> Any:
        nonlocal size
        message = await receive()
        dropped = size > largest
        size += len(message.get("body", b""))
        return {**message, "body": b""} if dropped and "body" in message else message

    return bounded


def _first_call(fn: Callable[..., T], args: Any, kwargs: Any) -> T:
    reset_queries()
    close_old_connections()
    return fn(*args, **kwargs)


class _WithoutMiddleware(BaseHandler):
    """Resolves and calls async views, nothing else."""

    def __init__(self) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = convert_exception_to_response(self._get_response_async)  # type: ignore[attr-defined]
        self._resolved = lru_cache(maxsize=RESOLVED)(resolve)

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        ids = _ID.findall(request.path_info)
        found = self._resolved(_ID.sub(_ANY_ID, request.path_info) if ids else request.path_info)
        request.resolver_match = _with_ids(found, iter(ids)) if ids else found
        return request.resolver_match


def _with_ids(found: ResolverMatch, ids: Iterator[str]) -> ResolverMatch:
    """What an address resolves to, found for one with other ids in their places."""
    kwargs = {
        name: next(ids) if value == _ANY_ID else _ID.sub(lambda _any: next(ids), value)
        for name, value in found.kwargs.items()
    }
    return ResolverMatch(
        found.func,
        found.args,
        kwargs,
        found.url_name,
        [*found.app_names],
        [*found.namespaces],
        found.route,
        found.tried,
    )


class LeanHandler(ASGIHandler):
    """See the module. `end_streams` lets a server stop that still has listeners."""

    def __init__(self) -> None:
        self.load_middleware(is_async=False)
        self._bare = _WithoutMiddleware()
        self._threads = Threads()
        self._streams: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(f"Django can only handle ASGI/HTTP connections, not {scope['type']}.")
        thread = BorrowedThread(self._threads)
        close: list[Callable[[], None]] = []
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self._serve(scope, receive, send, thread, close)
        finally:
            thread.give_back(lambda: [each() for each in close])

    def end_streams(self) -> None:
        """Break off every open stream, so that its client sees that there is more to come: a run goes on in another
        process, or at the next start. Call it in the event loop."""
        for task in self._streams:
            task.cancel()

    async def _serve(
        self, scope: Any, receive: Any, send: Any, thread: BorrowedThread, close: list[Callable[[], None]]
    ) -> None:
        try:
            body = await self.read_body(_bounded(receive, _largest_body(scope["path"])))
        except RequestAborted:
            return
        close.append(body.close)
        set_script_prefix(get_script_prefix(scope))
        request, refusal = self.create_request(scope, body)
        if request is None:
            if refusal is not None:
                await self.send_response(refusal, send)
            return
        work = asyncio.current_task()
        assert work is not None
        leaving = Leaving(work, self.listen_for_disconnect(receive))
        try:
            await self._answer(request, send, thread, close)
        except asyncio.CancelledError:
            if not leaving.noticed:
                raise
            work.uncancel()
        finally:
            await leaving.stop()

    async def _answer(
        self, request: ASGIRequest, send: Any, thread: BorrowedThread, close: list[Callable[[], None]]
    ) -> None:
        response = await self.run_get_response(request)
        if thread.borrowed or response.streaming:
            close.insert(0, response.close)
        if isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
            await self.send_response(response, send)
            return
        thread.give_back()
        await self._stream(response, send)

    async def _stream(self, response: HttpResponseBase, send: Any) -> None:
        """Sends in a task of its own: the server's stop ends it, and the answer is left as it is."""
        task = asyncio.create_task(self.send_response(response, send))
        self._streams.add(task)
        try:
            await asyncio.wait((task,))
        finally:
            self._streams.discard(task)
            stopped = task.cancelled()
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if not stopped:
            task.result()

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(tuple(settings.PATHS_WITHOUT_MIDDLEWARE)):
            return await self._bare.get_response_async(request)
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)
