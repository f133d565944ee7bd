"""The work of hiding a setting, or showing it again: what is stored at it is sealed, or opened, row by row.

It is noted with the change of the lock, so that it is finished whatever dies: the request does what it can in a moment,
the engine of any process the rest (`engine.rounds.sealing`), and `rotate_secrets` too. A minute after the last change
all rows are looked at once more: a save that was under way when the setting was hidden knew nothing of it.
"""

import copy
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from assistants_app.domain.json_values import Settings
from assistants_app.models import Assistant, AssistantVersion, Cron, Draft, Run, Sealing, SettingLock, Trial
from assistants_app.models.immutability import install_triggers, resealable
from assistants_app.services.hidden import disclosed, hidden_in, sealed_away
from assistants_app.services.sealed_tables import (
    BATCH,
    TABLES,
    Columns,
    Resealed,
    batch_of,
    rewrite,
    rows_with_secrets,
)

AGAIN_AFTER = timedelta(seconds=60)
"""Longer than a transaction of a save may last."""

OF_GRAPH = {
    Assistant: "graph_id",
    AssistantVersion: "graph_id",
    Run: "graph_id",
    Cron: "assistant__graph_id",
    Draft: "assistant__graph_id",
    Trial: "assistant__graph_id",
}
"""Where the tables with settings say whose settings they are."""


_STEPS = tuple(OF_GRAPH)
"""What people look at first; runs, of which there are most, last."""


def begin(graph_id: str, *, disclose: frozenset[str] = frozenset()) -> None:
    """Note that what is hidden in a graph is to be sealed, and what was hidden at the pointers to `disclose` opened.
    Call it inside the transaction that changes the lock."""
    before = Sealing.objects.select_for_update().filter(graph_id=graph_id).first()
    opened = disclose | set(before.disclose if before else ())
    total = sum(rows_with_secrets(model, _where(model, graph_id)).count() for model in _STEPS)
    now = timezone.now()
    given = {"disclose": sorted(opened - hidden_in(graph_id)), "again": True, "begun_at": now, "due_at": now}
    given |= {"step": 0, "last": "", "seen": 0, "total": total}
    Sealing.objects.update_or_create(graph_id=graph_id, defaults=given)


def seal_for(graph_id: str, seconds: float) -> None:
    """As much of it as can be done in so long a time."""
    until = time.monotonic() + seconds
    while seal_some(graph_id=graph_id) and time.monotonic() < until:
        pass


def finish(*, batch: int = BATCH) -> None:
    """All that is left in all graphs, and once more what is hidden anywhere."""
    hidden = SettingLock.objects.filter(hidden=True).values_list("graph_id", flat=True)
    for graph_id in sorted({*hidden, *Sealing.objects.values_list("graph_id", flat=True)}):
        with transaction.atomic():
            begin(graph_id)
        while seal_some(graph_id=graph_id, batch=batch, at=timezone.now() + 2 * AGAIN_AFTER):
            pass


def seal_some(*, graph_id: str | None = None, batch: int = BATCH, at: datetime | None = None) -> bool:
    """One batch of what is due. False where nothing is, or another process is at it."""
    due = Sealing.objects.filter(due_at__lte=at or timezone.now()).order_by("due_at")
    due = due if graph_id is None else due.filter(graph_id=graph_id)
    if not due.exists():
        return False
    install_triggers(using="default")
    with transaction.atomic():
        work = due.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked).first()
        if work is None:
            return False
        if work.step < len(_STEPS):
            _go_on(work, batch)
        elif work.again:
            due_at = max(timezone.now(), work.begun_at + AGAIN_AFTER)
            Sealing.objects.filter(pk=work.pk).update(again=False, due_at=due_at, step=0, last="", seen=0)
        else:
            work.delete()
    return True


def _go_on(work: Sealing, batch: int) -> None:
    model = _STEPS[work.step]
    anew = partial(
        hidden_anew, changed=TABLES[model], hidden=hidden_in(work.graph_id), disclose=frozenset(work.disclose)
    )
    with resealable() if model is AssistantVersion else transaction.atomic():
        rows = batch_of(model, work.last or None, batch, _where(model, work.graph_id))
        for row in rows:
            rewrite(model, row, anew(row), Resealed())
    if len(rows) < batch:
        work.step, work.last = work.step + 1, ""
    else:
        work.last = str(rows[-1].pk)
    work.seen += len(rows)
    work.save(update_fields=["step", "last", "seen"])


def _where(model: Any, graph_id: str) -> Q:
    return Q(**{OF_GRAPH[model]: graph_id})


def hidden_anew(
    row: Any, *, changed: Callable[[Any], Columns], hidden: frozenset[str], disclose: frozenset[str]
) -> Columns:
    """What is disclosed is opened first, as it may be a secret all the same; what is hidden is sealed last, whole."""
    row = copy.copy(row)
    for name, value in _at_settings(row.__dict__, partial(disclosed, pointers=disclose)).items():
        setattr(row, name, value)
    return _at_settings(changed(row), partial(sealed_away, pointers=hidden))


def _at_settings(columns: Columns, change: Callable[[Settings], Settings]) -> Columns:
    """What is written anew of some columns, with the settings among it changed."""
    found = {name: columns[name] for name in _CHANGED if name in columns}
    for name in ("context", "settings"):
        if isinstance(value := found.get(name), dict):
            found[name] = change(value)
    if isinstance(config := found.get("config"), dict):
        found["config"] = _configured(config, change)
    if isinstance(payload := found.get("payload"), dict):
        asked = {name: payload[name] for name in ("context", "config") if name in payload}
        found["payload"] = {**payload, **_at_settings(asked, change)}
    return found


_CHANGED = ("context", "settings", "config", "payload", "options", "typed")


def _configured(config: Settings, change: Callable[[Settings], Settings]) -> Settings:
    inner = config.get("configurable")
    return {**config, "configurable": change(inner)} if isinstance(inner, dict) else config
