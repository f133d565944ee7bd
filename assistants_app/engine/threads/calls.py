"""What programs do with threads: read at any place, change, copy, thin out, measure."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import UUID

from assistants_app.domain.json_values import Json
from assistants_app.engine.threads.places import Place
from assistants_app.engine.threads.state import ThreadState
from assistants_app.engine.threads.upkeep import StoredSize, Upkeep

if TYPE_CHECKING:
    from assistants_app.engine.threads.changing import ThreadChanger
    from assistants_app.engine.threads.reading import ThreadReader

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Update:
    """Values as if the node `as_node` had written them; a `command` of the API's in their place."""

    values: Json
    as_node: str | None = None
    command: Json = None


@dataclass(frozen=True, slots=True)
class ThreadRooms:
    """What works on threads in the engine's loop."""

    reader: "ThreadReader"
    changer: "ThreadChanger"
    upkeep: Upkeep


class Here(Protocol):
    """Does work in the engine's loop, from any loop. Raises EngineNotRunning."""

    async def __call__(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T: ...


class Threads:
    """`engine().threads`. Every method raises EngineNotRunning, and those that ask a graph ThreadNotFound."""

    def __init__(self, rooms: Callable[[], ThreadRooms], here: Here) -> None:
        self._rooms = rooms
        self._here = here

    async def state(self, place: Place, *, subgraphs: bool = False) -> ThreadState:
        """Empty at a place that does not exist. Never fails for the graph's sake: see `ThreadState.problem`."""
        return await self._here(lambda: self._rooms().reader.state_at(place, subgraphs=subgraphs))

    async def history(
        self, place: Place, *, limit: int, before: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> list[ThreadState]:
        """The checkpoints of a thread, or of a subgraph in it, newest first, from all branches."""
        return await self._here(
            lambda: self._rooms().reader.history(place, limit=limit, before=before, metadata=metadata)
        )

    async def update(self, place: Place, update: Update) -> Json:
        """One more checkpoint, after the one at `place`; its own place. Raises CheckpointNotFound, GraphUnknown,
        GraphNotFound, GraphUnavailable, ThreadBusy, UpdateRefused."""
        return await self._here(lambda: self._rooms().changer.update(place, update))

    async def write(self, thread_id: UUID, supersteps: Sequence[Sequence[Update]]) -> Json:
        """Several changes in a row, each of several nodes at once. Raises the same."""
        return await self._here(lambda: self._rooms().changer.write(thread_id, supersteps))

    async def refresh(self, thread_id: UUID) -> None:
        """Let the thread's row tell what its checkpoints hold."""
        return await self._here(lambda: self._rooms().changer.refresh(thread_id))

    async def copy_checkpoints(self, thread_id: UUID, to: UUID) -> None:
        """All of them, to a thread that has none. No graph is asked."""
        return await self._here(lambda: self._rooms().upkeep.copy(str(thread_id), str(to)))

    async def keep_latest(self, thread_id: UUID) -> None:
        """Delete all checkpoints but the newest. Raises DeltasKept."""
        return await self._here(lambda: self._rooms().upkeep.keep_latest(str(thread_id)))

    async def size(self, thread_id: UUID) -> StoredSize:
        return await self._here(lambda: self._rooms().upkeep.size(str(thread_id)))
