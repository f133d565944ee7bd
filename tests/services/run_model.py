"""What the machine of `test_run_machine` knows of runs."""

import uuid
from dataclasses import dataclass, field

from assistants_app.models import Run


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
