"""Locked and hidden settings on the page that edits an assistant: read there, or not, and changed by who may."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from assistants_app.domain.form_spec import FormSpec
from assistants_app.domain.json_pointer import escape, look_up
from assistants_app.domain.json_values import Settings, same
from assistants_app.models import Assistant, Role, SettingLock
from assistants_app.services.authors import Author
from assistants_app.services.hidden import closed_to, locks_of
from assistants_app.services.rights import role_for


@dataclass(frozen=True, slots=True)
class Locked:
    """`fields` are those that are switched off, by their keys: why. `named` are the others, which the form has
    otherwise than the live version, or which are no field of their own: they stay open, to be put right.

    `hidden` are the fields in whose place stands only why, and `kept` other hidden settings. `below` are the fields
    that somebody sees who is told from whom they are hidden."""

    fields: dict[str, str] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)
    hidden: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    below: dict[str, str] = field(default_factory=dict)


def locked_for(author: Author, assistant: Assistant, spec: FormSpec, shown: Settings) -> Locked:
    """What somebody must leave as the live version has it, where the form shows these settings."""
    fields = {f"/{escape(one.key)}": one for one in spec.fields}
    said = _("Locked: changing it needs the role %(role)s.")
    locks = locks_of(assistant.graph_id)
    found = hidden_for(role_for(author, assistant), locks, spec)
    for lock in closed_to(role_for(author, assistant), locks):
        one = fields.get(lock.pointer)
        if lock.hidden:
            continue
        if one is not None and same(look_up(shown, lock.pointer), look_up(assistant.context, lock.pointer)):
            found.fields[one.key] = said % {"role": Role(lock.role).label}
        else:
            found.named.append(one.label if one else lock.pointer)
    return found


def hidden_for(role: Role | None, locks: Sequence[SettingLock], spec: FormSpec) -> Locked:
    """What is hidden from somebody with this role, and what is only from others."""
    fields = {f"/{escape(one.key)}": one for one in spec.fields}
    found, closed = Locked(), closed_to(role, locks)
    away = _("Hidden from you: seeing and changing it needs the role %(role)s.")
    below = _("Hidden from everybody below the role %(role)s.")
    for lock in locks:
        one, named = fields.get(lock.pointer), {"role": Role(lock.role).label}
        if not lock.hidden:
            continue
        if lock not in closed:
            found.below.update({one.key: below % named} if one else {})
        elif one:
            found.hidden[one.key] = away % named
        else:
            found.kept.append(lock.pointer)
    return found
