"""What threads hold, as the API tells it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from assistants_app.domain.json_values import Json
from assistants_app.engine.threads.state import ROOT_VALUE, PendingInterrupt, TaskState, ThreadState
from assistants_app.engine.threads.upkeep import StoredSize


class CheckpointAnswer(BaseModel):
    thread_id: str
    checkpoint_ns: str | None = None
    checkpoint_id: str | None = None
    checkpoint_map: dict[str, Any] | None = None


class InterruptAnswer(BaseModel):
    id: str
    value: Any
    response_schema: dict[str, Any] | None = None


class TaskAnswer(BaseModel):
    """`state` is there for a subgraph when it was asked for, `checkpoint` else."""

    id: str
    name: str
    path: list[Any]
    error: str | None
    interrupts: list[InterruptAnswer]
    checkpoint: CheckpointAnswer | None
    state: "ThreadStateAnswer | None"
    result: Any


def _nothing_required(schema: dict[str, Any]) -> None:
    schema.pop("required", None)


class ThreadStateAnswer(BaseModel):
    """Everything is empty at a checkpoint that does not exist. With `select` only what it names is there."""

    model_config = ConfigDict(json_schema_extra=_nothing_required)

    values: Any
    next: list[str]
    tasks: list[TaskAnswer]
    metadata: dict[str, Any] | None
    created_at: str | None
    checkpoint: CheckpointAnswer | None
    parent_checkpoint: CheckpointAnswer | None
    interrupts: list[InterruptAnswer]
    checkpoint_id: str | None
    parent_checkpoint_id: str | None


class UpdateAnswer(BaseModel):
    """The checkpoint that was written."""

    checkpoint: CheckpointAnswer
    configurable: CheckpointAnswer
    checkpoint_id: str | None


class Stored(BaseModel):
    count: int
    bytes: int


class ChannelStored(BaseModel):
    versions: int
    bytes: int


class ChannelsStored(Stored):
    by_channel: dict[str, ChannelStored]


class StorageAnswer(BaseModel):
    """What is kept of a thread, in bytes."""

    thread_id: UUID
    total_bytes: int
    checkpoints: Stored
    channel_values: ChannelsStored
    pending_writes: Stored


def state_payload(state: ThreadState) -> dict[str, Any]:
    values: Json = state.values[ROOT_VALUE] if set(state.values) == {ROOT_VALUE} else state.values
    return {
        "values": values,
        "next": state.next,
        "tasks": [_task(task) for task in state.tasks],
        "metadata": state.metadata and {"thread_id": state.checkpoint["thread_id"], **state.metadata},
        "created_at": state.created_at or None,
        "checkpoint": state.checkpoint,
        "parent_checkpoint": state.parent_checkpoint,
        "interrupts": _interrupts(state.interrupts),
        "checkpoint_id": state.checkpoint_id or None,
        "parent_checkpoint_id": state.parent_checkpoint_id or None,
    }


def selected(payload: dict[str, Any], select: Sequence[str]) -> dict[str, Any]:
    """The named parts of a state; `values.messages` is one of its values. All of it when none is named."""
    if not select:
        return payload
    told = {key: payload[key] for key in payload if key in select}
    keys = [one.removeprefix("values.") for one in select if one.startswith("values.")]
    if keys and "values" not in told:
        values = payload["values"]
        told["values"] = {key: values[key] for key in keys if key in values} if isinstance(values, dict) else values
    return told


def storage_payload(thread_id: UUID, size: StoredSize) -> dict[str, Any]:
    channels = {name: {"versions": one.versions, "bytes": one.bytes} for name, one in size.channels.items()}
    in_channels = sum(one.bytes for one in size.channels.values())
    return {
        "thread_id": thread_id,
        "total_bytes": size.checkpoint_bytes + in_channels + size.write_bytes,
        "checkpoints": {"count": size.checkpoints, "bytes": size.checkpoint_bytes},
        "channel_values": {
            "count": sum(one.versions for one in size.channels.values()),
            "bytes": in_channels,
            "by_channel": channels,
        },
        "pending_writes": {"count": size.writes, "bytes": size.write_bytes},
    }


def _task(task: TaskState) -> dict[str, Any]:
    return {
        "id": task.id,
        "name": task.name,
        "path": task.path,
        "error": task.error or None,
        "interrupts": _interrupts(task.interrupts),
        "checkpoint": task.checkpoint,
        "state": state_payload(task.state) if task.state else None,
        "result": task.result,
    }


def _interrupts(asked: Sequence[PendingInterrupt]) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "value": one.value,
            **({"response_schema": one.response_schema} if one.response_schema is not None else {}),
        }
        for one in asked
    ]
