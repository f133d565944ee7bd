"""Test cases of an assistant: the list, and the form in which one is made or changed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assistants_app.domain.cases.errors import InvalidCase
from assistants_app.domain.cases.judging import IMITATION
from assistants_app.models import Assistant, Case, CaseResult, Role, Trial
from assistants_app.services.cases import create_case, delete_case, update_case
from assistants_app.services.trials import Standing, standing
from assistants_app.web.access import SignedInRequest, assistant_of, author_of
from assistants_app.web.assistants import graph_of
from assistants_app.web.cases.choices import choices_of
from assistants_app.web.cases.typed import SAYS, TypedCase, TypedCheck, TypedMessage
from assistants_app.web.cases.words import KINDS, all_words, asked_in
from assistants_app.web.chat.given import takes_messages

TRIALS = 20
"""In the list, the newest."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    case: Case
    asked: str
    checks: Sequence[str]
    live: CaseResult | None
    """How it went with the live version."""


@require_safe
def index(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    assistant = assistant_of(request, assistant_id)
    return render(request, "cases/cases.html", list_context(request, assistant))


def list_context(request: SignedInRequest, assistant: Assistant) -> dict[str, Any]:
    live = standing(assistant, assistant.version)
    return {
        "assistant": assistant,
        "tab": "cases",
        "rows": _rows(assistant, live),
        "live": live,
        "trials": _trials(assistant),
        "choices": choices_of(request, assistant),
    }


def _rows(assistant: Assistant, live: Standing) -> list[CaseRow]:
    return [
        CaseRow(case, asked_in(case.input), all_words(case.checks), live.results.get(case.case_id))
        for case in Case.objects.of(assistant)
    ]


def _trials(assistant: Assistant) -> list[Trial]:
    """With how many of their cases passed, and how many there are."""
    found = assistant.trials.defer("settings").annotate(
        cases=Count("results"), passed=Count("results", filter=Q(results__status=CaseResult.Status.PASSED))
    )
    return list(found.order_by("-created_at")[:TRIALS])


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    assistant = assistant_of(request, assistant_id, Role.EDITOR)
    if request.method == "POST":
        return posted_case(request, assistant, None)
    if takes_messages(graph_of(assistant)):
        return form_page(request, assistant, TypedCase(messages=(TypedMessage(),), checks=(TypedCheck(),)))
    return form_page(request, assistant, TypedCase(as_json=True, input="{\n}", checks=(TypedCheck(),)))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, assistant_id: uuid.UUID, case_id: uuid.UUID) -> HttpResponse:
    assistant = assistant_of(request, assistant_id, Role.EDITOR)
    case = Case.objects.get_of(assistant, case_id)
    if request.method == "POST":
        return posted_case(request, assistant, case)
    typed = TypedCase.opened(name=case.name, given=case.input, checks=case.checks)
    return form_page(request, assistant, typed, case)


@require_POST
def delete(request: SignedInRequest, assistant_id: uuid.UUID, case_id: uuid.UUID) -> HttpResponse:
    assistant_of(request, assistant_id, Role.EDITOR)
    case = delete_case(assistant_id=assistant_id, case_id=case_id, author=author_of(request))
    messages.success(request, _("The test case “%(name)s” is deleted.") % {"name": case.name})
    return redirect("cases", assistant_id)


def posted_case(request: SignedInRequest, assistant: Assistant, case: Case | None) -> HttpResponse:
    """Saves it, or does what a button inside the form says."""
    typed = TypedCase.posted(request.POST)
    button = request.POST.get("do", "save")
    if button != "save":
        return form_page(request, assistant, typed.after(button, request.POST.get("new_kind", "")), case)
    author = author_of(request)
    try:
        content = typed.content()
        if case is None:
            case = create_case(assistant_id=assistant.assistant_id, content=content, author=author)
            said = _("The test case “%(name)s” is saved.")
        elif update_case(assistant_id=assistant.assistant_id, case_id=case.case_id, content=content, author=author):
            said = _("The test case “%(name)s” is saved. What it came to before does not count any more.")
        else:
            said = _("Nothing was changed in “%(name)s”.")
    except InvalidCase as refused:
        return form_page(request, assistant, typed.refused(refused.errors), case, status=422)
    messages.success(request, said % {"name": content.name})
    return redirect("cases", assistant.assistant_id)


def form_page(
    request: SignedInRequest,
    assistant: Assistant,
    typed: TypedCase,
    case: Case | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    judge = settings.JUDGE_MODEL.strip()
    context = {
        "assistant": assistant,
        "tab": "cases",
        "typed": typed,
        "case": case,
        "kinds": [(str(kind), label) for kind, label in KINDS.items()],
        "says": [(str(role), label) for role, label in SAYS.items()],
        "judge": judge,
        "judge_imitates": judge == IMITATION,
        "with_messages": takes_messages(graph_of(assistant)),
    }
    return render(request, "cases/case.html", context, status=status)
