"""One person's page, for operators: what they may do, and how they sign in."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assistants_app.domain.errors import Refused
from assistants_app.graphs.catalog import catalog
from assistants_app.models import Assistant, Grant, Person, Role
from assistants_app.models.grants import GRANTABLE
from assistants_app.services.grants import Scope, give_role, grantable, take_role
from assistants_app.services.second_factors import with_second_factor
from assistants_app.web.access import SignedInRequest, author_of, operators_only

OFFERED = 50
"""Assistants that can be picked from the list; of more, one is named by its id."""


@dataclass(frozen=True, slots=True)
class Scopes:
    """What a role can be for, to pick from: "all", or a kind and a name."""

    graphs: list[str]
    tags: list[str]
    assistants: list[Assistant]
    more: bool

    @classmethod
    def offered(cls) -> "Scopes":
        used, tags = Assistant.objects.graphs_and_tags()
        assistants = list(
            Assistant.objects.only("assistant_id", "name", "graph_id").order_by("name", "pk")[: OFFERED + 1]
        )
        known = sorted({entry.graph_id for entry in catalog().entries()}.union(used))
        return cls(known, sorted(tags, key=str.casefold), assistants[:OFFERED], len(assistants) > OFFERED)


def scope_in(request: SignedInRequest) -> Scope:
    """What the form says; an id that was typed counts before what is picked. Raises InvalidGrant."""
    if typed := request.POST.get("assistant_id", "").strip():
        return Scope.named("assistant", typed)
    kind, _colon, name = request.POST.get("scope", "all").partition(":")
    return Scope.named(kind, name)


def people_with_roles() -> QuerySet[Person]:
    """Everybody, in two queries however many there are."""
    return with_second_factor(Person.objects.prefetch_related(Prefetch("grants", Grant.objects.for_list())))


@operators_only
@require_safe
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    return page(request, pk)


def page(request: SignedInRequest, pk: int, *, status: int = 200, **context: Any) -> HttpResponse:
    person = get_object_or_404(people_with_roles(), pk=pk)
    shown = {
        "person": person,
        "is_me": person.pk == request.user.pk,
        "roles": GRANTABLE,
        "scopes": Scopes.offered(),
        "owned": person.assistants.count(),
        "typed": {"role": Role.VIEWER, "scope": "all"},
    }
    return render(request, "people/person.html", {**shown, **context}, status=status)


@operators_only
@require_POST
def give(request: SignedInRequest, pk: int) -> HttpResponse:
    get_object_or_404(Person, pk=pk)
    try:
        grant = give_role(
            person_id=pk,
            role=grantable(request.POST.get("role", "")),
            scope=scope_in(request),
            author=author_of(request),
        )
    except Refused as error:
        return page(request, pk, status=422, error=error.message, typed=request.POST)
    messages.success(request, _("Given: %(grant)s.") % {"grant": grant})
    return redirect("person", pk)


@operators_only
@require_POST
def take(request: SignedInRequest, pk: int, grant_id: int) -> HttpResponse:
    """Raises GrantNotFound for one that another person has."""
    grant = take_role(grant_id=grant_id, person_id=pk, author=author_of(request))
    messages.success(request, _("Taken back: %(grant)s.") % {"grant": grant})
    return redirect("person", pk)
