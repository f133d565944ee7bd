"""In which version each setting got the value that it has, and who saved that: read off a version's line of bases."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any

from django.db.models.functions import Length

from assistants_app.domain.json_values import ABSENT, same
from assistants_app.models import Assistant, AssistantVersion

LOOKED_AT = 500
MOST_VERSIONS = 50
MOST_LETTERS = 2_000_000
"""What is read of a history at most: further back nothing is told."""


@dataclass(frozen=True, slots=True)
class LastChange:
    number: int
    author: str
    at: datetime


def last_changes(assistant: Assistant, number: int) -> Mapping[str, LastChange]:
    """By setting, for version `number`; without those that are as they were at the start, or further back."""
    return _last_changes(assistant.assistant_id, number)


@lru_cache(maxsize=256)
def _last_changes(assistant_id: uuid.UUID, number: int) -> Mapping[str, LastChange]:
    """Remembered: what a version was made from never changes."""
    line = _line(assistant_id, number)
    rows: Any = AssistantVersion.objects.filter(assistant_id=assistant_id, number__in=line)
    kept = {row.number: row for row in rows.only("number", "context", "author", "history_date")}
    found: dict[str, LastChange] = {}
    for newer, older in pairwise(line):
        new, old = kept[newer], kept[older]
        for key in {**new.context, **old.context}:
            if key not in found and not same(new.context.get(key, ABSENT), old.context.get(key, ABSENT)):
                found[key] = LastChange(newer, new.author, new.history_date)
    return found


def _line(assistant_id: uuid.UUID, number: int) -> list[int]:
    """A version, what it was made from, what that was made from…"""
    rows: Any = AssistantVersion.objects.filter(assistant_id=assistant_id, number__lte=number).order_by("-number")
    sized = rows.annotate(size=Length("context")).values_list("number", "base", "size")[:LOOKED_AT]
    known = {row[0]: row[1:] for row in sized}
    line: list[int] = []
    letters = 0
    at: int | None = number
    while at is not None and at in known and at not in line and len(line) < MOST_VERSIONS:
        base, size = known[at]
        letters += size
        if letters > MOST_LETTERS:
            break
        line.append(at)
        at = base
    return line
