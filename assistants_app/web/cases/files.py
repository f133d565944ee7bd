"""Test cases out and in, as JSON lines."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from assistants_app.domain.cases.errors import InvalidCase, InvalidCases
from assistants_app.models import Role
from assistants_app.services.case_files import export_cases, import_cases
from assistants_app.web.access import SignedInRequest, assistant_of, author_of

LARGEST = 8 * 1024 * 1024


@require_safe
def export(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    assistant = assistant_of(request, assistant_id)
    response = HttpResponse("".join(export_cases(assistant=assistant)), content_type="application/jsonl")
    name = slugify(assistant.name) or "assistant"
    disposition = content_disposition_header(as_attachment=True, filename=f"{name}-test-cases.jsonl")
    response["Content-Disposition"] = disposition or ""
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def import_file(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    assistant = assistant_of(request, assistant_id, Role.EDITOR)
    context = {"assistant": assistant, "tab": "cases"}
    if request.method != "POST":
        return render(request, "cases/import.html", context)
    file = request.FILES.get("file")
    faults = [_("Choose a file.")]
    if file is not None and file.size is not None and file.size > LARGEST:
        faults = [_("A file of test cases has %(count)s MB at most.") % {"count": LARGEST // 1024 // 1024}]
    elif file is not None:
        try:
            done = import_cases(assistant_id=assistant_id, data=file.read(), author=author_of(request))
        except InvalidCases as refused:
            faults = list(refused.faults)
        except InvalidCase as refused:
            faults = [error.message for error in refused.errors]
        else:
            said = ngettext("%(count)s test case is imported.", "%(count)s test cases are imported.", done.made)
            already = ngettext("%(count)s was here already.", "%(count)s were here already.", done.same)
            told = [said % {"count": done.made}, *([already % {"count": done.same}] if done.same else [])]
            messages.success(request, " ".join(told))
            return redirect("cases", assistant_id)
    return render(request, "cases/import.html", {**context, "faults": faults}, status=422)
