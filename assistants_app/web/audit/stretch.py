"""A stretch of the log: found by its place in time, in bounded work, however long the log is."""

from dataclasses import dataclass
from typing import Self

from django.db.models import Q

from assistants_app.models import AuditEntry
from assistants_app.models.audit import AuditQuerySet
from assistants_app.web.audit.asked import Asked, Place, place_of

LOOKED_THROUGH = 5_000
"""Entries that are looked through for what no index finds (words, a second filter). Then the page says so, and one may
look further. So a word that is nowhere in ten million entries takes as long as one on top."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Newest first. `older` and `newer` are places to go on from, or "" where there is nothing more."""

    rows: list[AuditEntry]
    older: str = ""
    newer: str = ""
    looked_to: AuditEntry | None = None
    """Where the search stopped before it had found enough."""

    @classmethod
    def cut(cls, asked: Asked, size: int, looked_through: int = LOOKED_THROUGH) -> Self:
        found, rest = asked.found()
        if asked.after is not None:
            rows, looked_to = _first(found.after_entry(*asked.after), rest, size, looked_through, newest=False)
            rows.reverse()
            more = rows[-size:] if len(rows) > size else rows
            newer = place_of(more[0]) if len(rows) > size else place_of(looked_to) if looked_to else ""
            return cls(more, place_of(more[-1]) if more else "", newer)
        if asked.before is not None:
            found = found.before_entry(*asked.before)
        rows, looked_to = _first(found, rest, size, looked_through, newest=True)
        shown = rows[:size]
        older = place_of(shown[-1]) if len(rows) > size else place_of(looked_to) if looked_to else ""
        newer = place_of(shown[0]) if shown and asked.before is not None else ""
        return cls(shown, older, newer, looked_to)


def _first(
    found: AuditQuerySet, rest: Q, size: int, looked_through: int, *, newest: bool
) -> tuple[list[AuditEntry], AuditEntry | None]:
    """At most one more than `size`; and how far was looked, where there may be more beyond."""
    found = found.newest_first() if newest else found.order_by("at", "id")
    if not rest:
        return list(found[: size + 1]), None
    among = AuditEntry.objects.filter(rest, pk__in=found.values("pk")[:looked_through])
    rows = list((among.newest_first() if newest else among.order_by("at", "id"))[: size + 1])
    if len(rows) > size:
        return rows, None
    return rows, found.only("at")[looked_through - 1 : looked_through].first()


def walk(asked: Asked, place: Place | None, size: int) -> tuple[list[AuditEntry], Place | None]:
    """The entries of the next `size` that are asked for, newest first, and where to go on; None: that was all."""
    found, rest = asked.found()
    if place is not None:
        found = found.before_entry(*place)
    if not rest:
        rows = list(found.newest_first()[:size])
        return rows, (rows[-1].at, rows[-1].pk) if len(rows) == size else None
    last = found.newest_first().only("at")[size - 1 : size].first()
    among = AuditEntry.objects.filter(rest, pk__in=found.newest_first().values("pk")[:size])
    return list(among.newest_first()), (last.at, last.pk) if last else None
