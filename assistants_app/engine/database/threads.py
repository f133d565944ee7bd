"""The engine's way to the database: short sync functions, on a few threads of its own.

Django's own `sync_to_async` gives a background task either the one thread that all share, or a thread whose
connection nobody closes. Here a call borrows a thread, whose connection stays open for its next call (opening one, and
closing SQLite's last one, which writes the WAL file back, costs more than the call). It is no connection of the pool
that requests share: they hold one while they wait for the engine, and would wait for ever if it waited for theirs.
No call may hold a transaction when it returns.
"""

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar

from django.db import connection, connections

from assistants_app.engine.database.warm_threads import WarmThreads
from assistants_app.models.ended_connections import close_if_ended

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 4

WRITING = {"postgresql": 4, "sqlite": 1}
"""Threads in which the API writes. SQLite takes one writer at a time, and those that wait for it sleep meanwhile."""


class DatabaseThreads:
    """A few threads that each run one short function at a time."""

    def __init__(self, *, threads: int = THREADS, name: str = "engine-database") -> None:
        self._threads = WarmThreads(threads, name, begin=use_own_connection, end=connections.close_all)
        self._failures = 0
        self._own = threading.local()

    async def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `function` returns or raises; once it began, it runs to its end even when the caller is cancelled."""
        return await self.submit(partial(function, *args, **kwargs))

    def submit(self, function: Callable[[], R]) -> "asyncio.Future[R]":
        """The same, begun; for the running loop."""
        return self._threads.submit(lambda: self._call(function))

    def _call(self, function: Callable[[], R]) -> R:
        """A connection whose end was told is not used. Where one was cut without a word, all may be: once one thread
        has failed the others ask theirs whether it lives, or whoever tries again would fail once for each."""
        close_if_ended(connection)
        if getattr(self._own, "failures", 0) != self._failures:
            self._own.failures = self._failures
            if not connection.is_usable():
                connection.close()
        try:
            return function()
        finally:
            if connection.errors_occurred:
                connection.close()
                self._failures += 1
                self._own.failures = self._failures

    def close(self) -> None:
        """Wait for running calls and close every thread's connection."""
        self._threads.shutdown()


def writing_threads() -> DatabaseThreads:
    return DatabaseThreads(threads=WRITING[connection.vendor], name="writing")


def use_own_connection(**more: Any) -> None:
    """In this thread: none of the pool, and with `more` options, if there are any."""
    shared = connections["default"]
    options = {name: value for name, value in shared.settings_dict["OPTIONS"].items() if name != "pool"}
    settings = {**shared.settings_dict, "OPTIONS": {**options, **more}, "CONN_MAX_AGE": None}
    connections["default"] = type(shared)(settings, "default")
