"""What a process may still write. It loses that when it was silent for too long, and others took its runs.

The lease is kept by this process's own clock, and renewed by its heartbeat: after a pause (SIGSTOP, a machine that
slept) it has run out by the time anything of a run could be written, and the next heartbeat tells whether it is lost.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from assistants_app.models.workers import LEASE

MARGIN = 0.5
"""Seconds by which this process stops writing before others may take its runs."""

SECONDS = LEASE.total_seconds() - MARGIN

ASK_AGAIN_SECONDS = 0.05

FIRST_SECONDS = 0.01
"""How long what is written beside the graph's work waits for its first word."""


class LeaseLost(Exception):
    """The run is not this process's any more: what it would write now is another one's to write."""


class Lease:
    """Of one worker. Renewed and lost by the heartbeat's thread, asked for in any."""

    def __init__(self, worker_id: UUID, until: float) -> None:
        self.worker_id = worker_id
        self.lost = False
        self._until = until

    def renew(self, asked_at: float) -> None:
        """`asked_at` is when the heartbeat was sent, not when it was answered."""
        self._until = asked_at + SECONDS

    @property
    def held(self) -> bool:
        return not self.lost and time.monotonic() < self._until


@dataclass(slots=True, eq=False)
class Claim:
    """One attempt of a run, as this process owns it."""

    run_id: UUID
    attempt: int
    lease: Lease
    over: bool = False
    """The attempt has ended; its graph may still go on, if it does not listen."""
    on_step: Callable[[], None] | None = None
    """Called once, when the attempt has saved a step."""
    finds_nothing: bool = False
    """Whether its thread holds nothing yet: it was made for this run, which has saved nothing so far."""
    first_word: asyncio.Event | None = None
    """Set when the graph has told something, where its checkpoints are written beside its work: the first of them is
    not to hold that up."""

    @property
    def in_doubt(self) -> bool:
        """Whether the next heartbeat tells if the run is still owned."""
        return not (self.over or self.lease.lost or self.lease.held)

    def require(self) -> None:
        """Raises LeaseLost unless the run is certainly owned now."""
        if self.over or not self.lease.held:
            raise LeaseLost

    def saved(self, metadata: Mapping[str, Any]) -> None:
        """A checkpoint was written. The one that holds the input is no step."""
        if self.on_step is not None and metadata.get("source") == "loop":
            tell, self.on_step = self.on_step, None
            tell()

    async def confirm(self) -> None:
        """Before something is saved: until it is known whether the run is owned, which it is at once while the heart
        beats. Raises LeaseLost."""
        self.finds_nothing = False
        if self.first_word is not None and not self.first_word.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FIRST_SECONDS):
                    await self.first_word.wait()
            self.first_word.set()
        while self.in_doubt:  # noqa: ASYNC110 # told by the heartbeat's thread
            await asyncio.sleep(ASK_AGAIN_SECONDS)
        self.require()
