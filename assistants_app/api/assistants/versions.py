"""Assistants' versions: saved by a PATCH, listed, made live."""

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from pydantic import Field

from assistants_app.api.answers import encoded_answer, json_answer
from assistants_app.api.assistants.assistants import TAG
from assistants_app.api.assistants.secrets import encoded, told, unmasked
from assistants_app.api.assistants.values import (
    UNNAMED,
    Saving,
    checked,
    known_graph,
    one_assistant,
    one_of,
    patched_config,
    read_assistant,
)
from assistants_app.api.calls import Call
from assistants_app.api.errors import ApiError
from assistants_app.api.fields import JsonObject, Limit, Offset, RunConfig
from assistants_app.api.operations import Body, NoQuery, operation
from assistants_app.api.payloads.assistants import (
    AssistantAnswer,
    VersionAnswer,
    assistant_payload,
    saved_payload,
    version_payload,
)
from assistants_app.domain.config_values import masks
from assistants_app.domain.errors import AssistantNotFound, GraphNotFound, VersionNotFound
from assistants_app.graphs.catalog import catalog
from assistants_app.graphs.entries import GraphEntry
from assistants_app.models import Assistant, AssistantVersion, Role
from assistants_app.services.patches import Patch, patch_assistant
from assistants_app.services.secrets import spec_of_graph
from assistants_app.services.versions import make_live

WAITING = 'To save a version that waits for one, send "make_live": false, or ?make_live=false in the address.'


class AssistantPatch(Body):
    """What is not given stays. `note`, `make_live` and `base_version` are fields of our own.

    With `make_live` false the version waits beside the live one. Those of a protected assistant all do: what is to go
    live at once is refused with 403. With `base_version` that version is changed, and 409 tells that somebody saved a
    newer one meanwhile; without it the live version is, whoever saved last.
    """

    graph_id: str = ""
    config: RunConfig = Field(default_factory=dict)
    context: JsonObject = Field(default_factory=dict)
    metadata: JsonObject = Field(default_factory=dict)
    name: str = ""
    description: str = ""
    note: str = ""
    make_live: bool = True
    base_version: int | None = Field(default=None, ge=1, le=2**31 - 1)


class PatchSaving(Saving):
    """`make_live` as in the body, for clients that send no fields of our own there: the official SDK's `params`."""

    make_live: bool = True


class VersionSearch(Body):
    metadata: JsonObject | None = None
    limit: Limit = 10
    offset: Offset = 0


class Latest(Body):
    version: int | None = None


@operation(
    "PATCH",
    "/assistants/{assistant_id}",
    summary="Save a new version of an assistant",
    tag=TAG,
    body=AssistantPatch,
    query=PatchSaving,
    answer=AssistantAnswer,
    role=Role.EDITOR,
    errors=(400, 404, 409),
)
async def patch(call: Call[AssistantPatch, PatchSaving]) -> HttpResponse:
    """Every call saves a version, which goes live; one that does not needs the role editor only."""
    body = call.body
    goes_live = body.make_live and call.query.make_live
    if goes_live:
        _require_publisher(call)
    assistant_id = call.uuid("assistant_id")
    given = body.model_dump(include=body.model_fields_set)
    config, settings = patched_config(given.get("config"), given.get("context"))
    asked = {"assistant_id": assistant_id, **given}
    allowed = await call.allow("assistants", "update", asked)
    moved_to = known_graph(body.graph_id) if "graph_id" in given else None

    def save() -> dict[str, Any]:
        assistant = one_assistant(assistant_id, allowed, whole=True)
        if goes_live and assistant.protection:
            raise ApiError(403, f"{assistant.name} is protected: every version waits for a publisher. {WAITING}")
        graph = moved_to or _installed(assistant.graph_id)
        values = settings
        if settings and masks(settings):
            stored = _base_settings(assistant, body.base_version)
            values = unmasked(settings, stored, spec_of_graph(moved_to.graph_id if moved_to else assistant.graph_id))
        if call.query.validate_settings and graph:
            checked(graph, values if values is not None else _base_settings(assistant, body.base_version))
        version = patch_assistant(
            assistant=assistant,
            patch=Patch(
                name=(body.name.strip() or UNNAMED) if "name" in given else None,
                description=given.get("description"),
                graph_id=moved_to.graph_id if moved_to else None,
                settings=values,
                settings_schema=graph.settings_schema if graph else None,
                config=config,
                metadata=asked.get("metadata"),
            ),
            author=call.caller.author,
            base=body.base_version,
            note=body.note,
            make_live=goes_live,
        )
        return saved_payload(version, assistant.created_at, version.settings_schema)

    return json_answer(await call.write(save))


