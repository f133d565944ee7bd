"""One assistant's overview, renaming and deleting it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from assistants_app.domain.config_values import BoundField, bind
from assistants_app.domain.errors import GraphNotFound, InvalidText, NameMismatch, NotAllowed, ProductError
from assistants_app.domain.json_values import same
from assistants_app.domain.people_errors import PersonNotFound
from assistants_app.graphs.catalog import catalog
from assistants_app.graphs.entries import GraphEntry
from assistants_app.models import Assistant, Draft, Person, Protection, Review, Role
from assistants_app.services.assistants import change_owner, delete_assistant, may_delete, rename_assistant
from assistants_app.services.authors import Author
from assistants_app.services.contents import summary_of
from assistants_app.services.drafts import draft_as_version, drafts_of
from assistants_app.services.hidden import revealed
from assistants_app.services.rights import needed
from assistants_app.services.secrets import sealed_content
from assistants_app.services.versions import Saved
from assistants_app.web.access import SignedInRequest, assistant_of, author_of
from assistants_app.web.addresses import number_in
from assistants_app.web.drift import drifts_of
from assistants_app.web.forms import spec_of
from assistants_app.web.reviews.protection import with_review


@require_safe
def overview(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    assistant = assistant_of(request, assistant_id)
    newest = list(Assistant.history.of(assistant).for_list()[:5])
    graph = graph_of(assistant)
    context = {
        "assistant": assistant,
        "tab": "overview",
        "graph": graph,
        "newest": newest,
        "live": Assistant.history.of(assistant).for_list().filter(number=assistant.version).first(),
        "is_newest_live": newest[0].number == assistant.version,
        "protections": Protection.choices,
        "waits": Review.objects.with_newer().filter(assistant=assistant, number=newest[0].number).first(),
        "changed_settings": _changed_settings(assistant, author_of(request)),
        "draft": _draft(request, assistant),
        "drifts": drifts_of(graph, assistant.settings_schema, assistant.context),
        "schema_changed": graph is not None and graph.available and _schema_changed(assistant, graph),
        "threads": assistant.threads.without_state().filter(owner=request.user)[:5],
        "may_delete": may_delete(assistant, author_of(request)),
    }
    return render(request, "assistants/overview.html", context)


@dataclass(frozen=True, slots=True)
class OwnDraft:
    """A draft of who looks, and what is different in it, in one line."""

    draft: Draft
    summary: str


def _draft(request: SignedInRequest, assistant: Assistant) -> OwnDraft | None:
    draft = drafts_of(author_of(request)).filter(assistant=assistant).first()
    if draft is None:
        return None
    return OwnDraft(draft, summary_of(sealed_content(assistant), sealed_content(draft_as_version(draft))))


def graph_of(assistant: Assistant) -> GraphEntry | None:
    """None when the graph was uninstalled: its assistants stay readable."""
    try:
        return catalog().get(assistant.graph_id)
    except GraphNotFound:
        return None


def _changed_settings(assistant: Assistant, reader: Author) -> list[BoundField]:
    """Those of the live version's settings that are not left to the graph."""
    form = bind(spec_of(assistant.settings_schema or {}), revealed(reader, assistant, assistant).context)
    return [field for field in form.fields if field.state != "default" and not field.spec.hidden]


def _schema_changed(assistant: Assistant, graph: GraphEntry) -> bool:
    return assistant.settings_schema is not None and not same(assistant.settings_schema, graph.settings_schema)


@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """Name and description, which make a version, and the owner, who makes none."""
    assistant = assistant_of(request, assistant_id, Role.EDITOR)
    context = {
        "assistant": assistant,
        "tab": "overview",
        "name": request.POST.get("name", assistant.name),
        "description": request.POST.get("description", assistant.description).replace("\r\n", "\n"),
        "owners": _possible_owners(assistant),
        "owner": assistant.owner,
    }
    if request.method == "POST":
        try:
            context["owner"] = _chosen_owner(request, assistant)
            return _renamed(request, assistant, context)
        except PersonNotFound as error:
            context["owner_error"] = error.message
        except ProductError as error:
            context["description_error" if isinstance(error, InvalidText) else "error"] = error.message
    status = 422 if request.method == "POST" else 200
    return render(request, "assistants/rename.html", context, status=status)


def _possible_owners(assistant: Assistant) -> QuerySet[Person]:
    """Who can sign in; and the one who owns it now, who may have left."""
    return Person.objects.filter(Q(is_active=True) | Q(pk=assistant.owner_id)).order_by("first_name", "username")


def _chosen_owner(request: SignedInRequest, assistant: Assistant) -> Person | None:
    """Raises PersonNotFound."""
    said = request.POST.get("owner")
    if said is None:
        return assistant.owner
    if not said:
        return None
    person = _possible_owners(assistant).filter(pk=number_in(said) or 0).first()
    if person is None:
        raise PersonNotFound
    return person


def _renamed(request: SignedInRequest, assistant: Assistant, typed: Mapping[str, Any]) -> HttpResponse:
    author = author_of(request)
    saved = rename_assistant(
        assistant_id=assistant.assistant_id, name=typed["name"], description=typed["description"], author=author
    )
    owned = change_owner(assistant_id=assistant.assistant_id, owner=typed["owner"], author=author)
    if saved.created:
        messages.success(request, with_review(assistant, saved.number, said_of(saved)))
    if owned and typed["owner"]:
        messages.success(request, _("%(name)s owns it now.") % {"name": typed["owner"]})
    elif owned:
        messages.success(request, _("Nobody owns it now."))
    elif not saved.created:
        messages.info(request, _("Nothing changed since v%(number)s.") % {"number": saved.number})
    return redirect("assistant", assistant.assistant_id)


def said_of(saved: Saved) -> str:
    """What a new version came to."""
    said = _("Saved as v%(number)s, live now.") if saved.live else _("Saved as v%(number)s; a publisher makes it live.")
    return said % {"number": saved.number}


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """Cannot be undone, so the name is typed to confirm."""
    assistant = assistant_of(request, assistant_id, Role.EDITOR)
    if not may_delete(assistant, author_of(request)):
        raise NotAllowed(needed(Role.PUBLISHER, assistant.name))
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
            author=author_of(request),
        )
    except NameMismatch as error:
        context["error"] = error.message
        return render(request, "assistants/delete.html", context, status=422)
    messages.success(request, _("%(name)s is deleted.") % {"name": assistant.name})
    return redirect("assistants")
