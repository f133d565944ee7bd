"""Locked settings: who saves an assistant, or lets a version go live, leaves them as the live version has them.

Whether somebody may change one is decided by their role for the assistant. A run with other settings, which testers may
begin, is a test: it saves nothing and may change anything.
"""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from assistants_app.domain.errors import FieldError, InvalidLock, InvalidSettings
from assistants_app.domain.json_pointer import look_up
from assistants_app.domain.json_values import Settings, same, text_fault
from assistants_app.models import Assistant, AssistantVersion, Role, SettingLock
from assistants_app.models.locks import LOCKABLE
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.rights import require_operator, rights_of

LONGEST = 500
"""Of a JSON Pointer."""


def locks_for(role: Role | None, graph_id: str) -> list[SettingLock]:
    """What somebody with this role may not change; asks nothing for an operator."""
    if role is Role.OPERATOR:
        return []
    locks = SettingLock.objects.filter(graph_id=graph_id)
    return [lock for lock in locks if role is None or not role.includes(Role(lock.role))]


def check_locks(
    author: Author, assistant: Assistant, new: Assistant | AssistantVersion, kept: Settings | None = None
) -> None:
    """Raises InvalidSettings for locked settings that `new` has otherwise than the assistant, or than `kept`."""
    kept = assistant.context if kept is None else kept
    if new.context is kept:
        return
    errors = changed_locks(locks_for(rights_of(author).on(assistant), new.graph_id), kept, new.context)
    if errors:
        raise InvalidSettings(errors)


def changed_locks(locks: Iterable[SettingLock], kept: Settings, new: Settings) -> list[FieldError]:
    said = _("This is locked: changing it needs the role %(role)s. Leave it as the live version has it.")
    return [
        FieldError(lock.pointer, said % {"role": Role(lock.role).label})
        for lock in locks
        if not same(look_up(kept, lock.pointer), look_up(new, lock.pointer))
    ]


def set_lock(*, graph_id: str, pointer: str, role: Role, author: Author) -> SettingLock:
    """Lock a setting, or let another role change it. Raises NotAllowed, InvalidLock."""
    require_operator(author)
    if role not in LOCKABLE or not pointer.startswith("/") or len(pointer) > LONGEST or text_fault(pointer):
        raise InvalidLock
    with transaction.atomic():
        given = {"role": role, "set_by": author.person}
        lock, _made = SettingLock.objects.update_or_create(graph_id=graph_id, pointer=pointer, defaults=given)
        _record(author, graph_id, after={pointer: role})
    return lock


def remove_lock(*, graph_id: str, pointer: str, author: Author) -> None:
    """Nothing happens where there is none. Raises NotAllowed."""
    require_operator(author)
    with transaction.atomic():
        for lock in SettingLock.objects.select_for_update().filter(graph_id=graph_id, pointer=pointer):
            SettingLock.objects.filter(pk=lock.pk).delete()
            _record(author, graph_id, before={pointer: lock.role})


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
