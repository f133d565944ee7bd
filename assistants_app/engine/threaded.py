"""The engine in a thread of its own, for processes that do not serve: tests, and commands that run a graph."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from assistants_app.engine.service import Engine

END_SECONDS = 10.0


@contextmanager
def engine_thread(engine: Engine) -> Iterator[Engine]:
    """The engine, started in its own loop and thread, and shut down at the end of the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="engine", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(engine.startup(), loop).result()
        try:
            yield engine
        finally:
            asyncio.run_coroutine_threadsafe(engine.shutdown(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(_end_tasks(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())  # close() would not wait for its threads
        loop.close()


async def _end_tasks() -> None:
    """End what graphs left behind in the loop, as asyncio.run does, but in bounded time."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=END_SECONDS)
