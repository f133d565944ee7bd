"""Rows of assistants that were read before, kept until an assistant changes: for the one process of its database.

A question to the database costs more than all else of a program's call that reads an assistant.

On PostgreSQL what this process writes is forgotten before the call that wrote it is answered; what commands and others
write, when the database tells of it (`models.announcing`), some milliseconds later. While nobody listens for that,
nothing is kept. Beside other serving processes nothing is kept at all: who saved by way of one reads by way of
another, at once.

SQLite tells for the asking whether anybody committed anything since.
"""

import asyncio
import contextvars
import logging
import sqlite3
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import psycopg
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from psycopg import AsyncConnection

from assistants_app.engine.background import ended
from assistants_app.engine.database.postgres import ANSWER_SECONDS, answered_soon, conninfo
from assistants_app.models.announcing import CHANGES, CHANNEL
from assistants_app.models.prepared import ToldRows, rows_written

logger = logging.getLogger(__name__)

MOST_LETTERS = 32 * 1024 * 1024
"""How much is kept in all, questions and answers; one of more than an eighth of that is not."""

TWICE = 2
"""What is kept of a row: its columns, and the JSON that is made of them."""

QUIET_SECONDS = 5.0
"""After so long the connection that listens is asked whether it is still there."""

RETRY_SECONDS = 0.5

Asked: TypeAlias = tuple[str, tuple[Any, ...]]
"""A question's SQL and its parameters."""


class KeptRows:
    """Lives in the engine's loop, as its only user; `forget` may be called from any thread."""

    def __init__(self, most_letters: int = MOST_LETTERS) -> None:
        self._most = most_letters
        self._letters = 0
        self._kept: OrderedDict[Asked, tuple[object, int, ToldRows]] = OrderedDict()
        self._listens = False
        self._since = object()
        self._missed: tuple[object, int] = (None, 0)

    @property
    def since(self) -> object | None:
        """Another object after each change of an assistant; None while nobody hears of changes."""
        return self._since if self._listens else None

    def forget(self) -> None:
        """An assistant has changed."""
        self._since = object()

    def listens(self, hears: bool) -> None:
        """Whether changes are heard of from now on."""
        self.forget()
        self._listens = hears

    def find(self, asked: Asked) -> ToldRows | None:
        now = self.since
        if (rows := self._newest(asked, now)) is not None:
            return rows
        self._missed = now, self._missed[1] + 1 if self._missed[0] == now else 1
        return None

    def _newest(self, asked: Asked, now: object) -> ToldRows | None:
        """What is kept and not older than the last change; what is goes."""
        kept = self._kept.get(asked)
        if kept is None:
            return None
        since, letters, rows = kept
        if since == now:
            self._kept.move_to_end(asked)
            return rows
        del self._kept[asked]
        self._letters -= letters
        return None

    @property
    def missed(self) -> int:
        """How many questions were asked since the last change that nothing was kept for."""
        return self._missed[1]

    def keep(self, asked: Asked, rows: ToldRows, since: object | None) -> None:
        """`since` is what it was before they were asked for: they may be older than a change that was heard of
        meanwhile."""
        sql, params = asked
        letters = 100 + len(sql) + _letters(params) + TWICE * sum(map(_letters, rows))
        if since is None or since != self.since or letters > self._most // 8 or self._newest(asked, since) is not None:
            return
        self._kept[asked] = since, letters, rows
        self._letters += letters
        while self._letters > self._most:
            _asked, (_since, fewer, _rows) = self._kept.popitem(last=False)
            self._letters -= fewer


class KeptRowsOfFile(KeptRows):
    """Read by one connection to SQLite, which writes nothing itself."""

    def __init__(self, file: sqlite3.Connection) -> None:
        super().__init__()
        self._file = file

    @property
    def since(self) -> object:
        """Tells another number after each commit of another connection, of whichever process."""
        return self._file.execute("PRAGMA data_version").fetchall()


def _letters(values: Iterable[Any]) -> int:
    return sum(len(value) if isinstance(value, str) else 20 for value in values)


@asynccontextmanager
async def keeping_rows() -> AsyncIterator[KeptRows]:
    kept = KeptRows()

    def changed(**_signal: Any) -> None:
        transaction.on_commit(kept.forget)

    for model in CHANGES:
        for signal in (rows_written, post_save, post_delete):
            signal.connect(changed, sender=model)
    listening = asyncio.get_running_loop().create_task(_listen(kept), name="changes", context=contextvars.Context())
    try:
        yield kept
    finally:
        for model in CHANGES:
            for signal in (rows_written, post_save, post_delete):
                signal.disconnect(changed, sender=model)
        await ended(listening)


async def _listen(kept: KeptRows) -> None:
    """Until it is cancelled."""
    while True:
        try:
            await _hear(kept)
        except (OSError, TimeoutError, psycopg.Error) as error:
            logger.warning("the connection that hears of changes was cut: %s", error or type(error).__name__)
        except Exception:  # the edge of this task
            logger.exception("changes of assistants could not be heard of; listening anew")
        finally:
            kept.listens(False)
        await asyncio.sleep(RETRY_SECONDS)


async def _hear(kept: KeptRows) -> None:
    async with asyncio.timeout(ANSWER_SECONDS):
        connection = await AsyncConnection.connect(conninfo(), autocommit=True)
    async with connection:
        with answered_soon(connection):
            await connection.execute(f"LISTEN {CHANNEL}".encode())
        kept.listens(True)
        while True:
            await _told(connection.pgconn, kept)
            with answered_soon(connection):
                await connection.execute(b"SELECT 1")


async def _told(server: Any, kept: KeptRows) -> None:
    """Until it was quiet for a while. Raises psycopg.OperationalError when the connection was cut.

    Read from the socket as it comes: psycopg's own way to hear costs a good part of the save that is told of.
    """
    loop = asyncio.get_running_loop()
    over = loop.create_future()
    heard = loop.time()
    socket = server.socket  # which it no longer tells once it is cut

    def readable() -> None:
        nonlocal heard
        try:
            server.consume_input()
            while server.notifies():
                heard = loop.time()
                kept.forget()
        except psycopg.OperationalError as error:
            loop.remove_reader(socket)
            if not over.done():
                over.set_exception(error)

    loop.add_reader(socket, readable)
    try:
        readable()  # what came before anybody read
        while (quiet := loop.time() - heard) < QUIET_SECONDS:
            await asyncio.wait({over}, timeout=QUIET_SECONDS - quiet)
            if over.done():
                over.result()
    finally:
        loop.remove_reader(socket)
