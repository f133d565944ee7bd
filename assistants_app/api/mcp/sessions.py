"""Which of a client's requests is which, for those that are to be stopped.

Nothing is kept of a session: it is a random name, given at the start and sent along with each request, which a run is
marked with. A client without one (of the newer protocol) closes the answer that it waits for.
"""

import uuid
from typing import Any

from assistants_app.api.access.roles import owns_run
from assistants_app.api.calls import Call
from assistants_app.engine import engine
from assistants_app.models import Run

HEADER = "Mcp-Session-Id"


def session_of(call: Call[Any, Any]) -> str | None:
    """The name that the client was given; None for what is no such name."""
    try:
        return str(uuid.UUID(call.request.headers.get(HEADER, "")))
    except ValueError:
        return None


def new_session() -> dict[str, str]:
    return {HEADER: str(uuid.uuid4())}


def mark_of(call: Call[Any, Any], request_id: Any) -> dict[str, Any] | None:
    """What the metadata of a run hold that a request asks for."""
    session = session_of(call)
    return None if session is None else {"mcp_session": session, "mcp_request": request_id}


async def stop(call: Call[Any, Any], request_id: Any) -> None:
    """Stop the run of an earlier request of this client; where there is none, nothing is said."""
    mark = mark_of(call, request_id)
    if mark is None or not isinstance(request_id, str | int):
        return
    runs = Run.objects.unfinished().filter(metadata__json_contains=mark).select_related("thread")
    for run in await call.sync(list, runs):
        if owns_run(call.caller, run) and run.metadata["mcp_request"] == request_id:
            engine().cancel(run.run_id)
