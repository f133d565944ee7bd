"""The events of one run, and how far they are kept."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from itertools import islice
from uuid import UUID

from assistants_app.domain.stream import StreamEvent
from assistants_app.engine.events.relay import RunEvents
from assistants_app.engine.events.thread_events import Outcome
from assistants_app.engine.spread.earlier import Earlier

UNKEPT_EVENTS = 1_000_000
"""No attempt tells so many that are not kept: a run's events beyond RUN_BYTES are dropped."""


class KeptRunEvents(RunEvents):
    def __init__(
        self,
        run_id: UUID,
        earlier: Earlier,
        settle: Callable[["KeptRunEvents"], Awaitable[None]],
        hasten: Callable[[], None],
    ) -> None:
        super().__init__()
        self._run_id = run_id
        self._earlier = earlier
        self._settle = settle
        self._hasten = hasten
        self.attempt = 1
        self.kept_to = 0
        """The number up to which they are kept, or given up."""
        self.parts = 0
        """In so many parts."""
        self.begun_kept = False
        """Whether it is kept from where on these numbers go."""
        self.ending: tuple[Outcome | None, bytes | None] | None = None
        """Of a run that has ended here."""

    def go_on_after(self, age: timedelta) -> None:
        """A clock that was put back does not matter: it is above what is kept, and what may have been heard beside."""
        before = int(age.total_seconds() * 1_000_000)
        if self._last == 0:
            self.before = before
        else:
            before = max(before, self._last + UNKEPT_EVENTS)
        self._last = self.kept_to = before
        self.begun_kept = False

    def attempt_begins(self, attempt: int) -> None:
        self.attempt = attempt

    async def earlier(self, seen: int) -> Sequence[StreamEvent]:
        return await self._earlier.events(self._run_id, seen, self.before)

    async def settle(self) -> None:
        await self._settle(self)

    def hasten(self) -> None:
        self._hasten()

    @property
    def all_kept(self) -> bool:
        return self.begun_kept and self.kept_to == self._last and self.ending is None

    def unkept(self) -> Sequence[StreamEvent]:
        found = list(islice(reversed(self._events), self._last - self.kept_to))
        found.reverse()
        return found

    def note_kept(self, number: int, last: int) -> None:
        """The `number`th part is kept, up to event `last`. Another attempt may have begun meanwhile."""
        self.parts = number + 1
        if last >= self.kept_to:
            self.kept_to, self.begun_kept = last, True

    def take_kept(self, events: Sequence[StreamEvent], *, number: int, last: int, begins: bool) -> None:
        """The `number`th part that is kept, up to event `last`. Where an attempt `begins`, nothing is missing before
        it."""
        if begins:
            self._last = max(self._last, last - len(events))
            if number == 0:
                self.before = self._last
        self.take(events)
        self.parts = number + 1
        self.kept_to = self._last
