"""Waiting for what may be brought about in another event loop."""

import asyncio
from collections.abc import Callable

Waiter = tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]"]


class Waiters:
    """Who waits for one thing. Waking is for any thread that runs a loop, or none."""

    def __init__(self) -> None:
        self._waiting: set[Waiter] = set()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, waiter: Waiter) -> None:
        self._waiting.add(waiter)

    def discard(self, waiter: Waiter) -> None:
        self._waiting.discard(waiter)

    def wake(self) -> None:
        try:
            here: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        for loop, future in list(self._waiting):  # a copy: a listener in another thread may come or leave
            if loop is here:
                _resolve(future)
            elif not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, future)


async def wait_until(ready: Callable[[], bool], *woken_by: Waiters, quiet: float) -> bool:
    """Until `ready` says so, asked now and when one of `woken_by` is woken, or `quiet` seconds have passed: False."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()
    waiter = (loop, future)
    for waiters in woken_by:
        waiters.add(waiter)
    timer = loop.call_later(quiet, _resolve, future)
    try:
        if ready():
            await asyncio.sleep(0)  # who asks again and again in vain still holds up nobody
            return True
        await future
        return ready()
    finally:
        timer.cancel()
        for waiters in woken_by:
            waiters.discard(waiter)


def _resolve(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
