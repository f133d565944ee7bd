"""What a cron is asked for: the bodies of its operations."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from assistants_app.api.fields import JsonObject, Limit, Offset, SortOrder, Uuid
from assistants_app.api.operations import Body
from assistants_app.api.runs.bodies import Multitask, Nodes, RunConfig, StreamMode

Column = Literal[
    "cron_id",
    "assistant_id",
    "thread_id",
    "on_run_completed",
    "end_time",
    "schedule",
    "timezone",
    "created_at",
    "updated_at",
    "user_id",
    "payload",
    "next_run_date",
    "metadata",
    "enabled",
    "problem",
]


def _in_utc(moment: datetime) -> datetime:
    """Times that name no zone are UTC."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("it is before the first or after the last year") from None


Moment = Annotated[datetime, Field(strict=False), AfterValidator(_in_utc)]

OWN = {"schedule", "timezone", "end_time", "enabled", "on_run_completed"}
"""What is asked of a cron itself; the rest is asked of its runs."""


class CronFields(Body):
    """What may be told of every cron, and asked of its runs."""

    timezone: str | None = None
    """An IANA name; without one the schedule is in UTC."""
    end_time: Moment | None = None
    input: Any = None
    metadata: JsonObject | None = None
    config: RunConfig | None = None
    context: JsonObject | None = None
    webhook: str | None = None
    interrupt_before: Nodes | None = None
    interrupt_after: Nodes | None = None
    enabled: bool | None = None
    stream_mode: StreamMode | list[StreamMode] | None = None
    stream_subgraphs: bool | None = None
    stream_resumable: bool | None = None
    checkpoint_during: bool | None = None
    durability: Literal["sync", "async", "exit"] | None = None
    multitask_strategy: Multitask | None = None


class ThreadCronCreate(CronFields):
    schedule: str
    """Minute, hour, day of month, month, day of week."""
    assistant_id: str


class CronCreate(ThreadCronCreate):
    on_run_completed: Literal["delete", "keep"] | None = None


class CronPatch(CronFields):
    """What is not given stays; `end_time` null takes the end away. `metadata` is merged, the rest replaced."""

    schedule: str | None = None
    on_run_completed: Literal["delete", "keep"] | None = None


class CronCount(Body):
    assistant_id: str | None = None
    thread_id: Uuid | None = None
    metadata: JsonObject | None = None


class CronSearch(CronCount):
    enabled: bool | None = None
    limit: Limit = 10
    offset: Offset = 0
    sort_by: (
        Literal["cron_id", "assistant_id", "thread_id", "next_run_date", "end_time", "created_at", "updated_at"] | None
    ) = None
    sort_order: SortOrder | None = None
    select: list[Column] | None = None
