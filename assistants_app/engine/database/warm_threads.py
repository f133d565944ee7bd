"""Threads of which the one that was busy last is busy next.

The threads of a `ThreadPoolExecutor` take turns. Where each has a connection of its own, one call after the other then
wakes one after the other of the server's processes, none of which has what it needs at hand: once four threads had ever
been needed at once, each save on PostgreSQL took an eighth to a quarter longer.
"""

import atexit
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_Work = tuple["Future[Any]", Callable[[], Any]]
_Inbox = SimpleQueue[_Work | None]


class WarmThreads(Executor):
    """Up to `most`, begun as they are needed; each calls `begin` before its first work and `end` after its last."""

    def __init__(self, most: int, name: str, begin: Callable[[], object], end: Callable[[], object]) -> None:
        self._most, self._name, self._begin, self._end = most, name, begin, end
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._idle: list[_Inbox] = []
        self._waiting: deque[_Work] = deque()
        self._closed = False
        atexit.register(self.shutdown)  # who leaves in a hurry ends no call half-way

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> "Future[R]":
        """Raises RuntimeError after `shutdown`."""
        future: Future[R] = Future()
        work = future, (lambda: fn(*args, **kwargs)) if args or kwargs else fn
        with self._lock:
            if self._closed:
                raise RuntimeError("These threads have ended.")
            if self._idle:
                self._idle.pop().put(work)
            elif len(self._threads) < self._most:
                self._start().put(work)
            else:
                self._waiting.append(work)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """No more is taken. What was submitted is done, unless it is to be cancelled and did not begin; with `wait`
        that and the threads have ended when this returns."""
        atexit.unregister(self.shutdown)
        with self._lock:
            self._closed = True
            threads = tuple(self._threads)
            if cancel_futures:
                for future, _call in self._waiting:
                    future.cancel()
            while self._idle:
                self._idle.pop().put(None)
        if wait:
            for thread in threads:
                thread.join()

    def _start(self) -> _Inbox:
        inbox: _Inbox = SimpleQueue()
        name = f"{self._name}_{len(self._threads)}"
        thread = threading.Thread(target=self._work, args=(inbox,), name=name, daemon=True)
        thread.start()  # where it cannot, whoever submitted hears of it, and it is tried again
        self._threads.append(thread)
        return inbox

    def _work(self, inbox: _Inbox) -> None:
        try:
            self._begin()
        except BaseException as error:  # whoever waits for it hears of it
            self._give_up(inbox, error)
            return
        try:
            while (work := inbox.get()) is not None:
                self._do(*work, inbox)
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
            if work and work[0].set_running_or_notify_cancel():
                work[0].set_exception(error)

    def _do(self, future: "Future[Any]", call: Callable[[], Any], inbox: _Inbox) -> None:
        if not future.set_running_or_notify_cancel():
            self._go_on(inbox)
            return
        try:
            result = call()
        except BaseException as error:
            self._go_on(inbox)
            future.set_exception(error)
        else:
            self._go_on(inbox)  # before anybody hears of it, who may have more to do
            future.set_result(result)
        finally:
            del future, call  # the frame of what was raised must not keep who keeps it

    def _go_on(self, inbox: _Inbox) -> None:
        with self._lock:
            if self._waiting:
                inbox.put(self._waiting.popleft())
            elif self._closed:
                inbox.put(None)
            else:
                self._idle.append(inbox)
