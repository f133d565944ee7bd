"""Hears what other processes tell: one connection that listens, and a look at the table after it was cut."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
from psycopg import AsyncConnection

from assistants_app.engine.database.postgres import ANSWER_SECONDS, answered_soon, conninfo
from assistants_app.engine.spread.relay import SharedRelay
from assistants_app.engine.spread.table import EVENTS, SIGNALS, Table
from assistants_app.engine.spread.wire import read_notice

logger = logging.getLogger(__name__)

QUIET_SECONDS = 5.0
"""After so long the connection is asked whether it is still there, and the database what nobody told."""

RETRY_SECONDS = (0.02, 0.5)
"""At once after a cut, for what is told meanwhile comes late; then again and again."""

OVERLAP_SECONDS = 10.0
"""Clocks differ, and what was said before a cut may have been committed after it. Hearing it twice is harmless."""

Hear = Callable[[Mapping[str, Any]], None]


class Inbox:
    """Lives in the engine's loop."""

    def __init__(self, *, table: Table, relay: SharedRelay, has_listeners: bool, hear: Hear) -> None:
        self._table = table
        self._relay = relay
        self._channels = (EVENTS, SIGNALS) if has_listeners else (SIGNALS,)
        self._hear = hear
        self._heard_at: float | None = None
        self._failures = 0
        self.listening = asyncio.Event()
        """Set once the connection listens for the first time."""

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self._failures += 1
            try:
                await self._listen()
            except (OSError, TimeoutError, psycopg.Error) as error:
                logger.warning("the connection that listens was cut: %s", error or type(error).__name__)
            except Exception:  # the edge of this task: what ends it would leave the process deaf for ever
                logger.exception("what others tell could not be heard; listening anew")
            await asyncio.sleep(RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS)) - 1])

    async def _listen(self) -> None:
        async with asyncio.timeout(ANSWER_SECONDS):
            connection = await AsyncConnection.connect(conninfo(), autocommit=True)
        async with connection:
            for channel in self._channels:
                with answered_soon(connection):
                    await connection.execute(f"LISTEN {channel}".encode())
            await self._catch_up()
            self._failures = 0
            self.listening.set()
            while True:
                async for notice in connection.notifies(timeout=QUIET_SECONDS):
                    await self._take(notice.channel, notice.payload)
                with answered_soon(connection):
                    await connection.execute(b"SELECT 1")
                self._heard_at = time.monotonic()
                await self._relay.catch_up_all()

    async def _catch_up(self) -> None:
        """What was told while nobody listened here."""
        if self._heard_at is not None:
            for told in await self._table.signals(time.monotonic() - self._heard_at + OVERLAP_SECONDS):
                self._hear(json.loads(told))
        await self._relay.catch_up_all()
        self._heard_at = time.monotonic()

    async def _take(self, channel: str, payload: str) -> None:
        if channel == EVENTS:
            self._relay.hear(read_notice(payload))
        elif payload.isdecimal():
            if told := await self._table.signal(int(payload)):
                self._hear(json.loads(told))
        else:
            self._hear(json.loads(payload))
