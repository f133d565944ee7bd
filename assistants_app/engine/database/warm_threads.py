"""Threads of which the one that was busy last is busy next.

The threads of a `ThreadPoolExecutor` take turns. Where each has a connection of its own, one call after the other then
wakes one after the other of the server's processes, none of which has what it needs at hand: once four threads had ever
been needed at once, each save on PostgreSQL took an eighth to a quarter longer.

Who calls is in an event loop, which hears of the end at once. By way of such an executor's future, which is made for
threads that wait, the way to a thread and back takes a quarter longer.
"""

import asyncio
import atexit
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

R = TypeVar("R")


class _Work:
    """A call, and who waits for what it comes to, in which event loop."""

    __slots__ = ("_call", "_loop", "future")

    def __init__(self, call: Callable[[], Any], loop: asyncio.AbstractEventLoop) -> None:
        self._call, self._loop = call, loop
        self.future: asyncio.Future[Any] = loop.create_future()

    def do(self, done: Callable[[], object]) -> None:
        """In a thread, unless nobody waits any more. `done` is called before anybody hears of it."""
        if self.future.cancelled():
            done()
            return
        try:
            result = self._call()
        except BaseException as error:
            done()
            self.fail(error)
        else:
            done()
            self._tell(self.future.set_result, result)
        finally:
            del self, done  # the frame of what was raised must not keep who keeps it

    def fail(self, error: BaseException) -> None:
        self._tell(self.future.set_exception, error)

    def _tell(self, how: Callable[[Any], object], what: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(_unless_done, self.future, how, what)


def _unless_done(future: "asyncio.Future[Any]", how: Callable[[Any], object], what: Any) -> None:
    if not future.done():
        how(what)


_Inbox = SimpleQueue[_Work | None]


class WarmThreads:
    """Up to `most`, begun as they are needed; each calls `begin` before its first work and `end` after its last."""

    def __init__(self, most: int, name: str, begin: Callable[[], object], end: Callable[[], object]) -> None:
        self._most, self._name, self._begin, self._end = most, name, begin, end
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._idle: list[_Inbox] = []
        self._waiting: deque[_Work] = deque()
        self._closed = False
        atexit.register(self.shutdown)  # who leaves in a hurry ends no call half-way

    def submit(self, call: Callable[[], R]) -> "asyncio.Future[R]":
        """What `call` returns or raises, for the running loop. It is not called where the future is cancelled before
        its turn; once begun, it runs to its end. Raises RuntimeError after `shutdown`."""
        work = _Work(call, asyncio.get_running_loop())
        with self._lock:
            if self._closed:
                raise RuntimeError("These threads have ended.")
            if self._idle:
                self._idle.pop().put(work)
            elif len(self._threads) < self._most:
                self._start().put(work)
            else:
                self._waiting.append(work)
        return work.future

    def shutdown(self) -> None:
        """No more is taken. What was submitted is done, and the threads have ended, when this returns."""
        atexit.unregister(self.shutdown)
        with self._lock:
            self._closed = True
            threads = tuple(self._threads)
            while self._idle:
                self._idle.pop().put(None)
        for thread in threads:
            thread.join()

    def _start(self) -> _Inbox:
        inbox: _Inbox = SimpleQueue()
        name = f"{self._name}_{len(self._threads)}"
        thread = threading.Thread(target=self._serve, args=(inbox,), name=name, daemon=True)
        thread.start()  # where it cannot, whoever submitted hears of it, and it is tried again
        self._threads.append(thread)
        return inbox

    def _serve(self, inbox: _Inbox) -> None:
        try:
            self._begin()
        except BaseException as error:  # whoever waits for it hears of it
            self._give_up(inbox, error)
            return

        def go_on() -> None:
            self._go_on(inbox)

        try:
            while (work := inbox.get()) is not None:
                work.do(go_on)
                del work  # a thread that waits keeps nothing
        finally:
            self._end()

    def _give_up(self, inbox: _Inbox, error: BaseException) -> None:
        """Another thread is begun for what comes next."""
        with self._lock:
            self._threads.remove(threading.current_thread())
            refused = [inbox.get()]
            if not self._threads:
                refused += self._waiting
                self._waiting.clear()
        for work in refused:
            if work:
                work.fail(error)

    def _go_on(self, inbox: _Inbox) -> None:
        with self._lock:
            if self._waiting:
                inbox.put(self._waiting.popleft())
            elif self._closed:
                inbox.put(None)
            else:
                self._idle.append(inbox)
