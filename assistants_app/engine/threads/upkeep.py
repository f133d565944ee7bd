"""What else is done with a thread's checkpoints: copied, thinned out, measured. One class for each database."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from assistants_app.domain.errors import Refused
from assistants_app.domain.language import gettext_noop

if TYPE_CHECKING:
    from assistants_app.engine.threads.checkpointers import Saver


class DeltasKept(Refused):
    says = gettext_noop(
        "The graph of this thread keeps only what changed (DeltaChannel): its newest state is made of the older ones, "
        "so none of them can go."
    )


@dataclass(slots=True)
class ChannelSize:
    """`versions` counts its different values; `bytes` is what all that is kept of them takes."""

    versions: int = 0
    bytes: int = 0


@dataclass(slots=True)
class StoredSize:
    """What a thread takes in the checkpointer's tables, in bytes; `checkpoint_bytes` is without the channels."""

    checkpoints: int = 0
    checkpoint_bytes: int = 0
    writes: int = 0
    write_bytes: int = 0
    channels: Mapping[str, ChannelSize] = field(default_factory=lambda: defaultdict(ChannelSize))


class Upkeep(Protocol):
    async def copy(self, thread_id: str, to: str) -> None:
        """Copy all checkpoints of a thread to one that has none."""
        ...

    async def keep_latest(self, thread_id: str) -> None:
        """Delete all checkpoints of a thread but the newest, with those of subgraphs that are being run from it, and
        the newest of each subgraph that remembers. Raises DeltasKept."""
        ...

    async def size(self, thread_id: str) -> StoredSize: ...


def upkeep_of(saver: "Saver") -> Upkeep:
    from assistants_app.engine.threads.checkpointers import InlineSqliteSaver
    from assistants_app.engine.threads.upkeep_postgres import PostgresUpkeep
    from assistants_app.engine.threads.upkeep_sqlite import SqliteUpkeep

    return SqliteUpkeep(saver) if isinstance(saver, InlineSqliteSaver) else PostgresUpkeep(saver)
