"""Threads, as the API tells them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

from pydantic import BaseModel

from assistants_app.models import Thread
from assistants_app.services.expiry import expires_at

Column = Literal[
    "thread_id",
    "created_at",
    "updated_at",
    "state_updated_at",
    "metadata",
    "status",
    "config",
    "values",
    "error",
    "interrupts",
]

COLUMNS: tuple[Column, ...] = get_args(Column)


class TtlAnswer(BaseModel):
    strategy: Literal["delete", "keep_latest"]
    ttl_minutes: float
    expires_at: datetime


class ThreadAnswer(BaseModel):
    """`values` and `interrupts` are those of its newest checkpoint; `error` that of its last run, if that failed."""

    thread_id: UUID
    created_at: datetime
    updated_at: datetime
    state_updated_at: datetime
    metadata: dict[str, Any]
    status: Literal["idle", "busy", "interrupted", "error"]
    config: dict[str, Any]
    values: Any
    error: Any
    interrupts: dict[str, Any]
    ttl: TtlAnswer | None = None
    """Only there when it is asked for."""


def thread_payload(thread: Thread, columns: Iterable[Column] = COLUMNS) -> dict[str, Any]:
    """The named columns; one that was deferred is only fetched when it is named."""
    return {name: getattr(thread, name) for name in columns}


def ttl_payload(thread: Thread) -> dict[str, Any] | None:
    """When it expires, and what happens then; None for a thread that stays."""
    if thread.ttl is None:
        return None
    return {
        "strategy": thread.ttl["strategy"],
        "ttl_minutes": thread.ttl["ttl"],
        "expires_at": expires_at(thread),
    }
