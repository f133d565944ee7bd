"""What threads hold: read at a checkpoint, read back to the beginning, changed."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from pydantic import Field

from assistants_app.api.answers import json_answer
from assistants_app.api.calls import Call, as_uuid
from assistants_app.api.fields import JsonObject
from assistants_app.api.operations import Body, NoBody, NoQuery, Query, operation
from assistants_app.api.payloads.thread_states import ThreadStateAnswer, UpdateAnswer, selected, state_payload
from assistants_app.api.threads.threads import TAG, seen_thread
from assistants_app.engine import engine
from assistants_app.engine.threads.calls import Update
from assistants_app.engine.threads.places import Place


class CheckpointGiven(Body):
    """A place in a thread. Its `thread_id` is passed over: the address names the thread."""

    checkpoint_id: str | None = Field(default=None, max_length=200)
    checkpoint_ns: str | None = Field(default=None, max_length=10_000)
    checkpoint_map: dict[str, str] | None = None

    def place(self, thread_id: UUID) -> Place:
        return Place(thread_id, self.checkpoint_id or None, self.checkpoint_ns or "", self.checkpoint_map)


class ConfigGiven(Body):
    """The JavaScript client names a checkpoint by a whole config."""

    configurable: CheckpointGiven


class StateQuery(Query):
    subgraphs: bool = False
    """Whether the state within subgraphs that are being run is told too."""
    select: list[str] = Field(default=[], max_length=100)
    """Parts of the answer; `values.messages` is one of its values."""


class HistoryQuery(Query):
    limit: int = Field(default=1, ge=1, le=1000)
    before: str | None = None
    """A checkpoint's id; only older ones are told."""


class StateAt(Body):
    checkpoint: CheckpointGiven
    subgraphs: bool = False
    select: list[str] = Field(default=[], max_length=100)


class StateUpdate(Body):
    """`values` as if `as_node` had just written them, after `checkpoint` or else after the newest one."""

    values: JsonObject | list[Any] | None = None
    as_node: str | None = None
    checkpoint: CheckpointGiven | None = None
    checkpoint_id: str | None = None


class HistorySearch(Body):
    limit: int = Field(default=1, ge=1, le=1000)
    before: CheckpointGiven | ConfigGiven | str | None = None
    metadata: JsonObject | None = None
    checkpoint: CheckpointGiven | None = None
    select: list[str] = Field(default=[], max_length=100)


@operation(
    "GET",
    "/threads/{thread_id}/state",
    summary="Read what a thread holds",
    tag=TAG,
    query=StateQuery,
    answer=ThreadStateAnswer,
    errors=(404,),
)
async def read(call: Call[NoBody, StateQuery]) -> HttpResponse:
    thread = await seen_thread(call, "read")
    return await _state(Place(thread.thread_id), call.query.subgraphs, call.query.select)


@operation(
    "GET",
    "/threads/{thread_id}/state/{checkpoint_id}",
    summary="Read what a thread held at a checkpoint",
    tag=TAG,
    query=StateQuery,
    answer=ThreadStateAnswer,
    errors=(404,),
)
async def read_at(call: Call[NoBody, StateQuery]) -> HttpResponse:
    checkpoint_id = str(as_uuid(call.path["checkpoint_id"], "checkpoint"))
    thread = await seen_thread(call, "read")
    return await _state(Place(thread.thread_id, checkpoint_id), call.query.subgraphs, call.query.select)


@operation(
    "POST",
    "/threads/{thread_id}/state/checkpoint",
    summary="Read what a thread or a subgraph in it held at a checkpoint",
    tag=TAG,
    body=StateAt,
    answer=ThreadStateAnswer,
    errors=(404,),
)
async def read_at_place(call: Call[StateAt, NoQuery]) -> HttpResponse:
    thread = await seen_thread(call, "read")
    return await _state(call.body.checkpoint.place(thread.thread_id), call.body.subgraphs, call.body.select)


@operation(
    "POST",
    "/threads/{thread_id}/state",
    summary="Change what a thread holds",
    tag=TAG,
    body=StateUpdate,
    answer=UpdateAnswer,
    errors=(400, 404, 409),
)
async def update(call: Call[StateUpdate, NoQuery]) -> HttpResponse:
    """A change at an older checkpoint begins another branch."""
    body = call.body
    thread = await seen_thread(call, "update", {"values": body.values, "as_node": body.as_node})
    checkpoint = body.checkpoint or CheckpointGiven(checkpoint_id=body.checkpoint_id)
    place = checkpoint.place(thread.thread_id)
    written = await engine().threads.update(place, Update(body.values, body.as_node or None))
    await _tell(thread.thread_id)
    return json_answer(
        {"checkpoint": written, "configurable": written, "checkpoint_id": (written or {}).get("checkpoint_id")}
    )


@operation(
    "GET",
    "/threads/{thread_id}/history",
    summary="Read what a thread held, newest first",
    tag=TAG,
    query=HistoryQuery,
    answer=list[ThreadStateAnswer],
    errors=(404,),
)
async def history(call: Call[NoBody, HistoryQuery]) -> HttpResponse:
    thread = await seen_thread(call, "read")
    query = call.query
    found = await engine().threads.history(Place(thread.thread_id), limit=query.limit, before=query.before)
    return json_answer([state_payload(one) for one in found])


@operation(
    "POST",
    "/threads/{thread_id}/history",
    summary="Search what a thread held, newest first",
    tag=TAG,
    body=HistorySearch,
    answer=list[ThreadStateAnswer],
    errors=(404,),
)
async def search_history(call: Call[HistorySearch, NoQuery]) -> HttpResponse:
    body = call.body
    thread = await seen_thread(call, "read")
    found = await engine().threads.history(
        (body.checkpoint or CheckpointGiven()).place(thread.thread_id),
        limit=body.limit,
        before=_id_of(body.before),
        metadata=body.metadata,
    )
    return json_answer([selected(state_payload(one), body.select) for one in found])


async def _state(place: Place, subgraphs: bool, select: list[str]) -> HttpResponse:
    return json_answer(selected(state_payload(await engine().threads.state(place, subgraphs=subgraphs)), select))


async def _tell(thread_id: UUID) -> None:
    """Who listens to the thread for changes of its state gets the new one."""
    if engine().is_heard(thread_id):
        state = await engine().threads.state(Place(thread_id))
        engine().tell_thread(thread_id, "state_update", {"state": state_payload(state)})


def _id_of(given: CheckpointGiven | ConfigGiven | str | None) -> str | None:
    if isinstance(given, ConfigGiven):
        given = given.configurable
    return given.checkpoint_id if isinstance(given, CheckpointGiven) else given
