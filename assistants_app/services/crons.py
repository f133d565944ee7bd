"""Crons: runs that begin by the clock. Waiting for their time is the engine's.

Each time a cron comes, one run begins, in the transaction that moves the cron on to its next time: of several processes
that see a cron due, one moves it. Times that passed while nothing served, or while a cron was late for another reason,
are made up by one run, not by one each.
"""

import logging
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from assistants_app.domain.errors import InvalidInput, InvalidSchedule, ProductError
from assistants_app.domain.json_values import Json, find_unstorable
from assistants_app.domain.schedules import Schedule
from assistants_app.models import Assistant, Cron, Role, Run, Thread
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.confided import opened_caller, sealed_options, told_options
from assistants_app.services.hidden import for_asked
from assistants_app.services.origin import origin
from assistants_app.services.run_requests import NOBODY, CallerOfRun, begin_asked_run
from assistants_app.services.secrets import sealed_asked

logger = logging.getLogger(__name__)

CALLER = "caller"
"""The key of a cron's payload for who asked for it; the rest is in the API's names."""

LATE = timedelta(minutes=1)
"""How long after a cron's end its last time may still be made up."""

DUE_AT_ONCE = 100


def create_cron(
    *,
    assistant_id: uuid.UUID,
    schedule: str,
    asked: Mapping[str, Json],
    author: Author,
    now: datetime,
    thread_id: uuid.UUID | None = None,
    timezone: str = "",
    end_time: datetime | None = None,
    enabled: bool = True,
    on_run_completed: str = "delete",
    metadata: Mapping[str, Json] | None = None,
    caller: CallerOfRun = NOBODY,
    cron_id: uuid.UUID | None = None,
) -> Cron:
    """Make a cron; `asked` is what each run is asked for, in the API's names.

    Without a thread each run gets one of its own, which goes when the run has ended unless `on_run_completed` is
    "keep". Raises InvalidSchedule, AssistantNotFound, ThreadNotFound, InvalidInput.
    """
    cron = Cron(
        cron_id=cron_id or uuid.uuid4(),
        schedule=schedule,
        timezone=timezone,
        end_time=end_time,
        enabled=enabled,
        on_run_completed=on_run_completed,
        payload=sealed_options({**asked, CALLER: asdict(caller)}),
        metadata=dict(metadata or {}),
        author=author.label,
        user_id=caller.user_id,
    )
    Schedule(schedule, timezone)
    _check(cron)
    cron.next_run_date = _following(cron, now)
    with transaction.atomic():
        cron.assistant = Assistant.objects.defer("settings_schema").get_by_uuid(assistant_id)
        asked = for_asked(author, cron.assistant, cron.payload)
        cron.payload = sealed_asked(asked, cron.assistant.graph_id)
        cron.thread = Thread.objects.get_by_uuid(thread_id) if thread_id else None
        cron.save(force_insert=True)
        audit.record(
            Action.CRON_CREATED, author=author, kind=ObjectKind.CRON, id=cron.pk, name=schedule, after=_told(cron)
        )
    return cron


def update_cron(
    *,
    cron_id: uuid.UUID,
    now: datetime,
    asked: Mapping[str, Json] | None = None,
    metadata: Mapping[str, Json] | None = None,
    author: Author | None = None,
    **changes: Any,
) -> Cron:
    """Change a cron's `schedule`, `timezone`, `end_time`, `enabled` or `on_run_completed`, and what its runs are
    asked for, key by key. Its next time is reckoned from now on. One whose time zone is gone may be switched off and
    changed, as long as nothing is to be reckoned. Raises CronNotFound, InvalidSchedule, InvalidInput."""
    with transaction.atomic():
        cron = Cron.objects.select_for_update(of=("self",)).get_by_uuid(cron_id)
        before = _told(cron)
        for name, value in changes.items():
            setattr(cron, name, value)
        cron.payload = {
            **cron.payload,
            **for_asked(author or origin().author, cron.assistant, sealed_options(asked or {})),
        }
        cron.metadata = {**cron.metadata, **(metadata or {})}
        if changes.keys() & {"schedule", "timezone"}:
            Schedule(cron.schedule, cron.timezone)
        _check(cron)
        cron.payload = sealed_asked(cron.payload, cron.assistant.graph_id)
        if changes.keys() & {"schedule", "timezone", "end_time", "enabled"}:
            cron.next_run_date = _following(cron, now)
        cron.save()
        after = _told(cron)
        changed = [name for name in after if before[name] != after[name]]
        told = {
            side: {name: values[name] for name in changed} for side, values in (("before", before), ("after", after))
        }
        audit.record(Action.CRON_CHANGED, author=author, kind=ObjectKind.CRON, id=cron_id, name=cron.schedule, **told)
    return cron


