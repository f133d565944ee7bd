"""The audit log: one line in each service that changes something, inside the transaction of the change.

What is recorded is bounded: long values are cut and say so, and refusals that come too often are counted instead.
"""

import json
from collections.abc import Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from assistants_app.domain.config_values.hidden import without_secrets
from assistants_app.domain.json_values import Json
from assistants_app.models import AuditEntry
from assistants_app.models.audit import Action, ObjectKind, Who
from assistants_app.models.fields import EncodedJson
from assistants_app.models.prepared import insert, new_row
from assistants_app.services.authors import Author
from assistants_app.services.origin import origin

__all__ = ["Action", "ObjectKind", "entry", "record"]

VALUE_LENGTH = 2_000
"""Characters of a value, as JSON, that are kept."""

MOST_VALUES = 50
"""Changed values of one entry that are kept."""


def record(
    action: Action,
    *,
    author: Author | None = None,
    kind: ObjectKind | None = None,
    id: object = "",
    name: str = "",
    before: Mapping[str, Json] | None = None,
    after: Mapping[str, Json] | None = None,
) -> None:
    """Add an entry to the log. Call it inside the transaction of what it tells of: both are kept, or neither. It takes
    what `entry` does."""
    insert(entry(action, author=author, kind=kind, id=id, name=name, before=before, after=after))


def entry(
    action: Action,
    *,
    author: Author | None = None,
    kind: ObjectKind | None = None,
    id: object = "",
    name: str = "",
    before: Mapping[str, Json] | None = None,
    after: Mapping[str, Json] | None = None,
) -> AuditEntry:
    """An entry that is not kept yet, for who writes it together with what it tells of.

    `author` is who acts, where that is not whom the edge named. `before` and `after` hold what changed, by name; what
    is called like a secret is masked here, and what a schema calls one must be by the caller.
    """
    where = origin()
    author = author or where.author
    who_kind, who_id = author.identity
    return new_row(
        AuditEntry,
        at=timezone.now(),
        who_kind=who_kind.value,
        who_id=_text(who_id, 200),
        who=_text(author.label, 200),
        action=action.value,
        object_kind=kind.value if kind else "",
        object_id=_text(str(id), 200),
        object_name=_text(name, 200),
        face=where.face.value,
        address=_text(where.address, 64),
        request_id=_text(where.request_id, 200),
        before=encoded(before),
        after=encoded(after),
    )


def encoded(values: Mapping[str, Json] | None) -> EncodedJson | None:
    """What is kept of values that changed: their secrets masked, the long ones cut, not too many."""
    if not values:
        return None
    shown = without_secrets(None, dict(values))
    kept = {name: _bounded(value) for name, value in list(shown.items())[:MOST_VALUES]}
    if left_out := len(shown) - len(kept):
        kept["…"] = _("[%(count)s more left out]") % {"count": left_out}
    return EncodedJson(_text(json.dumps(kept, ensure_ascii=False, default=str)))


def _bounded(value: Json) -> Json:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if len(text) <= VALUE_LENGTH:
        return value
    return text[:VALUE_LENGTH] + _("… [cut: %(count)s characters]") % {"count": len(text)}


def _text(text: str, length: int | None = None) -> str:
    """As both databases keep it."""
    if not text.isascii() or "\0" in text:
        text = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return text[:length]


def nobody(name: str = "") -> Author:
    """The author of what a stranger tries; `name` is whom they say they are."""
    return Author(person=None, label=name, kind=Who.STRANGER)
