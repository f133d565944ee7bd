"""Looks after trials of test cases: begins their runs a few at a time, has the answers checked, ends them."""

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.signals import post_save

from assistants_app.domain.cases.checking import Outcome, check_answer, negated
from assistants_app.domain.cases.checks import Check, CheckKind
from assistants_app.domain.cases.judging import Question, conversation_in
from assistants_app.engine.asking.judging import judged
from assistants_app.engine.background import ended
from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.models import Trial
from assistants_app.services import trial_steps
from assistants_app.services.trial_steps import ToCheck

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.3
"""While a trial goes on."""

IDLE_SECONDS = 10.0
"""How long another process's trial may go unnoticed; this process's own is heard of at once."""


class Trials:
    """Lives in the engine's loop. Of several processes that look after a trial each step is taken by one."""

    def __init__(self, *, database: DatabaseThreads, start: Callable[[UUID], None]) -> None:
        self._database = database
        self._start = start
        self._woken = asyncio.Event()
        self._checking: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """A trial was begun."""
        self._woken.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self._woken.clear()
            try:
                pause = LOOK_SECONDS if await self._look() else IDLE_SECONDS
            except Exception:  # the edge of this task: what ends it would end every trial of the process
                logger.exception("trials of test cases could not be looked after; trying again")
                pause = IDLE_SECONDS / 5
            try:
                async with asyncio.timeout(pause):
                    await self._woken.wait()
            except TimeoutError:
                pass

    async def close(self) -> None:
        """What is being checked is left to who comes next."""
        await ended(*self._checking)

    async def _look(self) -> bool:
        """Take every step that can be taken now; whether any trial goes on."""
        going = await self._database.call(trial_steps.unfinished_trials)
        for trial_id in going:
            for run in await self._database.call(trial_steps.begin_next, trial_id=trial_id):
                self._start(run.run_id)
            for result_id in await self._database.call(trial_steps.ended_results, trial_id=trial_id):
                taken = await self._database.call(trial_steps.take_to_check, result_id=result_id)
                if taken is not None:
                    self._check(taken)
            await self._database.call(trial_steps.finish_trial, trial_id=trial_id)
        return bool(going)

    def _check(self, taken: ToCheck) -> None:
        task = asyncio.get_running_loop().create_task(self._checked(taken), name="checking an answer")
        self._checking.add(task)
        task.add_done_callback(self._checking.discard)

    async def _checked(self, taken: ToCheck) -> None:
        try:
            outcomes = await asyncio.gather(*(_outcome(check, taken) for check in taken.checks))
            await self._database.call(
                trial_steps.record_result, result_id=taken.result_id, answer=taken.answer, outcomes=outcomes
            )
        except Exception:  # it is taken up again later
            logger.exception("the answer to a test case could not be checked")
        self.wake()


async def _outcome(check: Check, taken: ToCheck) -> Outcome:
    if check.kind is not CheckKind.JUDGED:
        return await asyncio.to_thread(check_answer, check, taken.answer)
    outcome = await judged(Question(check.text, conversation_in(taken.input), taken.answer))
    return negated(outcome) if check.negated else outcome


@asynccontextmanager
async def looking_after_trials(*, database: DatabaseThreads, start: Callable[[UUID], None]) -> AsyncIterator[None]:
    """As long as the block lasts."""
    trials = Trials(database=database, start=start)
    loop = asyncio.get_running_loop()

    def begun(**_signal: Any) -> None:
        """Django says so, whoever began it and in whichever thread."""
        transaction.on_commit(partial(loop.call_soon_threadsafe, trials.wake))

    post_save.connect(begun, sender=Trial)
    task = loop.create_task(trials.run(), name="trials", context=contextvars.Context())
    try:
        yield
    finally:
        post_save.disconnect(begun, sender=Trial)
        await ended(task)
        await trials.close()
