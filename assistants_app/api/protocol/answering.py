"""What every way to speak the thread-centred protocol shares: commands answered, subscriptions read."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from assistants_app.api.calls import Call
from assistants_app.api.errors import ApiError
from assistants_app.api.fields import JsonObject
from assistants_app.api.operations import Body, NoQuery
from assistants_app.api.protocol.commands import COMMANDS, CommandError, Given, Perform
from assistants_app.api.reading import described
from assistants_app.domain.errors import ProductError
from assistants_app.domain.subscription import CHANNELS, Subscription, is_channel
from assistants_app.engine import engine

SAFE_INTEGER = 2**53 - 1
"""The largest that every client reads exactly."""

CODES = {403: "permission_denied", 422: "invalid_argument"}
"""The protocol's codes for statuses of the API."""


class ProtocolCommand(Body):
    id: int = Field(ge=0, le=SAFE_INTEGER)
    method: str
    params: JsonObject = Field(default_factory=dict)


class EventStreamRequest(Body):
    channels: list[str] = Field(min_length=1, max_length=100)
    """Any of values, updates, messages, tools, lifecycle, input, checkpoints, tasks, custom, custom:<name>."""
    namespaces: list[list[str]] | None = Field(default=None, max_length=1000)
    """Graphs inside, with what is inside them."""
    depth: int | None = Field(default=None, ge=0)
    """How far inside of them."""
    since: int | None = Field(default=None, ge=0, le=SAFE_INTEGER)
    """The `seq` of the last event that the client has."""


async def answer_to(
    call: Call[Any, NoQuery], content: Any, commands: Mapping[str, Perform] = COMMANDS
) -> tuple[JsonObject, bool]:
    """The answer to a command, and whether it was one."""
    thread_id = call.uuid("thread_id")
    try:
        asked = ProtocolCommand.model_validate(content)
    except ValidationError as error:
        return refusal(None, "invalid_argument", described(error)), False
    try:
        perform = commands.get(asked.method)
        if perform is None:
            raise CommandError("unknown_command", f"There is no command {asked.method[:100]!r} here.")
        applied = (await engine().protocol(thread_id)).number()
        result = await perform(Given(call, thread_id, asked.params))
    except CommandError as error:
        return refusal(asked.id, error.code, error.message), True
    except ApiError as error:
        return refusal(asked.id, CODES.get(error.status, "unknown_error"), str(error.detail)), True
    except ProductError as error:
        return refusal(asked.id, "invalid_argument", error.message), True
    return {"type": "success", "id": asked.id, "result": result, "meta": {"applied_through_seq": applied}}, True


def refusal(command_id: int | None, code: str, message: str) -> JsonObject:
    return {"type": "error", "id": command_id, "error": code, "message": message}


def read_subscription(content: Any) -> tuple[Subscription, int | None]:
    """What a listener wants, and the number of the last event that it has. Raises ApiError (400)."""
    try:
        asked = EventStreamRequest.model_validate(content)
    except ValidationError as error:
        raise ApiError(400, described(error)) from None
    if unknown := [channel for channel in asked.channels if not is_channel(channel)]:
        raise ApiError(
            400, f"There is no channel {unknown[0][:100]!r}. There are {', '.join(CHANNELS)}, custom:<name>."
        )
    namespaces = None if asked.namespaces is None else tuple(tuple(one) for one in asked.namespaces)
    return Subscription(frozenset(asked.channels), namespaces, asked.depth), asked.since
