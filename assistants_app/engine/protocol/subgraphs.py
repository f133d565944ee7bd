"""The graphs inside a run: when each began and how it ended, told from the tasks of those around it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assistants_app.domain.subscription import Namespace

Told = tuple[Namespace, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Inside:
    graph_name: str
    task_id: str


class Subgraphs:
    """Takes the events "tasks" of a run; of runs that stream none, every namespace that is met for the first time."""

    def __init__(self) -> None:
        self._open: dict[Namespace, Inside] = {}
        self._seen: dict[Namespace, tuple[str, str]] = {}
        self._calls: dict[str, str] = {}
        self._tasks_are_told = False

    def met(self, namespace: Namespace) -> Iterator[Told]:
        """An event came from there."""
        if not self._tasks_are_told:
            yield from self._start(namespace)

    def task(self, namespace: Namespace, data: Mapping[str, Any]) -> Iterator[Told]:
        """A task began or ended there."""
        self._tasks_are_told = True
        if "result" in data:
            yield from self._task_ended(namespace, data)
            return
        if call := _tool_call_id(data.get("input")):
            self._calls[str(data.get("id"))] = call
        yield from self._start(namespace, (data.get("metadata") or {}).get("lc_agent_name"))

    def end(self, status: str, error: str | None) -> Iterator[Told]:
        """The run has ended, and everything in it."""
        for namespace in sorted(self._open, key=len, reverse=True):
            yield self._ended(namespace, status, error)

    def below(self, namespace: Namespace = ()) -> list[dict[str, Any]]:
        """The graphs right inside one, each with those inside it, as the protocol's tree of agents shows them."""
        return [
            {
                "namespace": list(inside),
                "status": status,
                "graph_name": graph_name,
                "children": self.below(inside),
            }
            for inside, (graph_name, status) in self._seen.items()
            if inside[:-1] == namespace
        ]

    def _start(self, namespace: Namespace, agent: str | None = None) -> Iterator[Told]:
        if not namespace or namespace in self._seen:
            return
        node, _colon, task_id = namespace[-1].partition(":")
        self._seen[namespace] = (agent or node, "running")
        self._open[namespace] = Inside(agent or node, task_id)
        told: dict[str, Any] = {"event": "started", "namespace": list(namespace), "graph_name": agent or node}
        if task_id:
            told["trigger_call_id"] = task_id
        if agent and (call := self._calls.get(task_id)):
            told["cause"] = {"type": "toolCall", "tool_call_id": call}
        yield namespace, told

    def _task_ended(self, namespace: Namespace, data: Mapping[str, Any]) -> Iterator[Told]:
        for inside, known in list(self._open.items()):
            if inside[:-1] == namespace and known.task_id == data.get("id"):
                status = "interrupted" if data.get("interrupts") else "failed" if data.get("error") else "completed"
                yield self._ended(inside, status, str(data["error"]) if status == "failed" else None)

    def _ended(self, namespace: Namespace, status: str, error: str | None) -> Told:
        graph_name = self._open.pop(namespace).graph_name
        self._seen[namespace] = (graph_name, status)
        told = {"event": status, "namespace": list(namespace), "graph_name": graph_name}
        return namespace, {**told, "error": error} if error else told


def _tool_call_id(given: Any) -> str | None:
    """Of the call of a tool that a task was made for: such a task's input is the call, with or without more."""
    candidates = [given.get("tool_call")] if isinstance(given, dict) else given if isinstance(given, list) else []
    for call in candidates:
        if isinstance(call, dict) and isinstance(call.get("id"), str) and "args" in call:
            return str(call["id"])
    return None
