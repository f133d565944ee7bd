"""The thread-centred protocol by WebSocket: the same commands and the same events as by HTTP, on one connection.

Each frame is one JSON text: a command of the client's, its answer, or an event of what the client subscribed to. Who
may not connect is told so after the handshake, by the close code 4000 + the status that HTTP has for it: browsers hide
what a refused handshake says.
"""

import asyncio
import io
import logging
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import connections

from assistants_app.api.access.authentication import authenticate
from assistants_app.api.access.callers import Caller, origin_of
from assistants_app.api.access.cors import may_call
from assistants_app.api.calls import Call, as_uuid
from assistants_app.api.errors import ApiError
from assistants_app.api.operations import NoBody, NoQuery
from assistants_app.api.protocol.answering import answer_to, read_subscription, refusal
from assistants_app.api.protocol.commands import COMMANDS, CommandError, Given, Perform
from assistants_app.api.server_config import custom_auth, is_disabled, server_config
from assistants_app.api.threads.threads import seen_thread
from assistants_app.domain.errors import InvalidJson
from assistants_app.domain.json_values import Json, load_strict
from assistants_app.engine import engine
from assistants_app.engine.events.encoding import encode
from assistants_app.engine.protocol.listening import Session
from assistants_app.services.origin import acting_as, coming_from

logger = logging.getLogger(__name__)

PATH = re.compile(r"/api(?P<path>/threads/(?P<thread_id>[^/]+)/stream/events)/?")

MOST_SUBSCRIPTIONS = 100

MOST_COMMANDS = 16
"""Commands of one connection that are carried out at once. While there are as many, no further one is read."""

TOO_LARGE = 1009
"""The close code of WebSockets for a message that is larger than any that is accepted."""


