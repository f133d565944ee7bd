"""A run's end as one JSON document, for who waits for it."""

import json
from typing import Any

from assistants_app.engine.events.encoding import encode
from assistants_app.services.runs import RunEnd
from assistants_app.services.threads import Held


def result_of(end: RunEnd) -> bytes:
    """The values that its thread holds, with what the graph asks there; or the error."""
    if end.error is not None:
        return encode({"__error__": end.error})
    return b"{}" if end.rollback or end.held is None else values_and_questions(end.held)


def values_and_questions(held: Held) -> bytes:
    """The values, and `__interrupt__` with every question once: with subgraphs the same one comes once per level."""
    found: dict[str, Any] = {}
    for asked in json.loads(held.interrupts).values():
        for one in asked:
            found.setdefault(one["id"], {"response_schema": None, **one})
    values = held.values.encode()
    if not found or not values.startswith(b"{"):
        return values
    questions = encode({"__interrupt__": list(found.values())})
    return questions if values == b"{}" else values[:-1] + b"," + questions[1:]
