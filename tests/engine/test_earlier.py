"""What a process dropped of a run's events is read from where it is kept, as far as nothing is missing."""

import asyncio
import sqlite3
from collections.abc import Sequence
from uuid import UUID

import pytest

from assistants_app.engine import EventsGone
from assistants_app.engine.spread import earlier
from assistants_app.engine.spread.earlier import Earlier, unbroken
from assistants_app.engine.spread.wire import Begun, Part, begun_line

RUN = UUID(int=1)
BEGUN = begun_line(Begun(0, "tokens", (), {})).decode()


def _part(number: int, last: int, count: int, *, begins: bool = False) -> Part:
    lines = [BEGUN] * begins + ["e\t0\tcustom\t1"] * count
    return Part(RUN, UUID(int=2), number, last, "\n".join(lines))


def _ids(parts: Sequence[Part], seen: int, before: int = 0) -> list[int]:
    return [event.id for event in unbroken(parts, seen, before)]


def test_it_is_read_up_to_a_gap() -> None:
    parts = [_part(3, 6, 3), _part(4, 8, 2), _part(5, 12, 3)]
    assert _ids(parts, 3) == [4, 5, 6, 7, 8]
    assert _ids(parts, 5) == [6, 7, 8]
    with pytest.raises(EventsGone):
        _ids(parts[2:], 8)
    with pytest.raises(EventsGone):
        _ids([], 8)


def test_an_attempt_that_numbers_on_far_above_begins_no_gap() -> None:
    assert _ids([_part(0, 502, 2, begins=True)], 0, before=500) == [501, 502]
    assert _ids([_part(3, 6, 1), _part(4, 1_002, 2, begins=True)], 5) == [6, 1_001, 1_002]


def test_what_was_dropped_before_it_could_be_kept_is_a_gap() -> None:
    with pytest.raises(EventsGone):
        _ids([_part(0, 502, 2, begins=True)], 0)


class Away:
    """A store that answers the third time it is asked."""

    asked = 0

    async def parts_after(self, _run_id: UUID, seen: int) -> list[Part]:
        self.asked += 1
        if self.asked < 3:
            raise sqlite3.OperationalError("the disk is full")
        return [_part(1, seen + 1, 1)]


@pytest.mark.parametrize("tries", [2, 3])
def test_a_store_that_is_away_is_asked_again(monkeypatch: pytest.MonkeyPatch, tries: int) -> None:
    monkeypatch.setattr(earlier, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(earlier, "TRIES", tries)

    async def read() -> list[int]:
        return [event.id for event in await Earlier(Away()).events(RUN, 7, 0)]

    if tries == 3:
        assert asyncio.run(read()) == [8]
    else:
        with pytest.raises(EventsGone):
            asyncio.run(read())
