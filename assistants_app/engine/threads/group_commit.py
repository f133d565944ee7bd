"""Checkpoints written to PostgreSQL together: what comes while one commit waits for the disk goes with the next.

The official saver commits one checkpoint after the other, so that sixteen runs at once wait for sixteen commits at each
step. Its statements stay as they are, and so does what each writer is told: an error of one is not another's, and a
writer is answered when its own checkpoint is on the disk.

A database that is away for a moment is waited for: runs go on meanwhile, and another attempt would do again, and tell
again, what was done since.

The writes of a task are followed by the checkpoint of its step, as a rule within a millisecond: they wait for it, and
go with it.

Nothing waits for a row while it holds others, so no two processes wait for each other: a run that somebody else has
locked just now is left out of the common commit, and written alone.
"""

import asyncio
import contextvars
import logging
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from psycopg_pool import PoolTimeout

from assistants_app.engine.database.postgres import Pool, answered_soon, is_away
from assistants_app.engine.runs.lease import Claim, LeaseLost
from assistants_app.engine.runs.owners import LOCK_FREE, LOCK_ONE, Owner

logger = logging.getLogger(__name__)

SAVED_SECONDS = 30.0
"""How long PostgreSQL may take over checkpoints, which may be large, before its connection counts as dead."""

AWAY_SECONDS = 30.0
"""How long a writer waits for a database that is away, before its attempt ends."""

AGAIN_SECONDS = 0.1

MOST = 64
"""Writers whose statements go into one commit."""

FOLLOWED_SECONDS = 0.002
"""How long a task's writes wait for the checkpoint of its step."""


class Writes:
    """In place of the saver's cursor: the statements of one checkpoint, or of a task's writes, which go together. They
    write nothing unless the run is owned, which is asked in each of them (`owners.only_for_owners`)."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.owner: Owner = (claim.run_id, claim.attempt, claim.lease.worker_id)
        self.statements: list[tuple[str, list[Sequence[Any]]]] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.given_up = False
        self.followed = False
        """Whether more is to come that may as well go with them."""
        self.waits_since: float | None = None
        """From when on the database was away."""

    async def execute(self, query: str, params: Sequence[Any]) -> None:
        await self.executemany(query, [params])

    async def executemany(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        self.statements.append((query, [(*row, *self.owner) for row in rows]))

    def end(self, error: Exception | None = None) -> None:
        """They are on the disk, or will never be."""
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


class GroupCommit:
    """Bound to the event loop in which it is used first. Who gives up, gives up its own writes alone: a task of its own
    writes, which nobody cancels."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: list[Writes] = []
        self._writing: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    async def commit(self, writes: Writes) -> None:
        """Returns when they are on the disk. Raises LeaseLost, or what the database says. When it is cancelled they are
        given up, or written by then: never later."""
        self._waiting.append(writes)
        if not writes.followed:
            self._hurry.set()
        if self._writing is None or self._writing.done():
            loop = asyncio.get_running_loop()
            self._writing = loop.create_task(self._write_all(), name="checkpoints", context=contextvars.Context())
        try:
            await asyncio.shield(writes.done)
        except asyncio.CancelledError:
            if writes in self._waiting:
                self._waiting.remove(writes)
            elif not writes.done.done():
                writes.given_up = True
                await asyncio.wait({writes.done})
            raise

    async def _write_all(self) -> None:
        while self._waiting:
            together: list[Writes] = []
            try:
                await self._followed()
                together, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._settle(together)
            except asyncio.CancelledError:  # the loop ends
                for one in (*together, *self._waiting):
                    one.end(LeaseLost())
                raise
            except Exception as error:  # the edge of this task: who waits for it hears of everything
                again = [one for one in together if is_away(error) and not one.done.done() and not one.given_up]
                for one in together:
                    if one not in again:
                        one.end(error)
                if again:
                    self._waiting = again + self._waiting
                    await self._wait_for_database(error)

    async def _followed(self) -> None:
        """Until there is something that nothing follows, for a moment at the most."""
        self._hurry.clear()
        if all(one.followed for one in self._waiting):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), FOLLOWED_SECONDS)

    async def _wait_for_database(self, error: Exception) -> None:
        """A moment, and until it is known who still owns what. Who has waited for too long hears of the error."""
        logger.warning("checkpoints of %s writers wait for the database: %s", len(self._waiting), error)
        while self._waiting:
            await asyncio.sleep(AGAIN_SECONDS)
            now = time.monotonic()
            for one in list(self._waiting):
                one.waits_since = one.waits_since or now
                if now - one.waits_since > AWAY_SECONDS:
                    self._waiting.remove(one)
                    one.end(error)
            if not any(one.claim.in_doubt for one in self._waiting):
                return

    async def _settle(self, together: Sequence[Writes]) -> None:
        """Raises what nobody of them can do anything about."""
        left = together
        if len(together) > 1:
            try:
                left = await self._write(together, LOCK_FREE)
            except PoolTimeout:
                raise
            except Exception:  # of one of them, or the connection was lost: each hears of its own
                left = [one for one in together if not one.done.done()]
        for one in left:
            try:
                if await self._write([one], LOCK_ONE):
                    one.end(LeaseLost())
            except PoolTimeout:
                raise
            except Exception as error:
                if is_away(error):
                    raise
                one.end(error)

    async def _write(self, together: Sequence[Writes], lock: str) -> list[Writes]:
        """In one commit; those that were not written, for their runs were not owned, or locked by somebody."""
        sent: list[Writes] = []
        statements: dict[str, list[Sequence[Any]]] = {}
        async with self._pool.connection() as connection:
            for one in together:
                try:
                    one.claim.require()
                except LeaseLost as error:
                    one.end(error)
                    continue
                sent.append(one)
                for query, rows in one.statements:
                    statements.setdefault(query, []).extend(rows)
            if not sent:
                return []
            runs = list({one.claim.run_id for one in sent})
            with answered_soon(connection, SAVED_SECONDS):
                asked = await _sent(connection, lock, runs, statements)
            owners = {(row["run_id"], row["attempt"], row["worker_id"]) for row in await asked.fetchall()}
        left = []
        for one in sent:
            if one.owner in owners:
                one.end()
            else:
                left.append(one)
        return left


async def _sent(connection: Any, lock: str, runs: list[UUID], statements: dict[str, list[Sequence[Any]]]) -> Any:
    """All of it in one transaction; the cursor that tells the runs that were locked."""
    async with connection.pipeline(), connection.transaction(), connection.cursor(binary=True) as cursor:
        asked = await connection.execute(lock.encode(), (runs,))
        for query, rows in statements.items():
            await cursor.executemany(query.encode(), rows)
    return asked
