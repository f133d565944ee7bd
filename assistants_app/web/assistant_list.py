"""The list of assistants: searched, filtered and sorted by its address alone."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q, Window
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_safe

from assistants_app.graphs.catalog import catalog
from assistants_app.models import ApiKey, Assistant, Person, Role
from assistants_app.models.assistants import AssistantQuerySet, system_assistant_id
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.drafts import drafts_of
from assistants_app.services.rights import rights_of
from assistants_app.web.access import SignedInRequest, assistants_of, author_of
from assistants_app.web.fragments import render_list, without_empty

PAGE_SIZE = 25
SORTS = {
    "-updated": (gettext_lazy("Last updated"), "-updated_at"),
    "updated": (gettext_lazy("Longest unchanged"), "updated_at"),
    "name": (gettext_lazy("Name, A to Z"), "name"),
    "-name": (gettext_lazy("Name, Z to A"), "-name"),
    "graph": (gettext_lazy("Graph"), "graph_id"),
}
STATUSES = {
    "waiting": gettext_lazy("Newer version waiting"),
    "current": gettext_lazy("Up to date"),
    "unavailable": gettext_lazy("Graph not available"),
    "system": gettext_lazy("Graph defaults"),
}
NOBODY = "~"
"""In place of an owner's sign-in name, where it cannot occur."""


@dataclass(frozen=True, slots=True)
class ListState:
    """What the address says about the list: everything of it can be linked to."""

    text: str
    graph: str
    tag: str
    owner: str
    editor: str
    status: str
    sort: str

    @classmethod
    def of(cls, query: QueryDict) -> "ListState":
        sort, status = query.get("sort", ""), query.get("status", "")
        said = {name: query.get(name, "").replace("\0", "") for name in ("q", "graph", "tag", "owner", "editor")}
        return cls(
            text=said.pop("q")[:200],
            status=status if status in STATUSES else "",
            sort=sort if sort in SORTS else "-updated",
            **said,
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.text.strip() or self.graph or self.tag or self.owner or self.editor or self.status)

    def found(self, seen: AssistantQuerySet, graph_ids: Iterable[str], available: Iterable[str]) -> AssistantQuerySet:
        """Of those that are `seen`; `graph_ids` are those of all of them, `available` those that can run."""
        found = seen.search(self.text)
        if self.graph:
            found = found.filter(graph_id=self.graph)
        if self.tag:
            found = found.tagged(self.tag)
        if self.owner:
            found = found.filter(Q(owner=None) if self.owner == NOBODY else Q(owner__username=self.owner))
        if self.editor:
            found = found.filter(newest_author=self.editor)
        if self.status == "waiting":
            found = found.filter(newest__gt=F("version"))
        elif self.status == "current":
            found = found.filter(newest__lte=F("version"), graph_id__in=available)
        elif self.status == "unavailable":
            found = found.exclude(graph_id__in=available)
        elif self.status == "system":
            found = found.filter(assistant_id__in=_system_ids(graph_ids))
        column = SORTS[self.sort][1]
        return found.order_by(column, "-pk" if column.startswith("-") else "pk")  # as an index has them


def found_by(request: SignedInRequest, state: ListState) -> AssistantQuerySet:
    """What the list shows to somebody, all its pages."""
    return state.found(assistants_of(request), _graphs_and_tags(request)[0], _available())


def _graphs_and_tags(request: SignedInRequest) -> tuple[tuple[str, ...], frozenset[str]]:
    """Of what the list shows. Who sees all is told what was found when one was last made, saved or deleted; whose
    roles are for some sees others too when an owner changes, or a grant."""
    if rights_of(author_of(request)).where:
        return assistants_of(request).graphs_and_tags()
    return _all_graphs_and_tags(Assistant.objects.mark())


@lru_cache(maxsize=2)
def _all_graphs_and_tags(_mark: object) -> tuple[tuple[str, ...], frozenset[str]]:
    return Assistant.objects.graphs_and_tags()


def _available() -> set[str]:
    return {entry.graph_id for entry in catalog().entries() if entry.available}


def _system_ids(graph_ids: Iterable[str]) -> list[uuid.UUID]:
    return [system_assistant_id(graph_id) for graph_id in graph_ids]


def _editors(people: Iterable[str]) -> list[str]:
    """Whoever may have saved an assistant, as versions name them: those of programs in the site's own language."""
    keys = ApiKey.objects.filter(role__in=[role for role in Role if role.includes(Role.EDITOR)]).order_by("name")
    with override(settings.LANGUAGE_CODE):
        programs = [Author.with_key(key).label for key in keys]
    return list(dict.fromkeys([*people, *programs, SYSTEM.label]))


def _itself(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Options that are called what they are."""
    return [(text, text) for text in texts]


def _people() -> list[tuple[str, str]]:
    """By sign-in names, what pages call them."""
    people = Person.objects.order_by("first_name", "username").only("username", "first_name", "last_name")
    return [(person.username, str(person)) for person in people]


def _page(found: AssistantQuerySet, number: str | None, *, filtered: bool) -> Page[Assistant]:
    """First which assistants are on it, then what is shown of these alone: a database works out all that a row tells
    of those too that it skips."""
    paginator: Paginator[Any] = Paginator(found.values_list("pk", flat=True), PAGE_SIZE)
    page = (filtered and _page_at_once(found, paginator, number)) or paginator.get_page(number)
    shown = list(page.object_list)
    rows = Assistant.objects.filter(pk__in=shown).for_list().select_related("owner").in_bulk()
    page.object_list = [rows[pk] for pk in shown if pk in rows]  # one may be deleted meanwhile
    return page


def _page_at_once(found: AssistantQuerySet, paginator: "Paginator[Any]", number: str | None) -> Page[Any] | None:
    """What is filtered is looked for once, not to be counted and then again; None for a page that is not there."""
    if number and not (number.isascii() and number.isdecimal() and 0 < len(number.lstrip("0")) < 9):
        return None
    at = int(number or 1)
    start = (at - 1) * PAGE_SIZE
    counted = found.annotate(of_all=Window(Count("pk"))).values_list("pk", "of_all")
    rows = list(counted[start : start + PAGE_SIZE])
    if not rows:
        return None
    paginator.count = rows[0][1]
    page = paginator.page(at)
    page.object_list = [pk for pk, _of_all in rows]
    return page


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    state = ListState.of(request.GET)
    available = _available()
    graph_ids, tags = _graphs_and_tags(request)
    found = state.found(assistants_of(request), graph_ids, available)
    drafts = set(drafts_of(author_of(request)).values_list("assistant_id", flat=True))
    page = _page(found, request.GET.get("page"), filtered=state.is_filtered)
    people = _people()
    context = {
        "state": state,
        "page": page,
        "sorts": [(key, label) for key, (label, _column) in SORTS.items()],
        "statuses": list(STATUSES.items()),
        "available": available,
        "drafts": drafts,
        "graph_ids": _itself(graph_ids),
        "tags": _itself(sorted({*tags, *filter(None, [state.tag])}, key=str.casefold)),
        "owners": people,
        "nobody": NOBODY,
        "editors": _itself(_editors(name for _username, name in people)),
        "previous_page": without_empty(request.GET, page=page.number - 1),
        "next_page": without_empty(request.GET, page=page.number + 1),
    }
    return render_list(request, "assistants/assistants.html", "assistants/_assistants.html", context)