def delete_cron(*, cron_id: uuid.UUID, author: Author | None = None) -> None:
    """Runs that began stay. Raises CronNotFound."""
    with transaction.atomic():
        cron = Cron.objects.get_by_uuid(cron_id)
        told = _told(cron)
        cron.delete()
        audit.record(
            Action.CRON_DELETED, author=author, kind=ObjectKind.CRON, id=cron_id, name=cron.schedule, before=told
        )


def due_crons(*, at: datetime) -> list[uuid.UUID]:
    """The longest overdue first, so many as are worth asking for at once."""
    return list(Cron.objects.due(at).values_list("cron_id", flat=True)[:DUE_AT_ONCE])


def next_due() -> datetime | None:
    """When the next cron comes."""
    coming = Cron.objects.filter(enabled=True, next_run_date__isnull=False).order_by("next_run_date")
    return coming.values_list("next_run_date", flat=True).first()


def begin_cron_run(*, cron_id: uuid.UUID, at: datetime) -> Run | None:
    """Begin the run of a cron that is due, and move it on to its first time after `at`.

    None when there is nothing to run: somebody else moved it, it was changed or deleted, its end has passed, or its
    run cannot begin, which is logged and ends nothing but this one time. The engine starts the run, after the commit.
    """
    with transaction.atomic():
        cron = Cron.objects.due(at).select_related("assistant").filter(cron_id=cron_id).first()
        if cron is None or cron.next_run_date is None:
            return None
        due = Cron.objects.filter(cron_id=cron_id, enabled=True, next_run_date=cron.next_run_date)
        if not due.update(next_run_date=_following_if_any(cron, at)):
            return None
        if cron.end_time and at > cron.end_time + LATE:
            return None
        try:
            with transaction.atomic():
                return _begin(cron)
        except ProductError as error:
            logger.warning("cron %s (%s) could not begin its run: %s", cron_id, cron.schedule, error.message)
            return None


def _begin(cron: Cron) -> Run:
    asked = {key: value for key, value in cron.payload.items() if key != CALLER}
    caller = {**asdict(NOBODY), **opened_caller(cron.payload.get(CALLER, {}))}
    return begin_asked_run(
        assistant_id=cron.assistant.assistant_id,
        thread_id=cron.thread_id,
        asked={**asked, "metadata": cron.metadata, "on_completion": cron.on_run_completed},
        author=Author(person=None, label=cron.author, role=Role.EDITOR),
        caller=CallerOfRun(**{**caller, "permissions": tuple(caller["permissions"])}),
    )


def _told(cron: Cron) -> dict[str, Json]:
    """What the audit log tells of a cron; what its runs are asked for, less who asked, is masked and cut there."""
    named = ("schedule", "timezone", "end_time", "enabled", "on_run_completed", "metadata")
    told = {name: getattr(cron, name) for name in named}
    asked = told_options({name: value for name, value in cron.payload.items() if name != CALLER})
    return {**told, "asked": asked, "assistant": str(cron.assistant.assistant_id), "thread": str(cron.thread_id or "")}


def _following(cron: Cron, moment: datetime) -> datetime | None:
    """A cron's next time; None when it has ended, or does not run."""
    if not cron.enabled:
        return None
    found = Schedule(cron.schedule, cron.timezone).next_after(moment)
    return None if cron.end_time and found > cron.end_time else found


def _following_if_any(cron: Cron, moment: datetime) -> datetime | None:
    """None, too, for what is no schedule any more: time zones vanish, and names are not known everywhere."""
    try:
        return _following(cron, moment)
    except InvalidSchedule as error:
        logger.warning("cron %s comes no more: %s", cron.cron_id, error.message)
        return None


def _check(cron: Cron) -> None:
    """Raises InvalidInput."""
    if fault := find_unstorable([cron.payload, cron.metadata]):
        raise InvalidInput(fault)
