"""Finding the run that an address names, for a caller who may see it."""

import uuid
from dataclasses import dataclass
from typing import Any

from assistants_app.api.access.callers import Filter
from assistants_app.api.access.filters import is_seen
from assistants_app.api.access.roles import owns_run, require_own
from assistants_app.api.calls import Call
from assistants_app.api.errors import ApiError
from assistants_app.engine import engine
from assistants_app.models import Run, Thread

NO_RUN = "Run not found."


@dataclass(frozen=True, slots=True)
class Place:
    """A run that can be listened to; `run` is None when its rows are gone and only its events are left."""

    run_id: uuid.UUID
    thread_id: uuid.UUID
    run: Run | None


async def own_run(call: Call[Any, Any], *, action: str = "read") -> Run:
    """The run of the address; for another `action` than to read it one that the caller owns.

    Raises ApiError (403, 404, 422).
    """
    if (run := (await place_of(call, action=action)).run) is None:
        raise ApiError(404, NO_RUN)
    require_own(action == "read" or owns_run(call.caller, run), "run")
    return run


async def place_of(call: Call[Any, Any], *, action: str = "read") -> Place:
    """The run of the address, or what is kept of one that is gone. Raises ApiError (404, 422)."""
    thread_id, run_id = call.uuid("thread_id"), call.uuid("run_id")
    allowed = await call.allow("threads", action, {"thread_id": thread_id, "run_id": run_id})

    def find() -> Run | None:
        rows = Run.objects.select_related("thread", "assistant")
        found = rows.filter(thread_id=thread_id, run_id=run_id).first()
        return found if found and is_seen(found.thread.metadata, allowed) else None

    if run := await call.sync(find):
        return Place(run_id, thread_id, run)
    kept = await engine().remembered(run_id)
    if kept and kept.origin and kept.origin.thread_id == thread_id and is_seen(kept.origin.metadata, allowed):
        return Place(run_id, thread_id, None)
    raise ApiError(404, NO_RUN)


def own_thread(thread_id: uuid.UUID, allowed: Filter | None) -> Thread:
    """Raises ApiError (404)."""
    thread = Thread.objects.filter(thread_id=thread_id).only("metadata").first()
    if thread is None or not is_seen(thread.metadata, allowed):
        raise ApiError(404, f"Thread with ID {thread_id} not found")
    return thread
