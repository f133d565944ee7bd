"""A2A, the Agent2Agent protocol: other agents find an assistant by its card and send it messages."""

import asyncio
from importlib import import_module
from typing import Any, Literal

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from pydantic import BaseModel

from assistants_app.api.access.filters import seen
from assistants_app.api.answers import json_answer
from assistants_app.api.calls import Call, as_uuid
from assistants_app.api.errors import ApiError
from assistants_app.api.json_rpc import JsonRpcError, unreadable
from assistants_app.api.operations import NoBody, NoQuery, Query, operation
from assistants_app.models import Assistant

TAG = "A2A"


class A2aMessage(BaseModel):
    """A JSON-RPC request of the Agent2Agent protocol: of version 1.0 (`SendMessage`, with the header
    `A2A-Version: 1.0`) or 0.3 (`message/send`)."""

    jsonrpc: Literal["2.0"]
    id: str | int | None = None
    method: str
    params: dict[str, Any] | None = None


class A2aAnswer(BaseModel):
    """The JSON-RPC answer."""

    jsonrpc: Literal["2.0"]
    id: str | int | None
    result: Any = None
    error: dict[str, Any] | None = None


class CardQuery(Query):
    assistant_id: str


@operation(
    "POST",
    "/a2a/{assistant_id}",
    summary="Speak A2A with an assistant",
    tag=TAG,
    reads=A2aMessage,
    answer=A2aAnswer,
    also=("text/event-stream",),
    errors=(404,),
    refusal=JsonRpcError,
)
async def speak(call: Call[NoBody, NoQuery]) -> HttpResponseBase:
    """Sends a message and waits (`message/send`) or streams (`message/stream`), reads a task or cancels it. A context
    is a thread, a task is a run; a task that needs input goes on with the next message that names it."""
    if (refusal := unreadable(call.request)) is not None:
        return refusal
    assistant = await _assistant(call, call.path["assistant_id"])
    server = await _late("server")
    answer: HttpResponseBase = await server.answer(call, assistant)
    return answer


@operation(
    "GET",
    "/.well-known/agent-card.json",
    summary="An assistant's A2A card",
    tag=TAG,
    query=CardQuery,
    answer=dict[str, Any],
    errors=(404,),
)
async def card(call: Call[NoBody, CardQuery]) -> HttpResponse:
    """What the assistant is called, what it takes and where it is spoken to. The site has it at its root, too."""
    assistant = await _assistant(call, call.query.assistant_id)
    address = reverse("api:a2a_speak", kwargs={"assistant_id": str(assistant.assistant_id)})
    made = (await _late("card")).card_of(assistant, call.request.build_absolute_uri(address))
    return json_answer(made)


async def _assistant(call: Call[Any, Any], text: str) -> Assistant:
    """Raises ApiError: 404, 422."""
    assistant_id = as_uuid(text, "assistant")
    allowed = await call.allow("assistants", "read", {"assistant_id": assistant_id})
    rows = seen(Assistant.objects.filter(assistant_id=assistant_id).for_list(), allowed)
    found = await call.sync(rows.first)
    if found is None:
        raise ApiError(404, f"Assistant with ID {assistant_id} not found")
    return found


async def _late(name: str) -> Any:
    """A module that imports the official package, which takes a while: not in the event loop, nor at the start."""
    return await asyncio.to_thread(import_module, f"assistants_app.api.a2a.{name}")
