"""Giving people roles, and taking them back. Whether somebody is an operator is `services.people`'s matter."""

import uuid
from dataclasses import dataclass
from typing import Any, Self

from django.db import transaction
from django.utils.translation import gettext as _

from assistants_app.domain.people_errors import GrantNotFound, InvalidGrant, PersonNotFound
from assistants_app.domain.written_text import name_fault
from assistants_app.graphs.catalog import catalog
from assistants_app.models import Assistant, Grant, Person, Role
from assistants_app.models.grants import GRANTABLE
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.differences import Values
from assistants_app.services.rights import require_operator

LONGEST = 200
"""Of the name of a graph or of a tag."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which assistants a role is for: all, or those of a graph or with a tag, or a single one."""

    graph_id: str = ""
    tag: str = ""
    assistant: Assistant | None = None

    @classmethod
    def named(cls, kind: str, name: str = "") -> Self:
        """As a form or a command names it: "all", "graph", "tag" or "assistant". Raises InvalidGrant."""
        name = name.strip()
        if kind == "all":
            return cls()
        if not name or len(name) > LONGEST or name_fault(name):
            raise InvalidGrant(_("Say which graph, tag or assistant the role is for."))
        if kind == "graph":
            return cls(graph_id=_graph(name))
        if kind == "tag":
            return cls(tag=name)
        if kind == "assistant":
            return cls(assistant=_assistant(name))
        raise InvalidGrant

    @property
    def columns(self) -> dict[str, Any]:
        return {"graph_id": self.graph_id, "tag": self.tag, "assistant": self.assistant}


EVERYTHING = Scope()


def _assistant(name: str) -> Assistant:
    """By its id. Raises InvalidGrant."""
    try:
        found = Assistant.objects.for_list().filter(assistant_id=uuid.UUID(name)).first()
    except ValueError:
        found = None
    if found is None:
        raise InvalidGrant(_("There is no such assistant."))
    return found


def _graph(graph_id: str) -> str:
    """One of the langgraph.json, whether it can be loaded or not, or one that was taken out of it and has assistants;
    while that file cannot be read, any. Raises InvalidGrant."""
    known = catalog()
    if any(entry.graph_id == graph_id for entry in known.entries()) or known.problem:
        return graph_id
    if not Assistant.objects.filter(graph_id=graph_id).exists():
        raise InvalidGrant(_('There is no graph "%(graph)s" here.') % {"graph": graph_id})
    return graph_id


def grantable(name: str) -> Role:
    """The role of this name. Raises InvalidGrant."""
    if name not in GRANTABLE:
        raise InvalidGrant
    return Role(name)


def give_role(*, person_id: int, role: Role, scope: Scope = EVERYTHING, author: Author) -> Grant:
    """Let somebody have a role; who has another one there has this one instead.

    Raises NotAllowed, PersonNotFound, InvalidGrant.
    """
    require_operator(author)
    grantable(role)
    with transaction.atomic():
        if not Person.objects.select_for_update().filter(pk=person_id).exists():
            raise PersonNotFound
        given = {"role": role, "given_by": author.person}
        before = Grant.objects.filter(person_id=person_id, **scope.columns).values_list("role", flat=True).first()
        grant, _made = Grant.objects.update_or_create(person_id=person_id, **scope.columns, defaults=given)
        _record(Action.ROLE_GRANTED, grant, author, before={"role": before} if before else None, after={"role": role})
    return grant


def take_role(*, grant_id: int, author: Author, person_id: int | None = None) -> Grant:
    """Take a role back, from whoever has it, or only from this person. Raises NotAllowed, GrantNotFound."""
    require_operator(author)
    with transaction.atomic():
        found = Grant.objects.select_for_update(of=("self",)).select_related("assistant", "person").filter(pk=grant_id)
        grant = (found if person_id is None else found.filter(person_id=person_id)).first()
        if grant is None:
            raise GrantNotFound
        Grant.objects.filter(pk=grant.pk).delete()
        _record(Action.ROLE_TAKEN, grant, author, before={"role": grant.role}, after=None)
    return grant


def _record(action: Action, grant: Grant, author: Author, *, before: Values | None, after: Values | None) -> None:
    """Of the person whose role it is, with what it is for."""
    scope = {"for": grant.scope}
    audit.record(
        action,
        author=author,
        kind=ObjectKind.PERSON,
        id=grant.person_id,
        name=str(grant.person),
        before=before and {**before, **scope},
        after=after and {**after, **scope},
    )
