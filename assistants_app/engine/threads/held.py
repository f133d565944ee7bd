"""What a thread's row tells of its state: the values and questions of its newest checkpoint, encoded once."""

import logging
import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

from assistants_app.engine.events.encoding import encode
from assistants_app.models.fields import EncodedJson
from assistants_app.services.threads import Held

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.types import StateSnapshot

logger = logging.getLogger(__name__)

_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""NUL as JSON writes it; after an odd number of backslashes it is a text about it."""


async def read_held(graph: Any, thread_id: UUID) -> Held | None:
    """As the graph that ran there tells it; None where its own code cannot."""
    try:
        return held_of(await graph.aget_state(newest_of(thread_id)))
    except Exception as error:  # a graph's own code, at the edge of its run
        logger.info("the state of thread %s cannot be told by its graph", thread_id, exc_info=error)
        return None


async def read_stored(saver: "BaseCheckpointSaver[str]", thread_id: UUID) -> Held | None:
    """As it is stored, where no graph can be asked; None for a thread without checkpoints."""
    try:
        found = await saver.aget_tuple(newest_of(thread_id))
        return Held(storable(stored_values(found)), EncodedJson("{}"), waits=False) if found else None
    except Exception as error:  # also what a graph's own objects raise when they are encoded
        logger.info("the state of thread %s cannot be read", thread_id, exc_info=error)
        return None


def held_of(snapshot: "StateSnapshot") -> Held:
    """The state that a graph tells."""
    asked = {task.id: [interrupt_payload(one) for one in task.interrupts] for task in snapshot.tasks if task.interrupts}
    return Held(storable(snapshot.values), storable(asked), waits=bool(snapshot.next))


def stored_values(found: Any) -> dict[str, Any]:
    """The values of a stored checkpoint, without the channels that LangGraph keeps for itself."""
    stored = found.checkpoint["channel_values"]
    return {key: value for key, value in stored.items() if not key.startswith(("__", "branch:", "join:"))}


def interrupt_payload(one: Any) -> dict[str, Any]:
    """A question of the graph; what answers may look like only where it says that."""
    schema = getattr(one, "response_schema", None)
    return {"id": one.id, "value": one.value, **({} if schema is None else {"response_schema": schema})}


def storable(value: Any) -> EncodedJson:
    """`value` as JSON that both databases keep and search: NUL, which PostgreSQL refuses, becomes U+FFFD."""
    text = encode(value).decode()
    return EncodedJson(_NUL.sub("\\1\ufffd", text) if "\\u0000" in text else text)


def newest_of(thread_id: UUID) -> Any:
    """LangGraph's address of a thread's newest checkpoint."""
    return {"configurable": {"thread_id": str(thread_id), "checkpoint_ns": ""}}
