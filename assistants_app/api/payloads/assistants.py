"""Assistants and their versions, as the API tells them."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from assistants_app.api.payloads.settings import told_by, told_settings
from assistants_app.engine.events.encoding import Verbatim
from assistants_app.graphs.entries import GraphEntry, GraphSchemas
from assistants_app.models import Assistant, AssistantVersion
from assistants_app.models.fields import EncodedJson

EMPTY = EncodedJson("{}")


class AssistantAnswer(BaseModel):
    """`context` and `config.configurable` are the same values: programs of either age find them."""

    assistant_id: UUID
    graph_id: str
    config: dict[str, Any]
    context: dict[str, Any]
    metadata: dict[str, Any]
    name: str
    created_at: datetime
    updated_at: datetime
    version: int
    description: str | None


class VersionAnswer(BaseModel):
    """`author`, `note` and `summary` are fields of our own: who saved it, what they said, and what changed."""

    assistant_id: UUID
    version: int
    graph_id: str
    config: dict[str, Any]
    context: dict[str, Any]
    metadata: dict[str, Any]
    created_at: datetime
    name: str
    description: str | None
    author: str
    note: str
    summary: str


class SchemasAnswer(BaseModel):
    """What a graph accepts and gives back, as JSON Schemas; null where it declares nothing that can be told."""

    graph_id: str
    input_schema: dict[str, Any] | None
    output_schema: dict[str, Any] | None
    state_schema: dict[str, Any] | None
    config_schema: dict[str, Any] | None
    context_schema: dict[str, Any] | None


class SubgraphAnswer(BaseModel):
    input_schema: dict[str, Any] | None
    output_schema: dict[str, Any] | None
    state_schema: dict[str, Any] | None
    config_schema: dict[str, Any] | None
    context_schema: dict[str, Any] | None


def assistant_payload(assistant: Assistant, schema: Any = None) -> dict[str, Any]:
    """An assistant with its live version's values. `schema` is for a graph that is not installed any more."""
    return {
        "assistant_id": assistant.assistant_id,
        "graph_id": assistant.graph_id,
        **_settings(assistant, schema),
        "metadata": told_json(assistant.metadata),
        "name": assistant.name,
        "created_at": assistant.created_at,
        "updated_at": assistant.updated_at,
        "version": assistant.version,
        "description": assistant.description or None,
    }


def saved_payload(version: AssistantVersion, created_at: datetime, schema: Any = None) -> dict[str, Any]:
    """An assistant as one of its versions has it."""
    return {
        "assistant_id": version.assistant_id,
        "graph_id": version.graph_id,
        **_settings(version, schema),
        "metadata": version.metadata,
        "name": version.name,
        "created_at": created_at,
        "updated_at": version.history_date,
        "version": version.number,
        "description": version.description or None,
    }


def version_payload(version: AssistantVersion, schema: Any = None) -> dict[str, Any]:
    return {
        "assistant_id": version.assistant_id,
        "version": version.number,
        "graph_id": version.graph_id,
        **_settings(version, schema),
        "metadata": told_json(version.metadata),
        "created_at": version.history_date,
        "name": version.name,
        "description": version.description or None,
        "author": version.author,
        "note": version.history_change_reason,
        "summary": version.summary,
    }


def schemas_payload(graph: GraphEntry) -> dict[str, Any]:
    return {
        "graph_id": graph.graph_id,
        "input_schema": graph.input_schema,
        "output_schema": graph.output_schema,
        "state_schema": graph.state_schema,
        "config_schema": graph.settings_schema or {},
        "context_schema": graph.settings_schema,
    }


def subgraph_payload(schemas: GraphSchemas) -> dict[str, Any]:
    return {
        "input_schema": schemas.input,
        "output_schema": schemas.output,
        "state_schema": schemas.state,
        "config_schema": schemas.settings or {},
        "context_schema": schemas.settings,
    }


def _settings(of: Assistant | AssistantVersion, schema: Any) -> dict[str, Any]:
    """The settings without secrets, and the run options, with the settings' values where older programs look."""
    options: Any = told_by(None, of.config)
    if not of.context or of.context == EMPTY:
        return {"config": options, "context": told_json(of.context)}
    context = told_settings(of.graph_id, of.context, schema)
    if isinstance(options, Verbatim) and isinstance(context, Verbatim) and options.text == EMPTY:
        return {"config": Verbatim(f'{{"configurable":{context.text}}}'), "context": context}
    if isinstance(options, Verbatim):
        options = json.loads(options.text)
    return {"config": {**options, "configurable": context}, "context": context}


def told_json(value: Any) -> Any:
    """A column's JSON, which may come as it is stored."""
    return Verbatim(value) if isinstance(value, EncodedJson) else value
