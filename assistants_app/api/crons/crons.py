"""Crons: created, found, read, changed and deleted by programs. When they come, `services.crons` tells."""

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone as clock

from assistants_app.api.access.callers import Filter
from assistants_app.api.access.filters import is_seen, seen
from assistants_app.api.answers import empty_answer, json_answer, page_answer
from assistants_app.api.assistants.secrets import refuse_masks
from assistants_app.api.assistants.values import split_config
from assistants_app.api.calls import Call
from assistants_app.api.crons.bodies import (
    OWN,
    CronCount,
    CronCreate,
    CronFields,
    CronPatch,
    CronSearch,
    ThreadCronCreate,
)
from assistants_app.api.description.headers import PAGE
from assistants_app.api.errors import ApiError
from assistants_app.api.fields import JsonObject
from assistants_app.api.operations import NoBody, NoQuery, operation
from assistants_app.api.payloads.crons import CronAnswer, cron_payload
from assistants_app.api.runs.accepting import caller_of_run, known_assistant_id
from assistants_app.api.runs.webhooks import check_webhook
from assistants_app.domain.errors import AssistantNotFound, CronNotFound, ThreadNotFound
from assistants_app.models import Assistant, Cron, Role, Thread
from assistants_app.services import crons

TAG = "Crons"


@operation(
    "POST",
    "/runs/crons",
    summary="Create a cron",
    tag=TAG,
    body=CronCreate,
    answer=CronAnswer,
    role=Role.EDITOR,
    errors=(404,),
)
async def create(call: Call[CronCreate, NoQuery]) -> HttpResponse:
    """Each of its runs gets a thread of its own."""
    return await _create(call, None, call.body.on_run_completed or "delete")


@operation(
    "POST",
    "/threads/{thread_id}/runs/crons",
    summary="Create a cron on a thread",
    tag=TAG,
    body=ThreadCronCreate,
    answer=CronAnswer,
    role=Role.EDITOR,
    errors=(404,),
)
async def create_on_thread(call: Call[ThreadCronCreate, NoQuery]) -> HttpResponse:
    return await _create(call, call.uuid("thread_id"), "keep")


@operation(
    "POST",
    "/runs/crons/search",
    summary="Search crons",
    tag=TAG,
    body=CronSearch,
    answer=list[dict[str, Any]],
    headers=PAGE,
)
async def search(call: Call[CronSearch, NoQuery]) -> HttpResponse:
    body = call.body
    rows = await _found(call, body.model_dump())
    if body.enabled is not None:
        rows = rows.filter(enabled=body.enabled)

    def find() -> tuple[list[dict[str, Any]], int]:
        order = "" if body.sort_order == "asc" else "-"
        column = {"assistant_id": "assistant__assistant_id"}.get(body.sort_by or "", body.sort_by or "created_at")
        ordered = rows.select_related("assistant").order_by(f"{order}{column}", f"{order}cron_id")
        page = [cron_payload(one) for one in ordered[body.offset : body.offset + body.limit]]
        if body.select:
            page = [{key: one[key] for key in body.select} for one in page]
        return page, rows.count()

    page, total = await call.sync(find)
    return page_answer(page, total=total, offset=body.offset)


@operation("POST", "/runs/crons/count", summary="Count crons", tag=TAG, body=CronCount, answer=int)
async def count(call: Call[CronCount, NoQuery]) -> HttpResponse:
    rows = await _found(call, call.body.model_dump())
    return json_answer(await call.sync(rows.count))


@operation("GET", "/runs/crons/{cron_id}", summary="Read a cron", tag=TAG, answer=CronAnswer, errors=(404,))
async def read(call: Call[NoBody, NoQuery]) -> HttpResponse:
    cron_id = call.uuid("cron_id")
    allowed = await call.allow("crons", "read", {"cron_id": cron_id})
    return json_answer(cron_payload(await call.sync(_visible, cron_id, allowed)))


@operation(
    "PATCH",
    "/runs/crons/{cron_id}",
    summary="Change a cron",
    tag=TAG,
    body=CronPatch,
    answer=CronAnswer,
    role=Role.EDITOR,
    errors=(404,),
)
async def update(call: Call[CronPatch, NoQuery]) -> HttpResponse:
    cron_id, body = call.uuid("cron_id"), call.body
    given, asked = _given(body)
    refuse_masks(asked)
    if body.webhook is not None:
        await check_webhook(body.webhook)
    value: JsonObject = {"cron_id": cron_id, "payload": asked, "schedule": body.schedule}
    value["metadata"] = dict(body.metadata or {})
    allowed = await call.allow("crons", "update", value)
    for key in ("schedule", "enabled", "on_run_completed"):
        if given.get(key, "") is None:
            del given[key]

    def change() -> Cron:
        cron = _visible(cron_id, allowed)
        configured = {**cron.payload, **asked}
        split_config(_without_cron(configured.get("config")), configured.get("context") or {})
        if "config" in asked:
            asked["config"] = _with_cron(asked["config"], cron_id)
        return crons.update_cron(cron_id=cron_id, now=clock.now(), asked=asked, metadata=value["metadata"], **given)

    return json_answer(cron_payload(await call.sync(change)))


