"""One run's events in the words of the thread-centred protocol, made as they are asked for and once for all."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from assistants_app.domain.stream import StreamEvent
from assistants_app.domain.subscription import NAMED, Namespace
from assistants_app.engine.events.encoding import encode
from assistants_app.engine.events.relay import RUN_BYTES, EventsGone, RunEvents
from assistants_app.engine.events.thread_events import Beginning, Outcome
from assistants_app.engine.protocol.messages import Messages
from assistants_app.engine.protocol.subgraphs import Subgraphs, Told

ENDED_SOMEHOW = Outcome("failed", "The run was ended.")


@dataclass(frozen=True, slots=True)
class ProtocolEvent:
    """`number` is its place among all events of the thread; `frame` its bytes on the wire."""

    number: int
    channel: str
    namespace: Namespace
    frame: bytes

    @property
    def is_of_the_run(self) -> bool:
        """Whether it tells how the run itself goes, not what it writes."""
        return self.channel == "input" or (self.channel == "lifecycle" and not self.namespace)


class RunView:
    """`begun` must be known. Everything is called in the engine's loop."""

    def __init__(self, events: RunEvents) -> None:
        assert events.begun is not None
        self.events = events
        self.begun: Beginning = events.begun
        self.subgraphs = Subgraphs()
        self.dropped = False
        """Whether events were lost to the bound of what is kept."""
        self._messages = Messages()
        self._interrupts: set[str] = set()
        self.read = 0
        """The number of the run's own newest event that was taken in."""
        self._ended = False
        self._made: deque[ProtocolEvent] = deque()
        self._size = 0
        self.last = self.begun.first

    def catch_up(self, limit: int = 500) -> bool:
        """Take in what the run has emitted; whether there is more."""
        closed = self.events.closed  # asked first: nothing is emitted after the end
        try:
            pending = self.events.after(self.read)
        except EventsGone:
            self.dropped = True
            pending = self.events.kept()
        for event in pending[:limit]:
            self.read = event.id
            self._take(event)
        more = len(pending) > limit
        if closed and not more and not self._ended:
            self._end()
        return more

    def after(self, number: int) -> Sequence[ProtocolEvent]:
        """What was taken in and has a higher number."""
        found = list(islice(reversed(self._made), max(self.last - number, 0)))
        found.reverse()
        return found

    @property
    def complete(self) -> bool:
        return self._ended

    # -- from the run's words to the protocol's ---------------------------------------------------------------------

    def _take(self, event: StreamEvent) -> None:
        name, *path = event.event.split("|")
        namespace = tuple(path)
        if name == "metadata":
            self._root("running", event.at)
            if self.begun.answers:
                answered = encode({"interrupt_ids": self.begun.answers})
                self._add("input.answered", (), event.at, answered, channel="input")
        elif name in ("values", "updates", "messages", "tasks", "checkpoints", "custom", "tools"):
            if name != "tasks":
                self._tell_inside(self.subgraphs.met(namespace), event.at)
            getattr(self, f"_take_{name}")(namespace, event)

    def _take_values(self, namespace: Namespace, event: StreamEvent) -> None:
        data = event.data
        if b'"__interrupt__"' in data:
            values = orjson.loads(data)
            self._ask(namespace, values.pop("__interrupt__", ()) if isinstance(values, dict) else (), event.at)
            if not values:
                return
            data = encode(values)
        self._add("values", namespace, event.at, data)

    def _take_updates(self, namespace: Namespace, event: StreamEvent) -> None:
        updates = orjson.loads(event.data)
        for node, update in updates.items() if isinstance(updates, dict) else ():
            if node == "__interrupt__":
                self._ask(namespace, update, event.at)
            else:
                self._add("updates", namespace, event.at, encode(update), node=node)

    def _take_messages(self, namespace: Namespace, event: StreamEvent) -> None:
        message, metadata = orjson.loads(event.data)
        node = metadata.get("langgraph_node")
        for data in self._messages.take(message, metadata):
            self._add("messages", namespace, event.at, encode(data), node=node)

    def _take_tasks(self, namespace: Namespace, event: StreamEvent) -> None:
        self._tell_inside(self.subgraphs.task(namespace, orjson.loads(event.data)), event.at)
        self._add("tasks", namespace, event.at, event.data)

    def _take_checkpoints(self, namespace: Namespace, event: StreamEvent) -> None:
        data = orjson.loads(event.data)
        about = data.get("metadata") or {}
        checkpoint = {
            "id": _checkpoint_id(data.get("config")),
            "parent_id": _checkpoint_id(data.get("parent_config")),
            "step": about.get("step"),
            "source": about.get("source"),
        }
        told = {key: value for key, value in checkpoint.items() if value is not None}
        self._add("checkpoints", namespace, event.at, encode(told))

    def _take_custom(self, namespace: Namespace, event: StreamEvent) -> None:
        channel = "custom"
        if b'"name"' in event.data:
            data = orjson.loads(event.data)
            name = data.get("name") if isinstance(data, dict) else None
            channel = f"{NAMED}{name}" if name and isinstance(name, str) else channel
        self._add("custom", namespace, event.at, event.data, channel=channel)

    def _take_tools(self, namespace: Namespace, event: StreamEvent) -> None:
        self._add("tools", namespace, event.at, event.data)

    def _ask(self, namespace: Namespace, interrupts: Any, at: float) -> None:
        """The graph waits for somebody. The same is told once per graph that it stops: the innermost comes first."""
        for interrupt in interrupts if isinstance(interrupts, list) else ():
            interrupt_id = str(interrupt.get("id"))
            if interrupt_id in self._interrupts:
                continue
            self._interrupts.add(interrupt_id)
            value = interrupt.get("value")
            asked = {"interrupt_id": interrupt_id, "payload": value, "value": value}
            self._add("input.requested", namespace, at, encode(asked), channel="input")

    def _end(self) -> None:
        """The run's end, told after what was left open in it."""
        self._ended = True
        outcome = self.events.outcome or ENDED_SOMEHOW
        at = self.events.ended_at
        for data in self._messages.end():
            self._add("messages", (), at, encode(data))
        self._tell_inside(self.subgraphs.end(outcome.status, outcome.error), at)
        self._root(outcome.status, at, outcome.error)

    def _tell_inside(self, told: Iterator[Told] | Sequence[Told], at: float) -> None:
        for namespace, data in told:
            self._add("lifecycle", namespace, at, encode(data))

    def _root(self, status: str, at: float, error: str | None = None) -> None:
        data = {"event": status, "graph_name": self.begun.graph_id, **({"error": error} if error else {})}
        event_id = f"synth:{self.begun.run_id}:lc||{status}"  # clients read the run's id out of it
        self._add("lifecycle", (), at, encode(data), event_id=event_id)

    def _add(
        self,
        method: str,
        namespace: Namespace,
        at: float,
        data: bytes,
        *,
        channel: str = "",
        node: str | None = None,
        event_id: str = "",
    ) -> None:
        self.last += 1
        params: Mapping[str, Any] = {
            "namespace": list(namespace),
            "timestamp": int(at * 1000),
            **({"node": node} if node else {}),
        }
        head = encode({"type": "event", "event_id": event_id or str(self.last), "seq": self.last, "method": method})
        body = b'%b,"params":%b,"data":%b}}' % (head[:-1], encode(params)[:-1], data)
        frame = b"event: %b\r\ndata: %b\r\nid: %d\r\n\r\n" % (method.encode(), body, self.last)
        self._made.append(ProtocolEvent(self.last, channel or method, namespace, frame))
        self._size += len(frame)
        while self._size > RUN_BYTES and len(self._made) > 1:
            self._size -= len(self._made.popleft().frame)
            self.dropped = True


def _checkpoint_id(config: Any) -> Any:
    return ((config or {}).get("configurable") or {}).get("checkpoint_id")
