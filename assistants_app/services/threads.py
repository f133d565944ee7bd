"""Creating, renaming, changing and deleting threads. What was said in them is the checkpointer's."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from assistants_app.domain.errors import ThreadNotFound
from assistants_app.domain.written_text import seen_line
from assistants_app.models import Assistant, Person, Run, Thread
from assistants_app.models.fields import EncodedJson
from assistants_app.models.prepared import insert
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.contents import check_line
from assistants_app.services.expiry import Ttl, default_ttl

TITLE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Held:
    """What a thread holds at its newest checkpoint, as its row keeps it: see `engine.threads.held`."""

    values: EncodedJson
    interrupts: EncodedJson
    waits: bool
    """Whether a node comes next there."""

    def columns(self) -> dict[str, Any]:
        """For `QuerySet.update`."""
        return {"values": self.values, "interrupts": self.interrupts, "state_updated_at": timezone.now()}


def create_thread(
    *,
    assistant: Assistant | None,
    owner: Person | None,
    author: Author | None = None,
    title: str = "",
    metadata: dict[str, Any] | None = None,
    thread_id: uuid.UUID | None = None,
    ttl: Ttl | None = None,
) -> Thread:
    """Make an empty thread, which stays as long as `ttl` says, or else the langgraph.json.

    A `thread_id` that exists already is the database's to refuse (IntegrityError).
    """
    with transaction.atomic():  # so that a refusal leaves a transaction around it usable
        thread = new_thread(
            assistant=assistant,
            owner=owner,
            author=_author(author, owner),
            title=title,
            metadata=metadata or {},
            thread_id=thread_id or uuid.uuid4(),
            ttl=ttl,
        )
        return insert(thread)


def new_thread(
    *,
    assistant: Assistant | None,
    owner: Person | None,
    author: str,
    title: str,
    metadata: dict[str, Any],
    thread_id: uuid.UUID,
    ttl: Ttl | None = None,
    status: Thread.Status = Thread.Status.IDLE,
) -> Thread:
    """The same, to be inserted by who asks for it."""
    ttl = ttl or default_ttl()
    return Thread(
        thread_id=thread_id,
        assistant=assistant,
        owner=owner,
        author=author,
        title=_cut(title),
        metadata=metadata,
        status=status,
        **(ttl.columns() if ttl else {}),
    )


def update_thread(*, thread_id: uuid.UUID, metadata: dict[str, Any] | None = None, ttl: Ttl | None = None) -> Thread:
    """Put `metadata` over a thread's own, key by key, and let `ttl` begin now. Raises ThreadNotFound."""
    with transaction.atomic():
        thread = Thread.objects.select_for_update().get_by_uuid(thread_id)
        thread.metadata = {**thread.metadata, **(metadata or {})}
        changed = ttl.columns() if ttl else {}
        for name, value in changed.items():
            setattr(thread, name, value)
        thread.save(update_fields=["metadata", "updated_at", *changed])
    return thread


def copy_thread(*, thread: Thread, to: uuid.UUID, metadata: dict[str, Any], author: Author | None = None) -> Thread:
    """Make `to` a thread that holds what `thread` holds; it belongs to no person. The checkpoints are the engine's.

    A busy thread's copy is idle: nothing runs in it.
    """
    status = Thread.Status.IDLE if thread.status == Thread.Status.BUSY else thread.status
    ttl = Ttl(**thread.ttl) if thread.ttl else default_ttl()
    return Thread.objects.create(
        thread_id=to,
        author=_author(author, None),
        metadata=metadata,
        status=status,
        config=thread.config,
        values=thread.values,
        interrupts=thread.interrupts,
        error=thread.error,
        **(ttl.columns() if ttl else {}),
    )


def is_gone(*, thread_id: uuid.UUID) -> bool:
    return not Thread.objects.filter(thread_id=thread_id).exists()


def record_held(*, thread: Thread, held: Held, after_a_run: bool = False) -> None:
    """Keep what a change of its state left a thread with, unless a run or another change came since it was read.

    What its last run came to is told no longer, unless this is what that run left.
    """
    told = held.columns()
    if not after_a_run:
        status = Thread.Status.INTERRUPTED if held.waits else Thread.Status.IDLE
        told |= {"status": status, "error": None, "updated_at": timezone.now()}
    unchanged = Thread.objects.filter(pk=thread.pk, state_updated_at=thread.state_updated_at)
    unchanged.exclude(status=Thread.Status.BUSY).update(**told)


def rename_thread(*, thread_id: uuid.UUID, title: str) -> Thread:
    """Give a thread another title; its place in lists stays. Raises ThreadNotFound, InvalidText."""
    check_line("title", title)
    with transaction.atomic():
        thread = Thread.objects.without_state().select_for_update().get_by_uuid(thread_id)
        thread.title = _cut(title)
        Thread.objects.filter(pk=thread.pk).update(title=thread.title)
    return thread


def delete_thread(*, thread_id: uuid.UUID, author: Author | None = None) -> None:
    """Delete a thread with its runs; what runs in it is cancelled. Raises ThreadNotFound.

    The engine hears of it (Django's post_delete signal, whoever deletes) and deletes the checkpoints.
    """
    with transaction.atomic():
        found = Thread.objects.filter(thread_id=thread_id)
        title, by = found.values_list("title", "author").first() or ("", "")
        deleted, rows = found.delete()
        if not deleted:
            raise ThreadNotFound
        held = {"author": by, "runs": rows.get(Run._meta.label, 0)}
        audit.record(
            Action.THREAD_DELETED, author=author, kind=ObjectKind.THREAD, id=thread_id, name=title, before=held
        )


def _author(author: Author | None, owner: Person | None) -> str:
    if author is None and owner is not None:
        author = Author.of(owner)
    return author.label if author else ""


def _cut(title: str) -> str:
    """What can be seen of what most often is the beginning of a message, as long as the column."""
    return seen_line(title)[:TITLE_LENGTH]
