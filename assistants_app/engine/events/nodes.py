"""Which nodes of a graph run, told by name alone: what the drawing of a graph needs, whatever its state may weigh.

LangGraph's mode "tasks" tells when a node begins and ends, with its whole input and result; neither is kept here.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from assistants_app.domain.graph_shape import INSIDE

NODES = "nodes"
"""The mode, and its events' name: each a list of the nodes that run, in the order in which they began."""


def path_of(namespace: tuple[str, ...], name: str) -> str:
    """A node's name as drawings have it, from LangGraph's namespace ("child:<id>" for each graph around it)."""
    return INSIDE.join([*(part.partition(":")[0] for part in namespace), name])


class RunningNodes:
    def __init__(self) -> None:
        self._tasks: Counter[str] = Counter()
        """By node: how many of its tasks run."""

    def take(self, namespace: tuple[str, ...], task: Any) -> list[str] | None:
        """What runs now that this task began or ended; None where that is nothing new, or nothing at all."""
        if not isinstance(task, Mapping) or not isinstance(task.get("name"), str):
            return None
        node = path_of(namespace, task["name"])
        if "triggers" in task:
            self._tasks[node] += 1
            return list(self._tasks) if self._tasks[node] == 1 else None
        if self._tasks[node] > 1:
            self._tasks[node] -= 1
            return None
        ended = [one for one in self._tasks if one == node or one.startswith(node + INSIDE)]
        for one in ended:  # with what was cut short inside
            del self._tasks[one]
        return list(self._tasks) or None
