"""One address for serving processes that come and go: who comes while there is none waits for the next."""

import asyncio
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

WAIT_SECONDS = 90.0
"""How long somebody waits for a serving process, as long as a slow machine may need to start one."""


class Front:
    """Lives in a thread and a loop of its own. `lead_to` says which processes there are."""

    def __init__(self) -> None:
        self.url = ""
        self._behind: tuple[int, ...] = ()
        self._turns = itertools.count()
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[Any]] = set()

    def lead_to(self, *urls: str) -> None:
        self._behind = tuple(port for url in urls if (port := urlsplit(url).port))

    # -- in its loop ------------------------------------------------------------------------------------------------

    async def serve(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"

    async def end(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                there, to_there = await self._reach()
        except TimeoutError:
            writer.transport.abort()
            return
        except asyncio.CancelledError:
            return
        finally:
            self._tasks.discard(task)
        carrying = [
            self._loop.create_task(self._carry(reader, to_there)),
            self._loop.create_task(self._carry(there, writer)),
        ]
        self._tasks.update(carrying)
        await asyncio.wait(carrying, return_when=asyncio.FIRST_COMPLETED)
        for one in carrying:
            one.cancel()
            self._tasks.discard(one)
        for end in (writer, to_there):  # in order, for what was read is to arrive
            end.close()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while True:
            if behind := self._behind:
                with suppress(OSError):
                    return await asyncio.open_connection("127.0.0.1", behind[next(self._turns) % len(behind)])
            await asyncio.sleep(0.1)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                target.write(data)
                await target.drain()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return self._loop


@contextmanager
def front() -> Iterator[Front]:
    made = Front()
    thread = threading.Thread(target=made.loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(made.serve(), made.loop).result(10)
    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(made.end(), made.loop).result(10)
        made.loop.call_soon_threadsafe(made.loop.stop)
        thread.join(10)
        made.loop.close()
