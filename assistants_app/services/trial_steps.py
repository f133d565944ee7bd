"""The steps of a trial, which the engine takes: runs begun, answers checked, results kept, the trial ended.

Each step is guarded by the state that it leaves, so that several processes may look after the same trial, and one that
dies leaves nothing that another would not take up.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from assistants_app.domain.cases.answers import Answer, answer_in
from assistants_app.domain.cases.checking import Outcome, overall
from assistants_app.domain.cases.checks import Check, read_check
from assistants_app.domain.errors import GraphNotFound, NotAllowed, ProductError
from assistants_app.domain.json_values import Json
from assistants_app.graphs.catalog import catalog
from assistants_app.models import CaseResult, Run, Trial
from assistants_app.services.accepting import NewThread, begin_run
from assistants_app.services.authors import Author
from assistants_app.services.expiry import Ttl
from assistants_app.services.threads import TITLE_LENGTH, update_thread

AT_ONCE = 4
"""Runs of one trial that go on at the same time."""

KEPT_MINUTES = 30 * 24 * 60.0
"""How long the threads of a trial stay; what was found stays for longer."""

FORGOTTEN = timedelta(minutes=3)
"""How long an answer may be checked before somebody else does it."""

MOST_ENDED = 20


@dataclass(frozen=True, slots=True)
class ToCheck:
    """An answer that this process has taken to check it."""

    result_id: int
    input: Json
    answer: Answer
    checks: Sequence[Check]


def unfinished_trials() -> list[uuid.UUID]:
    """The oldest first."""
    return list(Trial.objects.unfinished().values_list("trial_id", flat=True))


def begin_next(*, trial_id: uuid.UUID) -> list[Run]:
    """Accept the runs that have their turn. The engine starts them, after the commit."""
    with transaction.atomic():
        trial = Trial.objects.unfinished().select_for_update(of=("self",)).filter(pk=trial_id).first()
        if trial is None:
            return []
        going = trial.results.filter(status__in=[CaseResult.Status.RUNNING, CaseResult.Status.CHECKING]).count()
        waiting = trial.results.filter(status=CaseResult.Status.WAITING).order_by("id")
        begun = [_begin(trial, result) for result in waiting[: max(0, AT_ONCE - going)]]
    return [run for run in begun if run is not None]


def _begin(trial: Trial, result: CaseResult) -> Run | None:
    """A run that cannot begin is its result."""
    now = timezone.now()
    row = CaseResult.objects.filter(pk=result.pk)
    try:
        with transaction.atomic():
            run = _accepted(trial, result)
    except ProductError as error:
        row.update(status=CaseResult.Status.ERROR, problem=error.message, began_at=now, finished_at=now)
        return None
    row.update(status=CaseResult.Status.RUNNING, run=run, began_at=now)
    return run


def _accepted(trial: Trial, result: CaseResult) -> Run:
    if trial.person is None:
        raise NotAllowed(gettext_noop("Who began this trial is not here any more."))
    place = NewThread(assistant=trial.assistant, title=result.name[:TITLE_LENGTH], metadata={"trial": str(trial.pk)})
    run = begin_run(
        thread=place,
        assistant_id=trial.assistant.assistant_id,
        author=Author.of(trial.person),
        version=trial.version,
        settings=trial.settings,
        input=result.input,
        options={"time_limit": trial.time_limit, "metadata": {"trial": str(trial.pk)}},
    )
    update_thread(thread_id=place.thread_id, ttl=Ttl(KEPT_MINUTES))
    return run


def ended_results(*, trial_id: uuid.UUID) -> list[int]:
    """Those whose answer can be checked now: its run has ended, or is gone; or who checked it was lost."""
    alive = Run.objects.filter(run_id=OuterRef("run_id"), finished_at__isnull=True)
    ended = Q(status=CaseResult.Status.RUNNING) & ~Exists(alive)
    forgotten = Q(status=CaseResult.Status.CHECKING, checking_since__lt=timezone.now() - FORGOTTEN)
    rows = CaseResult.objects.filter(ended | forgotten, trial_id=trial_id).order_by("id")
    return list(rows.values_list("pk", flat=True)[:MOST_ENDED])


def take_to_check(*, result_id: int) -> ToCheck | None:
    """None when somebody else has it, or when the run left nothing to check, which is its result then."""
    now = timezone.now()
    forgotten = Q(status=CaseResult.Status.CHECKING, checking_since__lt=now - FORGOTTEN)
    mine = CaseResult.objects.filter(Q(status=CaseResult.Status.RUNNING) | forgotten, pk=result_id)
    if not mine.update(status=CaseResult.Status.CHECKING, checking_since=now):
        return None
    result = CaseResult.objects.get(pk=result_id)
    found = Run.objects.select_related("thread").filter(run_id=result.run_id) if result.run_id else Run.objects.none()
    run = found.first()
    if run is None or run.status != Run.Status.SUCCESS:
        _end(result_id, status=CaseResult.Status.ERROR, problem=_why(run))
        return None
    answer = answer_in(run.thread.values, _outputs(run.graph_id))
    read = [read_check(check)[0] for check in result.checks]
    return ToCheck(result_id, result.input, answer, [check for check in read if check is not None])


def record_result(*, result_id: int, answer: Answer, outcomes: Sequence[Outcome]) -> None:
    """What the checks of an answer came to. Nothing happens to a trial that was cancelled meanwhile."""
    status = CaseResult.Status(overall(outcomes))
    kept = [outcome.as_json for outcome in outcomes]
    _end(result_id, status=status, answer=answer.as_json, outcomes=kept)


def finish_trial(*, trial_id: uuid.UUID) -> bool:
    """End a trial whose cases all have their result; whether it has."""
    left = CaseResult.objects.filter(trial_id=trial_id, status__in=CaseResult.OPEN)
    if left.exists():
        return False
    Trial.objects.unfinished().filter(pk=trial_id).update(status=Trial.Status.ENDED, finished_at=timezone.now())
    return True


def _end(result_id: int, **columns: Any) -> None:
    checking = CaseResult.objects.filter(pk=result_id, status=CaseResult.Status.CHECKING)
    checking.update(finished_at=timezone.now(), **columns)


def _why(run: Run | None) -> str:
    """Why a run left no answer; the words are translated where they are read."""
    if run is None:
        return gettext_noop("The run was deleted before its answer could be checked.")
    if run.status == Run.Status.TIMEOUT:
        return gettext_noop("The run took longer than a test case may.")
    if run.status == Run.Status.INTERRUPTED:
        return gettext_noop("The run was cancelled.")
    told: Any = run.error if isinstance(run.error, dict) else {}
    return f"{told.get('error', '')}: {told.get('message', '')}".strip(": ")


def _outputs(graph_id: str) -> list[str]:
    """The keys of what a graph calls its output."""
    try:
        schema = catalog().get(graph_id).output_schema or {}
    except GraphNotFound:
        return []
    return list(schema.get("properties", {}))
