"""The graphs of this site: which there are, whether they load, and what can be set in them."""

import json
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from assistants_app.domain.errors import InvalidLock
from assistants_app.domain.form_spec import read_schema
from assistants_app.domain.form_spec.fields import FormSpec, Kind
from assistants_app.domain.json_pointer import escape
from assistants_app.graphs.catalog import catalog
from assistants_app.models import Role, Sealing, SettingLock
from assistants_app.models.locks import LOCKABLE
from assistants_app.services.locks import remove_lock, set_lock
from assistants_app.web.access import SignedInRequest, assistants_of, author_of, operators_only
from assistants_app.web.drift import touched_assistants

KINDS = {
    Kind.TEXT: gettext_lazy("Text"),
    Kind.TEXTAREA: gettext_lazy("Long text"),
    Kind.PROMPT: gettext_lazy("Prompt"),
    Kind.NUMBER: gettext_lazy("Number"),
    Kind.SLIDER: gettext_lazy("Number"),
    Kind.BOOLEAN: gettext_lazy("Switch"),
    Kind.RADIO: gettext_lazy("Choice"),
    Kind.SELECT: gettext_lazy("Choice"),
    Kind.MULTISELECT: gettext_lazy("Choices"),
    Kind.DATE: gettext_lazy("Date"),
    Kind.TIME: gettext_lazy("Time"),
    Kind.DATETIME: gettext_lazy("Date and time"),
    Kind.SECRET: gettext_lazy("Secret"),
    Kind.CONST: gettext_lazy("Fixed"),
    Kind.LIST: gettext_lazy("List"),
    Kind.TUPLE: gettext_lazy("List"),
    Kind.MAP: gettext_lazy("Keys and values"),
    Kind.OBJECT: gettext_lazy("Group"),
    Kind.UNION: gettext_lazy("One of several"),
    Kind.JSON: gettext_lazy("JSON"),
}
"""What people call each kind of field."""


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """Every graph of the langgraph.json, and those that only assistants still know."""
    entries = catalog().entries()
    counted = assistants_of(request).values_list("graph_id").annotate(Count("pk")).order_by("graph_id")
    counts: dict[str, int] = dict(counted)
    gone = sorted(counts.keys() - {entry.graph_id for entry in entries})
    context = {
        "graphs": [(entry, counts.get(entry.graph_id, 0)) for entry in entries],
        "gone": [(graph_id, counts[graph_id]) for graph_id in gone],
        "problem": catalog().problem,
        "notes": catalog().notes,
        "path": catalog().path,
    }
    return render(request, "graphs/graphs.html", context)


@require_safe
def show(request: SignedInRequest, graph_id: str) -> HttpResponse:
    entry = catalog().get(graph_id)
    spec = read_schema(entry.settings_schema or {})
    seen = assistants_of(request).filter(graph_id=graph_id)
    count, touched = touched_assistants(entry, seen)
    context = {
        "graph": entry,
        "touched": touched,
        "touched_count": count,
        "spec": spec,
        "fields": [(field, KINDS.get(field.kind, "")) for field in spec.fields if not field.hidden],
        "schema_text": json.dumps(entry.settings_schema, indent=2, ensure_ascii=False) if entry.settings_schema else "",
        "assistants": seen.for_list().order_by("name", "pk")[:20],
        "count": seen.count(),
        "locks": _shown_locks(graph_id, spec),
        "lockable": [(f"/{escape(field.key)}", field.label) for field in spec.fields if not field.hidden],
        "lock_roles": LOCKABLE,
        "sealing": Sealing.objects.filter(graph_id=graph_id, again=True).first(),
    }
    return render(request, "graphs/graph.html", context)


@dataclass(frozen=True, slots=True)
class ShownLock:
    """What a locked setting is called, where it is, and who may change it."""

    label: str
    pointer: str
    role: str
    hidden: bool


def _shown_locks(graph_id: str, spec: FormSpec) -> list[ShownLock]:
    labels = {f"/{escape(field.key)}": field.label for field in spec.fields}
    return [
        ShownLock(labels.get(lock.pointer, lock.pointer), lock.pointer, str(Role(lock.role).label), lock.hidden)
        for lock in SettingLock.objects.filter(graph_id=graph_id)
    ]


@operators_only
@require_POST
def lock(request: SignedInRequest, graph_id: str) -> HttpResponse:
    """Locks a setting, or with no role chosen lets every editor change it again."""
    catalog().get(graph_id)
    pointer, role = request.POST.get("pointer", ""), request.POST.get("role", "")
    try:
        if not role:
            remove_lock(graph_id=graph_id, pointer=pointer, author=author_of(request))
            messages.success(request, _("Every editor may change it again."))
        elif role not in LOCKABLE:
            raise InvalidLock
        else:
            hidden, named = "hidden" in request.POST, {"role": Role(role).label}
            set_lock(graph_id=graph_id, pointer=pointer, role=Role(role), author=author_of(request), hidden=hidden)
            said = _("Hidden: the role %(role)s sees and changes it.") if hidden else ""
            messages.success(request, (said or _("Locked: the role %(role)s changes it.")) % named)
    except InvalidLock as error:
        messages.error(request, error.message)
    return redirect("graph", graph_id)


@operators_only
@require_POST
def retry(request: SignedInRequest) -> HttpResponse:
    """Loads a graph again, after its code or what it needs was put right."""
    entry = catalog().retry(request.POST.get("graph_id", ""))
    names = {"graph": entry.graph_id, "error": entry.error}
    if entry.available:
        messages.success(request, _("%(graph)s is available now.") % names)
    else:
        messages.error(request, _("%(graph)s still cannot be loaded: %(error)s") % names)
    return redirect("graphs")
