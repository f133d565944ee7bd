"""From what LangGraph streams to the events that the LangGraph Server API names.

LangGraph gives (namespace, mode, data); an event is its mode's name, with "|" and the namespace for a subgraph, and
strict JSON.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.messages import BaseMessage, BaseMessageChunk, message_chunk_to_message

from assistants_app.domain.json_values import Json
from assistants_app.engine.events.encoding import encode
from assistants_app.engine.events.nodes import NODES, RunningNodes
from assistants_app.engine.runs.hiding import hidden_in_json
from assistants_app.engine.threads.places import place_in

Emit = Callable[[str, bytes], object]

QUOTING = frozenset({"debug", "tasks", "checkpoints"})
"""The modes that tell of a run itself: with what it is configured, and what its nodes raised."""


class EventWriter:
    """Writes one run's events, those that quote without `secrets`. Also notes whether the graph stopped to wait:
    `interrupted`."""

    def __init__(self, wanted: frozenset[str], emit: Emit, secrets: Sequence[str] = ()) -> None:
        self.interrupted = False
        self._wanted = wanted
        self._emit = emit
        self._secrets = secrets
        self._metadata: tuple[Any, bytes] = (None, b"null")
        self._partial: dict[str, BaseMessage] = {}
        self._nodes = RunningNodes()

    def write(self, namespace: tuple[str, ...], mode: str, data: Any) -> None:
        if mode == "updates" and not namespace and isinstance(data, Mapping) and "__interrupt__" in data:
            self.interrupted = True
        if mode == "tasks" and NODES in self._wanted and (nodes := self._nodes.take(namespace, data)):
            self._emit(NODES, encode(nodes))
        suffix = "|" + "|".join(namespace) if namespace else ""
        if mode != "messages":
            if mode in self._wanted:
                told = encode(_placed(data) if mode == "debug" else data)
                self._emit(mode + suffix, hidden_in_json(told, self._secrets) if mode in QUOTING else told)
            return
        message, metadata = data
        if "messages-tuple" in self._wanted:
            self._emit("messages" + suffix, b"[%b,%b]" % (encode(message), self._encoded(metadata)))
        if "messages" in self._wanted:
            self._write_partial(message, metadata)

    def _encoded(self, metadata: Any) -> bytes:
        """Every token of one model call comes with the same metadata object: encode it once."""
        if self._metadata[0] is not metadata:
            self._metadata = (metadata, encode(metadata))
        return self._metadata[1]

    def _write_partial(self, message: BaseMessage, metadata: Json) -> None:
        """The mode "messages": each event holds the whole message so far, its metadata come once before it. The
        names carry no namespace, whatever graph a message is of: it stands in the metadata."""
        message_id = str(message.id)
        if message_id not in self._partial:
            self._emit("messages/metadata", encode({message_id: {"metadata": metadata}}))
        if isinstance(message, BaseMessageChunk):
            before = self._partial.get(message_id)
            whole = before + message if isinstance(before, BaseMessageChunk) else message
            self._partial[message_id] = whole
            self._emit("messages/partial", encode([message_chunk_to_message(whole)]))
        else:
            self._partial[message_id] = message
            self._emit("messages/complete", encode([message]))


def _placed(debug: Any) -> Any:
    """What is told of a checkpoint in the mode "debug" says where it is as the rest of the API does."""
    if not isinstance(debug, Mapping) or debug.get("type") != "checkpoint":
        return debug
    payload = debug["payload"]
    places = {
        "checkpoint": place_in(payload.get("config")),
        "parent_checkpoint": place_in(payload.get("parent_config")),
    }
    tasks = [_placed_task(task) for task in payload.get("tasks") or ()]
    return {**debug, "payload": {**payload, "tasks": tasks, **places}}


def _placed_task(task: Mapping[str, Any]) -> Mapping[str, Any]:
    """A task that runs a subgraph names where that is."""
    if (place := place_in(task.get("state"))) is None:
        return task
    return {**{key: value for key, value in task.items() if key != "state"}, "checkpoint": place}
