"""What happens on a thread, run after run: its runs' events in one order, for listeners who stay.

Numbers go up over all runs of a thread and over restarts of the server: a run's first number is the moment of its
start in microseconds, so that nothing needs to be stored, and no run emits more events than its microseconds.
"""

import re
import time
from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from uuid import UUID

from assistants_app.domain.json_values import Json
from assistants_app.domain.stream import StreamEvent
from assistants_app.engine.events.encoding import encode
from assistants_app.engine.waiting import Waiters, wait_until
from assistants_app.models import Run, Thread
from assistants_app.services.runs import RunEnd

if TYPE_CHECKING:
    from assistants_app.engine.events.relay import RunEvents

_INTERRUPT_ID = re.compile("[0-9a-f]{32}")

CANCELLED = "The run was cancelled."

KEPT_NOTES = 100
"""State updates of one thread that are kept for listeners who come back."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """A run that has begun: `first` is the number before that of its first event."""

    run_id: UUID
    graph_id: str
    first: int
    answers: tuple[str, ...] = ()
    """The interrupts that it answers, by id."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended, in the words of the thread-centred protocol: "completed", "interrupted", "failed"."""

    status: str
    error: str | None = None

    @classmethod
    def of(cls, end: RunEnd) -> Self:
        """Only a run that waits for somebody is "interrupted" there: nothing goes on after one that was cancelled."""
        if end.status == Run.Status.INTERRUPTED:
            return cls("failed", CANCELLED)
        if end.status != Run.Status.SUCCESS:
            told = end.error.get("message") if isinstance(end.error, dict) else None
            return cls("failed", str(told or end.status.label))
        return cls("interrupted" if end.thread_status == Thread.Status.INTERRUPTED else "completed")


def answered_by(command: Json) -> list[str]:
    """The interrupts that a run's command answers by their ids. An answer without an id names none."""
    resume = command.get("resume") if isinstance(command, dict) else None
    return [one for one in resume if _INTERRUPT_ID.fullmatch(one)] if isinstance(resume, dict) else []


class ThreadEvents:
    """The events of one thread. The relay keeps it while it has runs or listeners."""

    def __init__(self) -> None:
        self.runs: list[RunEvents] = []
        """Those that have begun and are kept, in their order."""
        self.edition = 0
        """Another number once one of them is gone, or one came among them rather than behind them."""
        self.changed = Waiters()
        self.closed = False
        self.joined = False
        """Whether its runs in other processes are known here."""
        self._notes: list[StreamEvent] = []
        self._held: list[Callable[[], None]] = []
        self._floor = 0
        self._ended_first = (0, 0, 0)
        """At which edition, how many of the first runs have ended, and the highest number among theirs."""

    def begin(self, events: "RunEvents", run_id: UUID, graph_id: str, answers: Sequence[str] = ()) -> None:
        """A run has begun; the one before has ended."""
        self.begin_at(events, Beginning(run_id, graph_id, self.now() - events.before, tuple(answers)))

    def begin_at(self, events: "RunEvents", begun: Beginning) -> None:
        """A run has begun, perhaps before others that are known."""
        events.begun = begun
        self._floor = max(self._floor, begun.first)
        insort(self.runs, events, key=lambda run: run.begun.first + run.before if run.begun else 0)
        self.edition += self.runs[-1] is not events
        self.changed.wake()

    def forget(self, events: "RunEvents") -> None:
        """A run is not kept any more."""
        if events in self.runs:
            self.runs.remove(events)
            self.edition += 1

    def end_unbegun(self, events: "RunEvents", run_id: UUID) -> None:
        """A run was cancelled before its turn came."""
        self._later(lambda: self.begin(events, run_id, ""))

    def note(self, name: str, data: bytes) -> None:
        """Tell something that is no run's."""
        self._later(lambda: self._note(name, data))

    def _note(self, name: str, data: bytes) -> None:
        self.note_at(StreamEvent(self.now(), name, data))

    def note_at(self, note: StreamEvent) -> None:
        """Tell something with a number that it has already; the same once."""
        if any(known.id == note.id for known in self._notes):
            return
        insort(self._notes, note, key=lambda known: known.id)
        del self._notes[:-KEPT_NOTES]
        self._floor = max(self._floor, note.id)
        self.changed.wake()

    def _later(self, tell: Callable[[], None]) -> None:
        """While a run goes on, what is no part of it is told after its end."""
        if self.runs and not self.runs[-1].closed:
            self._held.append(tell)
        else:
            tell()

    def ended(self) -> None:
        """The run has ended: tell what was held back."""
        held, self._held = self._held, []
        for tell in held:
            tell()

    def close(self) -> None:
        """Nothing will happen any more: the thread is gone, or the server stops."""
        self.closed = True
        self.changed.wake()

    def now(self) -> int:
        """A number above all that were given, and given to nothing else."""
        number = max(time.time_ns() // 1000, self._floor + 1)
        if self.runs:
            number = max(number, self.runs[-1].end_number + 1)
        self._floor = number
        return number

    @property
    def in_turn(self) -> Sequence["RunEvents"]:
        """The runs that may be told of: up to the first one that goes on. The next may be known to have begun before
        that one's end is, which is told only when it was recorded."""
        ended, _highest = self._ended()
        return self.runs[: ended + 1]

    def _ended(self) -> tuple[int, int]:
        """How many of the first runs have ended, and the highest number among theirs: what an event costs does not grow
        with them, for each is asked once."""
        edition = self.edition
        known, number, highest = self._ended_first
        if known != edition:
            number = highest = 0
        for run in self.runs[number:]:
            if not run.closed:
                break
            number, highest = number + 1, max(highest, run.end_number)
        self._ended_first = edition, number, highest
        return number, highest

    def after(self, seen: int) -> Sequence[StreamEvent]:
        """Everything kept that has a higher number than `seen`. A run's end is an event "metadata" of its own.

        Raises EventsGone.
        """
        found: list[StreamEvent] = [note for note in self._notes if note.id > seen]
        ended, highest = self._ended()
        for run in self.runs[ended if seen >= highest else 0 : ended + 1]:
            if run.begun is None or run.end_number <= seen:
                continue
            first = run.begun.first
            found += [
                StreamEvent(first + event.id, event.event, event.data) for event in run.after(max(seen - first, 0))
            ]
            if run.closed:
                done = {"status": "run_done", "run_id": run.begun.run_id}
                found.append(StreamEvent(run.end_number, "metadata", encode(done)))
        return sorted(found, key=lambda event: event.id)

    @property
    def last(self) -> int:
        """The highest number given to an event; 0 before the first."""
        told = (run.end_number for run in reversed(self.in_turn) if run.closed or run.last > run.before)
        return max(next(told, 0), *(note.id for note in self._notes[-1:]), 0)

    async def wait(self, seen: int, quiet: float) -> bool:
        """Until there is something after `seen` or nothing more will come (True), or `quiet` seconds passed (False)."""
        return await self.wait_for(lambda: self.last > seen, quiet)

    async def wait_for(self, ready: Callable[[], bool], quiet: float, *also: Waiters) -> bool:
        """The same until `ready` says so: asked when a run begins or ends, when one emits something, and when one of
        `also` is woken."""
        ended, _highest = self._ended()
        going_on = [run.waiting for run in self.runs[ended:] if not run.closed]
        return await wait_until(lambda: self.closed or ready(), self.changed, *going_on, *also, quiet=quiet)
