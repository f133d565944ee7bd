"""Assistants out to a file, and in from one: first what would become of each, then all of it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from assistants_app.domain.errors import InvalidExport
from assistants_app.domain.exports import MOST_ASSISTANTS, MOST_BYTES, read_export
from assistants_app.models import Assistant
from assistants_app.services.exporting import export_assistants, rules
from assistants_app.services.importing import Choice, Planned, import_assistants, plan_import
from assistants_app.services.rights import may_make_some
from assistants_app.web.access import SignedInRequest, assistant_of, assistants_of, author_of
from assistants_app.web.addresses import number_in, uuid_in
from assistants_app.web.assistant_list import ListState, found_by
from assistants_app.web.compare.blocks import Shown, show

SALT = "assistants.import"

MOST_SHOWN = 50
"""Differences that a page shows in full; the others in one line each."""

WORDS = {
    Choice.CREATE: gettext_lazy("Make it"),
    Choice.VERSION: gettext_lazy("New version from the file"),
    Choice.COPY: gettext_lazy("As another assistant"),
    Choice.KEEP: gettext_lazy("Keep what is here"),
}


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One assistant of the file, as the page shows it."""

    planned: Planned
    options: tuple[Option, ...]
    shown: Shown | None

    @property
    def field(self) -> str:
        return f"choice-{self.planned.key}"


@require_safe
@never_cache
def export_many(request: SignedInRequest) -> HttpResponse:
    """Those that are ticked (`id`), else those that the list's filters find."""
    ids = [one for text in request.GET.getlist("id") if (one := uuid_in(text))]
    if ids:
        return _file(request, assistants_of(request).filter(assistant_id__in=ids))
    found = found_by(request, ListState.of(request.GET))
    if found.count() > MOST_ASSISTANTS:
        said = _("More than %(count)s assistants do not fit into one file. Narrow the list down first.")
        messages.error(request, said % {"count": MOST_ASSISTANTS})
        return redirect("assistants")
    return _file(request, found)


@require_safe
@never_cache
def export_one(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """With all its versions, or `version` alone."""
    asked = request.GET.get("version", "")
    number = number_in(asked)
    if asked and not number:
        raise Http404
    return _file(request, [assistant_of(request, assistant_id)], number)


def _file(request: SignedInRequest, assistants: Iterable[Assistant], number: int | None = None) -> HttpResponse:
    found = list(assistants)
    text = export_assistants(assistants=found, author=author_of(request), number=number)
    name = (slugify(found[0].name) or "assistant") if len(found) == 1 else "assistants"
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, f"{name}{f'-v{number}' if number else ''}.json")
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def import_file(request: SignedInRequest) -> HttpResponse:
    """The file is carried from the plan to the import by the page itself, signed."""
    if not may_make_some(author_of(request)):
        raise PermissionDenied(_("Importing assistants needs the role editor."))
    if request.method != "POST":
        return render(request, "exchange/import.html")
    try:
        text, source, decided = _posted(request)
        plan = plan_import(found=read_export(text.encode(), rules()), author=author_of(request))
        if not decided:
            return _plan(request, plan, text, source)
        choices = {one.key: _chosen(request, one) for one in plan}
        done = import_assistants(plan=plan, choices=choices, author=author_of(request), source=source)
    except InvalidExport as error:
        return render(request, "exchange/import.html", {"faults": error.faults}, status=422)
    changed = [row for _told, choice, row in done.made if choice is not Choice.KEEP and row]
    said = _("%(made)s made, %(saved)s with a new version, %(kept)s kept as they are.") % {
        "made": done.count(Choice.CREATE, Choice.COPY),
        "saved": done.count(Choice.VERSION),
        "kept": done.count(Choice.KEEP),
    }
    messages.success(request, said)
    return redirect("assistant", changed[0].assistant_id) if len(changed) == 1 else redirect("assistants")


def _posted(request: SignedInRequest) -> tuple[str, str, bool]:
    """The file's text, its name, and whether what becomes of it was decided. Raises InvalidExport."""
    if carried := request.POST.get("carried"):
        try:
            text, source = signing.loads(carried, salt=f"{SALT}.{request.user.pk}")
        except signing.BadSignature:
            raise InvalidExport([_("The page was changed on its way. Choose the file again.")]) from None
        return text, source, True
    file = request.FILES.get("file")
    if file is None:
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.LARGEST_UPLOAD:  # so that its end was not kept
            raise InvalidExport([_("The file is larger than %(count)s MB.") % {"count": MOST_BYTES // 1024**2}])
        raise InvalidExport([_("Choose a file first.")])
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidExport([_("The file is no text in UTF-8.")]) from None
    return text, PurePath(file.name or "").name[:200] or _("a file"), False


def _plan(request: SignedInRequest, plan: list[Planned], text: str, source: str) -> HttpResponse:
    carried = signing.dumps((text, source), salt=f"{SALT}.{request.user.pk}", compress=True)
    if len(carried) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2:
        raise InvalidExport([_("The file is too large for this page. An operator imports it by import_assistants.")])
    rows = [_row(one, number) for number, one in enumerate(plan)]
    context = {"rows": rows, "carried": carried, "source": source, "clashes": sum(one.mine is not None for one in plan)}
    return render(request, "exchange/plan.html", context)


def _row(planned: Planned, number: int) -> Row:
    shown = None
    if planned.before and planned.mine and not planned.same_content and number < MOST_SHOWN:
        here = f"v{planned.mine.version}"
        shown = show(planned.before, planned.after, old_name=here, new_name=_("The file"))
    words = WORDS if planned.mine else {**WORDS, Choice.KEEP: _("Leave it out")}
    options = (Option(one.value, str(words[one]), one is planned.suggested) for one in planned.choices)
    return Row(planned, tuple(options), shown)


def _chosen(request: SignedInRequest, planned: Planned) -> Choice:
    said = request.POST.get(f"choice-{planned.key}", "")
    return Choice(said) if said in list(Choice) else planned.suggested
