"""From a request for a run to a run that was accepted and started."""

import re
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError

from assistants_app.api.access.callers import Caller, Filter
from assistants_app.api.access.filters import is_seen
from assistants_app.api.access.roles import check_overrides, check_thread_of_run
from assistants_app.api.assistants.secrets import unmask_run
from assistants_app.api.assistants.values import split_config
from assistants_app.api.calls import Call
from assistants_app.api.errors import ApiError, unprocessable
from assistants_app.api.runs.bodies import RunCreate
from assistants_app.api.runs.webhooks import check_webhook
from assistants_app.domain.errors import AssistantNotFound, ThreadBusy, ThreadNotFound
from assistants_app.engine import engine
from assistants_app.engine.events.encoding import to_json
from assistants_app.graphs.catalog import catalog
from assistants_app.models import Assistant, Role, Run, Thread
from assistants_app.models.assistants import system_assistant_id
from assistants_app.services.run_requests import CallerOfRun, begin_asked_run

TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
"""The request's place in a trace, as the W3C writes it; anything else is left out."""

NOT_FOUND = "Thread or assistant not found."
BUSY = "Thread is already running a task. Wait for it to finish or choose a different multitask strategy."


async def accept_run(
    call: Call[Any, Any], body: RunCreate, thread_id: uuid.UUID | None, *, awaited: bool = False
) -> Run:
    """Accept a run and start it; at once, where somebody waits for it. Raises ApiError: 404, 409 (the thread is
    busy), 422."""
    asked = body.model_dump(exclude_unset=True)
    config = asked.get("config") or {}
    split_config(config, asked.get("context") or {})
    check_overrides(call.caller, asked)
    assistant_id = known_assistant_id(body.assistant_id)
    if body.webhook is not None:
        await check_webhook(body.webhook)
    run_id = uuid.uuid4()
    readable = await call.allow("assistants", "read", {"assistant_id": assistant_id})
    allowed = await _allow(call, asked, run_id=run_id, thread_id=thread_id, assistant_id=assistant_id)
    if TRACEPARENT.fullmatch(traceparent := call.request.headers.get("Traceparent", "")):
        asked["traceparent"] = traceparent

    def begin() -> Run:
        _check(call.caller, asked, assistant_id, readable, thread_id, allowed)
        try:
            unmask_run(asked, assistant_id)
            run = begin_asked_run(
                run_id=run_id,
                assistant_id=assistant_id,
                thread_id=thread_id,
                asked=asked,
                author=call.caller.author,
                caller=caller_of_run(call),
                worker_id=engine().worker_id if awaited else None,
            )
        except (AssistantNotFound, ThreadNotFound):
            raise ApiError(404, NOT_FOUND) from None
        except ThreadBusy:
            raise ApiError(409, BUSY) from None
        except IntegrityError:
            if Assistant.objects.filter(assistant_id=assistant_id).exists():
                raise
            raise ApiError(404, NOT_FOUND) from None  # deleted at this moment
        engine().start(run)  # here, for the client may leave, which ends the handler, and the run is accepted
        return run

    return await call.sync(begin)


def known_assistant_id(text: str) -> uuid.UUID:
    """Of the assistant, or of the graph, that a text names. Raises ApiError (422)."""
    try:
        return uuid.UUID(text)
    except ValueError:
        pass
    graphs = [entry.graph_id for entry in catalog().entries()]
    if text in graphs:
        return system_assistant_id(text)
    raise unprocessable(
        f"Invalid assistant: '{text[:200]}'. Must be either the UUID of an assistant, or one of the graphs: "
        + ", ".join(graphs)
    )


async def _allow(call: Call[Any, Any], asked: dict[str, Any], **ids: Any) -> Filter | None:
    """Ask custom authorization, which may add to the run's metadata."""
    metadata = dict(asked.get("metadata") or {})
    value = {
        "status": "pending",
        "kwargs": {key: asked[key] for key in ("input", "command", "config", "context") if key in asked},
        "multitask_strategy": asked.get("multitask_strategy") or "enqueue",
        "if_not_exists": asked.get("if_not_exists") or "reject",
        "after_seconds": asked.get("after_seconds") or 0,
        "metadata": metadata,
        **ids,
    }
    allowed = await call.allow("threads", "create_run", value)
    if changed := value["metadata"]:
        asked["metadata"] = changed
    return allowed


def _check(
    caller: Caller,
    asked: Mapping[str, Any],
    assistant_id: uuid.UUID,
    readable: Filter | None,
    thread_id: uuid.UUID | None,
    allowed: Filter | None,
) -> None:
    """What others own is not there; another than the live version needs a tester's key. Raises ApiError."""
    version = asked.get("assistant_version")
    if readable or version is not None:
        assistant = Assistant.objects.filter(assistant_id=assistant_id).only("graph_id", "metadata", "version").first()
        if assistant is None or not (assistant.is_system or is_seen(assistant.metadata, readable)):
            raise ApiError(404, NOT_FOUND)
        if version is not None and version != assistant.version and not caller.role.includes(Role.TESTER):
            raise ApiError(403, "Running another version than the live one needs a key with the role tester or above.")
    if thread_id is not None and (allowed or not caller.role.includes(Role.EDITOR)):
        thread = Thread.objects.filter(thread_id=thread_id).only("metadata", "author").first()
        if thread is not None and not is_seen(thread.metadata, allowed):
            raise ApiError(404, NOT_FOUND)
        if thread is not None:
            check_thread_of_run(caller, asked, thread)


def caller_of_run(call: Call[Any, Any]) -> CallerOfRun:
    caller = call.caller
    return CallerOfRun(
        user_id=caller.identity,
        permissions=caller.permissions,
        user=_user(caller.user),
        headers=dict(caller.headers),
        request_id=call.request.headers.get("X-Request-Id", "")[:200] or str(uuid.uuid4()),
    )


def _user(user: Any) -> Any:
    """What custom authentication returned, as it can be kept: its own dictionary, or what it holds."""
    if user is None:
        return None
    if callable(to_dict := getattr(user, "to_dict", None)):
        return to_json(to_dict())
    found = to_json(user)
    return found if isinstance(found, dict) else to_json(vars(user) if hasattr(user, "__dict__") else str(user))
