"""Threads: created, read, changed, deleted, found. What they hold is in `state`."""

from typing import Any, Literal
from uuid import UUID

from django.db import IntegrityError
from django.http import HttpResponse
from pydantic import Field

from assistants_app.api.access.callers import Filter
from assistants_app.api.access.filters import is_seen, seen
from assistants_app.api.access.roles import owns_thread, require_own
from assistants_app.api.answers import empty_answer, json_answer, page_answer
from assistants_app.api.calls import Call
from assistants_app.api.description.headers import PAGE
from assistants_app.api.errors import ApiError
from assistants_app.api.fields import IfExists, JsonObject, Limit, Offset, SortOrder, Uuid
from assistants_app.api.operations import Body, NoBody, NoQuery, Query, operation
from assistants_app.api.payloads.threads import COLUMNS, Column, ThreadAnswer, thread_payload, ttl_payload
from assistants_app.api.runs.bodies import Command
from assistants_app.api.threads.ttl import TtlGiven
from assistants_app.domain.errors import ProductError
from assistants_app.domain.extraction import extract, read_path
from assistants_app.engine import engine
from assistants_app.engine.threads.calls import Update
from assistants_app.models import Thread, counted_threads
from assistants_app.models.threads import ThreadQuerySet
from assistants_app.services import threads

TAG = "Threads"

CHANGES = ("update", "delete")
"""What may be done with a thread by who made it, and by who may edit assistants."""

EXTRACTED = 10
"""Paths that one search may name."""


class SuperstepUpdate(Body):
    """What one node writes: values, or a command of the graph's."""

    values: JsonObject | list[Any] | None = None
    command: Command | None = None
    as_node: str | None = None

    def value(self) -> Update:
        command = None if self.command is None else self.command.model_dump(exclude_unset=True)
        return Update(self.values, self.as_node or None, command)


class Superstep(Body):
    updates: list[SuperstepUpdate] = Field(min_length=1, max_length=1000)


class ThreadCreate(Body):
    """`supersteps` write its state, through the graph that `metadata.graph_id` names."""

    thread_id: Uuid | None = None
    metadata: JsonObject | None = None
    if_exists: IfExists = "raise"
    ttl: TtlGiven | None = None
    supersteps: list[Superstep] | None = Field(default=None, max_length=10_000)


class ThreadPatch(Body):
    metadata: JsonObject | None = None
    ttl: TtlGiven | None = None


class ThreadQuery(Query):
    include: str = ""
    """`ttl`; several are separated by commas."""


class ThreadCount(Body):
    metadata: JsonObject | None = None
    values: JsonObject | None = None
    status: Literal["idle", "busy", "interrupted", "error"] | None = None


class ThreadSearch(ThreadCount):
    ids: list[Uuid] | None = Field(default=None, max_length=1000)
    limit: Limit = 10
    offset: Offset = 0
    sort_by: Literal["thread_id", "status", "created_at", "updated_at", "state_updated_at"] | None = None
    sort_order: SortOrder | None = None
    select: list[Column | Literal["context"]] | None = None
    extract: dict[str, str] | None = Field(default=None, max_length=EXTRACTED)


@operation(
    "POST",
    "/threads",
    summary="Create a thread",
    tag=TAG,
    body=ThreadCreate,
    answer=ThreadAnswer,
    errors=(400, 409),
)
async def create(call: Call[ThreadCreate, NoQuery]) -> HttpResponse:
    body = call.body
    metadata = dict(body.metadata or {})
    allowed = await call.allow("threads", "create", {**body.model_dump(), "metadata": metadata})
    ttl = body.ttl.value() if body.ttl else None

    def make() -> tuple[Thread, bool]:
        found = _existing(body.thread_id)
        if found is None:
            try:
                made = threads.create_thread(
                    assistant=None,
                    owner=None,
                    author=call.caller.author,
                    metadata=metadata,
                    thread_id=body.thread_id,
                    ttl=ttl,
                )
                return made, True
            except IntegrityError:  # made by somebody else at this moment
                found = _existing(body.thread_id)
        if found is None or body.if_exists == "raise" or not is_seen(found.metadata, allowed):
            raise ApiError(409, f"Thread with ID {body.thread_id} already exists")
        return found, False

    thread, is_new = await call.sync(make)
    if body.supersteps and is_new:
        thread = await _written(call, thread, body.supersteps)
    return json_answer(thread_payload(thread))


@operation(
    "GET",
    "/threads/{thread_id}",
    summary="Read a thread",
    tag=TAG,
    query=ThreadQuery,
    answer=ThreadAnswer,
    errors=(404,),
)
async def read(call: Call[NoBody, ThreadQuery]) -> HttpResponse:
    thread = await seen_thread(call, "read", whole=True)
    answer = thread_payload(thread)
    if "ttl" in call.query.include.split(","):
        answer["ttl"] = ttl_payload(thread)
    return json_answer(answer)


@operation(
    "PATCH",
    "/threads/{thread_id}",
    summary="Change a thread's metadata and how long it stays",
    tag=TAG,
    body=ThreadPatch,
    answer=ThreadAnswer,
    errors=(404,),
    headers=("Preference-Applied",),
)
async def update(call: Call[ThreadPatch, NoQuery]) -> HttpResponse:
    """With `Prefer: return=minimal` the answer is 204."""
    metadata = dict(call.body.metadata or {})
    thread = await seen_thread(call, "update", {"metadata": metadata}, missing="Not Found")
    ttl = call.body.ttl.value() if call.body.ttl else None
    changed = await call.sync(threads.update_thread, thread_id=thread.thread_id, metadata=metadata, ttl=ttl)
    if "return=minimal" in call.request.headers.get("Prefer", ""):
        return empty_answer(headers={"Preference-Applied": "return=minimal"})
    return json_answer(thread_payload(changed))


