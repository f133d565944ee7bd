"""What a thread holds: values, what comes next, what it waits for, its checkpoints and their branches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistants_app.domain.errors import CheckpointNotFound
from assistants_app.domain.json_values import Json
from assistants_app.engine.events.encoding import to_json
from assistants_app.engine.threads.held import stored_values
from assistants_app.engine.threads.places import place_in, require_id

if TYPE_CHECKING:
    from langgraph.checkpoint.base import CheckpointTuple
    from langgraph.types import PregelTask, StateSnapshot

__all__ = [
    "EMPTY",
    "PendingInterrupt",
    "TaskState",
    "ThreadState",
    "from_checkpoint",
    "from_snapshot",
    "message_ids",
    "require_checkpoint",
    "require_id",
]


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
    """A node that would run next, that failed, or that has run from here.

    Where the node is a subgraph, `state` is the state in it when that was asked for, else `checkpoint` its place.
    """

    id: str
    name: str
    error: str = ""
    path: tuple[Json, ...] = ()
    interrupts: tuple[PendingInterrupt, ...] = ()
    checkpoint: Json = None
    state: "ThreadState | None" = None
    result: Json = None


@dataclass(frozen=True, slots=True)
class ThreadState:
    """A thread at one of its checkpoints, the newest when none is named.

    `values` is JSON, as events carry it. `checkpoint_id` is "" for a thread in which nothing ran; `checkpoint` is the
    whole place. `problem` says why the graph itself could not be asked: then `values` are those stored, and what comes
    next is not known.
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
    checkpoint: Json = None
    parent_checkpoint: Json = None


EMPTY = ThreadState(values={})

ROOT_VALUE = "__root__"
"""The key under which `values` keep the state of a graph whose state is no group of channels."""


def from_snapshot(snapshot: "StateSnapshot") -> ThreadState:
    """A thread's state as its graph tells it."""
    tasks = tuple(_task(task) for task in snapshot.tasks)
    return ThreadState(
        values=_values(snapshot.values),
        next=tuple(snapshot.next),
        tasks=tasks,
        interrupts=_each_once(tasks),
        checkpoint_id=_checkpoint_id(snapshot.config),
        parent_checkpoint_id=_checkpoint_id(snapshot.parent_config),
        created_at=snapshot.created_at or "",
        metadata=to_json(snapshot.metadata),
        checkpoint=place_in(snapshot.config),
        parent_checkpoint=place_in(snapshot.parent_config),
    )


def from_checkpoint(found: "CheckpointTuple | None", problem: str) -> ThreadState:
    """A thread's state as it is stored, where its graph cannot be asked."""
    if found is None:
        return ThreadState(values={}, problem=problem)
    return ThreadState(
        values=_values(stored_values(found)),
        checkpoint_id=_checkpoint_id(found.config),
        parent_checkpoint_id=_checkpoint_id(found.parent_config),
        created_at=found.checkpoint["ts"],
        metadata=to_json(found.metadata),
        problem=problem,
        checkpoint=place_in(found.config),
        parent_checkpoint=place_in(found.parent_config),
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


def _values(values: Any) -> dict[str, Json]:
    encoded = to_json(values)
    return encoded if isinstance(encoded, dict) else {ROOT_VALUE: encoded}


def _task(task: "PregelTask") -> TaskState:
    inner: Any = task.state  # the place of a subgraph, or its state
    is_place = isinstance(inner, Mapping)
    return TaskState(
        id=task.id,
        name=task.name,
        error=str(task.error or ""),
        path=tuple(to_json(task.path)),
        interrupts=tuple(_interrupt(one, task) for one in task.interrupts),
        checkpoint=place_in(inner) if is_place else None,
        state=None if inner is None or is_place else from_snapshot(inner),
        result=to_json(task.result),
    )


def _interrupt(one: Any, task: "PregelTask") -> PendingInterrupt:
    schema = to_json(getattr(one, "response_schema", None))
    return PendingInterrupt(
        id=one.id,
        value=to_json(one.value),
        node=task.name,
        task_id=task.id,
        response_schema=schema if isinstance(schema, dict) else None,
    )


def _each_once(tasks: Sequence[TaskState]) -> tuple[PendingInterrupt, ...]:
    """Each question once: with subgraphs the same one arrives once per level."""
    found: dict[str, PendingInterrupt] = {}
    for task in tasks:
        for one in task.interrupts:
            found.setdefault(one.id, one)
    return tuple(found.values())


def _checkpoint_id(config: Any) -> str:
    return str(config["configurable"].get("checkpoint_id") or "") if config else ""
