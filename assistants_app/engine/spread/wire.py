"""A part of a run's events as text, a line for each: what PostgreSQL keeps, and what NOTIFY carries.

    b <json>                  the run has begun
    e <moment> <name> <json>  a stream event; its number is the next one
    t <moment> <name> <n> <…> the same; its last n bytes are those of the last `e` of its name in this part
    z <json> <json>           the run has ended: its outcome, its result

Fields are separated by tabs, which JSON never holds as they are.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID

from assistants_app.domain.stream import StreamEvent
from assistants_app.engine.events.encoding import encode
from assistants_app.engine.events.thread_events import Outcome

CARRIED_BYTES = 7_900
"""What NOTIFY carries at the most, a little under PostgreSQL's own limit of 8,000 bytes."""

TAIL_BYTES = 50
"""Less than that is not left out."""

READABLE = "".join(map(chr, range(32, 127))).replace("%", "")


@dataclass(frozen=True, slots=True)
class Begun:
    """Who the run is, for processes that never saw its row. `first`: see `thread_events.Beginning`."""

    first: int
    graph_id: str
    answers: tuple[str, ...]
    metadata: Mapping[str, Any]
    unheard: bool = False
    """It was cancelled before its turn: only who was told of it hears of it."""


@dataclass(frozen=True, slots=True)
class Ended:
    outcome: Outcome | None
    result: bytes | None


@dataclass(frozen=True, slots=True)
class Part:
    """The `number`th part of what a run tells; `last` is the number of its newest event after it."""

    run_id: UUID
    thread_id: UUID
    number: int
    last: int
    told: str | None
    """None where it must be asked for."""
    ended: bool = False
    """Whether it tells of the run's end."""


def begun_line(begun: Begun) -> bytes:
    return b"b\t" + encode([begun.first, begun.graph_id, begun.answers, begun.metadata, begun.unheard])


def event_lines(events: Iterable[StreamEvent]) -> list[bytes]:
    return [b"e\t%.6f\t%b\t%b" % (event.at, _name(event.event), event.data) for event in events]


def short_lines(events: Iterable[StreamEvent]) -> list[bytes]:
    """The same in a third of the bytes, for whoever keeps them: the tokens of a message end alike, in its metadata.
    What is told to other processes is not so short yet: those of the version before could not read it."""
    tails: dict[str, bytes] = {}
    lines = []
    for event in events:
        name, data = event.event, event.data
        tail = tails.get(name)
        if tail and data.endswith(tail):
            lines.append(b"t\t%.6f\t%b\t%d\t%b" % (event.at, _name(name), len(tail), data[: -len(tail)]))
        else:
            start = data.rfind(b",{")
            tails[name] = data[start:] if 0 < start < len(data) - TAIL_BYTES else b""
            lines.append(b"e\t%.6f\t%b\t%b" % (event.at, _name(name), data))
    return lines


def ended_line(ended: Ended) -> bytes:
    outcome = [ended.outcome.status, ended.outcome.error] if ended.outcome else None
    return b"z\t%b\t%b" % (encode(outcome), ended.result or b"")


def read(part: Part) -> tuple[Begun | None, Sequence[StreamEvent], Ended | None]:
    """What a part tells. Its events are the ones before `last`, and `last` itself."""
    begun: Begun | None = None
    ended: Ended | None = None
    lines = [line.split("\t", 3) for line in (part.told or "").split("\n") if line]
    number = part.last - sum(fields[0] in "et" for fields in lines)
    events: list[StreamEvent] = []
    whole: dict[str, bytes] = {}
    for fields in lines:
        if fields[0] in "et":
            number += 1
            data = fields[3].encode()
            if fields[0] == "t":
                length, _tab, data = data.partition(b"\t")
                data += whole[fields[2]][-int(length) :]
            else:
                whole[fields[2]] = data
            events.append(StreamEvent(number, _read_name(fields[2]), data, float(fields[1])))
        elif fields[0] == "b":
            first, graph_id, answers, metadata, unheard = json.loads(fields[1])
            begun = Begun(first, graph_id, tuple(answers), metadata, unheard)
        else:
            outcome = json.loads(fields[1])
            ended = Ended(Outcome(*outcome) if outcome else None, fields[2].encode() or None)
    return begun, events, ended


def read_notice(payload: str) -> Part:
    """What NOTIFY says: which part there is now, and all of it where it is short."""
    head, _line, told = payload.partition("\n")
    run_id, thread_id, number, last, ended = head.split(" ")
    return Part(UUID(run_id), UUID(thread_id), int(number), int(last), told or None, ended == "1")


@lru_cache(maxsize=256)
def _name(event: str) -> bytes:
    """Node names may hold anything."""
    return quote(event, safe=READABLE).encode()


@lru_cache(maxsize=256)
def _read_name(name: str) -> str:
    return unquote(name)
