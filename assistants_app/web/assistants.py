"""The list of assistants; one assistant's overview, renaming and deleting it."""

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from assistants_app.domain.config_values import BoundField, bind
from assistants_app.domain.errors import GraphNotFound, NameMismatch, ProductError
from assistants_app.domain.json_values import same
from assistants_app.graphs.catalog import catalog
from assistants_app.graphs.entries import GraphEntry
from assistants_app.models import Assistant, Person
from assistants_app.models.assistants import AssistantQuerySet
from assistants_app.services.assistants import delete_assistant, rename_assistant
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.web.access import SignedInRequest
from assistants_app.web.forms import spec_of
from assistants_app.web.fragments import render_list, without_empty

PAGE_SIZE = 25
SORTS = {
    "-updated": (gettext_lazy("Last updated"), "-updated_at"),
    "updated": (gettext_lazy("Longest unchanged"), "updated_at"),
    "name": (gettext_lazy("Name, A to Z"), "name"),
    "-name": (gettext_lazy("Name, Z to A"), "-name"),
    "graph": (gettext_lazy("Graph"), "graph_id"),
}


@dataclass(frozen=True, slots=True)
class ListState:
    """What the address says about the list: everything of it can be linked to."""

    text: str
    graph: str
    editor: str
    sort: str

    @classmethod
    def of(cls, query: QueryDict) -> "ListState":
        sort = query.get("sort", "")
        return cls(
            text=query.get("q", "").replace("\0", "")[:200],
            graph=query.get("graph", "").replace("\0", ""),
            editor=query.get("editor", "").replace("\0", ""),
            sort=sort if sort in SORTS else "-updated",
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.text.strip() or self.graph or self.editor)

    def found(self) -> AssistantQuerySet:
        found = Assistant.objects.with_newest().for_list().search(self.text)
        if self.graph:
            found = found.filter(graph_id=self.graph)
        if self.editor:
            found = found.filter(Q(newest_author=self.editor))
        return found.order_by(SORTS[self.sort][1], "name", "pk")


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    state = ListState.of(request.GET)
    page: Page[Assistant] = Paginator(state.found(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "state": state,
        "page": page,
        "sorts": [(key, label) for key, (label, _column) in SORTS.items()],
        "available": {entry.graph_id for entry in catalog().entries() if entry.available},
        "graph_ids": Assistant.objects.order_by("graph_id").values_list("graph_id", flat=True).distinct(),
        "editors": [*map(str, Person.objects.order_by("first_name", "username")), SYSTEM.label],
        "previous_page": without_empty(request.GET, page=page.number - 1),
        "next_page": without_empty(request.GET, page=page.number + 1),
    }
    return render_list(request, "assistants/assistants.html", "assistants/_assistants.html", context)


@require_safe
def overview(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    assistant = Assistant.objects.get_by_uuid(assistant_id)
    newest = list(Assistant.history.of(assistant).for_list()[:5])
    graph = graph_of(assistant)
    context = {
        "assistant": assistant,
        "tab": "overview",
        "graph": graph,
        "newest": newest,
        "live": Assistant.history.of(assistant).for_list().filter(number=assistant.version).first(),
        "is_newest_live": newest[0].number == assistant.version,
        "changed_settings": _changed_settings(assistant),
        "schema_changed": graph is not None and graph.available and _schema_changed(assistant, graph),
        "threads": assistant.threads.filter(owner=request.user)[:5],
    }
    return render(request, "assistants/overview.html", context)


def graph_of(assistant: Assistant) -> GraphEntry | None:
    """None when the graph was uninstalled: its assistants stay readable."""
    try:
        return catalog().get(assistant.graph_id)
    except GraphNotFound:
        return None


def _changed_settings(assistant: Assistant) -> list[BoundField]:
    """Those of the live version's settings that are not left to the graph."""
    form = bind(spec_of(assistant.settings_schema or {}), assistant.context)
    return [field for field in form.fields if field.state != "default" and not field.spec.hidden]


def _schema_changed(assistant: Assistant, graph: GraphEntry) -> bool:
    return assistant.settings_schema is not None and not same(assistant.settings_schema, graph.settings_schema)


@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    assistant = Assistant.objects.get_by_uuid(assistant_id)
    name = request.POST.get("name", assistant.name)
    description = request.POST.get("description", assistant.description).replace("\r\n", "\n")
    context = {"assistant": assistant, "name": name, "description": description, "tab": "overview"}
    if request.method != "POST":
        return render(request, "assistants/rename.html", context)
    try:
        saved = rename_assistant(
            assistant_id=assistant_id, name=name, description=description, author=Author.of(request.user)
        )
    except ProductError as error:
        said = getattr(error, "errors", ()) or (error,)
        context["error"] = " ".join(one.message for one in said)
        return render(request, "assistants/rename.html", context, status=422)
    if saved.created:
        messages.success(request, _("Saved as v%(number)s, live now.") % {"number": saved.number})
    else:
        messages.info(request, _("Nothing changed since v%(number)s.") % {"number": saved.number})
    return redirect("assistant", assistant_id)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """Cannot be undone, so the name is typed to confirm."""
    assistant = Assistant.objects.get_by_uuid(assistant_id)
    context = {
        "assistant": assistant,
        "tab": "overview",
        "versions": Assistant.history.newest_number(assistant),
        "threads": assistant.threads.count(),
        "typed_name": request.POST.get("typed_name", ""),
        "delete_threads": bool(request.POST.get("delete_threads")),
    }
    if request.method != "POST":
        return render(request, "assistants/delete.html", context)
    try:
        delete_assistant(
            assistant_id=assistant_id,
            typed_name=str(context["typed_name"]),
            delete_threads=bool(context["delete_threads"]),
            author=Author.of(request.user),
        )
    except NameMismatch as error:
        context["error"] = error.message
        return render(request, "assistants/delete.html", context, status=422)
    messages.success(request, _("%(name)s is deleted.") % {"name": assistant.name})
    return redirect("assistants")
