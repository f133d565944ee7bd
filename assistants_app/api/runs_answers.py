"""How a run is told while it goes on: its stream, and its end for who waits."""

import uuid
from collections.abc import AsyncIterator

from django.http.response import HttpResponseBase

from assistants_app.api.answers import stream_answer
from assistants_app.engine import engine
from assistants_app.models import Run


def run_address(run: Run, *, alone: bool = False) -> str:
    """Below the API's own address, which the clients put before it. `alone` names a run without its thread."""
    return f"/runs/{run.run_id}" if alone else f"/threads/{run.thread_id}/runs/{run.run_id}"


def stream_headers(run: Run, *, alone: bool = False) -> dict[str, str]:
    """`Location` is where a client that lost the stream goes on with it."""
    return {"Location": run_address(run) + "/stream", "Content-Location": run_address(run, alone=alone)}


def stream_of(run: Run, *, cancel: bool, alone: bool = False) -> HttpResponseBase:
    """The stream of a run that was just accepted; a client that leaves ends the run where it asked for that."""
    events = engine().listen_bytes(run.run_id)
    return stream_answer(until_left(events, run.run_id) if cancel else events, stream_headers(run, alone=alone))


async def until_left(chunks: AsyncIterator[bytes], run_id: uuid.UUID) -> AsyncIterator[bytes]:
    """The same, and the run's end when its listener leaves before."""
    heard = False
    try:
        async for chunk in chunks:
            yield chunk
        heard = True
    finally:
        if not heard and engine().serving:
            engine().cancel(run_id)
