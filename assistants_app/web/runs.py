"""What is executed now, by whom, and what went wrong, for operators: a page that keeps itself fresh."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assistants_app.domain.errors import EngineNotRunning, RunMovedOn
from assistants_app.engine import engine
from assistants_app.models import Person, Run
from assistants_app.models.load import FAILED, Ended, GraphLoad, WorkerLoad
from assistants_app.models.threads import RunQuerySet
from assistants_app.services import recovery
from assistants_app.services.authors import Author
from assistants_app.services.runs import record_cancelled
from assistants_app.web.access import SignedInRequest, operators_only
from assistants_app.web.fragments import wants_part

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHOWN = 20
"""Runs in a list, the oldest or newest; the counts above tell of all."""

SHOWN_TEXT = 300

ROW = (
    *("run_id", "status", "attempt", "failures", "graph_id", "version", "error", "worker_id"),
    *("not_before", "created_at", "started_at", "finished_at"),
    *("assistant__assistant_id", "assistant__name", "thread__owner_id", "thread__title"),
)


@dataclass(frozen=True, slots=True)
class RunRow:
    run: Run
    thread_url: str
    """"" where the reader may not open it: threads are their owners' own."""
    worker: WorkerLoad | None

    @property
    def trouble(self) -> str:
        """Why it does not go on: its process is "lost", "silent" or "blocked"; "blocking" if by this run itself."""
        if self.worker is None or self.worker.state == "lost":
            return "lost"
        if self.worker.state == "blocked":
            blocked_by: Any = self.worker.worker.blocked_by
            return "blocking" if blocked_by.get("run_id") == str(self.run.run_id) else "blocked"
        return "silent" if self.worker.state == "silent" else ""

    @property
    def waits_until(self) -> datetime | None:
        """A time that is still to come."""
        when = self.run.not_before
        return when if when and when > timezone.now() else None

    @property
    def error(self) -> str:
        told: Any = self.run.error
        if not isinstance(told, dict):
            return ""
        return f"{told.get('error', '')}: {told.get('message', '')}"[:SHOWN_TEXT]


@operators_only
@require_safe
@never_cache
def index(request: SignedInRequest) -> HttpResponse:
    """`?still=1` is the page that does not change by itself."""
    part = wants_part(request)
    context = {**_now(request.user), "still": "still" in request.GET}
    response = render(request, "runs/_now.html" if part else "runs/runs.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@operators_only
@require_POST
def cancel(request: SignedInRequest, run_id: uuid.UUID) -> HttpResponse:
    """One whose process hears of it is cancelled there; else it is taken from it first, and cancelled as it waits."""
    run = Run.objects.get_by_uuid(run_id)

    def work() -> None:
        if run.finished_at is not None:
            raise RunMovedOn
        if run.status == Run.Status.RUNNING and not _hears(run, WorkerLoad.now()):
            recovery.take_back(run_id=run_id, attempt=_attempt(request), enqueue=False, author=Author.of(request.user))
        record_cancelled(run_ids=[run_id], author=Author.of(request.user))
        engine().cancel(run_id)

    return _done(request, work, _("The run is being cancelled."))


@operators_only
@require_POST
def take_back(request: SignedInRequest, run_id: uuid.UUID) -> HttpResponse:
    Run.objects.get_by_uuid(run_id)

    def work() -> None:
        recovery.take_back(run_id=run_id, attempt=_attempt(request), author=Author.of(request.user))
        engine().restart(run_id)

    return _done(request, work, _("The run waits for its turn again, and goes on from its last checkpoint."))


def _done(request: SignedInRequest, work: Callable[[], None], said: str) -> HttpResponse:
    """Back to the page, which says what became of it."""
    if not engine().serving:
        raise EngineNotRunning
    try:
        work()
    except RunMovedOn as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, said)
    return redirect("runs")


def _attempt(request: SignedInRequest) -> int:
    """The one that was shown. Raises RunMovedOn for what is none."""
    said = request.POST.get("attempt", "")
    if not (said.isascii() and said.isdecimal() and len(said) < 10):
        raise RunMovedOn
    return int(said)


def _now(person: Person) -> dict[str, Any]:
    """Everything that is shown, in the same number of queries whatever there is."""
    graphs, workers = GraphLoad.now(), WorkerLoad.now()
    hour, day = Ended.within(HOUR, DAY)
    runs = Run.objects.select_related("assistant", "thread").only(*ROW)
    running = runs.unfinished().filter(status=Run.Status.RUNNING).order_by("started_at", "run_id")
    waiting = runs.unfinished().filter(status=Run.Status.PENDING).order_by("created_at", "run_id")
    went_wrong = runs.filter(Q(status__in=FAILED) | Q(attempt__gt=1), finished_at__gte=timezone.now() - DAY)
    return {
        "at": timezone.now(),
        "graphs": graphs,
        "workers": workers,
        "waiting": sum(one.waiting for one in graphs),
        "later": sum(one.later for one in graphs),
        "running": sum(one.running for one in graphs),
        "retried": sum(one.retried for one in graphs),
        "oldest": min((one.oldest for one in graphs if one.oldest), default=None),
        "alive": sum(one.state in ("alive", "blocked") for one in workers),
        "ended": [(_("Last hour"), hour), (_("Last day"), day)],
        "running_runs": _rows(running, person, workers),
        "waiting_runs": _rows(waiting, person, workers),
        "troubled_runs": _rows(went_wrong.order_by("-finished_at", "run_id"), person, workers),
        "shown": SHOWN,
    }


def _rows(runs: RunQuerySet, person: Person, workers: Iterable[WorkerLoad]) -> list[RunRow]:
    return [_row(run, person, workers) for run in runs[:SHOWN]]


def _row(run: Run, person: Person, workers: Iterable[WorkerLoad]) -> RunRow:
    url = ""
    if run.assistant is not None and run.thread.owner_id == person.pk:
        url = reverse("assistant-thread", args=[run.assistant.assistant_id, run.thread_id])
    return RunRow(run, url, _worker_of(run, workers))


def _worker_of(run: Run, workers: Iterable[WorkerLoad]) -> WorkerLoad | None:
    return next((one for one in workers if one.worker.pk == run.worker_id), None)


def _hears(run: Run, workers: Iterable[WorkerLoad]) -> bool:
    """Whether who executes it can be told to stop: this process always can."""
    worker = _worker_of(run, workers)
    return run.worker_id == engine().worker_id or (worker is not None and worker.state == "alive")
