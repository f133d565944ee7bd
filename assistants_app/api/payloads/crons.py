"""Crons, as the API tells them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from assistants_app.api.payloads.settings import told_settings
from assistants_app.models import Cron
from assistants_app.services.confided import told_address
from assistants_app.services.crons import CALLER


class CronAnswer(BaseModel):
    """`next_run_date` is null when the cron has ended, is not enabled or has a `problem`, a field of ours: why its
    schedule does not come any more, such as a time zone that is gone. A time that was reckoned before still comes.
    `on_run_completed` says what becomes of the thread that each run of a cron without a thread gets."""

    cron_id: UUID
    assistant_id: UUID
    thread_id: UUID | None
    user_id: str
    end_time: datetime | None
    schedule: str
    timezone: str | None
    payload: dict[str, Any]
    next_run_date: datetime | None
    metadata: dict[str, Any]
    on_run_completed: str | None
    enabled: bool
    problem: str | None
    created_at: datetime
    updated_at: datetime


def cron_payload(cron: Cron) -> dict[str, Any]:
    assistant_id = cron.assistant.assistant_id
    graph_id = cron.assistant.graph_id
    asked = {key: _told(graph_id, key, value) for key, value in cron.payload.items() if key != CALLER}
    return {
        "cron_id": cron.cron_id,
        "assistant_id": assistant_id,
        "thread_id": cron.thread_id,
        "user_id": cron.user_id,
        "end_time": cron.end_time,
        "schedule": cron.schedule,
        "timezone": cron.timezone or None,
        "payload": {"assistant_id": assistant_id, "schedule": cron.schedule, **asked},
        "next_run_date": cron.next_run_date,
        "metadata": cron.metadata,
        "on_run_completed": None if cron.thread_id else cron.on_run_completed,
        "enabled": cron.enabled,
        "problem": cron.problem or None,
        "created_at": cron.created_at,
        "updated_at": cron.updated_at,
    }


def _told(graph_id: str, key: str, value: Any) -> Any:
    """What its runs get is told without secrets, as the runs tell it."""
    if key == "webhook":
        return told_address(value)
    if key == "context" and value:
        return told_settings(graph_id, value)
    if key == "config" and isinstance(value, dict) and value.get("configurable"):
        return {**value, "configurable": told_settings(graph_id, value["configurable"])}
    return value
