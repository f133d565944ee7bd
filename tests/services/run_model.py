"""What the machine of `test_run_machine` knows of runs, and what follows from it."""

import uuid
from dataclasses import dataclass, field

from assistants_app.models import Run
from assistants_app.services.runs import RunEnd


@dataclass
class Known:
    """What the model knows of a run."""

    thread_id: uuid.UUID
    number: int
    status: str = "pending"
    worker_id: uuid.UUID | None = None
    attempt: int = 1
    failures: int = 0
    fruitless: int = 0
    later: bool = False
    """It waits for a time that has not come."""

    @property
    def unfinished(self) -> bool:
        return self.status in ("pending", "running")


@dataclass(frozen=True)
class Copy:
    """What a worker believes of a run that it claimed once."""

    run: Run = field(hash=False, compare=False)


class Model:
    """All that is known, and what follows from it."""

    known: dict[uuid.UUID, Known]
    alive: set[uuid.UUID]
    """The workers that are there."""

    def _unfinished(self, thread_id: uuid.UUID) -> list[uuid.UUID]:
        mine = [(known.number, run_id) for run_id, known in self.known.items() if known.thread_id == thread_id]
        return [run_id for _number, run_id in sorted(mine) if self.known[run_id].unfinished]

    def _due(self, thread_id: uuid.UUID) -> list[uuid.UUID]:
        return [run_id for run_id in self._unfinished(thread_id) if not self.known[run_id].later]

    def _running(self, thread_id: uuid.UUID) -> list[uuid.UUID]:
        return [run_id for run_id in self._unfinished(thread_id) if self.known[run_id].status == "running"]

    def _turn(self, thread_id: uuid.UUID) -> uuid.UUID | None:
        """The pending run that is next: one that was begun before, else the first; none while one runs."""
        due = self._due(thread_id)
        if self._running(thread_id) or not due:
            return None
        return next((run_id for run_id in due if self.known[run_id].attempt > 1), due[0])

    def _owned(self, copy: Copy) -> Known | None:
        """The run, if what a worker believes of it is still so."""
        known = self.known.get(copy.run.run_id)
        believed = ("running", copy.run.worker_id, copy.run.attempt)
        return known if known and (known.status, known.worker_id, known.attempt) == believed else None

    def _is_lost(self, known: Known) -> bool:
        return known.status == "running" and known.worker_id not in self.alive

    def _end(self, run_id: uuid.UUID, known: Known, end: RunEnd) -> None:
        known.status = str(end.status)
        if end.rollback:
            del self.known[run_id]

    def _waits_again(self, known: Known) -> None:
        known.status, known.worker_id, known.attempt = "pending", None, known.attempt + 1
