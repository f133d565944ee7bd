"""What a run tells its listeners: stream events, and their bytes on the wire (server-sent events)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from assistants_app.domain.json_values import Json, load_strict

_EVENT_ID = re.compile("(-1|[0-9]{1,18})(-[0-9]{1,18})?")

HEARTBEAT = b": heartbeat\r\n\r\n"
"""A comment that keeps a quiet connection open; readers of server-sent events ignore it."""


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One thing a run emitted.

    `id` counts from 1 within the run, with no gaps and no repeats: a listener that has seen `n` goes on after `n`.
    `event` is the stream mode's name as the LangGraph Server API spells it, with "|namespace" for a subgraph;
    "metadata" is always the first, "error" says that the run failed. `data` is one JSON document. `at` is the moment
    of emitting, in seconds since 1970.
    """

    id: int
    event: str
    data: bytes
    at: float = 0.0

    @property
    def json(self) -> Json:
        return load_strict(self.data.decode())


def sse_bytes(event: StreamEvent) -> bytes:
    """The frame of one event. Lines end in CRLF, as the official clients' own server sends them."""
    return b"event: %b\r\ndata: %b\r\nid: %d\r\n\r\n" % (event.event.encode(), event.data, event.id)


def sse_chunk(events: Iterable[StreamEvent]) -> bytes:
    """The frames of many events in one piece: a write per event costs eight times as much."""
    return b"".join(map(sse_bytes, events))


def event_number(text: str) -> int:
    """The number that a `Last-Event-ID` names: one that we sent, "-1" for the start, or "12-0" as Redis writes it.

    Raises ValueError.
    """
    found = _EVENT_ID.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:100]!r} is no id of an event.")
    return int(found[1])
