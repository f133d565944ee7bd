"""Push notifications of A2A: when a task's run has ended, the addresses that were named for it are told.

They go the way of webhooks: to public addresses alone, a few attempts. What is sent is what a stream would end with, in
the words of version 1.0: {"task": …}.
"""

import asyncio
import json
import logging
from typing import Any
from uuid import UUID

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import connections
from django.utils import timezone

from assistants_app.api.runs.outcomes import Outcome
from assistants_app.api.runs.webhooks import keep_sending, post_safely
from assistants_app.api.server_config import server_config
from assistants_app.engine import engine
from assistants_app.models import Run
from assistants_app.services.pushes import KEY, pushes_of
from assistants_app.services.runs import RunEnd

logger = logging.getLogger(__name__)

TASK = "a2a_task_id"
"""In the metadata of every run of a task but the first."""


def push_notifications() -> None:
    """From now on, tell of the tasks whose runs end in this process. Calling it again does nothing."""
    if _tell not in engine().on_run_end:
        engine().on_run_end.append(_tell)


def _tell(run: Run, end: RunEnd) -> None:
    if run.options.get(KEY) is None or end.rollback or server_config().http.disable_webhooks:
        return
    keep_sending(_push(run, end), f"push of run {run.run_id}")


async def _push(run: Run, end: RunEnd) -> None:
    task_id = str(run.metadata.get(TASK) or run.run_id)
    pushes = await _read(UUID(task_id))
    if not pushes:
        return
    content = await asyncio.to_thread(_content, task_id, run, end)
    for push in pushes:
        await post_safely(push["url"], content, about=f"push notification of task {task_id}", headers=_headers(push))


async def _read(run_id: UUID) -> list[dict[str, Any]]:
    async with ThreadSensitiveContext():
        try:
            return await sync_to_async(pushes_of)(run_id=run_id)
        finally:
            await sync_to_async(connections.close_all)()


def _content(task_id: str, run: Run, end: RunEnd) -> bytes:
    from a2a.utils.proto_utils import to_stream_response  # takes a while
    from google.protobuf.json_format import MessageToJson  # type: ignore[import-untyped]

    from assistants_app.api.a2a.parts import task_of

    run.status, run.finished_at = end.status, timezone.now()
    values = json.loads(end.held.values) if end.held else None
    asked = json.loads(end.held.interrupts) if end.held else {}
    error = end.error.get("message", "") if isinstance(end.error, dict) else ""
    outcome = Outcome(values, str(error), [one for several in asked.values() for one in several])
    text: str = MessageToJson(to_stream_response(task_of(task_id, run, outcome)), indent=None)
    return text.encode()


def _headers(push: dict[str, Any]) -> list[tuple[str, str]]:
    """As the specification and the official package have them."""
    headers = []
    if token := push.get("token"):
        headers.append(("X-A2A-Notification-Token", token))
    said = push.get("authentication") or {}
    if said.get("scheme") and said.get("credentials"):
        headers.append(("Authorization", f"{said['scheme']} {said['credentials']}"))
    return headers
