"""Running test cases: begun, watched, cancelled, and what came of each beside the live version."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assistants_app.domain.cases.errors import InvalidTrial, TrialNotFound
from assistants_app.domain.errors import EngineNotRunning, InvalidSettings
from assistants_app.domain.json_values import Json
from assistants_app.domain.messages import read_messages
from assistants_app.domain.messages_content import readable
from assistants_app.engine import engine
from assistants_app.models import Assistant, CaseResult, Role, Run, Trial
from assistants_app.services.trials import begin_trial, cancel_trial, standing
from assistants_app.web.access import SignedInRequest, assistant_of, author_of
from assistants_app.web.addresses import uuid_in
from assistants_app.web.cases.choices import NoSuchChoice, chosen_in
from assistants_app.web.cases.words import found_of
from assistants_app.web.fragments import wants_part


@dataclass(frozen=True, slots=True)
class ResultRow:
    result: CaseResult
    live: CaseResult | None
    """How the same case went with the live version."""
    changed: bool
    """Whether the case is another one since, or gone."""
    why: str


@require_POST
def run(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """All test cases, or the one that is named."""
    assistant = assistant_of(request, assistant_id, Role.TESTER)
    if not engine().serving:
        raise EngineNotRunning
    named = request.POST.get("case")
    try:
        chosen = chosen_in(request, assistant, request.POST.get("with", ""))
        trial = begin_trial(
            assistant_id=assistant_id,
            author=author_of(request),
            version=chosen.version,
            settings=chosen.settings,
            case_ids=None if named is None else [found] if (found := uuid_in(named)) else [],
        )
    except (InvalidTrial, InvalidSettings, NoSuchChoice) as refused:
        messages.error(request, refused.message)
        return redirect("cases", assistant_id)
    return redirect("trial", assistant_id, trial.trial_id)


@require_safe
@never_cache
def show(request: SignedInRequest, assistant_id: uuid.UUID, trial_id: uuid.UUID) -> HttpResponse:
    """The page asks for its own part again and again, until the trial has ended."""
    assistant = assistant_of(request, assistant_id)
    trial = Trial.objects.defer("settings").get_of(assistant, trial_id)
    template = "cases/_trial.html" if wants_part(request) else "cases/trial.html"
    response = render(request, template, _shown(assistant, trial))
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
def cancel(request: SignedInRequest, assistant_id: uuid.UUID, trial_id: uuid.UUID) -> HttpResponse:
    assistant_of(request, assistant_id, Role.TESTER)
    runs = cancel_trial(assistant_id=assistant_id, trial_id=trial_id, author=author_of(request))
    if engine().serving:
        for run_id in runs:
            engine().cancel(run_id)
    return redirect("trial", assistant_id, trial_id)


@require_safe
def result(request: SignedInRequest, assistant_id: uuid.UUID, trial_id: uuid.UUID, result_id: int) -> HttpResponse:
    """One test case: what was asked, what was answered, and what each check came to."""
    assistant = assistant_of(request, assistant_id)
    trial = Trial.objects.defer("settings").get_of(assistant, trial_id)
    found = trial.results.select_related("case").filter(pk=result_id).first()
    if found is None:
        raise TrialNotFound
    run = Run.objects.filter(run_id=found.run_id).only("run_id", "status").first() if found.run_id else None
    context = {
        "assistant": assistant,
        "tab": "cases",
        "trial": trial,
        "result": found,
        "run": run,
        "found": found_of(found.checks, found.outcomes),
        "changed": _is_changed(found),
        "problem": _(found.problem) if found.problem else "",
        **_asked(found.input),
    }
    return render(request, "cases/result.html", context)


def _shown(assistant: Assistant, trial: Trial) -> dict[str, Any]:
    rows = list(trial.results.without_texts().select_related("case"))
    beside = trial.version != assistant.version
    live = standing(assistant, assistant.version).results if beside else {}
    passed = sum(row.status == CaseResult.Status.PASSED for row in rows)
    return {
        "assistant": assistant,
        "tab": "cases",
        "trial": trial,
        "rows": [
            ResultRow(row, live.get(row.case_id) if row.case_id else None, _is_changed(row), _why(row)) for row in rows
        ],
        "beside": beside,
        "goes_on": trial.status == Trial.Status.RUNNING,
        "done": sum(not row.is_open for row in rows),
        "passed": passed,
        "all_passed": passed == len(rows),
    }


def _is_changed(result: CaseResult) -> bool:
    return result.case is None or result.case.edition != result.edition


def _why(result: CaseResult) -> str:
    """Why it did not pass, in a line."""
    if result.problem:
        return _(result.problem)
    found = found_of(result.checks, result.outcomes)
    return next((f"{one.words}: {one.why}" if one.why else one.words for one in found if one.verdict != "passed"), "")


def _asked(given: Json) -> dict[str, Any]:
    """What the graph was given, as messages or as JSON."""
    if isinstance(given, dict) and "messages" in given:
        return {"messages_asked": read_messages(given["messages"])}
    return {"input_json": readable(given)}
