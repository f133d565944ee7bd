"""Floor 3. The one async room: runs graphs, relays their stream events, reads and writes thread state.

May import every floor below. Owns the words *relay* and *checkpointer*.

    run = begin_run(thread=…, assistant_id=…, author=…, input=…)         services.accepting: one transaction
    engine().start(run)                                                  after the commit, from any thread
    async for event in engine().listen(run.run_id, after=0): …           StreamEvents, replayed, each once
    async for chunk in engine().listen_bytes(run.run_id, after=0): …     the same as server-sent events, in few pieces
    engine().cancel(run.run_id)                                          from any thread; rollback=True undoes it too
    async for chunk in engine().listen_end(run.run_id): …                new lines, then its values as one document
    async for chunk in engine().listen_thread(thread_id): …              all that a thread's runs tell, now and later
    engine().protocol(thread_id).listen(wanted)                          the same by the thread-centred protocol
    state = await engine().thread_state(thread_id)                       values, next nodes, interrupts, checkpoint
    await engine().branches(thread_id)                                   the other versions of each message
    checkpoint = await engine().before_message(thread_id, message_id)    begin_run(checkpoint_id=…) from there forks

    runs/      a run, from its turn to its recorded end       events/    what it tells, to each listener once
    threads/   what threads hold, and their checkpoints       store/     what graphs remember across threads
    spread/    the same runs on many processes                protocol/  the thread-centred protocol
    asking/    models that the site itself asks               outward/   webhooks and other deliveries
    rounds/    what is done now and then beside runs          moving/    from SQLite to PostgreSQL, and backups
    database/  the ways to the site's database

The process that serves calls `await engine().startup()` and `await engine().shutdown()` in its lifespan. Another
process (tests, commands) uses `with engine_thread(engine()):`; without either, everything above raises
EngineNotRunning. Importing this package does not import langgraph: `startup` does.
"""

from functools import lru_cache

from assistants_app.engine.events.relay import EventsGone
from assistants_app.engine.service import Engine
from assistants_app.engine.threaded import engine_thread
from assistants_app.engine.threads.branches import MessageBranches
from assistants_app.engine.threads.state import PendingInterrupt, TaskState, ThreadState

__all__ = [
    "Engine",
    "EventsGone",
    "MessageBranches",
    "PendingInterrupt",
    "TaskState",
    "ThreadState",
    "engine",
    "engine_thread",
]


@lru_cache(maxsize=1)
def engine() -> Engine:
    """The engine of this process."""
    return Engine()
