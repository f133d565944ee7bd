"""Runs that go on already: joined, streamed from any point, cancelled."""

from collections.abc import AsyncIterator
from typing import Any, Literal

from django.http.response import HttpResponseBase
from pydantic import Field

from assistants_app.api.access.roles import owns_run, require_own
from assistants_app.api.answers import empty_answer, stream_answer
from assistants_app.api.calls import Call
from assistants_app.api.description.headers import STREAM
from assistants_app.api.errors import ApiError, unprocessable
from assistants_app.api.operations import NoBody, Query, operation
from assistants_app.api.runs.answers import address, ending, stored_end, until_left
from assistants_app.api.runs.bodies import StreamMode
from assistants_app.api.runs.reading import Place, own_run, place_of
from assistants_app.api.threads.stream import last_event_id
from assistants_app.engine import engine
from assistants_app.models import Run
from assistants_app.services.runs import record_cancelled

TAG = "Thread runs"

Action = Literal["interrupt", "rollback"]


class Join(Query):
    cancel_on_disconnect: bool = False


class JoinStream(Join):
    stream_mode: list[str] = Field(default_factory=list)
    """Of those that the run streams; all of them when none is named. A list, or names with commas between."""


class Cancel(Query):
    wait: bool = False
    action: Action = "interrupt"


@operation(
    "GET",
    "/threads/{thread_id}/runs/{run_id}/join",
    summary="Wait for a run's values",
    tag=TAG,
    query=Join,
    answer=Any,
    errors=(404,),
    headers=STREAM,
)
async def join(call: Call[NoBody, Join]) -> HttpResponseBase:
    place = await place_of(call)
    return ending(place.thread_id, place.run_id, _end(call, place), cancel=_cancels(call, place))


@operation(
    "GET",
    "/threads/{thread_id}/runs/{run_id}/stream",
    summary="Stream what a run does",
    tag=TAG,
    query=JoinStream,
    media_type="text/event-stream",
    answer=str,
    errors=(404,),
    headers=STREAM,
)
async def stream(call: Call[NoBody, JoinStream]) -> HttpResponseBase:
    """From now on; with the header `Last-Event-ID` everything after that event, with `-1` from the start."""
    place = await place_of(call)
    modes = _modes(call.query.stream_mode)
    chunks = engine().listen_bytes(place.run_id, after=last_event_id(call), modes=modes)
    if _cancels(call, place):
        chunks = until_left(chunks, place.run_id)
    where = address(place.thread_id, place.run_id)
    return stream_answer(chunks, {"Location": where + "/stream", "Content-Location": where})


@operation(
    "POST",
    "/threads/{thread_id}/runs/{run_id}/cancel",
    summary="Cancel a run",
    tag=TAG,
    query=Cancel,
    answer=Any,
    empty=(202,),
    errors=(404,),
    headers=STREAM,
)
async def cancel(call: Call[NoBody, Cancel]) -> HttpResponseBase:
    """With `wait` the answer comes when it has stopped; `rollback` also undoes what it did, and deletes it."""
    run = await own_run(call, action="update")
    if not _unfinished(run):
        raise ApiError(
            404,
            "No matching runs to cancel. Please verify the thread ID and run IDs are correct, and the runs haven't "
            "been deleted or completed.",
        )
    rollback = call.query.action == "rollback"
    await call.sync(record_cancelled, run_ids=[run.run_id], rollback=rollback)
    engine().cancel(run.run_id, rollback=rollback)
    if not call.query.wait:
        return empty_answer(202)
    return ending(run.thread_id, run.run_id, _stopped(run))


async def _end(call: Call[Any, Any], place: Place) -> AsyncIterator[bytes]:
    told = False
    async for chunk in engine().listen_end(place.run_id):
        told = bool(chunk.strip())
        yield chunk
    if not told:
        run = await call.sync(Run.objects.select_related("thread").filter(run_id=place.run_id).first)
        yield stored_end(run) if run else b"{}"


async def _stopped(run: Run) -> AsyncIterator[bytes]:
    async for chunk in engine().listen_end(run.run_id):
        if not chunk.strip():
            yield chunk
    yield b"{}"


def _unfinished(run: Run) -> bool:
    return run.status in (Run.Status.PENDING, Run.Status.RUNNING)


def _cancels(call: Call[Any, Any], place: Place) -> bool:
    """Whether the run ends when its listener leaves. Raises ApiError (403) for another's run."""
    if not call.query.cancel_on_disconnect or place.run is None or not _unfinished(place.run):
        return False
    require_own(owns_run(call.caller, place.run), "run")
    return True


def _modes(asked: list[str]) -> frozenset[str] | None:
    """The names of events; None for all. Raises ApiError (422)."""
    names = {name.strip() for one in asked for name in one.split(",") if name.strip()}
    known = set(StreamMode.__args__)  # type: ignore[attr-defined]
    if unknown := sorted(names - known):
        raise unprocessable(f"stream_mode: there is no mode {', '.join(map(repr, unknown))[:200]}")
    return frozenset(names) or None
