"""Assistants: created, found and read by programs. What a version is, `services.versions` knows."""

from typing import Any, Literal

from django.db import IntegrityError
from django.http import HttpResponse
from pydantic import Field

from assistants_app.api.answers import json_answer, page_answer
from assistants_app.api.calls import Call
from assistants_app.api.errors import ApiError
from assistants_app.api.fields import IfExists, JsonObject, Limit, Offset, SortOrder, Uuid
from assistants_app.api.filters import is_seen, seen
from assistants_app.api.operations import Body, NoBody, NoQuery, operation
from assistants_app.api.payloads.assistants import AssistantAnswer, assistant_payload
from assistants_app.domain.errors import GraphNotFound
from assistants_app.graphs.catalog import catalog
from assistants_app.models import Assistant, Role
from assistants_app.services.assistants import create_assistant

TAG = "Assistants"

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
    config: JsonObject = Field(default_factory=dict)
    context: JsonObject = Field(default_factory=dict)
    metadata: JsonObject = Field(default_factory=dict)
    if_exists: IfExists = "raise"
    name: str = "Untitled"
    description: str | None = None
    note: str = ""


class AssistantSearch(Body):
    metadata: JsonObject | None = None
    graph_id: str | None = None
    name: str | None = None
    limit: Limit = 10
    offset: Offset = 0
    sort_by: Literal["assistant_id", "created_at", "updated_at", "name", "graph_id"] | None = None
    sort_order: SortOrder | None = None
    select: list[Column] | None = None


@operation(
    "POST",
    "/assistants",
    summary="Create an assistant",
    tag=TAG,
    body=AssistantCreate,
    answer=AssistantAnswer,
    role=Role.EDITOR,
    errors=(404, 409),
)
async def create(call: Call[AssistantCreate, NoQuery]) -> HttpResponse:
    body = call.body
    config, settings = split_config(body.config, body.context)
    metadata = dict(body.metadata)
    allowed = await call.allow("assistants", "create", {**body.model_dump(), "metadata": metadata})
    entry = known_graph(body.graph_id)

    def make() -> Assistant:
        found = Assistant.objects.filter(assistant_id=body.assistant_id).first() if body.assistant_id else None
        if found is None:
            try:
                return create_assistant(
                    graph_id=body.graph_id,
                    name=body.name,
                    description=body.description or "",
                    settings=settings,
                    settings_schema=entry.settings_schema,
                    config=config,
                    metadata=metadata,
                    author=call.caller.author,
                    note=body.note,
                    assistant_id=body.assistant_id,
                )
            except IntegrityError:  # made by somebody else at this moment
                found = Assistant.objects.filter(assistant_id=body.assistant_id or "").first()
        if found is None or body.if_exists == "raise" or not is_seen(found.metadata, allowed):
            raise ApiError(409, f"Assistant {body.assistant_id} already exists")
        return found

    return json_answer(assistant_payload(await call.sync(make)))


@operation(
    "GET", "/assistants/{assistant_id}", summary="Read an assistant", tag=TAG, answer=AssistantAnswer, errors=(404,)
)
async def read(call: Call[NoBody, NoQuery]) -> HttpResponse:
    assistant_id = call.uuid("assistant_id")
    allowed = await call.allow("assistants", "read", {"assistant_id": assistant_id})
    rows = seen(Assistant.objects.filter(assistant_id=assistant_id), allowed).defer("settings_schema")
    found = await call.sync(rows.first)
    if found is None:
        raise ApiError(404, f"Assistant with ID {assistant_id} not found")
    return json_answer(assistant_payload(found))


@operation(
    "POST",
    "/assistants/search",
    summary="Search assistants",
    tag=TAG,
    body=AssistantSearch,
    answer=list[dict[str, Any]],
)
async def search(call: Call[AssistantSearch, NoQuery]) -> HttpResponse:
    body = call.body
    metadata = body.metadata or {}
    allowed = await call.allow("assistants", "search", {**body.model_dump(), "metadata": metadata})

    def find() -> tuple[list[dict[str, Any]], int]:
        rows = seen(Assistant.objects.defer("settings_schema"), allowed)
        if metadata:
            rows = rows.filter(metadata__json_contains=metadata)
        if body.graph_id is not None:
            rows = rows.filter(graph_id=body.graph_id)
        if body.name is not None:
            rows = rows.filter(name__icontains=body.name)
        order = "" if body.sort_order == "asc" else "-"
        ordered = rows.order_by(f"{order}{body.sort_by or 'created_at'}", f"{order}pk")
        page = [assistant_payload(one) for one in ordered[body.offset : body.offset + body.limit]]
        if body.select:
            page = [{key: one[key] for key in body.select} for one in page]
        return page, rows.count()

    page, total = await call.sync(find)
    return page_answer(page, total=total, offset=body.offset)


def split_config(config: JsonObject, context: JsonObject) -> tuple[JsonObject, JsonObject]:
    """The run options, and the settings' values, which come as `context` or as `config.configurable`.

    Raises ApiError (400) when they come as both.
    """
    configurable = config.get("configurable")
    if configurable and context:
        raise ApiError(
            400, "Cannot specify both configurable and context. Prefer context: configurable is its older name."
        )
    if configurable is not None and not isinstance(configurable, dict):
        raise ApiError(422, "config.configurable: must be an object")
    options = {key: value for key, value in config.items() if key != "configurable"}
    return options, context or configurable or {}


def known_graph(graph_id: str) -> Any:
    """The catalog's entry. Raises ApiError (404)."""
    graphs = catalog()
    try:
        return graphs.get(graph_id)
    except GraphNotFound:
        expected = sorted(entry.graph_id for entry in graphs.entries())
        raise ApiError(404, f"Graph '{graph_id}' not found. Expected one of: {expected}") from None
