"""The thread-centred protocol, which `client.threads.stream(…)` speaks: commands, and a stream of events.

Its shapes are those of the package langchain-protocol. Both operations answer 400 to what is not of these shapes.
"""

from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from pydantic import BaseModel, Field, ValidationError, WithJsonSchema

from assistants_app.api.answers import json_answer, stream_answer
from assistants_app.api.calls import Call
from assistants_app.api.errors import ApiError
from assistants_app.api.fields import JsonObject
from assistants_app.api.operations import Body, NoQuery, operation
from assistants_app.api.protocol.commands import COMMANDS, CommandError, Given
from assistants_app.api.reading import described
from assistants_app.api.threads.stream import last_event_id
from assistants_app.api.threads.threads import seen_thread
from assistants_app.domain.errors import ProductError
from assistants_app.domain.subscription import CHANNELS, Subscription, is_channel
from assistants_app.engine import engine

TAG = "Streaming"

SAFE_INTEGER = 2**53 - 1
"""The largest that every client reads exactly."""


class ProtocolCommand(Body):
    id: int = Field(ge=0, le=SAFE_INTEGER)
    method: str
    params: JsonObject = Field(default_factory=dict)


class ProtocolError(BaseModel):
    """What cannot be done, as the protocol tells it."""

    type: Literal["error"]
    id: int | None
    error: str
    message: str


class EventStreamRequest(Body):
    channels: list[str] = Field(min_length=1, max_length=100)
    """Any of values, updates, messages, tools, lifecycle, input, checkpoints, tasks, custom, custom:<name>."""
    namespaces: list[list[str]] | None = Field(default=None, max_length=1000)
    """Graphs inside, with what is inside them."""
    depth: int | None = Field(default=None, ge=0)
    """How far inside of them."""
    since: int | None = Field(default=None, ge=0, le=SAFE_INTEGER)
    """The `seq` of the last event that the client has."""


@operation(
    "POST",
    "/threads/{thread_id}/commands",
    summary="Send a command of the thread-centred protocol",
    tag=TAG,
    body=Annotated[Any, WithJsonSchema(ProtocolCommand.model_json_schema())],
    answer=dict[str, Any],
    errors=(400,),
    refusal=ProtocolError,
)
async def command(call: Call[Any, NoQuery]) -> HttpResponse:
    """run.start, input.respond, agent.getTree, state.get, state.listCheckpoints, state.fork. What cannot be done is
    told as {"type": "error"} with the status 200."""
    thread_id = call.uuid("thread_id")
    try:
        asked = ProtocolCommand.model_validate(call.body)
    except ValidationError as error:
        return json_answer(_error(None, "invalid_argument", described(error)), status=400)
    try:
        perform = COMMANDS.get(asked.method)
        if perform is None:
            raise CommandError("unknown_command", f"There is no command {asked.method[:100]!r} here.")
        applied = (await engine().protocol(thread_id)).number()
        result = await perform(Given(call, thread_id, asked.params))
    except CommandError as error:
        return json_answer(_error(asked.id, error.code, error.message))
    except ApiError as error:
        return json_answer(_error(asked.id, CODES.get(error.status, "unknown_error"), str(error.detail)))
    except ProductError as error:
        return json_answer(_error(asked.id, "invalid_argument", error.message))
    return json_answer({"type": "success", "id": asked.id, "result": result, "meta": {"applied_through_seq": applied}})


CODES = {403: "permission_denied", 422: "invalid_argument"}
"""The protocol's codes for statuses of the API."""


def _error(command_id: int | None, code: str, message: str) -> dict[str, Any]:
    return {"type": "error", "id": command_id, "error": code, "message": message}


@operation(
    "POST",
    "/threads/{thread_id}/stream/events",
    summary="Stream what happens on a thread, by the thread-centred protocol",
    tag=TAG,
    body=Annotated[Any, WithJsonSchema(EventStreamRequest.model_json_schema())],
    media_type="text/event-stream",
    answer=str,
    errors=(400, 404),
)
async def events(call: Call[Any, NoQuery]) -> HttpResponseBase:
    """Goes on from one run to the next, until the client leaves."""
    try:
        asked = EventStreamRequest.model_validate(call.body)
    except ValidationError as error:
        raise ApiError(400, described(error)) from None
    if unknown := [channel for channel in asked.channels if not is_channel(channel)]:
        raise ApiError(
            400, f"There is no channel {unknown[0][:100]!r}. There are {', '.join(CHANNELS)}, custom:<name>."
        )
    thread = await seen_thread(call, "read")
    namespaces = None if asked.namespaces is None else tuple(tuple(one) for one in asked.namespaces)
    wanted = Subscription(frozenset(asked.channels), namespaces, asked.depth)
    since = asked.since if asked.since is not None else last_event_id(call)
    return stream_answer((await engine().protocol(thread.thread_id)).listen(wanted, None if since == -1 else since))
