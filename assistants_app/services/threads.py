"""Creating, renaming and deleting threads. What was said in them is the checkpointer's."""

import uuid
from typing import Any

from django.db import transaction

from assistants_app.domain.errors import ThreadNotFound
from assistants_app.models import Assistant, Person, Thread

TITLE_LENGTH = 200


def create_thread(
    *,
    assistant: Assistant | None,
    owner: Person | None,
    title: str = "",
    metadata: dict[str, Any] | None = None,
    thread_id: uuid.UUID | None = None,
) -> Thread:
    """Make an empty thread. A `thread_id` that exists already is the database's to refuse (IntegrityError)."""
    return Thread.objects.create(
        thread_id=thread_id or uuid.uuid4(),
        assistant=assistant,
        owner=owner,
        title=_clean(title),
        metadata=metadata or {},
    )


def rename_thread(*, thread_id: uuid.UUID, title: str) -> Thread:
    """Give a thread another title; its place in lists stays. Raises ThreadNotFound."""
    with transaction.atomic():
        thread = Thread.objects.select_for_update().get_by_uuid(thread_id)
        thread.title = _clean(title)
        Thread.objects.filter(pk=thread.pk).update(title=thread.title)
    return thread


def delete_thread(*, thread_id: uuid.UUID) -> None:
    """Delete a thread with its runs; what runs in it is cancelled. Raises ThreadNotFound.

    The engine hears of it (Django's post_delete signal, whoever deletes) and deletes the checkpoints.
    """
    with transaction.atomic():
        deleted, _rows = Thread.objects.filter(thread_id=thread_id).delete()
    if not deleted:
        raise ThreadNotFound


def _clean(title: str) -> str:
    """One line without characters that a database refuses, cut to the column's length."""
    text = title.replace("\x00", "").encode("utf-8", "ignore").decode()
    return " ".join(text.split())[:TITLE_LENGTH]
