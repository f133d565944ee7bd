"""The thread-centred protocol, which `client.threads.stream(…)` speaks: commands, and a stream of events.

Its shapes are those of the package langchain-protocol. Both operations answer 400 to what is not of these shapes.
"""

from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from pydantic import BaseModel, WithJsonSchema

from assistants_app.api.answers import json_answer, stream_answer
from assistants_app.api.calls import Call
from assistants_app.api.operations import NoQuery, operation
from assistants_app.api.protocol.answering import EventStreamRequest, ProtocolCommand, answer_to, read_subscription
from assistants_app.api.threads.stream import last_event_id
from assistants_app.api.threads.threads import seen_thread
from assistants_app.engine import engine

TAG = "Streaming"


class ProtocolError(BaseModel):
    """What cannot be done, as the protocol tells it."""

    type: Literal["error"]
    id: int | None
    error: str
    message: str


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
    told, understood = await answer_to(call, call.body)
    return json_answer(told, status=200 if understood else 400)


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
    """Goes on from one run to the next, until the client leaves. A WebSocket to the same address takes the commands
    too, with subscription.subscribe and subscription.unsubscribe."""
    wanted, since = read_subscription(call.body)
    thread = await seen_thread(call, "read")
    since = last_event_id(call) if since is None else since
    return stream_answer((await engine().protocol(thread.thread_id)).listen(wanted, None if since == -1 else since))
