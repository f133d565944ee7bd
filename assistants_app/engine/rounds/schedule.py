"""Waits until the next cron comes, and begins its run; makes versions live that were approved for a time, and
has sent what people are to be told."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.engine.outward.deliveries import Deliveries
from assistants_app.services import crons, scheduled

logger = logging.getLogger(__name__)

RECHECK_SECONDS = 10.0
"""How long another process's new cron may go unnoticed; this process's own wakes the schedule."""

PAUSE_SECONDS = 1.0
"""After something failed."""


class Clock(Protocol):
    def now(self) -> datetime: ...

    async def wait(self, woken: asyncio.Event, seconds: float) -> None:
        """Until somebody wakes the schedule, for so many seconds at most."""
        ...


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def wait(self, woken: asyncio.Event, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await woken.wait()
        except TimeoutError:
            pass


class Schedule:
    """Lives in the engine's loop; every method is called there."""

    def __init__(self, *, database: DatabaseThreads, start: Callable[[UUID], None], clock: Clock) -> None:
        self._database = database
        self._start = start
        self._deliveries = Deliveries(database=database)
        self._clock = clock
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """A cron was made or changed."""
        self._woken.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        try:
            while True:
                self._woken.clear()
                await self._clock.wait(self._woken, await self._round())
        finally:
            await self._deliveries.close()

    async def _round(self) -> float:
        try:
            await self._deliveries.begin_due(datetime.now(UTC))
            return await self._begin_due()
        except Exception:  # the edge of this task: what ends it would end every cron of the process
            logger.exception("crons could not be looked after; trying again")
            return PAUSE_SECONDS

    async def _begin_due(self) -> float:
        """Begin what is due; seconds until there is something to do again."""
        now = self._clock.now()
        failed = False
        for cron_id in await self._database.call(crons.due_crons, at=now):
            try:
                run = await self._database.call(crons.begin_cron_run, cron_id=cron_id, at=now)
            except Exception:  # one cron must not stop the others
                logger.exception("cron %s could not begin its run; trying again", cron_id)
                failed = True
                continue
            if run is not None:
                self._start(run.run_id)
        failed = await self._go_live(now) or failed
        times = [await self._database.call(crons.next_due), await self._database.call(scheduled.next_go_live)]
        coming = min(filter(None, times), default=None)
        if coming is None:
            return RECHECK_SECONDS
        until = (coming - self._clock.now()).total_seconds()
        return min(max(until, PAUSE_SECONDS if failed else 0.0), RECHECK_SECONDS)

    async def _go_live(self, now: datetime) -> bool:
        """What was approved for a time that has come; of what was overtaken, tell that. Whether one of them failed."""
        failed = False
        steps = (
            (scheduled.due_reviews, scheduled.go_live),
            (scheduled.overtaken_reviews, scheduled.tell_overtaken),
        )
        for find, act in steps:
            for review_id in await self._database.call(find, at=now):
                try:
                    await self._database.call(act, review_id=review_id, at=now)
                except Exception:  # one review must not stop the others
                    logger.exception("review %s could not be looked after (%s); trying again", review_id, act.__name__)
                    failed = True
        return failed
