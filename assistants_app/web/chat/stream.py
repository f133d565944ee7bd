"""What a run writes, as it writes it: the stream that the page's script reads.

The answer to a message is such a stream already, so that the first word needs no second request; its first frame,
`begun`, holds the turn's HTML. After a cut, and on a page that is opened in mid-run, a GET goes on with it.
"""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from assistants_app.domain.errors import ProductError, RunNotFound
from assistants_app.domain.stream import HEARTBEAT, StreamEvent, sse_chunk
from assistants_app.engine import engine
from assistants_app.engine.events.relay import EventsGone
from assistants_app.models import Assistant, Person, Run
from assistants_app.services.authors import Author
from assistants_app.services.rights import rights_of
from assistants_app.web.access import SignedInRequest
from assistants_app.web.chat.frames import ReplyFrames

STREAM_TYPE = "text/event-stream"

RENDER_SECONDS = 0.1
"""Markdown is rendered anew at most ten times a second."""

SHARE = 10
"""After a render that took longer than usual, wait this many times as long: never more than a tenth of a processor."""

HEARTBEAT_SECONDS = 5.0


@require_safe
async def stream(
    request: SignedInRequest, assistant_id: uuid.UUID, thread_id: uuid.UUID, run_id: uuid.UUID
) -> StreamingHttpResponse | HttpResponse:
    """Server-sent events, ended by "end". Leaving ends only the listening; coming back begins with all so far."""
    person = await request.auser()
    assert isinstance(person, Person)  # the middleware lets nobody else in
    rights = await sync_to_async(rights_of)(Author.of(person))
    seen = Assistant.objects.filter(rights.where, assistant_id=assistant_id)
    own = Run.objects.filter(run_id=run_id, thread_id=thread_id, thread__owner=person, thread__assistant__in=seen)
    if not await own.aexists():
        raise RunNotFound
    return streaming(run_id)


def wants_stream(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == STREAM_TYPE


def streaming(run_id: uuid.UUID, *, begun: str = "") -> StreamingHttpResponse:
    """The response that `frames_of` fills; `begun` is the HTML of the turn, where the page has none yet."""
    first = sse_chunk([StreamEvent(0, "begun", json.dumps({"html": begun}).encode())]) if begun else b""
    response = StreamingHttpResponse(frames_of(run_id, first), content_type=f"{STREAM_TYPE}; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def frames_of(run_id: uuid.UUID, first: bytes = b"") -> AsyncIterator[bytes]:
    """No database from here on. The first frame goes out at once, the next ones gathered."""
    if first:
        yield first
    listener = Listener(run_id)
    task = asyncio.create_task(listener.listen())
    try:
        while not listener.ended:
            if not await listener.wait(HEARTBEAT_SECONDS):
                yield HEARTBEAT
                continue
            began = time.monotonic()
            if chunk := listener.take():
                yield chunk
                await listener.end_within(max(RENDER_SECONDS, SHARE * (time.monotonic() - began)))
        yield listener.take() + sse_chunk([StreamEvent(listener.last, "end", b"{}")])
    finally:
        task.cancel()


class Listener:
    """Folds a run's events as they come, so that what is sent is always the newest."""

    def __init__(self, run_id: uuid.UUID) -> None:
        self.run_id = run_id
        self.last = 0
        self._frames = ReplyFrames()
        self._news = asyncio.Event()
        self._end = asyncio.Event()

    @property
    def ended(self) -> bool:
        return self._end.is_set()

    async def listen(self) -> None:
        try:
            async for piece in engine().listen_pieces(self.run_id):
                for event in piece:
                    self._frames.fold(event)
                    self.last = event.id
                if piece:
                    self._news.set()
        except (ProductError, EventsGone):
            pass  # the events are gone, or the engine is: the page reads the thread instead
        finally:
            self._end.set()
            self._news.set()

    async def wait(self, seconds: float) -> bool:
        """Whether there is news within this time."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True

    async def end_within(self, seconds: float) -> None:
        """Wait this long, or until the run's end if that comes first."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._end.wait()

    def take(self) -> bytes:
        frames = self._frames.take()
        return sse_chunk(StreamEvent(self.last, name, json.dumps(frame).encode()) for name, frame in frames)
