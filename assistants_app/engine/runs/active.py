"""A run that has a task in this process, and the ways in which it is told to stop."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from assistants_app.domain.language import gettext as _
from assistants_app.engine.events.relay import RunEvents
from assistants_app.engine.runs.meter import Meter
from assistants_app.models import Run, Thread
from assistants_app.services.runs import RunEnd
from assistants_app.services.threads import Held

CANCELLED = RunEnd(Run.Status.INTERRUPTED, Thread.Status.INTERRUPTED)
ROLLED_BACK = RunEnd(Run.Status.INTERRUPTED, Thread.Status.IDLE, rollback=True)

HANDED_OVER = RunEnd(Run.Status.PENDING, Thread.Status.BUSY)
"""No end: this process stops, and another one goes on."""

LOST = RunEnd(Run.Status.RUNNING, Thread.Status.BUSY)
"""No end: it is executed by another process already, or will be."""


def timed_out(seconds: float) -> RunEnd:
    told = _("The run took longer than it may: %(seconds)s seconds.") % {"seconds": f"{seconds:g}"}
    error = {"error": "RunTimeout", "message": told}
    return RunEnd(Run.Status.TIMEOUT, Thread.Status.ERROR, error=error)


@dataclass(slots=True, eq=False)
class ActiveRun:
    """Setting `stopping` ends it as told there."""

    run_id: UUID
    events: RunEvents
    stopping: "asyncio.Future[RunEnd]"
    thread_id: UUID | None = None
    """Known once the run is claimed."""
    worker_id: UUID | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it is known whether the run was claimed."""
    asked_again: bool = False
    meter: Meter = field(default_factory=Meter)
    held: Held | None = None
    """What the thread held when the graph had ended."""

    def keep(self, held: Held) -> None:
        self.held = held

    def stop(self, end: RunEnd) -> None:
        """The first one who says how it ends is heard."""
        if not self.stopping.done():
            self.stopping.set_result(end)

    @property
    def stopped(self) -> RunEnd | None:
        return self.stopping.result() if self.stopping.done() else None
