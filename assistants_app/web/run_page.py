"""One run, for operators: which settings it used, how it went, and what came of it. Not what was said in it."""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assistants_app.domain.config_values import BoundField, bind
from assistants_app.domain.config_values.hidden import without_secrets
from assistants_app.domain.costs import cost_of
from assistants_app.domain.form_spec import FormSpec
from assistants_app.domain.json_values import Json
from assistants_app.graphs.catalog import catalog
from assistants_app.models import Assistant, AssistantVersion, ModelPrice, Run, Worker
from assistants_app.web.access import SignedInRequest, operators_only
from assistants_app.web.dashboard import figures
from assistants_app.web.forms import spec_of
from assistants_app.web.run_list import RunFacts

UNSHOWN = ("input", "command", "options", "metadata", "config")


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a run's time. `x` and `width` are hundredths of the whole."""

    kind: str
    label: str
    took: str
    x: float
    width: float


@operators_only
@require_safe
@never_cache
def show(request: SignedInRequest, run_id: uuid.UUID) -> HttpResponse:
    run = Run.objects.defer(*UNSHOWN).get_by_uuid(run_id)
    version = _version(run)
    spec = _spec(run, version)
    prices = ModelPrice.objects.prices()
    cost = cost_of(run.usage, prices)
    context = {
        "run": run,
        "facts": RunFacts(run),
        "version": version,
        "fields": _fields(spec, run),
        "settings_text": json.dumps(without_secrets(spec, run.context), indent=2, ensure_ascii=False),
        "phases": _phases(run),
        "models": _models(run, prices),
        "cost": figures.money(cost) if cost else "",
        "prices_missing": bool(run.usage) and cost is None,
        "thread_url": _thread_url(run, request),
        "worker": Worker.objects.filter(pk=run.worker_id).first() if run.worker_id else None,
        "ratings": list(run.ratings.select_related("person")[:10]),
        "beside": list(_beside(run)),
    }
    return render(request, "runs/run.html", context)


def _version(run: Run) -> AssistantVersion | None:
    if run.assistant is None or run.version is None:
        return None
    found: AssistantVersion | None = Assistant.history.of(run.assistant).filter(number=run.version).first()
    return found


def _spec(run: Run, version: AssistantVersion | None) -> FormSpec | None:
    """That of the version; of what was not saved, the graph's own."""
    schema: Json = version.settings_schema if version else None
    if schema is None:
        schema = next((one.settings_schema for one in catalog().entries() if one.graph_id == run.graph_id), None)
    return spec_of(schema) if schema else None


def _fields(spec: FormSpec | None, run: Run) -> list[BoundField]:
    if spec is None or not isinstance(run.context, dict):
        return []
    return [field for field in bind(spec, run.context).fields if field.state != "default" and not field.spec.hidden]


def _phases(run: Run) -> list[Phase]:
    """Waiting, until the first token, and answering."""
    marks: list[tuple[str, str, datetime | None]] = [
        ("quiet", _("Waited for its turn"), run.started_at),
        ("second", _("Until the first token"), run.first_token_at),
        ("first", _("Answered") if run.first_token_at else _("Ran"), run.finished_at),
    ]
    # A process may note that it began a run a moment before the row of it is there.
    begun, found = min(run.created_at, run.started_at or run.created_at), []
    for kind, label, end in marks:
        if end is not None and end >= begun:
            found.append((kind, label, (end - begun).total_seconds()))
            begun = end
    whole = sum(took for _kind, _label, took in found)
    phases, x = [], 0.0
    for kind, label, took in found:
        width = 100 * took / whole if whole else 0
        phases.append(Phase(kind, label, figures.seconds(took), round(x, 2), round(width, 2)))
        x += width
    return phases


def _models(run: Run, prices: Any) -> list[dict[str, Any]]:
    used = run.usage if isinstance(run.usage, dict) else {}
    models = used.get("models")
    found = []
    for name, counts in models.items() if isinstance(models, dict) else ():
        if isinstance(counts, dict):
            cost = cost_of({"models": {name: counts}}, prices)
            told = {kind: counts.get(f"{kind}_tokens") or 0 for kind in ("input", "output", "cached")}
            found.append({"name": name, **told, "cost": figures.money(cost)})
    return found


def _thread_url(run: Run, request: SignedInRequest) -> str:
    """ "" where the reader may not open it: threads are their owners' own."""
    if run.assistant is None or run.thread.owner_id != request.user.pk:
        return ""
    return reverse("assistant-thread", args=[run.assistant.assistant_id, run.thread_id])


def _beside(run: Run) -> Any:
    """The runs of its thread before and after it."""
    numbers = (run.number - 1, run.number + 1)
    return Run.objects.filter(thread_id=run.thread_id, number__in=numbers).only("run_id", "number").order_by("number")
