"""The one way in which entries of the audit log go: they are older than somebody decided, and the log tells of it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from assistants_app.domain.errors import InvalidInput
from assistants_app.models import AuditEntry
from assistants_app.models.append_only import deletable
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.rights import require_operator

BATCH = 10_000
"""Entries of one transaction: on SQLite all that is written waits for it."""

LEAST_DAYS = 1


def expire_entries(*, days: int, author: Author, tell: Callable[[int], object] = bool, batch: int = BATCH) -> int:
    """Delete what is older than so many days; how many that was. Raises NotAllowed, InvalidInput.

    That it was begun is recorded first: what an interruption leaves, the next time deletes.
    """
    require_operator(author)
    if days < LEAST_DAYS or days > 365_000:
        raise InvalidInput
    before = timezone.now() - timedelta(days=days)
    count = AuditEntry.objects.filter(at__lt=before).count()
    if not count:
        return 0
    with transaction.atomic():
        told = {"older_than_days": days, "before": before, "entries": count}
        audit.record(Action.AUDIT_EXPIRED, author=author, kind=ObjectKind.SITE, after=told)
    deleted = 0
    while gone := _delete_some(before, batch):
        deleted += gone
        tell(deleted)
    return deleted


def _delete_some(before: datetime, batch: int) -> int:
    with deletable():
        oldest = AuditEntry.objects.filter(at__lt=before).order_by("at").values("pk")[:batch]
        return AuditEntry.objects.filter(pk__in=oldest).delete()[0]
