"""Locked settings on the page that edits an assistant: to be read there, and to be changed by who may."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from assistants_app.domain.form_spec import FormSpec
from assistants_app.domain.json_pointer import escape, look_up
from assistants_app.domain.json_values import Settings, same
from assistants_app.models import Assistant, Role
from assistants_app.services.authors import Author
from assistants_app.services.locks import locks_for
from assistants_app.services.rights import role_for


@dataclass(frozen=True, slots=True)
class Locked:
    """`fields` are those that are switched off, by their keys: why. `named` are the others, which the form has
    otherwise than the live version, or which are no field of their own: they stay open, to be put right."""

    fields: dict[str, str] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)


def locked_for(author: Author, assistant: Assistant, spec: FormSpec, shown: Settings) -> Locked:
    """What somebody must leave as the live version has it, where the form shows these settings."""
    fields = {f"/{escape(one.key)}": one for one in spec.fields}
    said = _("Locked: changing it needs the role %(role)s.")
    found = Locked()
    for lock in locks_for(role_for(author, assistant), assistant.graph_id):
        one = fields.get(lock.pointer)
        if one is not None and same(look_up(shown, lock.pointer), look_up(assistant.context, lock.pointer)):
            found.fields[one.key] = said % {"role": Role(lock.role).label}
        else:
            found.named.append(one.label if one else lock.pointer)
    return found
