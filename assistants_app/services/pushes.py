"""Who is to be told when a task of other agents ends: kept with the task's first run, its secrets sealed."""

import uuid
from typing import Any

from django.db import transaction

from assistants_app.domain.errors import RunNotFound
from assistants_app.models import Run
from assistants_app.services.confided import opened_push, sealed_push

KEY = "push"
"""In the options of every run of a task; a list, with what is kept in the first one's."""


def pushes_of(*, run_id: uuid.UUID) -> list[dict[str, Any]]:
    """None of a run that is gone. Raises SecretNotOpened."""
    options = Run.objects.filter(run_id=run_id).values_list("options", flat=True).first()
    return [opened_push(one) for one in (options or {}).get(KEY) or ()]


def put_push(*, run_id: uuid.UUID, push: dict[str, Any], most: int) -> bool:
    """Keep a push in place of the one with its id; False where there are `most` already. Raises RunNotFound."""
    with transaction.atomic():
        run = _locked(run_id)
        kept = [one for one in run.options.get(KEY) or () if one["id"] != push["id"]]
        if len(kept) >= most:
            return False
        _save(run, [*kept, sealed_push(push)])
    return True


def drop_push(*, run_id: uuid.UUID, push_id: str) -> None:
    """What is not there is dropped already. Raises RunNotFound."""
    with transaction.atomic():
        run = _locked(run_id)
        _save(run, [one for one in run.options.get(KEY) or () if one["id"] != push_id])


def _locked(run_id: uuid.UUID) -> Run:
    run = Run.objects.select_for_update().only("run_id", "options").filter(run_id=run_id).first()
    if run is None:
        raise RunNotFound
    return run


def _save(run: Run, pushes: list[dict[str, Any]]) -> None:
    Run.objects.filter(pk=run.pk).update(options={**run.options, KEY: pushes})
