"""Making, finding and revoking the keys with which programs call the API."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assistants_app.domain.people_errors import InvalidKey, KeyNotFound
from assistants_app.domain.written_text import name_fault
from assistants_app.models import ApiKey, Person, Role
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author

MARK = "as_"
"""What every key begins with, so that scanners for leaked secrets can know it."""

SHOWN = 10
"""How many of its first characters stay known."""

NAME_LENGTH = 100

MOST_REQUESTS = 1_000_000

USE_NOTED = timedelta(minutes=1)
"""How exactly a key's last use is known: a write for each request would cost more than most requests."""


def create_key(
    *,
    name: str,
    role: Role,
    created_by: Person | None,
    author: Author | None = None,
    expires_at: datetime | None = None,
    requests_per_minute: int | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; returns it with the secret itself, which nobody can ever read again. Raises InvalidKey.

    Without an `author` that is `created_by`, or else whom the edge named.
    """
    name = name.strip()
    if not name or len(name) > NAME_LENGTH:
        raise InvalidKey
    if fault := name_fault(name):
        raise InvalidKey(_("This cannot be a name: %(fault)s.") % {"fault": fault})
    if requests_per_minute is not None and not 0 < requests_per_minute <= MOST_REQUESTS:
        raise InvalidKey(_("A limit is a number of requests a minute, from 1 to %(most)s.") % {"most": MOST_REQUESTS})
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidKey(_("A key cannot expire in the past."))
    secret = MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        key = ApiKey.objects.create(
            name=name,
            role=role,
            start=secret[:SHOWN],
            digest=digest(secret),
            created_by=created_by,
            expires_at=expires_at,
            requests_per_minute=requests_per_minute,
        )
        made = {"role": role, "expires_at": expires_at, "requests_per_minute": requests_per_minute}
        by = author or (Author.of(created_by) if created_by else None)
        audit.record(Action.KEY_CREATED, author=by, kind=ObjectKind.KEY, id=key.pk, name=name, after=made)
    return key, secret


def find_key(secret: str) -> ApiKey | None:
    """The usable key with this secret; its use is noted."""
    key = ApiKey.objects.usable().filter(digest=digest(secret)).first()
    if key is None:
        return None
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > USE_NOTED:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


def revoke_key(*, key_id: uuid.UUID, author: Author | None = None) -> ApiKey:
    """From now on nobody gets in with it; it stays listed. Raises KeyNotFound."""
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().filter(id=key_id).first()
        if key is None:
            raise KeyNotFound
        if key.revoked_at is None:
            key.revoked_at = timezone.now()
            key.save(update_fields=["revoked_at"])
            audit.record(Action.KEY_REVOKED, author=author, kind=ObjectKind.KEY, id=key.pk, name=key.name)
    return key


def digest(secret: str) -> str:
    """What is stored of a key. It is long and random, so that one round of a fast hash keeps it."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
