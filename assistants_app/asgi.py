"""The product as an ASGI application: pages and API through Django, static files, and the engine's lifespan.

Any ASGI server runs it, as in `uvicorn assistants_app.asgi:application`; `serve` does with everything around it.
"""

import asyncio
import logging
import os
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import FrameType
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistants_app.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402
from django.core.handlers.asgi import ASGIHandler  # noqa: E402
from django.db import OperationalError, ProgrammingError, connections  # noqa: E402

from assistants_app.api.a2a.push import push_notifications  # noqa: E402
from assistants_app.api.access.front import Front  # noqa: E402
from assistants_app.api.measures import watch_runs  # noqa: E402
from assistants_app.api.protocol.socket import protocol_socket  # noqa: E402
from assistants_app.api.runs.webhooks import send_webhooks  # noqa: E402
from assistants_app.api.server_config import load_own_code, mount_prefix  # noqa: E402
from assistants_app.engine import engine, interpreter  # noqa: E402
from assistants_app.graphs.catalog import catalog  # noqa: E402
from assistants_app.lean_handler import LeanHandler  # noqa: E402
from assistants_app.management.data_folder import keep_private  # noqa: E402
from assistants_app.services.site import prepare_site  # noqa: E402
from assistants_app.static_files import StaticFiles  # noqa: E402


class Application:
    def __init__(self) -> None:
        self.django: ASGIHandler = LeanHandler() if settings.LEAN_HANDLER else ASGIHandler()
        self.static = StaticFiles()
        self.api = Front(self.django)
        self.prefix = ""
        """Where the API is too, as the langgraph.json says."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.prefix and scope["type"] != "lifespan" and scope["path"].startswith(self.prefix + "/"):
            scope = _moved(scope, self.prefix, "/api")
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(self.static.prefix):
            await self.static(scope, receive, send)
        elif scope["type"] == "websocket":
            await protocol_socket(scope, receive, send)
        else:
            answers = self.api if scope["path"].startswith("/api/") else self.django
            try:
                await answers(scope, receive, send)
            finally:
                if _brings_much(scope):
                    interpreter.collect_soon()

    def _cut_off(self) -> None:
        """The server's stop: runs go on elsewhere, or at the next start, and who listens is to ask again."""
        engine().stopping = True
        logging.getLogger("uvicorn.error").addFilter(_says_more_than_cut)
        self.django.end_streams()  # type: ignore[attr-defined] # it is lean where this is called

    async def _lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        own_app = AsyncExitStack()
        try:
            await asyncio.to_thread(_prepare)
            self.prefix = mount_prefix()
            watch_runs()
            send_webhooks()
            push_notifications()
            await own_app.enter_async_context(self.api.lifespan())
            await engine().startup()
            keep_private(settings.DATA_FOLDER)
            interpreter.set_up()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": _why(error)})
            return
        if isinstance(self.django, LeanHandler):
            _before_stop(self._cut_off)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await engine().shutdown()
        await own_app.aclose()
        await send({"type": "lifespan.shutdown.complete"})


def _brings_much(scope: Any) -> bool:
    """Whether a request's body may be larger than 100,000 bytes."""
    for name, value in scope["headers"]:
        if (name == b"content-length" and len(value) > 5) or name == b"transfer-encoding":
            return True
    return False


def _says_more_than_cut(record: logging.LogRecord) -> bool:
    """A stream that is broken off is no fault while the server stops."""
    return "without completing response" not in record.getMessage()


def _prepare() -> None:
    try:
        prepare_site()
        load_own_code()
        catalog().log_notes()
    finally:
        connections.close_all()  # this thread goes to the event loop's pool, where nothing would close them


def _moved(scope: Any, old: str, new: str) -> Any:
    """The same request, for another address."""
    raw = scope.get("raw_path")
    moved = {"raw_path": new.encode() + raw[len(old) :]} if raw and raw.startswith(old.encode()) else {}
    return {**scope, "path": new + scope["path"][len(old) :], **moved}


def _why(error: Exception) -> str:
    if isinstance(error, OperationalError | ProgrammingError):
        return f"The database is not ready; `assistants migrate` makes its tables. ({str(error).strip()})"
    return "".join(traceback.format_exception(error))


def _before_stop(work: Callable[[], None]) -> None:
    """Do `work` in this loop when the process is told to stop, before the server's own handler waits for streams."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        theirs = signal.getsignal(number)
        if not callable(theirs):
            continue

        def handle(number: int, frame: FrameType | None, theirs: Any = theirs) -> None:
            loop.call_soon_threadsafe(work)
            theirs(number, frame)

        signal.signal(number, handle)


application = Application()
