"""Puts together what executes runs, for the life of the process: alone, or beside others."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from assistants_app.engine.background import going_on
from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.engine.events.relay import Relay
from assistants_app.engine.keeping.opening import open_kept_relay
from assistants_app.engine.rounds.counting import counting_runs
from assistants_app.engine.rounds.sealing import sealing_settings
from assistants_app.engine.rounds.trials import looking_after_trials
from assistants_app.engine.runs.execution import GraphSource
from assistants_app.engine.runs.heartbeat import Heart, this_process
from assistants_app.engine.runs.recovering import Recovery
from assistants_app.engine.runs.supervisor import Supervisor
from assistants_app.engine.spread.opening import open_spread
from assistants_app.engine.spread.runs import SpreadRuns
from assistants_app.engine.threads.changing import ThreadChanger
from assistants_app.engine.threads.checkpointers import Saver
from assistants_app.models import Run, Worker
from assistants_app.services.runs import RunEnd


@dataclass(frozen=True, slots=True)
class Executing:
    heart: Heart
    relay: Relay
    supervisor: Supervisor
    runs: Supervisor | SpreadRuns
    """By which runs are started and stopped, wherever they are executed."""


@asynccontextmanager
async def executing(
    *,
    worker: int | None,
    database: DatabaseThreads,
    saver: Saver,
    graphs: GraphSource,
    on_end: Sequence[Callable[[Run, RunEnd], None]],
    changer: ThreadChanger,
) -> AsyncIterator[Executing]:
    """This process lives among others while the block lasts: it begins with what they left, and hands over what it
    has."""
    means: dict[str, Any] = {"database": database, "saver": saver, "graphs": graphs, "on_end": on_end}
    distributed = settings.ENGINE == "distributed"
    at_once = (settings.WEB_RUNS if worker is None else worker) if distributed else None
    async with AsyncExitStack() as stack:
        heart = Heart(this_process(Worker.Kind.WEB if worker is None else Worker.Kind.WORKER, at_once))
        await heart.start()
        stack.push_async_callback(heart.stop)
        if at_once is not None:
            spread = open_spread(**means, heart=heart, at_once=at_once, has_listeners=worker is None)
            runs = await stack.enter_async_context(spread)
            found = Executing(heart, runs.relay, runs.supervisor, runs)
        else:
            relay = await stack.enter_async_context(open_kept_relay(database))
            supervisor = Supervisor(**means, heart=heart, relay=relay)
            found = Executing(heart, relay, supervisor, supervisor)
        heart.on_lost = found.supervisor.lose
        stack.push_async_callback(found.runs.close)
        start = None if distributed else found.supervisor.start
        recovery = Recovery(database=database, heart=heart, supervisor=found.supervisor, changer=changer, start=start)
        await recovery.begin()
        await stack.enter_async_context(going_on(recovery.run(), "recovery"))
        await stack.enter_async_context(counting_runs(database))
        await stack.enter_async_context(sealing_settings(database))
        await stack.enter_async_context(looking_after_trials(database=database, start=found.runs.start))
        yield found
