"""Where a run goes that is about to be accepted: a thread of its own, one that is locked, or one seen at rest."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from assistants_app.domain.errors import ThreadBusy, ThreadNotFound
from assistants_app.domain.json_values import Json, Settings
from assistants_app.models import Assistant, Person, Run, Thread
from assistants_app.models.prepared import Insert, Update, ask, ask_values
from assistants_app.models.threads import STATE
from assistants_app.services.authors import Author
from assistants_app.services.threads import new_thread

SEEN = tuple(field.attname for field in Thread._meta.concrete_fields if field.attname not in STATE)
"""What of a thread is read to accept a run there."""


@dataclass(frozen=True, slots=True)
class NewThread:
    """A thread that is made with its first run, and not made when that is refused."""

    thread_id: uuid.UUID = field(default_factory=uuid.uuid4)
    assistant: Assistant | None = None
    owner: Person | None = None
    title: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What `begin_run` was asked for."""

    thread: uuid.UUID | NewThread
    assistant_id: uuid.UUID
    author: Author
    version: int | None
    settings: Settings | None
    context: Settings | None
    config: dict[str, Any]
    metadata: dict[str, Any]
    input: Json
    command: Json
    options: dict[str, Any]
    not_before: datetime | None
    run_id: uuid.UUID
    worker_id: uuid.UUID | None
    now: datetime = field(default_factory=timezone.now)

    @property
    def later(self) -> bool:
        return self.not_before is not None and self.not_before > self.now


@dataclass(frozen=True, slots=True)
class Source:
    """Whose run it is; `row` is the assistant itself, or the version of it that is asked for."""

    assistant: Assistant
    row: Any

    @property
    def identity(self) -> dict[str, str]:
        return {"graph_id": self.row.graph_id, "assistant_id": str(self.assistant.assistant_id)}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run goes: it is its thread's `number`th, and `idle` says that nothing is before it. `first` is to be
    written before the run."""

    thread: Thread
    number: int
    idle: bool
    first: Insert | Update


def made(asked: Asked, new: NewThread, source: Source) -> Place:
    thread = new_thread(
        thread_id=new.thread_id,
        assistant=new.assistant,
        owner=new.owner,
        author=asked.author.label,
        title=new.title,
        metadata={**new.metadata, **source.identity},
        status=Thread.Status.IDLE if asked.later else Thread.Status.BUSY,
    )
    return Place(thread, number=1, idle=True, first=Insert(thread))


def taken(asked: Asked, source: Source) -> Place:
    """A thread, locked. Raises ThreadNotFound, ThreadBusy."""
    found = ask("thread-to-lock", Thread.objects.without_state().select_for_update().filter, thread_id=asked.thread)
    if not found:
        raise ThreadNotFound
    thread = found[0]
    if thread.status == Thread.Status.BUSY and asked.options.get("multitask_strategy", "reject") == "reject":
        raise ThreadBusy
    newest = ask_values("newest-run", _newest, thread_id=asked.thread, now=timezone.now())
    last, waits = newest[0] if newest else (0, False)
    idle = thread.status != Thread.Status.BUSY and not waits
    return _joined(asked, source, thread, last, idle, {})


def seen(asked: Asked, source: Source) -> Place | None:
    """A thread at rest, as it is seen without a lock: whatever changes it meanwhile, which a new time tells, or the
    number of a run, makes writing there come to nothing. Raises ThreadNotFound."""
    found = ask_values("thread-and-newest-run", _thread_and_newest, thread_id=asked.thread, now=timezone.now())
    if not found:
        raise ThreadNotFound
    *columns, last, waits = found[0]
    thread = Thread.from_db("default", SEEN, columns)
    if thread.status == Thread.Status.BUSY or waits:
        return None
    return _joined(asked, source, thread, last or 0, True, {"status": thread.status, "updated_at": thread.updated_at})


def _joined(asked: Asked, source: Source, thread: Thread, last: int, idle: bool, unchanged: dict[str, Any]) -> Place:
    """The thread is told of the run, where it is still as it was."""
    thread.metadata = {**thread.metadata, **source.identity}
    if not asked.later:
        thread.status = Thread.Status.BUSY
    columns = {"metadata": thread.metadata, "status": thread.status, "updated_at": timezone.now()}
    return Place(thread, last + 1, idle, Update(Thread, {"thread_id": thread.thread_id, **unchanged}, columns))


def _thread_and_newest(*, thread_id: uuid.UUID, now: datetime) -> Any:
    """A thread, the number of its newest run, and whether one has not ended."""
    runs = Run.objects.filter(thread_id=OuterRef("thread_id"))
    waits = Exists(runs.unfinished().due(now))
    newest = Subquery(runs.order_by("-number").values("number")[:1])
    return (
        Thread.objects.filter(thread_id=thread_id)
        .annotate(last=newest, waits=waits)
        .values_list(*SEEN, "last", "waits")
    )


def _newest(*, thread_id: uuid.UUID, now: datetime) -> Any:
    """The number of a thread's newest run, and whether one waits for its turn."""
    unfinished = Run.objects.filter(thread_id=OuterRef("thread_id")).unfinished().due(now)
    newest = Run.objects.filter(thread_id=thread_id).order_by("-number").annotate(waits=Exists(unfinished))
    return newest.values_list("number", "waits")[:1]
