"""Executes the runs that this process took from the queue. What it does not execute, others do."""

import asyncio
from typing import Any, Protocol
from uuid import UUID

from assistants_app.engine.runs.active import ActiveRun
from assistants_app.engine.runs.supervisor import Supervisor
from assistants_app.models import Run


class Elsewhere(Protocol):
    def cancel(self, run_id: UUID, *, rollback: bool = False) -> None: ...


class SpreadSupervisor(Supervisor):
    elsewhere: Elsewhere

    def __init__(self, **means: Any) -> None:
        super().__init__(**means)
        self._seen_through: dict[UUID, asyncio.Future[UUID | None]] = {}

    def executes_any(self) -> bool:
        return bool(self._active)

    async def see_through(self, run_id: UUID) -> None:
        """Execute a run whose turn it may be, and the runs of its thread that follow, one after the other."""
        following: UUID | None = run_id
        while following and not self._closing:
            if following in self._active:
                self.start(following)  # that is remembered, for it may just be let go here
                return
            over = self._seen_through[following] = self._loop.create_future()
            self.start(following)
            following = await over

    async def _supervise(self, active: ActiveRun, run: Run | None) -> None:
        try:
            await super()._supervise(active, run)
        finally:
            self._go_on(active.run_id, None)

    def _go_on(self, ended: UUID, following: UUID | None) -> None:
        over = self._seen_through.pop(ended, None)
        if over is not None and not over.done():
            over.set_result(following)
        elif following:
            super()._go_on(ended, following)

    def _cancel_elsewhere(self, run_id: UUID, rollback: bool) -> None:
        self.elsewhere.cancel(run_id, rollback=rollback)
