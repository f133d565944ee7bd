"""How long threads stay. What has expired is found by the engine, which asks here what happens to it."""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import transaction
from django.utils import timezone

from assistants_app.graphs.catalog import catalog
from assistants_app.models import Thread

Strategy = Literal["delete", "keep_latest"]


@dataclass(frozen=True, slots=True)
class Ttl:
    """How long a thread stays when nothing happens in it, in minutes, and what happens then: it goes, or all but its
    newest state does."""

    ttl: float
    strategy: Strategy = "delete"

    def columns(self) -> dict[str, Any]:
        """Of a thread that gets this now."""
        return {"ttl": asdict(self), "expires_at": self.after(timezone.now())}

    def after(self, moment: datetime) -> datetime:
        return moment + timedelta(minutes=self.ttl)


def default_ttl() -> Ttl | None:
    """Of threads that are made without one: the langgraph.json's; None where they stay."""
    config = catalog().config
    asked = config.checkpointer.ttl if config else None
    return None if asked is None or asked.default_ttl is None else Ttl(asked.default_ttl, asked.strategy)


def expires_at(thread: Thread) -> datetime | None:
    """When it would expire, as things are: what happens in a thread puts that off."""
    if thread.ttl is None or thread.expires_at is None:
        return None
    return max(thread.expires_at, Ttl(**thread.ttl).after(thread.state_updated_at))


def due_threads(*, until: datetime, limit: int) -> list[uuid.UUID]:
    """Some whose time came until then, the longest expired first; not those in which something is going on."""
    due = Thread.objects.filter(expires_at__lte=until).exclude(status=Thread.Status.BUSY)
    return list(due.order_by("expires_at").values_list("thread_id", flat=True)[:limit])


def expire_thread(*, thread_id: uuid.UUID) -> Strategy | None:
    """Do what is due with a thread: it is deleted, or told to be thinned out and given its time anew.

    None when nothing is due (any more), or not yet: then it is due later.
    """
    with transaction.atomic():
        rows = Thread.objects.without_state().select_for_update().filter(expires_at__lte=timezone.now())
        thread = rows.filter(thread_id=thread_id).exclude(status=Thread.Status.BUSY).first()
        if thread is None:
            return None
        later, strategy = expires_at(thread), Ttl(**thread.ttl).strategy if thread.ttl else None
        if later is not None and later <= timezone.now():
            if strategy == "delete":
                thread.delete()
                return strategy
            later = Ttl(**thread.ttl).after(timezone.now())
        else:
            strategy = None
        Thread.objects.filter(pk=thread.pk).update(expires_at=later)
    return strategy
