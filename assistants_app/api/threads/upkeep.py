"""Threads copied, thinned out and measured, with all their checkpoints."""

import uuid
from typing import Literal

from django.http import HttpResponse
from pydantic import BaseModel, Field

from assistants_app.api.access.filters import seen
from assistants_app.api.access.roles import owns_thread, require_own
from assistants_app.api.answers import json_answer
from assistants_app.api.calls import Call
from assistants_app.api.fields import Uuid
from assistants_app.api.operations import Body, NoBody, NoQuery, operation
from assistants_app.api.payloads.thread_states import StorageAnswer, storage_payload
from assistants_app.api.payloads.threads import ThreadAnswer, thread_payload
from assistants_app.api.threads.threads import TAG, seen_thread
from assistants_app.domain.errors import ThreadNotFound
from assistants_app.engine import engine
from assistants_app.models import Thread
from assistants_app.services import threads


class Prune(Body):
    thread_ids: list[Uuid] = Field(max_length=1000)
    strategy: Literal["delete", "keep_latest"] = "delete"


class PruneAnswer(BaseModel):
    pruned_count: int


@operation(
    "POST", "/threads/{thread_id}/copy", summary="Copy a thread", tag=TAG, answer=ThreadAnswer, errors=(403, 409)
)
async def copy(call: Call[NoBody, NoQuery]) -> HttpResponse:
    """With all its checkpoints, without its runs. 409 when there is no such thread."""
    thread = await seen_thread(call, "read", whole=True, missing="Conflict", status=409)
    metadata = dict(thread.metadata)
    await call.allow("threads", "create", {"thread_id": (new_id := uuid.uuid4()), "metadata": metadata})
    rooms = engine().threads
    await rooms.copy_checkpoints(thread.thread_id, new_id)
    author = call.caller.author
    made = await call.sync(threads.copy_thread, thread=thread, to=new_id, metadata=metadata, author=author)
    if thread.status == Thread.Status.BUSY:
        await rooms.refresh(new_id)
        made = await call.sync(Thread.objects.get_by_uuid, new_id)
    return json_answer(thread_payload(made))


@operation(
    "POST",
    "/threads/prune",
    summary="Delete threads, or all but their newest state",
    tag=TAG,
    body=Prune,
    answer=PruneAnswer,
)
async def prune(call: Call[Prune, NoQuery]) -> HttpResponse:
    """Threads that do not exist are passed over; so are busy ones where only old states would go."""
    body = call.body
    allowed = await call.allow("threads", "delete", {"thread_ids": body.thread_ids})
    rows = seen(Thread.objects.filter(thread_id__in=body.thread_ids), allowed)
    if body.strategy == "keep_latest":
        rows = rows.exclude(status=Thread.Status.BUSY)
    found = await call.sync(list, rows.only("thread_id", "author"))
    require_own(all(owns_thread(call.caller, thread) for thread in found))
    pruned = 0
    for thread_id in (thread.thread_id for thread in found):
        if body.strategy == "keep_latest":
            await engine().threads.keep_latest(thread_id)
            pruned += 1
        else:
            pruned += await call.sync(_deleted, thread_id)
    return json_answer({"pruned_count": pruned})


@operation(
    "GET",
    "/threads/{thread_id}/storage",
    summary="How much is kept of a thread",
    tag=TAG,
    answer=StorageAnswer,
    errors=(404,),
)
async def storage(call: Call[NoBody, NoQuery]) -> HttpResponse:
    thread = await seen_thread(call, "read")
    return json_answer(storage_payload(thread.thread_id, await engine().threads.size(thread.thread_id)))


def _deleted(thread_id: uuid.UUID) -> bool:
    try:
        threads.delete_thread(thread_id=thread_id)
    except ThreadNotFound:  # somebody else was faster
        return False
    return True
