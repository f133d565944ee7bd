"""One call of one operation, as its handler sees it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, ParamSpec, TypeVar, cast
from uuid import UUID

from asgiref.sync import AsyncToSync, SyncToAsync, sync_to_async
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from assistants_app.api.access.callers import Caller, Filter
from assistants_app.api.errors import unprocessable
from assistants_app.engine import engine
from assistants_app.models.prepared import ToldRows

B = TypeVar("B")
Q = TypeVar("Q")
M = TypeVar("M", bound=Model)
P = ParamSpec("P")
R = TypeVar("R")


LARGE = 65_536
"""Bytes of a body."""


@dataclass(frozen=True, slots=True)
class Call(Generic[B, Q]):
    request: HttpRequest
    caller: Caller
    path: Mapping[str, str]
    """The address's parameters, as they stand in it."""
    body: B
    query: Q

    def uuid(self, name: str) -> UUID:
        """The parameter `name` of the address, which must be a UUID. Raises ApiError (422)."""
        return as_uuid(self.path[name], name.removesuffix("_id"))

    async def sync(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `function` returns, called in this request's thread, where the ORM may be used. It runs to its end, and
        is waited for, even when its client leaves."""
        thread = _thread_of_request()
        if thread is None:
            return await sync_to_async(function, thread_sensitive=True)(*args, **kwargs)
        # What sync_to_async does, without the thread-bound values and the way back that no call here needs: half the
        # time of a short one.
        call = partial(copy_context().run, function, *args, **kwargs)
        return await _to_its_end(asyncio.get_running_loop().run_in_executor(thread, call))

    async def write(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The same for what is short, and does not wait for the engine: in a thread whose connection stays open, which
        saves what opening and closing it costs, about as much as PostgreSQL's part of a save. Large bodies take their
        time, and keep no others waiting."""
        writes = engine().writes
        if writes is None or len(self.request.body) > LARGE:
            return await self.sync(function, *args, **kwargs)
        return await _to_its_end(writes.submit(partial(copy_context().run, function, *args, **kwargs)))

    async def rows(self, found: "QuerySet[M]", *, scans: bool = False) -> list[M]:
        """What `list(found)` is, without a thread where the engine can ask by itself; `scans`: it may take long."""
        quick = engine().quick_reads
        if quick is None or (scans and not quick.may_scan):
            return await self.sync(list, found)
        return await quick.rows(found)

    async def prepared(self, key: str, make: "Callable[..., QuerySet[M]]", **named: object) -> list[M]:
        """What `list(make(**named))` is; see `QuickReads.prepared`."""
        quick = engine().quick_reads
        if quick is None:
            return await self.sync(list, make(**named))
        return await quick.prepared(key, make, **named)

    async def told(self, key: str, make: "Callable[..., QuerySet[M]]", **named: object) -> ToldRows:
        """The same for who passes the rows on; see `QuickReads.told`."""
        quick = engine().quick_reads
        if quick is None:
            return await self.sync(lambda: ToldRows(make(**named)))
        return await quick.told(key, make, **named)

    async def told_one(
        self,
        key: str,
        make: "Callable[..., QuerySet[M]]",
        beside: "Callable[[Any], QuerySet[M]]",
        **named: UUID,
    ) -> ToldRows:
        """The same for one row; see `QuickReads.told_one`."""
        quick = engine().quick_reads
        if quick is None:
            return await self.told(key, make, **named)
        return await quick.told_one(key, make, beside, **named)

    async def told_page(
        self,
        key: str,
        make: "Callable[..., QuerySet[M]]",
        page: "Callable[[Any], QuerySet[M]]",
        *,
        scans: bool = False,
        **named: object,
    ) -> ToldRows:
        """A page of rows to pass on, which knows how many there are in all; see `QuickReads.told_page`. `scans`: it may
        take long."""
        quick = engine().quick_reads
        if quick is None:
            return await self.sync(lambda: ToldRows(page(make(**named)), make(**named).count()))
        return await quick.told_page(key, make, page, scan=self._scan if scans else None, **named)

    async def _scan(self, sql: str, params: Sequence[Any]) -> Sequence[Any]:
        return await self.sync(_fetched, sql, params)

    async def count(self, found: "QuerySet[M]", *, scans: bool = False) -> int:
        """The same for `found.count()`."""
        quick = engine().quick_reads
        if quick is None or (scans and not quick.may_scan):
            return await self.sync(found.count)
        return await quick.count(found)

    async def allow(self, resource: str, action: str, value: dict[str, Any] | None = None) -> Filter | None:
        """Ask custom authorization; what the metadata of things must hold for this caller to reach them.

        `value` tells what is asked for, and its metadata may be changed (custom code adds an owner). Raises
        ApiError (403). Without custom authorization: None.
        """
        if self.caller.rules is None:
            return None
        asked = {} if value is None else value
        metadata = asked.get("metadata")
        allowed = await self.caller.rules.filters(self.caller, resource, action, asked)
        changed = asked.get("metadata")
        if isinstance(metadata, dict) and changed is not metadata:  # replaced: who asked still holds the first
            metadata.clear()
            metadata.update(changed or {})
            asked["metadata"] = metadata
        return allowed


async def _to_its_end(work: "asyncio.Future[R]") -> R:
    """What it comes to; it is waited for, even when its caller is cancelled."""
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait({work})
        raise


def _fetched(sql: str, params: Sequence[Any]) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cast(Sequence[Any], cursor.fetchall())


def _thread_of_request() -> Executor | None:
    """None where that thread waits for this call, as it does behind the middleware, and with Django's own handler."""
    if getattr(AsyncToSync.executors, "current", None):
        return None
    within = SyncToAsync.thread_sensitive_context.get(None)
    return None if within is None else SyncToAsync.context_to_thread_executor.get(within)


def as_uuid(text: str, of: str) -> UUID:
    """Raises ApiError (422) with the words of the reference: "Invalid thread ID: must be a UUID"."""
    try:
        return UUID(text)
    except ValueError:
        raise unprocessable(f"Invalid {of} ID: must be a UUID") from None
