"""How a run is told: its row, its stream while it goes on, and its end for who waits."""

import uuid
from collections.abc import AsyncIterator

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from assistants_app.api.answers import json_answer, stream_answer
from assistants_app.api.payloads.runs import run_payload
from assistants_app.engine import engine
from assistants_app.engine.events.encoding import encode
from assistants_app.models import Run


def address(thread_id: uuid.UUID, run_id: uuid.UUID) -> str:
    """Below the API's own address, which the clients put before it."""
    return f"/threads/{thread_id}/runs/{run_id}"


def created(run: Run, *, alone: bool = False) -> HttpResponse:
    """A run that goes on in the background. `alone` tells of it without its thread."""
    return json_answer(run_payload(run), headers={"Content-Location": _content_location(run, alone)})


def stream_of(run: Run, *, cancel: bool, alone: bool = False) -> HttpResponseBase:
    """The stream of a run that was just accepted. A client that loses it goes on at `Location`; with `cancel` the
    run ends when its client leaves."""
    chunks = engine().listen_bytes(run.run_id)
    headers = {"Location": address(run.thread_id, run.run_id) + "/stream"}
    headers["Content-Location"] = _content_location(run, alone)
    return stream_answer(until_left(chunks, run.run_id) if cancel else chunks, headers)


def end_of(run: Run, *, cancel: bool) -> HttpResponseBase:
    """New lines while the run goes on, then its values."""
    return ending(run.thread_id, run.run_id, engine().listen_end(run.run_id), cancel=cancel)


def ending(
    thread_id: uuid.UUID, run_id: uuid.UUID, chunks: AsyncIterator[bytes], *, cancel: bool = False
) -> HttpResponseBase:
    """A JSON document that comes when the run has ended; until then the answer holds nothing but white space."""
    where = address(thread_id, run_id)
    return StreamingHttpResponse(
        until_left(chunks, run_id) if cancel else chunks,
        content_type="application/json",
        headers={"Location": where + "/join", "Content-Location": where, "X-Accel-Buffering": "no"},
    )


def stored_end(run: Run) -> bytes:
    """The end of a run that ended a while ago: its error, or what its thread holds now."""
    if run.error is not None:
        return encode({"__error__": run.error})
    values, asked = run.thread.values, run.thread.interrupts
    questions = {one["id"]: {"response_schema": None, **one} for several in asked.values() for one in several}
    if questions and isinstance(values, dict | None):
        return encode({**(values or {}), "__interrupt__": list(questions.values())})
    return encode({} if values is None else values)


async def until_left(chunks: AsyncIterator[bytes], run_id: uuid.UUID) -> AsyncIterator[bytes]:
    """The same, and the run's end when its listener leaves before."""
    heard = False
    try:
        async for chunk in chunks:
            yield chunk
        heard = True
    finally:
        if not heard and engine().serving and not engine().stopping:
            engine().cancel(run_id)


def _content_location(run: Run, alone: bool) -> str:
    return f"/runs/{run.run_id}" if alone else address(run.thread_id, run.run_id)
