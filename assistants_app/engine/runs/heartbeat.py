"""Tells the other processes that this one lives: one statement every two seconds, from a thread of its own, so that a
graph that blocks the event loop does not make its process look dead."""

import asyncio
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connections

from assistants_app.engine.database.threads import use_own_connection
from assistants_app.engine.runs.blocking import LoopWatch
from assistants_app.engine.runs.lease import ASK_AGAIN_SECONDS, SECONDS, Lease
from assistants_app.models.workers import LEASE, Worker
from assistants_app.services import workers
from assistants_app.services.workers import Process

logger = logging.getLogger(__name__)

BEAT_SECONDS = 2.0
LOOKS_A_BEAT = 4
"""How often the loop is looked at between two heartbeats."""

UNANSWERED_SECONDS = 4
"""After so many seconds a heartbeat that gets no answer is tried anew on a new connection."""


class Heart:
    """Lives in a thread; made and stopped in the engine's loop."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.on_lost: Callable[[Lease], None] = lambda lease: None
        """Called in the loop when this process was given up: nothing under that lease is its own any more."""
        self._loop = asyncio.get_running_loop()
        self.watch = LoopWatch()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._live, name="heartbeat", daemon=True)
        self._begun: asyncio.Future[Lease] = self._loop.create_future()
        self._steady_from = 0.0
        self.lease: Lease
        """Of the worker that this process is now."""

    async def start(self) -> None:
        """Become a worker. Raises what the database raises."""
        self._thread.start()
        try:
            self.lease = await self._begun
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Be none any more. The runs must be ended or given back before."""
        self.watch.stop()
        self._stopping.set()
        await asyncio.to_thread(self._thread.join)

    async def held_lease(self) -> Lease:
        """That of now: at once while the heart beats, else when it beats again."""
        while not self.lease.held and not self._stopping.is_set():  # noqa: ASYNC110 # renewed in another thread
            await asyncio.sleep(ASK_AGAIN_SECONDS)
        return self.lease

    @property
    def worker_id(self) -> UUID:
        return self.lease.worker_id

    @property
    def process(self) -> Process:
        return self._process

    @property
    def steady(self) -> bool:
        """Whether this process may judge others by their silence: not when it was silent itself a moment ago."""
        return time.monotonic() >= self._steady_from

    def _live(self) -> None:
        _use_own_connection()
        try:
            lease = self._register()
        except Exception as error:  # whatever it is, it is the start that fails
            self._loop.call_soon_threadsafe(self._begun.set_exception, error)
            connections.close_all()
            return
        self._loop.call_soon_threadsafe(self._begun.set_result, lease)
        self.lease = lease
        try:
            self._beat_until_stopped()
            workers.leave(worker_id=self.lease.worker_id)
        except (DatabaseError, InterfaceError):
            logger.warning("this process could not take its leave; others will see that it is gone")
        finally:
            connections.close_all()

    def _beat_until_stopped(self) -> None:
        looks = 0
        while not self._stopping.wait(BEAT_SECONDS / LOOKS_A_BEAT):
            blocked_by = self.watch.look()
            looks += 1
            if (looks >= LOOKS_A_BEAT or not self.lease.held) and self._beat(blocked_by):
                looks = 0

    def _beat(self, blocked_by: Any) -> bool:
        """Whether it was answered. One that was not is tried again at the next look, before the lease runs out."""
        sent = time.monotonic()
        was_held = self.lease.held
        try:
            if workers.beat(worker_id=self.lease.worker_id, blocked_by=blocked_by):
                self.lease.renew(sent)
            else:
                self._come_back()
        except Exception:  # the edge of this thread: without it the process looks dead
            logger.warning("a heartbeat was not answered; trying again", exc_info=True)
            connections.close_all()
            return False
        if not was_held:
            self._steady_from = time.monotonic() + LEASE.total_seconds()
        return True

    def _come_back(self) -> None:
        """This process was given up while it was silent: it goes on as another worker, without its runs."""
        lost = self.lease
        lost.lost = True
        logger.warning("this process was silent for too long, and its runs are for others now")
        self.lease = self._register()
        self._loop.call_soon_threadsafe(lambda: self.on_lost(lost))

    def _register(self) -> Lease:
        sent = time.monotonic()
        return Lease(workers.register_worker(process=self._process), sent + SECONDS)


def this_process(kind: Worker.Kind = Worker.Kind.WEB, concurrency: int | None = None) -> Process:
    return Process(socket.gethostname(), os.getpid(), _machine(), kind, concurrency)


def runs_here(pid: int) -> bool:
    """Whether there is such a process on this machine. Only for numbers from a worker of the same `machine`."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _machine() -> str:
    """Linux tells which start of which kernel this is, and in which space of process ids; "" elsewhere."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _use_own_connection() -> None:
    """In this thread: beside all others, which may be busy, and one that gives up soon."""
    shared = connections["default"]
    if shared.vendor != "postgresql":
        use_own_connection()
        return
    options = f"{shared.settings_dict['OPTIONS'].get('options', '')} -c statement_timeout={UNANSWERED_SECONDS}s".strip()
    use_own_connection(options=options, connect_timeout=UNANSWERED_SECONDS, tcp_user_timeout=UNANSWERED_SECONDS * 1000)
