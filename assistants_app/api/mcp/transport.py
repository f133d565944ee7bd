"""Between the official package, an ASGI application, and an answer of ours. Import it late: see `operations`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from assistants_app.api.answers import empty_answer
from assistants_app.api.errors import ApiError

AHEAD = 16
"""Pieces of a stream that wait for a slow reader at the most."""


async def answer_in_one(server: Server[Any], request: HttpRequest) -> HttpResponse:
    receiving = _Answer(request.body)
    async with (manager := _manager(server, request, streams=False)).run():
        await manager.handle_request(getattr(request, "scope"), receiving.receive, receiving.send)  # noqa: B009
    return receiving.answer()


async def answer_as_stream(server: Server[Any], request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The answer as it comes; who leaves it ends what it is about."""
    receiving = _Stream(request.body)

    async def serve() -> None:
        try:
            async with (manager := _manager(server, request, streams=True)).run():
                await manager.handle_request(getattr(request, "scope"), receiving.receive, receiving.send)  # noqa: B009
        finally:
            receiving.end()

    task = asyncio.create_task(serve())
    try:
        start = await receiving.started()
    except BaseException:
        task.cancel()
        raise
    return StreamingHttpResponse(
        receiving.pieces(task), status=start["status"], headers={**_headers(start), "X-Accel-Buffering": "no"}
    )


def _manager(server: Server[Any], request: HttpRequest, *, streams: bool) -> StreamableHTTPSessionManager:
    return StreamableHTTPSessionManager(
        server, json_response=not streams, stateless=True, max_request_body_size=len(request.body) + 1
    )


def _headers(start: Any) -> dict[str, str]:
    kept = (b"content-type", b"cache-control")
    return {name.decode(): value.decode() for name, value in start.get("headers", ()) if name in kept}


class _Answer:
    """One request, answered with a body in one piece."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._sent = bytearray()
        self._status = 500
        self._media_type = ""

    async def receive(self) -> dict[str, Any]:
        """The body, then the end. A client that leaves ends the whole task, so nobody needs to be told of it."""
        body, self._body = self._body, None
        return {"type": "http.disconnect"} if body is None else {"type": "http.request", "body": body}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._media_type = dict(message.get("headers", ())).get(b"content-type", b"").decode()
        else:
            self._sent += message.get("body", b"")

    def answer(self) -> HttpResponse:
        if not self._sent:
            return empty_answer(self._status)
        if self._status >= 400 and "json" not in self._media_type:
            raise ApiError(self._status, self._sent.decode())
        return HttpResponse(bytes(self._sent), status=self._status, content_type=self._media_type)


class _Stream:
    """One request, answered piece by piece."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._start: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(AHEAD)

    async def receive(self) -> dict[str, Any]:
        """The body, and then nothing: a client that leaves ends the whole task."""
        body, self._body = self._body, None
        if body is None:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": body}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._start.set_result(message)
            return
        if body := message.get("body"):
            await self._pieces.put(body)

    def end(self) -> None:
        if not self._start.done():
            self._start.set_exception(ApiError(500, "Internal Server Error"))
        with contextlib.suppress(asyncio.QueueFull):  # then its reader sees that the task has ended
            self._pieces.put_nowait(None)

    async def started(self) -> Any:
        return await self._start

    async def pieces(self, task: "asyncio.Task[None]") -> AsyncIterator[bytes]:
        try:
            while not (task.done() and self._pieces.empty()):
                if (piece := await self._pieces.get()) is None:
                    return
                yield piece
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
