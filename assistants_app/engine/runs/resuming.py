"""Where a run goes on that was begun before: by a process that died or stopped, or that the database failed."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from assistants_app.domain.json_values import canonical
from assistants_app.engine.events.encoding import to_json
from assistants_app.engine.runs.answering import resumes
from assistants_app.models import Run

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
    from langgraph.types import StateSnapshot


class GoingOn(NamedTuple):
    """What the graph is given, and at which place; or that it is `done`, for it waits for somebody already."""

    given: Any
    config: dict[str, Any]
    done: bool = False


async def going_on(
    run: Run, *, graph: Any, saver: "BaseCheckpointSaver[str]", given: Any, config: dict[str, Any]
) -> GoingOn:
    """From the run's own last checkpoint, without its input; with it, from where it began, while there is none."""
    last = await _last_of(run, saver)
    if last is None:
        if resumes(run) and _asks_anew(run, await graph.aget_state(config)):
            return GoingOn(None, config, done=True)
        return GoingOn(given, config)
    place = {key: value for key, value in config["configurable"].items() if key != "checkpoint_id"}
    newest = {**config, "configurable": place}
    state = await graph.aget_state(newest)
    return GoingOn(None, newest, done=await _stopped_there(run, graph, saver, last, state.next))


async def _last_of(run: Run, saver: "BaseCheckpointSaver[str]") -> "CheckpointTuple | None":
    place: Any = {"configurable": {"thread_id": str(run.thread_id), "checkpoint_ns": ""}}
    async for found in saver.alist(place, filter={"run_id": str(run.run_id)}, limit=1):
        return found
    return None


def _asks_anew(run: Run, state: "StateSnapshot") -> bool:
    """Whether the run's answer was taken, and the same node has asked the next question."""
    asked = {(one["id"], canonical(one["value"])) for one in run.options.get("asked", ())}
    waiting = {(one.id, canonical(to_json(one.value))) for one in state.interrupts}
    return bool(asked and waiting) and asked.isdisjoint(waiting)


async def _stopped_there(
    run: Run, graph: Any, saver: "BaseCheckpointSaver[str]", last: "CheckpointTuple", following: Collection[str]
) -> bool:
    """Whether the run was to stop at its last checkpoint: before a node that follows, or after one that ran. Going on
    there would pass what somebody is to look at."""
    if not following:
        return False
    before = run.options.get("interrupt_before") or graph.interrupt_before_nodes
    after = run.options.get("interrupt_after") or graph.interrupt_after_nodes
    return _names(before, following) or _names(after, await _ran(last, saver) if after else ())


def _names(nodes: Any, some: Collection[str]) -> bool:
    return bool(some) if nodes == "*" else not set(nodes or ()).isdisjoint(some)


async def _ran(last: "CheckpointTuple", saver: "BaseCheckpointSaver[str]") -> set[str]:
    """The nodes whose step a checkpoint is the end of: what they saw differs from the one before."""
    parent = await saver.aget_tuple(last.parent_config) if last.parent_config else None
    seen: Mapping[str, Any] = last.checkpoint["versions_seen"]
    before: Mapping[str, Any] = parent.checkpoint["versions_seen"] if parent else {}
    return {node for node, versions in seen.items() if versions != before.get(node) and not node.startswith("__")}