@operation(
    "POST",
    "/assistants/{assistant_id}/versions",
    summary="List an assistant's versions, newest first",
    tag=TAG,
    body=VersionSearch,
    answer=list[VersionAnswer],
    errors=(404,),
)
async def versions(call: Call[VersionSearch, NoQuery]) -> HttpResponse:
    body = call.body
    assistant_id = call.uuid("assistant_id")
    asked = {"assistant_id": assistant_id, "metadata": body.metadata or {}}
    allowed = await call.allow("assistants", "read", asked)

    if not (allowed or body.metadata or body.offset):
        stored = await call.told(f"versions {body.limit}", partial(_newest, body.limit), assistant_id=assistant_id)
        one_of(stored, assistant_id)  # each has a version
        return encoded_answer(await encoded(call, stored, version_payload))
    assistant = await read_assistant(call, assistant_id, allowed)
    if body.metadata or body.offset:
        rows = Assistant.history.of(assistant).defer("settings_schema")
        if body.metadata:
            rows = rows.filter(metadata__json_contains=body.metadata)
        found = await call.rows(rows[body.offset : body.offset + body.limit], scans=bool(body.metadata))
    else:
        found = await call.prepared(f"versions {body.limit}", partial(_newest, body.limit), assistant_id=assistant_id)
    return json_answer(await told(call, found, version_payload))


@operation(
    "POST",
    "/assistants/{assistant_id}/latest",
    summary="Make a version of an assistant live",
    tag=TAG,
    body=Latest,
    answer=AssistantAnswer,
    role=Role.PUBLISHER,
    errors=(404,),
)
async def latest(call: Call[Latest, NoQuery]) -> HttpResponse:
    """Everything of that version is restored: settings, graph, name, description, run options and metadata."""
    assistant_id, number = call.uuid("assistant_id"), call.body.version
    allowed = await call.allow("assistants", "update", {"assistant_id": assistant_id, "version": number})

    def move() -> dict[str, Any]:
        if allowed:
            one_assistant(assistant_id, allowed)
        try:
            make_live(assistant_id=assistant_id, number=number or 0, author=call.caller.author)
        except VersionNotFound:
            raise ApiError(404, f"Version {number} not found for assistant {assistant_id}") from None
        except AssistantNotFound:
            one_of((), assistant_id)
        return assistant_payload(one_assistant(assistant_id, None, whole=True))

    return json_answer(await call.write(move))


def _newest(limit: int, *, assistant_id: UUID) -> Any:
    """None of an assistant that was deleted: its history outlives it."""
    there = Assistant.objects.filter(assistant_id=assistant_id).values("pk")
    rows = AssistantVersion.objects.filter(id__in=there, number__isnull=False).order_by("-number")
    return rows.defer("settings_schema")[:limit]


def _require_publisher(call: Call[Any, Any]) -> None:
    """Raises ApiError (403)."""
    if not call.caller.role.includes(Role.PUBLISHER):
        needed = Role.PUBLISHER.value
        raise ApiError(403, f"This goes live, which needs the role {needed}. {WAITING}")


def _installed(graph_id: str) -> GraphEntry | None:
    """None for a graph that was uninstalled: its assistants can still be changed."""
    try:
        return catalog().get(graph_id)
    except GraphNotFound:
        return None


def _base_settings(assistant: Assistant, base: int | None) -> JsonObject:
    version: Assistant | AssistantVersion = assistant
    if base is not None:
        version = Assistant.history.numbered(assistant, base)
    return version.context