@operation(
    "DELETE",
    "/runs/crons/{cron_id}",
    summary="Delete a cron",
    tag=TAG,
    status=204,
    role=Role.EDITOR,
    errors=(404,),
)
async def delete(call: Call[NoBody, NoQuery]) -> HttpResponse:
    """Runs that it began stay."""
    cron_id = call.uuid("cron_id")
    allowed = await call.allow("crons", "delete", {"cron_id": cron_id})

    def remove() -> None:
        _visible(cron_id, allowed)
        crons.delete_cron(cron_id=cron_id)

    await call.sync(remove)
    return empty_answer()


async def _create(call: Call[Any, Any], thread_id: uuid.UUID | None, on_run_completed: str) -> HttpResponse:
    body: ThreadCronCreate = call.body
    given, asked = _given(body)
    refuse_masks(asked)
    split_config(asked.get("config") or {}, asked.get("context") or {})
    if body.webhook is not None:
        await check_webhook(body.webhook)
    cron_id, assistant_id = uuid.uuid4(), known_assistant_id(body.assistant_id)
    value: JsonObject = {
        "cron_id": cron_id,
        "thread_id": thread_id,
        "user_id": call.caller.identity,
        "schedule": body.schedule,
        "end_time": body.end_time,
        "payload": asked,
        "metadata": dict(body.metadata or {}),
    }
    await call.allow("crons", "create", value)
    readable = await call.allow("assistants", "read", {"assistant_id": assistant_id})
    writable = await call.allow("threads", "create_run", {"thread_id": thread_id, "assistant_id": assistant_id})
    asked["config"] = _with_cron(asked.get("config"), cron_id)

    def make() -> Cron:
        _check_seen(assistant_id, readable, thread_id, writable)
        return crons.create_cron(
            cron_id=cron_id,
            assistant_id=assistant_id,
            thread_id=thread_id,
            schedule=body.schedule,
            timezone=given.get("timezone") or "",
            end_time=body.end_time,
            enabled=body.enabled is not False,
            on_run_completed=on_run_completed,
            asked=asked,
            metadata=value["metadata"],
            author=call.caller.author,
            caller=caller_of_run(call),
            now=clock.now(),
        )

    return json_answer(cron_payload(await call.sync(make)))


def _given(body: CronFields) -> tuple[JsonObject, JsonObject]:
    """What is said of the cron itself, and what is asked of its runs."""
    said = body.model_dump(exclude_unset=True, exclude={"assistant_id"})
    own = {key: said.pop(key) for key in OWN & said.keys()}
    if "timezone" in own:
        own["timezone"] = own["timezone"] or ""
    return own, said


def _with_cron(config: JsonObject | None, cron_id: uuid.UUID) -> JsonObject:
    """Graphs are told which cron began their run."""
    given = config or {}
    return {**given, "configurable": {**(given.get("configurable") or {}), "cron_id": str(cron_id)}}


def _without_cron(config: JsonObject | None) -> JsonObject:
    given = config or {}
    own = {key: value for key, value in (given.get("configurable") or {}).items() if key != "cron_id"}
    return {**given, "configurable": own}


def _check_seen(
    assistant_id: uuid.UUID, readable: Filter | None, thread_id: uuid.UUID | None, writable: Filter | None
) -> None:
    """What others own is not there. Raises AssistantNotFound, ThreadNotFound."""
    assistant = Assistant.objects.filter(assistant_id=assistant_id).only("graph_id", "metadata").first()
    if assistant is None or not (assistant.is_system or is_seen(assistant.metadata, readable)):
        raise AssistantNotFound
    if thread_id is not None:
        thread = Thread.objects.filter(thread_id=thread_id).only("metadata").first()
        if thread is None or not is_seen(thread.metadata, writable):
            raise ThreadNotFound


def _visible(cron_id: uuid.UUID, allowed: Filter | None) -> Cron:
    """Raises ApiError (404)."""
    try:
        cron = Cron.objects.get_by_uuid(cron_id)
    except CronNotFound:
        cron = None
    if cron is None or not is_seen(cron.metadata, allowed):
        raise ApiError(404, f"Cron with ID {cron_id} not found")
    return cron


async def _found(call: Call[Any, Any], value: JsonObject) -> QuerySet[Cron]:
    """What the caller may see of what it looks for."""
    allowed = await call.allow("crons", "search", value)
    rows = seen(Cron.objects.all(), allowed)
    body: CronCount = call.body
    if body.assistant_id is not None:
        rows = rows.filter(assistant__assistant_id=known_assistant_id(body.assistant_id))
    if body.thread_id is not None:
        rows = rows.filter(thread_id=body.thread_id)
    if body.metadata:
        rows = rows.filter(metadata__json_contains=body.metadata)
    return rows
