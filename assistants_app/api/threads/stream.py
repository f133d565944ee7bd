"""The stream of a thread: what its runs tell, those to come too."""

from typing import Any

from django.http.response import HttpResponseBase

from assistants_app.api.answers import stream_answer
from assistants_app.api.calls import Call
from assistants_app.api.description.headers import STREAM
from assistants_app.api.errors import unprocessable
from assistants_app.api.operations import NoBody, Query, operation
from assistants_app.api.threads.threads import seen_thread
from assistants_app.domain.stream import event_number
from assistants_app.engine import engine

MODES = ("run_modes", "lifecycle", "state_update")


class ThreadStreamQuery(Query):
    stream_modes: list[str] = []
    """Each of "run_modes" (the default), "lifecycle", "state_update"; also separated by commas."""
    stream_mode: list[str] = []
    """Another name of it, which the Python client uses."""


@operation(
    "GET",
    "/threads/{thread_id}/stream",
    summary="Stream what happens on a thread",
    tag="Threads",
    query=ThreadStreamQuery,
    media_type="text/event-stream",
    answer=str,
    errors=(404,),
    headers=STREAM,
)
async def stream(call: Call[NoBody, ThreadStreamQuery]) -> HttpResponseBase:
    """Goes on from one run to the next, until the client leaves. `Last-Event-ID` is where it goes on; -1 tells
    everything that is kept."""
    thread = await seen_thread(call, "read")
    events = await engine().listen_thread(thread.thread_id, after=last_event_id(call), modes=_modes(call.query))
    address = f"/threads/{thread.thread_id}/stream"
    asked = call.request.META["QUERY_STRING"]  # clients who lost the stream ask for no more than the address
    again = f"{address}?{asked}" if asked else address
    return stream_answer(events, {"Location": again, "Content-Location": address})


def last_event_id(call: Call[Any, Any]) -> int | None:
    """Where a client wants to go on: the number of the last event that it has. Raises ApiError (422)."""
    given = call.request.headers.get("Last-Event-ID", "").strip()
    try:
        return event_number(given) if given else None
    except ValueError as error:
        raise unprocessable(f"Invalid Last-Event-ID: {error}") from None


def _modes(query: ThreadStreamQuery) -> list[str]:
    given = [mode for some in (*query.stream_modes, *query.stream_mode) for mode in some.split(",")]
    if unknown := [mode for mode in given if mode not in MODES]:
        raise unprocessable(f"Invalid stream mode: {unknown[0][:100]}. There are {', '.join(MODES)}.")
    return given or ["run_modes"]
