"""What a listener of the thread-centred protocol wants: channels, and where in the tree of graphs."""

from collections.abc import Sequence
from dataclasses import dataclass

CHANNELS = ("values", "updates", "messages", "tools", "lifecycle", "input", "checkpoints", "tasks", "custom")
NAMED = "custom:"
"""Before the name of what a graph writes as {"name": …, "payload": …}."""

Namespace = tuple[str, ...]
"""The way to a graph inside: `node:task` for each step down. A wanted one may leave the tasks away."""


@dataclass(frozen=True, slots=True)
class Subscription:
    channels: frozenset[str]
    namespaces: tuple[Namespace, ...] | None = None
    """The graphs wanted, with what is inside them; None for all."""
    depth: int | None = None
    """How far inside."""

    def wants(self, channel: str, namespace: Sequence[str]) -> bool:
        if channel not in self.channels and not (channel.startswith(NAMED) and "custom" in self.channels):
            return False
        if not self.namespaces:
            return True
        return any(
            is_inside(namespace, wanted) and (self.depth is None or len(namespace) - len(wanted) <= self.depth)
            for wanted in self.namespaces
        )

    @property
    def only_watches(self) -> bool:
        """Whether it wants nothing but how runs go."""
        return self.channels <= {"lifecycle", "input"}


def is_channel(name: str) -> bool:
    return name in CHANNELS or (name.startswith(NAMED) and len(name) > len(NAMED))


def is_inside(namespace: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether a graph is the wanted one, or inside it."""
    return len(wanted) <= len(namespace) and all(
        found == asked or found.partition(":")[0] == asked for found, asked in zip(namespace, wanted, strict=False)
    )
