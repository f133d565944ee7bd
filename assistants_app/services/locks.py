"""Locked settings: who saves an assistant, or lets a version go live, leaves them as the live version has them.

Whether somebody may change one is decided by their role for the assistant. A run with other settings, which testers may
begin, is a test: it saves nothing and may change anything but what is hidden. How that is kept: `services.hidden`.
"""

import copy
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from assistants_app.domain.errors import FieldError, InvalidLock, InvalidSettings
from assistants_app.domain.json_pointer import look_up
from assistants_app.domain.json_values import Settings, same, text_fault
from assistants_app.models import Assistant, Role, SettingLock
from assistants_app.models.locks import LOCKABLE
from assistants_app.models.prepared import Missing
from assistants_app.services import audit, hiding
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.hidden import closed_to, locks_of, pointers_of, sealed_away, with_kept
from assistants_app.services.rights import require_operator, rights_of
from assistants_app.services.secrets import Content, sealed_content

LONGEST = 500
"""Of a JSON Pointer."""

AT_ONCE = 3.0
"""Seconds that whoever hides a setting waits for what is stored to be sealed; the engine goes on with the rest."""


def locks_for(role: Role | None, graph_id: str) -> list[SettingLock]:
    """What somebody with this role may not change; asks nothing for an operator."""
    return [] if role is Role.OPERATOR else closed_to(role, SettingLock.objects.filter(graph_id=graph_id))


def under_locks(
    author: Author, assistant: Assistant, new: Content, *, kept: Settings | None = None, put_back: bool = True
) -> Content:
    """The content as it may be stored: sealed, and with the hidden settings as the assistant has them, or as `kept`
    does, unless `put_back` is false, as for a version that is there already.

    Raises InvalidSettings for locked settings that `new` has otherwise, and for what is sent for a hidden one.
    """
    kept = assistant.context if kept is None else kept
    if not _may_differ(assistant, new, kept):
        return sealed_content(new)
    locks = locks_of(new.graph_id)
    if not locks:
        _LOCKED.discard(new.graph_id)
        return sealed_content(new)
    _LOCKED.add(new.graph_id)
    closed, hidden = closed_to(rights_of(author).on(assistant), locks), pointers_of(locks)
    new = copy.copy(new)
    if put_back:
        new.context = with_kept(closed, kept, new.context)
    new = sealed_content(new)
    new.context = sealed_away(new.context, hidden)
    if errors := changed_locks(closed, sealed_away(kept, hidden), new.context):
        raise InvalidSettings(errors)
    return new


def unless_locked(
    author: Author, assistant: Assistant, new: Content, *, kept: Settings | None = None, put_back: bool = True
) -> tuple[Content, tuple[Missing, ...]]:
    """What `under_locks` makes of it, and what that takes for granted, if it does not ask: that nothing is locked in
    the graph. Who writes it leaves it to the database to see to that, and asks `under_locks` where it is not so."""
    if new.graph_id in _LOCKED:
        return under_locks(author, assistant, new, kept=kept, put_back=put_back), ()
    if not _may_differ(assistant, new, assistant.context if kept is None else kept):
        return sealed_content(new), ()
    return sealed_content(new), (Missing("setting-locks", SettingLock.objects.filter, {"graph_id": new.graph_id}),)


_LOCKED: set[str] = set()
"""The graphs in which something was locked when they were last asked: there it is not worth a try without."""


def _may_differ(assistant: Assistant, new: Content, kept: Settings) -> bool:
    return bool((new.context is not kept or new.graph_id != assistant.graph_id) and (new.context or kept))


def changed_locks(locks: Iterable[SettingLock], kept: Settings, new: Settings) -> list[FieldError]:
    said = _("This is locked: changing it needs the role %(role)s. Leave it as the live version has it.")
    return [
        FieldError(lock.pointer, said % {"role": Role(lock.role).label})
        for lock in locks
        if not same(look_up(kept, lock.pointer), look_up(new, lock.pointer))
    ]


def set_lock(*, graph_id: str, pointer: str, role: Role, author: Author, hidden: bool = False) -> SettingLock:
    """Lock a setting, or let another role change it; `hidden` also hides its value from who may not, wherever it is
    stored by now. Raises NotAllowed, InvalidLock."""
    require_operator(author)
    if role not in LOCKABLE or not pointer.startswith("/") or len(pointer) > LONGEST or text_fault(pointer):
        raise InvalidLock
    with transaction.atomic():
        before = SettingLock.objects.select_for_update().filter(graph_id=graph_id, pointer=pointer).first()
        given = {"role": role, "hidden": hidden, "set_by": author.person}
        lock, _made = SettingLock.objects.update_or_create(graph_id=graph_id, pointer=pointer, defaults=given)
        _record(author, graph_id, after={pointer: _told(lock)})
        follows = _follow(graph_id, pointer, was=before is not None and before.hidden, hidden=hidden)
    if follows:
        hiding.seal_for(graph_id, AT_ONCE)
    return lock


def remove_lock(*, graph_id: str, pointer: str, author: Author) -> None:
    """Nothing happens where there is none. Raises NotAllowed."""
    require_operator(author)
    was = False
    with transaction.atomic():
        for lock in SettingLock.objects.select_for_update().filter(graph_id=graph_id, pointer=pointer):
            was = lock.hidden
            SettingLock.objects.filter(pk=lock.pk).delete()
            _record(author, graph_id, before={pointer: _told(lock)})
        follows = _follow(graph_id, pointer, was=was, hidden=False)
    if follows:
        hiding.seal_for(graph_id, AT_ONCE)


def _follow(graph_id: str, pointer: str, *, was: bool, hidden: bool) -> bool:
    """Note what is to be sealed, or opened, with the change itself; whether there is anything."""
    if hidden or was:
        hiding.begin(graph_id, disclose=frozenset() if hidden else frozenset({pointer}))
    return hidden or was


def _told(lock: SettingLock) -> str:
    return f"{lock.role}-hidden" if lock.hidden else str(lock.role)


def _record(
    author: Author, graph_id: str, *, before: dict[str, str] | None = None, after: dict[str, str] | None = None
) -> None:
    audit.record(
        Action.POLICY_CHANGED,
        author=author,
        kind=ObjectKind.GRAPH,
        id=graph_id,
        name=graph_id,
        before=dict(before or {}),
        after=dict(after or {}),
    )
