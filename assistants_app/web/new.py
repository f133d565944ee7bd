"""Making an assistant: of a graph, or as another one is."""

import uuid
from dataclasses import dataclass
from functools import partial
from typing import Self

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from assistants_app.domain.errors import AssistantNotFound, GraphNotFound, NotAllowed
from assistants_app.domain.json_values import Settings, same
from assistants_app.domain.tags import retagged, tags_text
from assistants_app.graphs.catalog import catalog
from assistants_app.graphs.entries import GraphEntry
from assistants_app.models import Assistant, Role
from assistants_app.services.assistants import create_assistant
from assistants_app.services.hidden import locks_of, seen_by
from assistants_app.services.rights import may_make_some, rights_of, role_for
from assistants_app.web.access import SignedInRequest, assistant_of, assistants_of, author_of
from assistants_app.web.addresses import uuid_in
from assistants_app.web.assistants import graph_of
from assistants_app.web.desk import Desk, Typed
from assistants_app.web.desk_posts import REFUSALS, only_moved, refused
from assistants_app.web.desk_view import DeskView, as_typed, opened, readable
from assistants_app.web.locked import Locked, hidden_for


@dataclass(frozen=True, slots=True)
class Start:
    """What a new assistant starts from: a graph, and maybe an assistant whose live settings it takes over."""

    graph_id: str
    graph: GraphEntry | None
    source: Assistant | None
    desk: Desk

    @classmethod
    def of_graph(cls, graph_id: str) -> Self:
        """Raises GraphNotFound."""
        graph = catalog().get(graph_id)
        return cls(graph_id, graph, None, Desk.of(graph.settings_schema, {}))

    @classmethod
    def of_assistant(cls, request: SignedInRequest, assistant_id: str) -> Self:
        """Raises AssistantNotFound."""
        if (found := uuid_in(assistant_id)) is None:
            raise AssistantNotFound
        source = assistant_of(request, found)
        graph = graph_of(source)
        schema = graph.settings_schema if graph and graph.available else source.settings_schema
        seen, closed = seen_by(author_of(request), source, source.graph_id)
        return cls(source.graph_id, graph, source, Desk.of(schema, source.context, closed, seen))

    @property
    def address(self) -> str:
        chosen = {"from": str(self.source.assistant_id)} if self.source else {"graph": self.graph_id}
        return f"?{urlencode(chosen)}"

    @property
    def typed(self) -> Typed:
        if self.source is None:
            return Typed(name="", description="", tags="", working=self.desk.saved)
        name = _("%(name)s (copy)") % {"name": self.source.name}
        tags = tags_text(self.source.metadata)
        return Typed(name=name, description=self.source.description, tags=tags, working=self.desk.saved)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Without a choice in the address, the graphs to choose from; with one, the form."""
    if not may_make_some(author_of(request)):
        raise NotAllowed(_("Making an assistant needs the role %(role)s.") % {"role": Role.EDITOR.label})
    try:
        if source := request.GET.get("from"):
            start = Start.of_assistant(request, source)
        elif graph_id := request.GET.get("graph"):
            start = Start.of_graph(graph_id)
        else:
            return _choose(request)
    except (AssistantNotFound, GraphNotFound) as error:
        messages.warning(request, error.message)
        return _choose(request, status=404)
    if start.source is None and not (start.graph and start.graph.available):
        messages.warning(request, _("This graph could not be loaded, so nothing can be made of it yet."))
        return _choose(request, status=409)
    if request.method == "POST":
        return _posted(request, start)
    return _page(request, start, opened(start.desk, start.typed))


def _choose(request: SignedInRequest, status: int = 200) -> HttpResponse:
    graphs = sorted(catalog().entries(), key=lambda graph: not graph.available)
    sources = assistants_of(request).for_list().order_by("name")[:200]
    return render(request, "assistants/new.html", {"graphs": graphs, "sources": sources}, status=status)


def _posted(request: SignedInRequest, start: Start) -> HttpResponse:
    typed = Typed.of(request, start.desk)
    moved = only_moved(request, start.desk, typed, locked=partial(_locked, request, start))
    if moved is not None:
        return _page(request, start, moved) if isinstance(moved, DeskView) else moved
    if request.POST.get("do") == "save":
        return _create(request, start, typed)
    return _page(request, start, as_typed(start.desk, typed))


def _create(request: SignedInRequest, start: Start, typed: Typed) -> HttpResponse:
    reading, view = readable(start.desk, typed)
    if reading is None or view.problems:
        return _page(request, start, view)
    return _make(request, start, typed, reading.settings, view, assistant_id=_once(request))


def _make(
    request: SignedInRequest,
    start: Start,
    typed: Typed,
    settings: Settings,
    view: DeskView,
    *,
    assistant_id: uuid.UUID,
) -> HttpResponse:
    try:
        assistant = create_assistant(
            assistant_id=assistant_id,
            graph_id=start.graph_id,
            name=typed.name,
            description=typed.description,
            settings=settings,
            settings_schema=start.desk.schema,
            config=start.source.config if start.source else None,
            taken_over=start.source.context if start.source else None,
            metadata=retagged({}, typed.tags),
            author=author_of(request),
            note=typed.note,
        )
    except IntegrityError:
        if _is_made(assistant_id, start.graph_id, typed, settings):
            messages.info(request, _("This assistant was made already; the form was sent twice."))
            return redirect("assistant-edit", assistant_id)
        # A form that a browser kept, filled in anew: what was typed is another assistant.
        return _make(request, start, typed, settings, view, assistant_id=uuid.uuid4())
    except REFUSALS as error:
        return _page(request, start, refused(view, error))
    messages.success(request, _("%(name)s is made; v1 is live.") % {"name": assistant.name})
    return redirect("assistant-edit", assistant.assistant_id)


def _is_made(assistant_id: uuid.UUID, graph_id: str, typed: Typed, settings: Settings) -> bool:
    """Whether this assistant is there, and began as what was typed."""
    made = Assistant.objects.filter(assistant_id=assistant_id).first()
    if made is None:
        return False
    first = Assistant.history.numbered(made, 1)
    began = (first.graph_id, first.name, first.description, first.metadata)
    now = (graph_id, typed.name.strip(), typed.description, retagged({}, typed.tags))
    return began == now and same(first.context, settings)


def _once(request: SignedInRequest) -> uuid.UUID:
    """The id that this form makes, so that sending it twice makes one assistant. Forged, it is a new one."""
    return uuid_in(request.POST.get("once", "")) or uuid.uuid4()


def _page(request: SignedInRequest, start: Start, view: DeskView) -> HttpResponse:
    typed = view.typed
    context = {
        "start": start,
        "graph": start.graph,
        "view": view,
        "typed": typed,
        "form": view.form,
        "focus": view.focus,
        "working": "" if typed.working is start.desk.saved else start.desk.as_text(typed.working),
        "once": _once(request),
        "dirty": request.method == "POST",
        "locked": _locked(request, start),
    }
    return render(request, "assistants/new_form.html", context, status=view.status)


def _locked(request: SignedInRequest, start: Start) -> Locked:
    return hidden_for(_role(request, start), locks_of(start.graph_id), start.desk.spec)


def _role(request: SignedInRequest, start: Start) -> Role | None:
    """For what would be made, as far as it is known: without its tags, and with those of what it is made from."""
    author = author_of(request)
    if start.source is not None:
        return role_for(author, start.source)
    return rights_of(author).of(graph_id=start.graph_id, metadata={})
