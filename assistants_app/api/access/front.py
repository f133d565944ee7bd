"""What stands before the API's addresses: the rules for pages of other sites, and the site's own application beside it.

`http.app` of a langgraph.json is an ASGI application. It answers the addresses under `/api/` that are not the API's.
"""

import asyncio
import io
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.urls import resolve

from assistants_app.api.access.authentication import authenticate
from assistants_app.api.access.callers import origin_of
from assistants_app.api.access.cors import with_cors
from assistants_app.api.dispatch import error_answer, not_found
from assistants_app.api.errors import ApiError
from assistants_app.api.server_config import own_app, server_config
from assistants_app.domain.errors import OwnCodeUnavailable
from assistants_app.services.origin import coming_from

logger = logging.getLogger(__name__)

PREFIX = "/api"


class Front:
    """An ASGI application for the paths under PREFIX; the API's own go on to `api`."""

    def __init__(self, api: Any) -> None:
        self._api = api
        self._guarded: Any = None
        self._state: dict[str, Any] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._guarded is None:
            self._guarded = with_cors(self._route, _cors())
        if any(name == b"origin" for name, _value in scope["headers"]):
            await self._guarded(scope, receive, send)
        else:  # no page of a browser
            await self._route(scope, receive, send)

    async def _route(self, scope: Any, receive: Any, send: Any) -> None:
        if not _has_own_app() or resolve(scope["path"]).func is not not_found:
            await self._api(scope, receive, send)
            return
        try:
            app = own_app()
            if server_config().http.enable_custom_route_auth:
                await self._authenticate(ASGIRequest(scope, io.BytesIO()))
        except OwnCodeUnavailable:
            await _send(send, ApiError(503, "This site's own application cannot be loaded. Its log says why."))
        except ApiError as error:
            await _send(send, error)
        else:
            own = {"root_path": scope.get("root_path", "") + PREFIX, "state": self._state.copy()}
            await app({**scope, **own}, receive, send)

    async def _authenticate(self, request: ASGIRequest) -> None:
        """In a thread of its own, as a request of the API has one, which leaves no connection behind."""
        async with ThreadSensitiveContext():
            try:
                with coming_from(origin_of(request)):
                    await authenticate(request, {})
            finally:
                await sync_to_async(connections.close_all)()

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """From the start of the site's own application to its end, where it has these. Raises what its start raises."""
        try:
            app = own_app()
        except OwnCodeUnavailable:  # the log has it
            app = None
        if app is None:
            yield
            return
        async with _lifespan(app, self._state):
            yield


def _has_own_app() -> bool:
    try:
        return server_config().http.app is not None
    except ApiError:  # the API itself says it
        return False


def _cors() -> Any:
    try:
        return server_config().http.cors
    except ApiError:
        return None


async def _send(send: Any, error: ApiError) -> None:
    answer = error_answer(error)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.items()]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})


@asynccontextmanager
async def _lifespan(app: Any, state: dict[str, Any]) -> AsyncIterator[None]:
    """ASGI's protocol of a start, which may fill `state`, and an end. What does not know it just runs."""
    asked: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}
    task = asyncio.create_task(app(scope, asked.get, told.put))

    async def answer() -> dict[str, Any] | None:
        waiting = asyncio.create_task(told.get())
        await asyncio.wait((waiting, task), return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return waiting.result()
        waiting.cancel()
        return None

    await asked.put({"type": "lifespan.startup"})
    started = await answer()
    if started is not None and started["type"] == "lifespan.startup.failed":
        await asyncio.gather(task, return_exceptions=True)
        raise RuntimeError(f"http.app of the langgraph.json did not start: {started.get('message', '')}")
    try:
        yield
    finally:
        await asked.put({"type": "lifespan.shutdown"})
        if started is not None:
            await answer()
        task.cancel()
        for result in await asyncio.gather(task, return_exceptions=True):
            if started is not None and isinstance(result, Exception):
                logger.error("http.app of the langgraph.json did not end in order", exc_info=result)
