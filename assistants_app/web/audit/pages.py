"""The audit log for operators, its export, and the activity of one assistant for whoever may see that."""

import uuid
from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assistants_app.models import ApiKey, Assistant, Person
from assistants_app.models.audit import Action, Face, ObjectKind, Who
from assistants_app.services import audit
from assistants_app.services.authors import Author
from assistants_app.services.hidden import names_of, seen_by
from assistants_app.web.access import SignedInRequest, assistant_of, author_of, operators_only, require_operator
from assistants_app.web.audit.asked import Asked
from assistants_app.web.audit.export import as_csv, as_json_lines, csv_head, pieces
from assistants_app.web.audit.markup import markup
from assistants_app.web.audit.shown import shown
from assistants_app.web.audit.stretch import Stretch
from assistants_app.web.fragments import render_list, without_empty

PAGE_SIZE = 50

FORMATS: dict[str, tuple[str, Callable[..., bytes], Callable[[], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv, csv_head),
    "jsonl": ("application/jsonl; charset=utf-8", as_json_lines, bytes),
}


@operators_only
@require_safe
@never_cache
def index(request: SignedInRequest) -> HttpResponse:
    asked = Asked.of(request.GET)
    stretch = Stretch([]) if asked.fault else Stretch.cut(asked, PAGE_SIZE)
    context = {
        **_page(request, asked, stretch),
        "whos": _whos(asked),
        "actions": Action.choices,
        "kinds": ObjectKind.choices,
        "faces": Face.choices,
        "query": without_empty(request.GET, before=None, after=None),
    }
    response = render_list(request, "audit/audit.html", "audit/_results.html", context)
    response.status_code = 422 if asked.fault else 200
    return response


@require_safe
def activity(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """What was done to one assistant. From which addresses is the operators' to know; what is hidden from who looks
    is so here as well, as it was recorded before it was hidden."""
    assistant = assistant_of(request, assistant_id)
    place = Asked.of(request.GET)
    asked = Asked(kind=ObjectKind.ASSISTANT, object_id=str(assistant_id), before=place.before, after=place.after)
    _seen, closed = seen_by(author_of(request), assistant, assistant.graph_id)
    hidden = frozenset(f"settings.{name}" for name in names_of(closed))
    page = _page(request, asked, Stretch.cut(asked, PAGE_SIZE), hidden, assistant)
    context = {"assistant": assistant, "tab": "activity", **page}
    return render(request, "audit/activity.html", context)


@require_POST
@never_cache
async def export(request: SignedInRequest) -> HttpResponse | StreamingHttpResponse:
    """With the filters of the address. Who takes the log along is an entry of it."""
    asked = Asked.of(request.GET)
    form = request.POST.get("format", "")
    refused = await sync_to_async(_begin_export)(request, asked, form)
    if refused is not None:
        return refused
    content_type, write, head = FORMATS[form]
    response = StreamingHttpResponse(pieces(asked, write, head()), content_type=content_type)
    name = f"audit-{timezone.now():%Y-%m-%d-%H%M}.{form}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["X-Accel-Buffering"] = "no"
    return response


def _begin_export(request: SignedInRequest, asked: Asked, form: str) -> HttpResponse | None:
    require_operator(request)
    if form not in FORMATS:
        raise Http404
    if asked.fault:
        messages.error(request, asked.fault)
        return redirect("audit")
    told = {name: value for name, value in request.GET.items() if value}
    audit.record(Action.AUDIT_EXPORTED, author=Author.of(request.user), kind=ObjectKind.SITE, name=form, after=told)
    return None


def _page(
    request: SignedInRequest,
    asked: Asked,
    stretch: Stretch,
    hidden: frozenset[str] = frozenset(),
    within: Assistant | None = None,
) -> dict[str, Any]:
    rows = shown(stretch.rows, origin=request.user.is_superuser, hidden=hidden, within=within)
    return {
        "asked": asked,
        "stretch": stretch,
        "rows": rows,
        "entries": markup(rows),
        "older": without_empty(request.GET, before=stretch.older, after=None),
        "newer": without_empty(request.GET, after=stretch.newer, before=None),
        "newest": without_empty(request.GET, before=None, after=None),
    }


def _whos(asked: Asked) -> list[tuple[str, list[tuple[str, str]]]]:
    """Whom one can choose, in groups. Programs and command lines are found through their entries."""
    named = Person.objects.order_by("first_name", "username").only("username", "first_name", "last_name")
    people = [(f"{Who.PERSON}:{person.pk}", str(person)) for person in named]
    keys = [(f"{Who.KEY}:{key.pk}", key.name) for key in ApiKey.objects.only("name").order_by("name")]
    others = [(kind.value, str(kind.label)) for kind in (Who.SYSTEM, Who.COMMAND, Who.PROGRAM, Who.STRANGER)]
    known = {value for value, _label in (*people, *keys, *others)}
    if asked.who and asked.who not in known:
        others.append((asked.who, asked.who.partition(":")[2] or asked.who))
    groups = [(str(Who.PERSON.label), people), (str(Who.KEY.label), keys), ("", others)]
    return [group for group in groups if group[1]]
