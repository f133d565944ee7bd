"""The branches of a thread: its checkpoints are a tree, for editing a message forks at the checkpoint before it.

A checkpoint is an id that sorts by time and its parent's; a head is a checkpoint without children.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from assistants_app.domain.errors import CheckpointNotFound, MessageNotFound

ROOT = "00000000-0000-0000-0000-000000000000"
"""Stands for "before the first checkpoint": LangGraph starts from nothing at a checkpoint that does not exist."""

Messages = Callable[[str], Awaitable[list[str]]]
"""The ids of the messages that a checkpoint holds."""


@dataclass(frozen=True, slots=True)
class Ancestry:
    """One checkpoint of a thread's own graph (not of a subgraph), without its values.

    `source` is LangGraph's: "input", "loop", "update" or "fork". `run_id` is the run's that wrote it, "" for none.
    """

    checkpoint_id: str
    parent_id: str | None
    source: str
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class MessageBranches:
    """The versions of one message: `heads[current]` is the one shown, each is a checkpoint to show instead."""

    heads: tuple[str, ...]
    current: int


class CheckpointTree:
    """The checkpoints of one thread."""

    def __init__(self, lineage: Iterable[Ancestry]) -> None:
        self._all = {one.checkpoint_id: one for one in lineage}
        self._children: dict[str, list[str]] = defaultdict(list)
        for one in sorted(self._all.values(), key=lambda each: each.checkpoint_id):
            self._children[self.parent(one.checkpoint_id)].append(one.checkpoint_id)

    def parent(self, checkpoint_id: str) -> str:
        """The checkpoint before this one, ROOT before the first."""
        parent = self._all[checkpoint_id].parent_id
        return parent if parent in self._all else ROOT

    def head(self, checkpoint_id: str | None = None) -> str:
        """The newest checkpoint that goes back to this one; of the whole thread when none is named. ROOT if empty."""
        if checkpoint_id is None:
            return max(self._all, default=ROOT)
        newest, waiting = checkpoint_id, [checkpoint_id]
        while waiting:
            one = waiting.pop()
            newest = max(newest, one)
            waiting.extend(self._children.get(one, ()))
        return newest

    def path(self, checkpoint_id: str) -> list[str]:
        """From ROOT to this checkpoint, both included. Raises CheckpointNotFound."""
        if checkpoint_id != ROOT and checkpoint_id not in self._all:
            raise CheckpointNotFound
        path = []
        while checkpoint_id != ROOT:
            path.append(checkpoint_id)
            checkpoint_id = self.parent(checkpoint_id)
        return [ROOT, *reversed(path)]

    def runs(self, checkpoint_id: str) -> frozenset[str]:
        """The runs that wrote what this checkpoint holds; those that wrote other branches are not among them.

        Raises CheckpointNotFound.
        """
        return frozenset(self._all[one].run_id for one in self.path(checkpoint_id)[1:])

    async def branches(self, checkpoint_id: str, messages: Messages) -> dict[str, MessageBranches]:
        """By message id: every message on the way to this checkpoint that has other versions.

        Raises CheckpointNotFound.
        """
        path = self.path(checkpoint_id)
        forks = [(one, following) for one, following in pairwise(path) if len(self._children[one]) > 1]
        shown = await messages(checkpoint_id) if forks else []
        found: dict[str, set[str]] = defaultdict(set)
        for one, following in forks:
            before = set(await messages(one))
            if changed := next((each for each in shown if each not in before), None):
                found[changed] |= {other for other in self._children[one] if other != following}
        return {message: self._versions(others, path) for message, others in found.items()}

    async def before(self, message_id: str, checkpoint_id: str, messages: Messages) -> str:
        """The checkpoint to run from to replace a message, or ROOT. Raises MessageNotFound, CheckpointNotFound.

        Of a message that came as input: the one before that input. Of any other: the one before the node that
        wrote it, from which a run without input writes another.
        """
        path = self.path(checkpoint_id)
        if message_id not in await messages(checkpoint_id):
            raise MessageNotFound
        without, having = 0, len(path) - 1
        while having - without > 1:
            middle = (without + having) // 2
            if message_id in await messages(path[middle]):
                having = middle
            else:
                without = middle
        while without and self._all[path[without]].source in ("input", "fork"):
            without -= 1
        return path[without]

    def _versions(self, others: set[str], path: list[str]) -> MessageBranches:
        """Ordered by when they began; the path shown stands among them where it left the others."""
        siblings = {self.parent(other) for other in others}
        fork = max((path.index(one) for one in siblings), default=0)
        began = {path[fork + 1]: path[-1], **{other: self.head(other) for other in others}}
        ordered = sorted(began)
        return MessageBranches(heads=tuple(began[one] for one in ordered), current=ordered.index(path[fork + 1]))
