"""What a thread holds: values, what comes next, what it waits for, its checkpoints and their branches."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistants_app.domain.errors import CheckpointNotFound
from assistants_app.domain.json_values import Json
from assistants_app.engine.encoding import to_json

if TYPE_CHECKING:
    from langgraph.checkpoint.base import CheckpointTuple
    from langgraph.types import StateSnapshot


@dataclass(frozen=True, slots=True)
class PendingInterrupt:
    """A question that the graph waits for, in `interrupt(value)`; answered by {"resume": {id: answer}}."""

    id: str
    value: Json
    node: str
    task_id: str
    response_schema: dict[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class TaskState:
    """A node that would run next, or that failed."""

    id: str
    name: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class ThreadState:
    """A thread at one of its checkpoints, the newest when none is named.

    `values` is JSON, as events carry it. `checkpoint_id` is "" for a thread in which nothing ran. `problem` says
    why the graph itself could not be asked: then `values` are those stored, and what comes next is not known.
    """

    values: dict[str, Json]
    next: tuple[str, ...] = ()
    tasks: tuple[TaskState, ...] = ()
    interrupts: tuple[PendingInterrupt, ...] = ()
    checkpoint_id: str = ""
    parent_checkpoint_id: str = ""
    created_at: str = ""
    metadata: Json = None
    problem: str = ""


EMPTY = ThreadState(values={})


def from_snapshot(snapshot: "StateSnapshot") -> ThreadState:
    """A thread's state as its graph tells it."""
    return ThreadState(
        values=_values(snapshot.values),
        next=tuple(snapshot.next),
        tasks=tuple(TaskState(task.id, task.name, str(task.error or "")) for task in snapshot.tasks),
        interrupts=_interrupts(snapshot),
        checkpoint_id=_checkpoint_id(snapshot.config),
        parent_checkpoint_id=_checkpoint_id(snapshot.parent_config),
        created_at=snapshot.created_at or "",
        metadata=to_json(snapshot.metadata),
    )


def from_checkpoint(found: "CheckpointTuple | None", problem: str) -> ThreadState:
    """A thread's state as it is stored, where its graph cannot be asked."""
    if found is None:
        return ThreadState(values={}, problem=problem)
    stored = found.checkpoint["channel_values"]
    return ThreadState(
        values=_values({key: value for key, value in stored.items() if not key.startswith(("__", "branch:"))}),
        checkpoint_id=_checkpoint_id(found.config),
        parent_checkpoint_id=_checkpoint_id(found.parent_config),
        created_at=found.checkpoint["ts"],
        metadata=to_json(found.metadata),
        problem=problem,
    )


def message_ids(values: Json) -> list[str]:
    """The ids of a state's messages, in order; of anything else none."""
    messages = values.get("messages") if isinstance(values, Mapping) else None
    if not isinstance(messages, Sequence) or isinstance(messages, str):
        return []
    ids = (one.get("id") if isinstance(one, Mapping) else getattr(one, "id", None) for one in messages)
    return [str(one) for one in ids if one]


def require_checkpoint(state: ThreadState, asked: str | None) -> ThreadState:
    """The state itself. Raises CheckpointNotFound when a checkpoint was asked for that does not exist."""
    if asked and not state.created_at:
        raise CheckpointNotFound
    return state


def require_id(checkpoint_id: str | None) -> None:
    """Raises CheckpointNotFound for a text that no checkpoint can have as its id, and that a database might refuse."""
    if checkpoint_id and not re.fullmatch(r"[0-9a-f-]{36}", checkpoint_id):
        raise CheckpointNotFound


def _values(values: Any) -> dict[str, Json]:
    encoded = to_json(values)
    return encoded if isinstance(encoded, dict) else {"__root__": encoded}


def _interrupts(snapshot: "StateSnapshot") -> tuple[PendingInterrupt, ...]:
    """Each question once: with subgraphs the same one arrives once per level."""
    found: dict[str, PendingInterrupt] = {}
    for task in snapshot.tasks:
        for one in task.interrupts:
            schema = to_json(getattr(one, "response_schema", None))
            found.setdefault(
                one.id,
                PendingInterrupt(
                    id=one.id,
                    value=to_json(one.value),
                    node=task.name,
                    task_id=task.id,
                    response_schema=schema if isinstance(schema, dict) else None,
                ),
            )
    return tuple(found.values())


def _checkpoint_id(config: Any) -> str:
    return str(config["configurable"].get("checkpoint_id") or "") if config else ""
