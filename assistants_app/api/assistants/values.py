"""What a program sends as an assistant's content, in the product's own terms."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from pydantic import Field

from assistants_app.api.access.callers import Filter
from assistants_app.api.access.filters import seen
from assistants_app.api.calls import Call
from assistants_app.api.errors import ApiError
from assistants_app.api.fields import JsonObject
from assistants_app.api.operations import Query
from assistants_app.domain.errors import GraphNotFound, InvalidSettings
from assistants_app.domain.form_spec import read_schema
from assistants_app.domain.validation import judge
from assistants_app.graphs.catalog import catalog
from assistants_app.graphs.entries import GraphEntry
from assistants_app.models import Assistant
from assistants_app.models.assistants import AssistantQuerySet
from assistants_app.models.fields import digest_of
from assistants_app.models.prepared import ask

UNNAMED = "Untitled"
"""The name of what was given none. An empty name becomes this one too: people must be able to point at it."""

BESIDE = 64
"""How many assistants are read ahead at once."""


class Saving(Query):
    """`validate` is our own: the settings are checked against the graph's schema before they are saved."""

    validate_settings: bool = Field(default=False, alias="validate")


def split_config(config: JsonObject, context: JsonObject) -> tuple[JsonObject, JsonObject]:
    """The run options, and the settings' values, which come as `context` or as `config.configurable`.

    Raises ApiError (400) when they come as both.
    """
    configurable = config.get("configurable")
    if configurable and context:
        raise ApiError(
            400, "Cannot specify both configurable and context. Prefer context: configurable is its older name."
        )
    options = {key: value for key, value in config.items() if key != "configurable"}
    return options, context or configurable or {}


def patched_config(
    config: JsonObject | None, context: JsonObject | None
) -> tuple[JsonObject | None, JsonObject | None]:
    """The same for a change, where None is what stays.

    Whichever is given replaces both names of the settings' values: `context` alone makes `config` nothing but its
    mirror. What is given empty empties nothing but itself: `{"config": {}}` changes nothing.
    """
    options, settings = split_config(config or {}, context or {})
    if context is not None:
        return (options if config or context else None), settings
    return (options if config else None), (settings or None)


def checked(entry: GraphEntry, settings: JsonObject) -> None:
    """Raises InvalidSettings, which names what the graph's schema refuses."""
    schema = entry.settings_schema
    if schema is None:
        return
    verdict = judge(schema, settings, {}, lenient=read_schema(schema).lenient)
    if verdict.errors:
        raise InvalidSettings(verdict.errors)


def known_graph(graph_id: str) -> GraphEntry:
    """The catalog's entry. Raises ApiError (404)."""
    graphs = catalog()
    try:
        return graphs.get(graph_id)
    except GraphNotFound:
        expected = sorted(entry.graph_id for entry in graphs.entries())
        raise ApiError(404, f"Graph '{graph_id}' not found. Expected one of: {expected}") from None


def found_assistants(
    metadata: JsonObject, graph_id: str | None, name: str | None, allowed: Filter | None
) -> AssistantQuerySet:
    """What a search or a count asks for."""
    rows: Any = seen(Assistant.objects.defer("settings_schema"), allowed)
    if metadata:
        rows = rows.filter(metadata__json_contains=metadata)
    if graph_id is not None:
        rows = rows.filter(graph_id=graph_id)
    if name is not None:
        rows = rows.filter(name__icontains=name)
    found: AssistantQuerySet = rows
    return found


async def require_known(call: Call[Any, Any], graph_id: str, allowed: Filter | None) -> None:
    """Raises ApiError (404) for a graph that nobody knows; that of an assistant is known, uninstalled as it may be."""
    if not await call.rows(seen(Assistant.objects.filter(graph_id=graph_id).only("pk"), allowed)[:1]):
        known_graph(graph_id)


def asked_assistant(assistant_id: Any, allowed: Filter | None) -> "QuerySet[Assistant]":
    """The one that a call names, if it is there for this caller."""
    return seen(Assistant.objects.filter(assistant_id=assistant_id).defer("settings_schema"), allowed)


async def read_assistant(call: Call[Any, Any], assistant_id: UUID, allowed: Filter | None) -> Assistant:
    """The one that a call names. Raises ApiError (404) for what is not there, or not for this caller."""
    if allowed:
        found = await call.rows(asked_assistant(assistant_id, allowed))
    else:
        found = await call.prepared("assistant", whole_assistants, assistant_id=assistant_id)
    return one_of(found, assistant_id)


def whole_assistants(**named: Any) -> AssistantQuerySet:
    """All that is told of those with these values."""
    return Assistant.objects.defer("settings_schema").filter(**named)


def assistants_beside(one: Any) -> AssistantQuerySet:
    """It, and those that were made about when it was."""
    first = one.id - one.id % BESIDE
    return whole_assistants(pk__gte=first, pk__lt=first + BESIDE)


def one_of(found: Sequence[Assistant], assistant_id: Any) -> Assistant:
    """The assistant that was found. Raises ApiError (404)."""
    if not found:
        raise ApiError(404, f"Assistant with ID {assistant_id} not found")
    return found[0]


def one_assistant(assistant_id: Any, allowed: Filter | None, *, whole: bool = False) -> Assistant:
    """Without its schema, unless it is asked for `whole`.

    Raises ApiError (404) for what is not there, or not for this caller.
    """
    if whole and not allowed:
        found = one_of(ask("assistant", whole_assistants, assistant_id=assistant_id), assistant_id)
        _remind(found)
        return found
    rows = seen(Assistant.objects.filter(assistant_id=assistant_id), allowed)
    return one_of(list(rows if whole else rows.defer("settings_schema")), assistant_id)


def _remind(assistant: Assistant) -> None:
    """Of its schema, where that is still the graph's own, as most often: then it need not be read."""
    try:
        schema = catalog().get(assistant.graph_id).settings_schema
    except GraphNotFound:
        return
    if assistant.schema_digest == digest_of(schema):
        assistant.settings_schema = schema
