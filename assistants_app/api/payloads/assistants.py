"""Assistants and their versions, as the API tells them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from assistants_app.models import Assistant, AssistantVersion


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


def assistant_payload(assistant: Assistant) -> dict[str, Any]:
    """An assistant with its live version's values."""
    return {
        "assistant_id": assistant.assistant_id,
        "graph_id": assistant.graph_id,
        "config": mirrored(assistant),
        "context": assistant.context,
        "metadata": assistant.metadata,
        "name": assistant.name,
        "created_at": assistant.created_at,
        "updated_at": assistant.updated_at,
        "version": assistant.version,
        "description": assistant.description or None,
    }


def mirrored(of: Assistant | AssistantVersion) -> dict[str, Any]:
    """The run options, with the settings' values where older programs look for them."""
    return {**of.config, "configurable": of.context} if of.context else of.config