@operation(
    "PATCH",
    "/threads/{thread_id}/state",
    summary="Change a thread's metadata",
    tag=TAG,
    body=ThreadPatch,
    status=204,
    errors=(404,),
)
async def patch_state(call: Call[ThreadPatch, NoQuery]) -> HttpResponse:
    """What the JavaScript client's `patchState` sends."""
    metadata = dict(call.body.metadata or {})
    thread = await seen_thread(call, "update", {"metadata": metadata})
    await call.sync(threads.update_thread, thread_id=thread.thread_id, metadata=metadata)
    return empty_answer()


@operation("DELETE", "/threads/{thread_id}", summary="Delete a thread", tag=TAG, status=204, errors=(404,))
async def delete(call: Call[NoBody, NoQuery]) -> HttpResponse:
    """Its runs and its checkpoints go with it; what runs in it is cancelled."""
    thread = await seen_thread(call, "delete")
    await call.sync(threads.delete_thread, thread_id=thread.thread_id)
    return empty_answer()


@operation(
    "POST",
    "/threads/search",
    summary="Search threads",
    tag=TAG,
    body=ThreadSearch,
    answer=list[dict[str, Any]],
    headers=PAGE,
)
async def search(call: Call[ThreadSearch, NoQuery]) -> HttpResponse:
    body = call.body
    paths = {name: read_path(path) for name, path in (body.extract or {}).items()}
    metadata = body.metadata or {}
    allowed = await call.allow("threads", "search", {**body.model_dump(), "metadata": metadata})
    columns = [one for one in COLUMNS if one in body.select] if body.select else COLUMNS

    def find() -> tuple[list[dict[str, Any]], int]:
        rows = _matching(body, metadata, allowed)
        if body.ids is not None:
            rows = rows.filter(thread_id__in=body.ids)
        order = "" if body.sort_order == "asc" else "-"
        ordered = rows.order_by(f"{order}{body.sort_by or 'created_at'}", f"{order}pk")
        unread = {"values", "interrupts", "error"} - {*columns, *(path[0] for path in paths.values())}
        page = []
        for thread in ordered.defer(*unread)[body.offset : body.offset + body.limit]:
            told = thread_payload(thread, columns)
            if paths:
                told["extracted"] = _extracted(thread, paths)
            page.append(told)
        return page, _count(rows)

    page, total = await call.sync(find)
    return page_answer(page, total=total, offset=body.offset)


@operation("POST", "/threads/count", summary="Count threads", tag=TAG, body=ThreadCount, answer=int)
async def count(call: Call[ThreadCount, NoQuery]) -> HttpResponse:
    metadata = call.body.metadata or {}
    allowed = await call.allow("threads", "search", {**call.body.model_dump(), "metadata": metadata})
    return json_answer(await call.sync(_count, _matching(call.body, metadata, allowed)))


async def seen_thread(
    call: Call[Any, Any],
    action: str,
    value: dict[str, Any] | None = None,
    *,
    whole: bool = False,
    missing: str = "",
    status: int = 404,
) -> Thread:
    """The thread that the address names, when this caller may do that with it; `whole`: with what it holds.

    Raises ApiError: 403, and `status` with the words `missing` for one that is not there or is another's.
    """
    thread_id = call.uuid("thread_id")
    asked = {} if value is None else value
    asked["thread_id"] = thread_id
    allowed = await call.allow("threads", action, asked)
    rows = Thread.objects.all() if whole else Thread.objects.without_state()
    found = await call.sync(seen(rows.filter(thread_id=thread_id), allowed).first)
    if found is None:
        raise ApiError(status, missing or f"Thread with ID {thread_id} not found")
    require_own(action not in CHANGES or owns_thread(call.caller, found))
    return found


async def _written(call: Call[Any, Any], thread: Thread, supersteps: list[Superstep]) -> Thread:
    """A new thread with the state that is given for it. Where that cannot be written there is no thread either."""
    steps = [[update.value() for update in step.updates] for step in supersteps]
    try:
        await engine().threads.write(thread.thread_id, steps)
    except ProductError:
        await call.sync(threads.delete_thread, thread_id=thread.thread_id)
        raise
    return await call.sync(Thread.objects.get_by_uuid, thread.thread_id)


def _existing(thread_id: UUID | None) -> Thread | None:
    return Thread.objects.filter(thread_id=thread_id).first() if thread_id else None


def _matching(body: ThreadCount, metadata: JsonObject, allowed: Filter | None) -> ThreadQuerySet:
    rows: Any = seen(Thread.objects.all(), allowed)
    if metadata:
        rows = rows.filter(metadata__json_contains=metadata)
    if body.values:
        rows = rows.filter(values__json_contains=body.values)
    if body.status is not None:
        rows = rows.filter(status=body.status)
    return rows  # type: ignore[no-any-return]


def _count(rows: ThreadQuerySet) -> int:
    return rows.count() if rows.query.has_filters() else counted_threads.count_all()


def _extracted(thread: Thread, paths: dict[str, tuple[str | int, ...]]) -> dict[str, Any]:
    return {
        name: extract(getattr(thread, str(path[0])), path[1:]) if path[0] in COLUMNS else None
        for name, path in paths.items()
    }
