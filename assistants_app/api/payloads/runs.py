"""Runs, as the API tells them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from assistants_app.api.payloads.settings import told_settings
from assistants_app.models import Run
from assistants_app.services.confided import told_address


class RunAnswer(BaseModel):
    """`assistant_version` is a field of ours: the version that the run uses."""

    run_id: UUID
    thread_id: UUID
    assistant_id: UUID | None
    created_at: datetime
    updated_at: datetime
    status: str
    metadata: dict[str, Any]
    kwargs: dict[str, Any]
    multitask_strategy: str
    langsmith_session_name: str | None
    assistant_version: int | None


def run_payload(run: Run) -> dict[str, Any]:
    """What was asked for, its secrets masked. The caller's user and headers, which graphs get, are nobody else's."""
    assistant_id = run.assistant.assistant_id if run.assistant else None
    return {
        "run_id": run.run_id,
        "thread_id": run.thread_id,
        "assistant_id": assistant_id,
        "created_at": run.created_at,
        "updated_at": run.updated_at,
        "status": run.status,
        "metadata": run.metadata,
        "kwargs": _kwargs(run, str(assistant_id or "")),
        "multitask_strategy": run.options.get("multitask_strategy", "reject"),
        "langsmith_session_name": None,
        "assistant_version": run.version,
    }


def selected(payload: dict[str, Any], names: Iterable[str] | None) -> dict[str, Any]:
    return {name: payload[name] for name in names} if names else payload


def _kwargs(run: Run, assistant_id: str) -> dict[str, Any]:
    options = run.options
    modes = options.get("stream_mode") or "values"
    durability = options.get("durability") or "async"
    return {
        "input": run.input,
        "command": run.command,
        "config": _config(run, assistant_id),
        "context": told_settings(run.graph_id, run.context),
        "stream_mode": [modes] if isinstance(modes, str) else modes,
        "interrupt_before": options.get("interrupt_before"),
        "interrupt_after": options.get("interrupt_after"),
        "webhook": told_address(options.get("webhook")),
        "feedback_keys": options.get("feedback_keys"),
        "temporary": bool(options.get("temporary")) and options.get("on_completion") != "keep",
        "subgraphs": bool(options.get("stream_subgraphs")),
        "resumable": bool(options.get("stream_resumable")),
        "checkpoint_during": durability != "exit",
        "durability": durability,
    }


def _config(run: Run, assistant_id: str) -> dict[str, Any]:
    place = {
        "run_id": run.run_id,
        "thread_id": run.thread_id,
        "graph_id": run.graph_id,
        "assistant_id": assistant_id,
        "user_id": (run.options.get("caller") or {}).get("user_id", ""),
    }
    if checkpoint_id := run.options.get("checkpoint_id"):
        place["checkpoint_id"] = checkpoint_id
    configured = told_settings(run.graph_id, {**run.config.get("configurable", {}), **run.context})
    return {**run.config, "configurable": {**configured, **place}, "metadata": run.metadata}
