"""Who a key belongs to, without asking the database for every call; how often it may call; wrong keys slowed down."""

import asyncio
import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from assistants_app.api.access.callers import Caller
from assistants_app.api.errors import ApiError
from assistants_app.domain.limits import Buckets
from assistants_app.models import ApiKey, Role
from assistants_app.services import keys
from assistants_app.services.authors import Author
from assistants_app.services.refusals import record_rejected_key

KEPT_SECONDS = 5.0
"""How long a key is believed: after that time it is revoked in the other processes of the site too."""

MOST_KEPT = 4096

WRONG_PER_MINUTE = 30
"""Wrong keys from one address that are answered at once. Each further one waits a second, and holds nobody else up."""


@dataclass(frozen=True, slots=True)
class _Kept:
    caller: Caller
    per_minute: int | None
    expires_at: datetime | None
    until: float


class KeyRing:
    """Keys that were used lately. A key that changes in this process is forgotten at once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._changes = 0
        self._lock = threading.Lock()
        self._calls = Buckets()
        self._wrong = Buckets()
        post_save.connect(self._changed, sender=ApiKey)
        post_delete.connect(self._changed, sender=ApiKey)

    async def caller(self, secret: str, *, address: str) -> Caller:
        """Raises ApiError: 401 for a key that is not valid, 429 when it called too often."""
        digest = keys.digest(secret)
        kept = self._valid(digest) or await self._looked_up(secret, digest, address)
        self._count(kept)
        return kept.caller

    def _valid(self, digest: str) -> _Kept | None:
        kept = self._kept.get(digest)
        if kept is None or kept.until < time.monotonic():
            return None
        return None if kept.expires_at and kept.expires_at <= timezone.now() else kept

    async def _looked_up(self, secret: str, digest: str, address: str) -> _Kept:
        before = self._changes
        found = await sync_to_async(keys.find_key, thread_sensitive=True)(secret)
        if found is None:
            await sync_to_async(record_rejected_key, thread_sensitive=True)(secret=secret)
            if self._wrong.wait(address, per_minute=WRONG_PER_MINUTE):
                await asyncio.sleep(1)
            raise ApiError(401, "This API key is not valid: it is unknown, expired or revoked.")
        kept = _Kept(
            caller=Caller(author=Author.with_key(found), role=Role(found.role), identity=str(found.id)),
            per_minute=found.requests_per_minute,
            expires_at=found.expires_at,
            until=time.monotonic() + KEPT_SECONDS,
        )
        with self._lock:
            if before == self._changes:  # else what was read may be the key as it was
                self._kept[digest] = kept
                self._kept.move_to_end(digest)
                if len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
        return kept

    def _count(self, kept: _Kept) -> None:
        per_minute = settings.API_RATE if kept.per_minute is None else kept.per_minute
        if per_minute and (seconds := self._calls.wait(kept.caller.identity, per_minute=per_minute)):
            retry = {"Retry-After": str(math.ceil(seconds))}
            raise ApiError(429, f"This API key may call {per_minute} times a minute.", retry)

    def _changed(self, instance: ApiKey, **_signal: Any) -> None:
        transaction.on_commit(lambda: self._forget(instance.digest))

    def _forget(self, digest: str) -> None:
        with self._lock:
            self._changes += 1
            self._kept.pop(digest, None)


@lru_cache(maxsize=1)
def key_ring() -> KeyRing:
    """The one of this process."""
    return KeyRing()