async def protocol_socket(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application for WebSockets. What is none of ours is refused in the handshake."""
    await receive()
    found = PATH.fullmatch(scope["path"])
    if found is None or _is_left_out(found["path"]):
        await send({"type": "websocket.close", "code": 1000})
        return
    await send({"type": "websocket.accept"})
    socket = _Socket(scope, {"thread_id": found["thread_id"]}, receive, send)
    try:
        with coming_from(origin_of(socket.request)):
            await socket.serve()
    except ApiError as error:
        await socket.close(error)
    except (OSError, asyncio.CancelledError):  # the client left, or the server stops
        return


class _Socket:
    """One connection of one caller, to one thread."""

    def __init__(self, scope: Any, path: dict[str, str], receive: Any, send: Any) -> None:
        self.request = _request_of(scope)
        self._path = path
        self._receive = receive
        self._send = send
        self._caller: Caller | None = None
        self._room = asyncio.Semaphore(MOST_COMMANDS)
        self._session: Session | None = None
        self._telling: asyncio.Task[None] | None = None
        self._commands: set[asyncio.Task[None]] = set()
        self._refused: asyncio.Future[ApiError] = asyncio.get_running_loop().create_future()

    async def serve(self) -> None:
        """Until either side has had enough. Raises ApiError for what ends the connection."""
        as_uuid(self._path["thread_id"], "thread")
        async with _borrowed_thread():
            await self._authenticate()
        hearing = asyncio.create_task(self._hear())
        either: set[asyncio.Future[Any]] = {hearing, self._refused}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            tasks = [hearing, *self._commands, *([self._telling] if self._telling else [])]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._refused.done():
            raise self._refused.result()
        if not hearing.cancelled() and (fault := hearing.exception()):
            raise fault

    async def close(self, error: ApiError) -> None:
        """An error's status among the codes that applications have for themselves, or a code of WebSockets' own."""
        code = error.status if error.status >= 1000 else 4000 + error.status
        reason = str(error.detail).encode()[:120].decode(errors="ignore")  # a close frame has room for 123 bytes
        await self._send({"type": "websocket.close", "code": code, "reason": reason})

    async def _hear(self) -> None:
        """Take the client's commands, until it leaves."""
        while True:
            await self._room.acquire()
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return
            content = _read(message)
            task = asyncio.create_task(self._guarded(self._perform(content)))
            self._commands.add(task)
            task.add_done_callback(self._commands.discard)
            task.add_done_callback(lambda _task: self._room.release())

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """What nobody foresaw ends the connection, as it ends an answer by HTTP, with the reason in the log."""
        try:
            await work
        except OSError:  # the client left
            return
        except Exception:
            logger.exception("the WebSocket %s failed", self.request.path)
            self._end(ApiError(500, "Internal Server Error"))

    async def _perform(self, content: Json | InvalidJson) -> None:
        after: list[Callable[[], None]] = []
        own: dict[str, Perform] = {
            "subscription.subscribe": partial(self._subscribe, after),
            "subscription.unsubscribe": self._unsubscribe,
        }
        if isinstance(content, InvalidJson):
            await self._say(refusal(None, "invalid_argument", f"This is no JSON: {content.message}"))
            return
        async with _borrowed_thread():
            try:
                call = await self._call()
            except ApiError as error:
                self._end(error)
                return
            told, _understood = await answer_to(call, content, {**COMMANDS, **own})
        await self._say(told)
        for step in after:
            step()

    async def _subscribe(self, after: list[Callable[[], None]], given: Given) -> dict[str, Any]:
        """The first one's events come `after` its answer."""
        try:
            wanted, since = read_subscription(given.params)
            thread = await seen_thread(given.call, "read")
        except ApiError as error:
            if error.status in (403, 404):  # some clients do not read the answer, and would wait for ever
                after.append(partial(self._end, error))
            raise
        protocol = await engine().protocol(thread.thread_id)
        if self._session is None:  # asked after the wait: another command may have begun it meanwhile
            self._session = protocol.session()
        if len(self._session) >= MOST_SUBSCRIPTIONS:
            raise CommandError("invalid_argument", f"One connection has at most {MOST_SUBSCRIPTIONS} subscriptions.")
        after.append(self._begin)
        return {"subscription_id": self._session.subscribe(wanted, since)}

    def _begin(self) -> None:
        if self._telling is None and self._session is not None:
            self._telling = asyncio.create_task(self._guarded(self._tell(self._session.chunks())))

    async def _unsubscribe(self, given: Given) -> dict[str, Any]:
        if self._session is None or not self._session.unsubscribe(str(given.params.get("subscription_id"))):
            raise CommandError("no_such_subscription", "There is no such subscription on this connection.")
        return {}

    async def _tell(self, events: AsyncIterator[bytes]) -> None:
        """What the stream by HTTP tells, event by event. A slow reader holds this up, and nothing is kept for it."""
        async for chunk in events:
            for frame in chunk.split(b"\r\n\r\n"):
                data = frame[6:] if frame.startswith(b"data: ") else frame.partition(b"\r\ndata: ")[2]
                if data := data.partition(b"\r\n")[0]:
                    await self._send({"type": "websocket.send", "text": data.decode()})
        self._end(ApiError(1000, "There is no more to tell of this thread."))

    async def _call(self) -> Call[Any, NoQuery]:
        """Each command counts as a call of its key, which may have ended meanwhile. Raises ApiError."""
        if custom_auth() is None:
            await self._authenticate()
        assert self._caller is not None
        return Call(self.request, self._caller, self._path, NoBody(), NoQuery())

    async def _authenticate(self) -> None:
        """Raises ApiError."""
        try:
            host = self.request.get_host()
        except DisallowedHost:
            raise ApiError(400, "This site does not answer for that host name (ALLOWED_HOSTS).") from None
        origin, cors = self.request.headers.get("Origin"), server_config().http.cors
        if origin is not None and urlsplit(origin).netloc != host:
            if cors is not None and not may_call(origin, cors):
                raise ApiError(403, "Pages of that site may not call this API (http.cors).")
            if cors is None or not cors.allow_credentials:
                self.request.META.pop("HTTP_COOKIE", None)  # browsers send them along, whatever page it is
        self._caller = await authenticate(self.request, self._path)
        acting_as(self._caller.author)

    async def _say(self, told: Any) -> None:
        await self._send({"type": "websocket.send", "text": encode(told).decode()})

    def _end(self, error: ApiError) -> None:
        if not self._refused.done():
            self._refused.set_result(error)


@asynccontextmanager
async def _borrowed_thread() -> AsyncIterator[None]:
    """A thread for the ORM, as each request of the API has one, which leaves no connection behind."""
    async with ThreadSensitiveContext():
        try:
            yield
        finally:
            await sync_to_async(connections.close_all)()


def _request_of(scope: Any) -> ASGIRequest:
    """The handshake, as authentication and custom code read it."""
    scheme = "https" if scope.get("scheme") == "wss" else "http"
    return ASGIRequest({**scope, "type": "http", "method": "GET", "scheme": scheme}, io.BytesIO())


def _is_left_out(path: str) -> bool:
    try:
        return is_disabled(path)
    except ApiError:  # said after the handshake
        return False


def _read(message: Any) -> Json | InvalidJson:
    """Raises ApiError, which ends the connection, for what is too large."""
    text = message.get("text") or (message.get("bytes") or b"").decode(errors="replace")
    if len(text) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise ApiError(TOO_LARGE, "This message is too large.")
    try:
        return load_strict(text)
    except InvalidJson as error:
        return error
