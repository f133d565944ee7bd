"""Who may do what with which assistant: the one place that every service, page and command asks.

A program, and the product itself, has one role everywhere (`Author.role`). A person is an operator, or has grants: for
all assistants, for those of a graph, with a tag, or for a single one; of those that fit, the highest counts. Whoever
owns an assistant is its editor. An assistant that somebody has no role for is not there for them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from assistants_app.domain import tags
from assistants_app.domain.errors import AssistantNotFound, NotAllowed
from assistants_app.models import Assistant, AssistantVersion, Grant, Role
from assistants_app.models.assistants import AssistantQuerySet
from assistants_app.services.authors import Author


@dataclass(frozen=True, slots=True)
class Rights:
    """What one author may do; of a person as read once in a request."""

    everywhere: Role | None = None
    graphs: Mapping[str, Role] = field(default_factory=dict)
    tags: Mapping[str, Role] = field(default_factory=dict)
    assistants: Mapping[int, Role] = field(default_factory=dict)
    """By the rows' own keys."""
    owner: int | None = None
    """The key of the person, who owns assistants."""

    @classmethod
    def granted(cls, grants: Iterable[Grant], owner: int) -> "Rights":
        grants = tuple(grants)
        whole = [Role(grant.role) for grant in grants if not (grant.graph_id or grant.tag or grant.assistant_id)]
        return cls(
            everywhere=highest(whole),
            graphs={grant.graph_id: Role(grant.role) for grant in grants if grant.graph_id},
            tags={grant.tag: Role(grant.role) for grant in grants if grant.tag},
            assistants={grant.assistant_id: Role(grant.role) for grant in grants if grant.assistant_id},
            owner=owner,
        )

    def on(self, assistant: Assistant) -> Role | None:
        """The role for this one; None when it is not there for them."""
        return self.of(
            graph_id=assistant.graph_id, metadata=assistant.metadata, pk=assistant.pk, owner_id=assistant.owner_id
        )

    def of(
        self, *, graph_id: str, metadata: Mapping[str, Any], pk: int | None = None, owner_id: int | None = None
    ) -> Role | None:
        found = [self.everywhere, self.graphs.get(graph_id), self.assistants.get(pk or 0)]
        if self.tags:
            found += [self.tags.get(tag) for tag in tags.tags_in(metadata)]
        if owner_id is not None and owner_id == self.owner:
            found.append(Role.EDITOR)
        return highest(found)

    @property
    def where(self) -> Q:
        """Which assistants are there for them, as a condition on rows."""
        if self.everywhere is not None:
            return Q()
        return self._where(lambda role: True) | Q(owner=self.owner)

    def where_at_least(self, role: Role) -> Q:
        """With which they may do what `role` may."""
        if self.everywhere is not None and self.everywhere.includes(role):
            return Q()
        own = Q(owner=self.owner) if self.owner is not None and Role.EDITOR.includes(role) else NONE
        return self._where(lambda given: given.includes(role)) | own

    def _where(self, counts: Callable[[Role], bool]) -> Q:
        found = Q(graph_id__in=[name for name, role in self.graphs.items() if counts(role)])
        found |= Q(pk__in=[pk for pk, role in self.assistants.items() if counts(role)])
        for tag, role in self.tags.items():
            if counts(role):
                found |= Q(metadata__json_contains={tags.KEY: [tag]})
        return found


NONE = Q(pk__in=[])
"""No row at all."""


def highest(roles: Iterable[Role | None]) -> Role | None:
    """The one that includes the others; None when there is none."""
    order = list(Role)
    return max((role for role in roles if role is not None), key=order.index, default=None)


def rights_of(author: Author) -> Rights:
    """One query for a person, and none the second time in a request."""
    person = author.person
    if person is None:
        return Rights(everywhere=author.role)
    if not person.is_active:
        return Rights()
    if person.is_superuser:
        return Rights(everywhere=Role.OPERATOR, owner=person.pk)
    return Rights.granted(person.held_grants, owner=person.pk)


def visible_assistants(author: Author) -> AssistantQuerySet:
    """The assistants that are there for somebody."""
    return Assistant.objects.filter(rights_of(author).where)


def visible_versions(author: Author) -> Q:
    """The same as a condition on rows of the history."""
    if rights_of(author).everywhere is not None:
        return Q()
    return Q(id__in=visible_assistants(author).order_by().values("pk"))


def role_for(author: Author, assistant: Assistant) -> Role | None:
    return rights_of(author).on(assistant)


def may(author: Author, role: Role, assistant: Assistant) -> bool:
    found = role_for(author, assistant)
    return found is not None and found.includes(role)


def require(author: Author, role: Role, assistant: Assistant) -> None:
    """Raises NotAllowed; AssistantNotFound when the assistant is not there for them at all."""
    found = role_for(author, assistant)
    if found is None:
        raise AssistantNotFound
    if not found.includes(role):
        raise NotAllowed(needed(role, assistant.name))


def require_for(author: Author, role: Role, content: Assistant | AssistantVersion, assistant: Assistant) -> None:
    """The same for what the assistant would be with this content: another graph, other tags. Raises NotAllowed."""
    if (content.graph_id, content.metadata) == (assistant.graph_id, assistant.metadata):
        return
    found = rights_of(author).of(
        graph_id=content.graph_id, metadata=content.metadata, pk=assistant.pk, owner_id=assistant.owner_id
    )
    if found is None or not found.includes(role):
        raise NotAllowed(
            _("With this graph and these tags you would not have the role %(role)s for %(name)s any more.")
            % {"role": role.label, "name": assistant.name}
        )


def may_make(author: Author, graph_id: str, metadata: Mapping[str, Any] | None = None) -> bool:
    """Whether they may make an assistant of this graph, with these tags."""
    found = rights_of(author).of(graph_id=graph_id, metadata=metadata or {})
    return found is not None and found.includes(Role.EDITOR)


def may_make_some(author: Author, graph_id: str | None = None) -> bool:
    """Whether they may make an assistant of this graph, or of any, if need be with the right tag."""
    rights = rights_of(author)
    of_graph = rights.graphs.values() if graph_id is None else [rights.graphs.get(graph_id)]
    found = highest([rights.everywhere, *of_graph, *rights.tags.values()])
    return found is not None and found.includes(Role.EDITOR)


def require_make(author: Author, graph_id: str, metadata: Mapping[str, Any]) -> None:
    """Raises NotAllowed."""
    if not may_make(author, graph_id, metadata):
        said = _("Making an assistant of the graph %(graph)s needs the role %(role)s.")
        raise NotAllowed(said % {"graph": graph_id, "role": Role.EDITOR.label})


def require_operator(author: Author) -> None:
    """For what is the site's own: people, keys, graphs, policy. Raises NotAllowed."""
    if not rights_of(author).everywhere == Role.OPERATOR:
        raise NotAllowed(_("Only operators can do this."))


def needed(role: Role, name: str) -> str:
    """Why somebody may not do a thing, in words."""
    return _("This needs the role %(role)s for %(name)s.") % {"role": role.label, "name": name}
