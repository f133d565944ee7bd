"""Trials: all test cases of an assistant, or one, run with one of its versions or with settings nobody saved.

Beginning and cancelling are here, and what a version's results come to. The steps between, which the engine takes, are
in `services.trial_steps`.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings as site
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assistants_app.domain.cases.errors import InvalidTrial
from assistants_app.domain.json_values import Settings
from assistants_app.models import Assistant, Case, CaseResult, Role, Trial
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.hidden import for_run
from assistants_app.services.rights import require
from assistants_app.services.secrets import sealed, spec_by, spec_of_graph

MOST_AT_ONCE = 5
"""Unfinished trials of one assistant."""


def begin_trial(
    *,
    assistant_id: uuid.UUID,
    author: Author,
    version: int | None = None,
    settings: Settings | None = None,
    case_ids: Sequence[uuid.UUID] | None = None,
) -> Trial:
    """Let the engine run test cases, all or these, with a version (None: the live one) or with unsaved `settings`.

    The version is fixed now, as are the cases. Raises AssistantNotFound, NotAllowed, VersionNotFound, InvalidTrial,
    InvalidSettings (for what is hidden from the author).
    """
    with transaction.atomic():
        assistant = Assistant.objects.select_for_update().get_by_uuid(assistant_id)
        require(author, Role.TESTER, assistant)
        number = None if settings is not None else version or assistant.version
        if number is not None and number != assistant.version:
            Assistant.history.for_list().numbered(assistant, number)
        cases = Case.objects.of(assistant)
        if case_ids is not None:
            cases = cases.filter(case_id__in=case_ids)
        chosen = list(cases)
        if not chosen:
            raise InvalidTrial(_("There is no test case to run."))
        if Trial.objects.unfinished().filter(assistant=assistant).count() >= MOST_AT_ONCE:
            raise InvalidTrial(
                _("%(count)s trials go on already. Wait for one, or cancel it.") % {"count": MOST_AT_ONCE}
            )
        trial = Trial.objects.create(
            assistant=assistant,
            version=number,
            settings=None if settings is None else _sealed(settings, assistant, author),
            time_limit=site.CASE_SECONDS,
            person=author.person,
            author=author.label,
        )
        CaseResult.objects.bulk_create(
            CaseResult(
                trial=trial, case=case, edition=case.edition, name=case.name, input=case.input, checks=case.checks
            )
            for case in chosen
        )
        _record(Action.TRIAL_BEGUN, author, assistant, trial, version=number or "", cases=len(chosen))
    return trial


def cancel_trial(*, assistant_id: uuid.UUID, trial_id: uuid.UUID, author: Author) -> list[uuid.UUID]:
    """End a trial; what has been found stays. The runs that are still to be stopped, by the engine, are returned.

    Raises AssistantNotFound, NotAllowed, TrialNotFound.
    """
    with transaction.atomic():
        assistant = Assistant.objects.for_list().get_by_uuid(assistant_id)
        require(author, Role.TESTER, assistant)
        trial = Trial.objects.select_for_update().get_of(assistant, trial_id)
        if trial.status != Trial.Status.RUNNING:
            return []
        still = CaseResult.objects.filter(trial=trial, status__in=CaseResult.OPEN)
        runs = list(still.filter(run__isnull=False).values_list("run_id", flat=True))
        now = timezone.now()
        still.update(status=CaseResult.Status.CANCELLED, finished_at=now)
        Trial.objects.filter(pk=trial.pk).update(status=Trial.Status.CANCELLED, finished_at=now)
        _record(Action.TRIAL_CANCELLED, author, assistant, trial)
    return runs


@dataclass(frozen=True, slots=True)
class Standing:
    """What an assistant's test cases, as they are now, come to with one version: the newest result of each counts."""

    results: dict[uuid.UUID, CaseResult]
    cases: int

    @property
    def passed(self) -> int:
        return sum(one.status == CaseResult.Status.PASSED for one in self.results.values())

    @property
    def not_run(self) -> int:
        return self.cases - len(self.results)

    @property
    def all_passed(self) -> bool:
        """Whether there are any, and each has passed."""
        return 0 < self.cases == self.passed


def standing(assistant: Assistant, number: int) -> Standing:
    """Of a version. Results of a trial that still goes on count as soon as they are there; a cancelled one is none."""
    rows = CaseResult.objects.on_version(assistant, number).without_texts().select_related("trial")
    ended = rows.exclude(status__in=[*CaseResult.OPEN, CaseResult.Status.CANCELLED])
    newest: dict[uuid.UUID, CaseResult] = {}
    for row in ended:
        if row.case_id is not None:
            newest.setdefault(row.case_id, row)
    return Standing(newest, assistant.cases.count())


def _sealed(settings: Settings, assistant: Assistant, author: Author) -> Settings:
    """By what the graph calls secret now, and by what it did when the assistant was saved; what is hidden too."""
    settings, _config = for_run(author, assistant, assistant.graph_id, assistant.context, settings, {})
    return sealed(sealed(settings, spec_of_graph(assistant.graph_id)), spec_by(assistant.settings_schema))


def _record(action: Action, author: Author, assistant: Assistant, trial: Trial, **told: str | int) -> None:
    audit.record(action, author=author, kind=ObjectKind.TRIAL, id=trial.pk, name=assistant.name, after=told)
