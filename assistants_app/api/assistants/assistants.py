"""Assistants: created, found, read, deleted by programs. Their versions are `versions`' matter."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

from django.db import IntegrityError
from django.http import HttpResponse
from pydantic import Field

from assistants_app.api.access.filters import condition, is_seen
from assistants_app.api.answers import empty_answer, encoded_answer, json_answer, page_headers
from assistants_app.api.assistants.secrets import encoded, told, unmasked
from assistants_app.api.assistants.values import (
    UNNAMED,
    Saving,
    assistants_beside,
    checked,
    found_assistants,
    known_graph,
    one_assistant,
    one_of,
    read_assistant,
    require_known,
    split_config,
    whole_assistants,
)
from assistants_app.api.calls import Call
from assistants_app.api.description.headers import PAGE
from assistants_app.api.errors import ApiError
from assistants_app.api.fields import IfExists, JsonObject, Limit, Offset, RunConfig, SortOrder, Uuid
from assistants_app.api.operations import Body, NoBody, NoQuery, Query, operation
from assistants_app.api.payloads.assistants import AssistantAnswer, assistant_payload
from assistants_app.domain.json_values import ABSENT
from assistants_app.models import Assistant, Role
from assistants_app.models.assistants import AssistantQuerySet
from assistants_app.services.assistants import create_assistant, delete_assistant

TAG = "Assistants"

MOST_LETTERS = 500
"""Of what is searched for: longer questions are not kept."""

Column = Literal[
    "assistant_id",
    "graph_id",
    "name",
    "description",
    "config",
    "context",
    "created_at",
    "updated_at",
    "metadata",
    "version",
]


class AssistantCreate(Body):
    """`context` alone is enough: `config.configurable` is its older name, and only one of the two may be given."""

    graph_id: str
    assistant_id: Uuid | None = None
    config: RunConfig = Field(default_factory=dict)
    context: JsonObject = Field(default_factory=dict)
    metadata: JsonObject = Field(default_factory=dict)
    if_exists: IfExists = "raise"
    name: str = UNNAMED
    description: str | None = None
    note: str = ""


class AssistantCount(Body):
    metadata: JsonObject | None = None
    graph_id: str | None = None
    name: str | None = None


class AssistantSearch(AssistantCount):
    limit: Limit = 10
    offset: Offset = 0
    sort_by: Literal["assistant_id", "created_at", "updated_at", "name", "graph_id"] | None = None
    sort_order: SortOrder | None = None
    select: list[Column] | None = None


class Deletion(Query):
    delete_threads: bool = False


@operation(
    "POST",
    "/assistants",
    summary="Create an assistant",
    tag=TAG,
    body=AssistantCreate,
    query=Saving,
    answer=AssistantAnswer,
    role=Role.EDITOR,
    errors=(404, 409),
)
async def create(call: Call[AssistantCreate, Saving]) -> HttpResponse:
    body = call.body
    config, settings = split_config(body.config, body.context)
    unmasked(settings, ABSENT, None)
    asked = body.model_dump()
    allowed = await call.allow("assistants", "create", asked)
    entry = known_graph(body.graph_id)
    if call.query.validate_settings:
        checked(entry, settings)

    def make() -> Assistant:
        found = Assistant.objects.filter(assistant_id=body.assistant_id).first() if body.assistant_id else None
        if found is None:
            try:
                return create_assistant(
                    graph_id=body.graph_id,
                    name=body.name.strip() or UNNAMED,
                    description=body.description or "",
                    settings=settings,
                    settings_schema=entry.settings_schema,
                    config=config,
                    metadata=asked.get("metadata"),
                    author=call.caller.author,
                    note=body.note,
                    assistant_id=body.assistant_id,
                )
            except IntegrityError:  # made by somebody else at this moment
                found = Assistant.objects.filter(assistant_id=body.assistant_id or "").first()
        if found is None or body.if_exists == "raise" or not is_seen(found.metadata, allowed):
            raise ApiError(409, f"Assistant {body.assistant_id} already exists")
        return found

    return json_answer(assistant_payload(await call.write(make)))


@operation(
    "GET", "/assistants/{assistant_id}", summary="Read an assistant", tag=TAG, answer=AssistantAnswer, errors=(404,)
)
async def read(call: Call[NoBody, NoQuery]) -> HttpResponse:
    """Masks stand in place of its secrets, here as in every list."""
    assistant_id = call.uuid("assistant_id")
    allowed = await call.allow("assistants", "read", {"assistant_id": assistant_id})
    if allowed:
        found = await read_assistant(call, assistant_id, allowed)
        return json_answer((await told(call, [found], assistant_payload))[0])
    rows = await call.told_one("assistant", whole_assistants, assistants_beside, assistant_id=assistant_id)
    one_of(rows, assistant_id)
    return encoded_answer((await encoded(call, rows, assistant_payload))[1:-1])


@operation(
    "DELETE",
    "/assistants/{assistant_id}",
    summary="Delete an assistant",
    tag=TAG,
    query=Deletion,
    status=204,
    role=Role.EDITOR,
    errors=(404, 409),
)
async def delete(call: Call[NoBody, Deletion]) -> HttpResponse:
    """Its threads stay, unless `delete_threads` is true. The assistant of a graph's own defaults is kept: 409.

    It needs the role publisher, or editor for what the key made itself and is live as it was made."""
    assistant_id = call.uuid("assistant_id")
    allowed = await call.allow("assistants", "delete", {"assistant_id": assistant_id})
    with_threads = call.query.delete_threads
    threads = await call.allow("threads", "delete", {"assistant_id": assistant_id}) if with_threads else None

    def remove() -> None:
        one_assistant(assistant_id, allowed)
        delete_assistant(
            assistant_id=assistant_id,
            author=call.caller.author,
            delete_threads=with_threads,
            threads=condition(threads),
        )

    await call.sync(remove)
    return empty_answer()


@operation(
    "POST",
    "/assistants/search",
    summary="Search assistants",
    tag=TAG,
    body=AssistantSearch,
    answer=list[dict[str, Any]],
    errors=(404,),
    headers=PAGE,
)
async def search(call: Call[AssistantSearch, NoQuery]) -> HttpResponse:
    body = call.body
    asked = {**body.model_dump(), "metadata": body.metadata or {}}
    allowed = await call.allow("assistants", "search", asked)

    metadata = asked.get("metadata") or {}
    scans = bool(metadata or allowed)
    found: Sequence[Assistant]
    values = json.dumps([metadata, body.name, body.graph_id], ensure_ascii=False)
    if not (scans or body.name is not None or body.offset):
        within: dict[str, Any] = {} if body.graph_id is None else {"graph_id": body.graph_id}
        key = f"search {body.sort_by} {body.sort_order} {body.limit} {list(within)}"
        found = await call.told_page(key, whole_assistants, partial(page_of, body), **within)
        total = found.total
    elif not (allowed or body.offset) and len(values) <= MOST_LETTERS:
        key = f"search {body.sort_by} {body.sort_order} {body.limit} {values}"
        rows_of = partial(found_assistants, metadata, body.graph_id, body.name, None)
        found = await call.told_page(key, rows_of, partial(page_of, body), scans=True)
        total = found.total
    else:
        rows = found_assistants(metadata, body.graph_id, body.name, allowed)
        found = await call.rows(page_of(body, rows), scans=scans)
        whole = len(found) < body.limit and (found or not body.offset)
        total = body.offset + len(found) if whole else await call.count(rows, scans=scans)
    if not total and body.graph_id is not None:
        await require_known(call, body.graph_id, allowed)
    headers = page_headers(len(found), total=total, offset=body.offset)
    if body.select:
        page = await told(call, found, assistant_payload)
        return json_answer([{key: one[key] for key in body.select} for one in page], headers=headers)
    return encoded_answer(await encoded(call, found, assistant_payload), headers=headers)


def page_of(body: AssistantSearch, rows: AssistantQuerySet) -> AssistantQuerySet:
    """What comes before a later page is passed over by an index, not read with its settings."""
    order = "" if body.sort_order == "asc" else "-"
    ordered = rows.order_by(f"{order}{body.sort_by or 'created_at'}", f"{order}pk")
    if not body.offset:
        return ordered[: body.limit]
    return ordered.filter(pk__in=ordered.values("pk")[body.offset : body.offset + body.limit])


@operation(
    "POST",
    "/assistants/count",
    summary="Count assistants",
    tag=TAG,
    body=AssistantCount,
    answer=int,
    errors=(404,),
)
async def count(call: Call[AssistantCount, NoQuery]) -> HttpResponse:
    body = call.body
    asked = {**body.model_dump(), "metadata": body.metadata or {}}
    allowed = await call.allow("assistants", "search", asked)

    metadata = asked.get("metadata") or {}
    rows = found_assistants(metadata, body.graph_id, body.name, allowed)
    number = await call.count(rows, scans=bool(metadata or allowed))
    if not number and body.graph_id is not None:
        await require_known(call, body.graph_id, allowed)
    return json_answer(number)
