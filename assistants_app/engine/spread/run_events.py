"""The events of one run, as a process beside others has them."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from assistants_app.domain.stream import StreamEvent
from assistants_app.engine.events.relay import RunEvents
from assistants_app.engine.events.thread_events import Outcome
from assistants_app.engine.spread.earlier import Earlier
from assistants_app.engine.spread.outbox import Outbox, Telling

UNTOLD_SECONDS = 15.0
"""How long after a run's end was recorded it may be told: its process may have to find another way to the database."""


class SharedRunEvents(RunEvents):
    """The events of a run that is executed here (`telling` is set), or in another process.

    Either way they are those that are kept in the database: what an attempt emits is heard nowhere before, or the
    next one, after this process died, would give the same numbers to other events.
    """

    def __init__(self, run_id: UUID, outbox: Outbox, earlier: Earlier) -> None:
        super().__init__()
        self._run_id = run_id
        self._earlier = earlier
        self._outbox = outbox
        self.telling: Telling | None = None
        self.ending: tuple[Outcome | None, bytes | None] = (None, None)
        """Of a run that has ended here, until that is kept."""
        self.parts = 0
        """How many parts were heard."""
        self.wanted = False
        """Whether somebody has listened: what nobody wants is not kept here."""
        self.behind = False
        """Whether more was told than was taken in."""
        self.left = False
        """Whether its thread is gone."""
        self.missing_since: float | None = None
        """From when on the database knew of no such run that goes on."""
        self.catching_up = asyncio.Lock()

    def emit(self, event: str, data: bytes) -> None:
        """Without `telling` the run is another's by now: nobody hears of it."""
        if self.telling is not None:
            self.telling.emit(event, data)
            self._outbox.touch(self.telling)

    async def earlier(self, seen: int) -> Sequence[StreamEvent]:
        return await self._earlier.events(self._run_id, seen, self.before)

    async def settle(self) -> None:
        if self.telling is not None:
            await self._outbox.settle(UNTOLD_SECONDS)

    def hasten(self) -> None:
        self._outbox.hurry()

    def attempt_begins(self, attempt: int) -> None:
        """What an attempt tells that does not own the run is refused."""
        if self.telling is not None:
            self.telling.attempt = attempt
