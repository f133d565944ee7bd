"""Sealing all secrets by the newest key: those of older keys, and those that were stored before secrets were sealed.
The same of one graph, when a setting of it is hidden, or shown again (`services.hidden`).

In batches, each a transaction of its own. What was done stays done when it is interrupted, and is not done again.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import connection, transaction
from django.db.models import Model, Q

from assistants_app.domain.json_values import Json, Settings, canonical
from assistants_app.domain.sealed import sealed_in
from assistants_app.models import Assistant, AssistantVersion, Cron, Draft, Run, SettingLock, Trial
from assistants_app.models.immutability import install_triggers, resealable
from assistants_app.services import audit
from assistants_app.services.authors import Author
from assistants_app.services.confided import sealed_options
from assistants_app.services.drafts import typed_sealed
from assistants_app.services.hidden import disclosed, hidden_in, sealed_away
from assistants_app.services.second_factors import resealed
from assistants_app.services.secrets import keys, sealed, sealed_asked, sealed_config, spec_by, spec_of_graph

BATCH = 200
EVERYTHING = Q()

Columns = dict[str, Json]
Tell = Callable[[str, int], object]


@dataclass(slots=True)
class Resealed:
    """What came of it: rows by table that were written, and the ids of keys that some secrets would need."""

    rows: dict[str, int] = field(default_factory=dict)
    missing_keys: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        return sum(self.rows.values())


def reseal(*, author: Author, batch: int = BATCH, tell: Tell = lambda _table, _seen: None) -> Resealed:
    """Seal everything anew. `tell` hears of each batch: its table, and how many of its rows were looked at by then."""
    done = Resealed()
    install_triggers(using="default")  # those of an older version let nobody past
    for model, changed in _TABLES.items():
        name = str(model._meta.verbose_name_plural)
        done.rows[name] = sum(_reseal(model, changed, batch, done, partial(tell, name)))
    for graph_id in sorted(set(SettingLock.objects.filter(hidden=True).values_list("graph_id", flat=True))):
        reseal_graph(graph_id=graph_id, batch=batch)  # what was broken off before
    if done.count:
        audit.record(audit.Action.SECRETS_ROTATED, author=author, after=dict(done.rows))
    return done


def reseal_graph(*, graph_id: str, disclose: frozenset[str] = frozenset(), batch: int = BATCH) -> int:
    """Seal what is hidden in a graph wherever it is stored; what was hidden at the pointers to `disclose` is opened.
    Returns how many rows were written."""
    done = Resealed()
    install_triggers(using="default")
    hidden = hidden_in(graph_id)
    for model, changed in _TABLES.items():
        if model in _OF_GRAPH:
            where = Q(**{_OF_GRAPH[model]: graph_id})
            anew = partial(_hidden_anew, changed=changed, hidden=hidden, disclose=disclose)
            done.rows[model.__name__] = sum(_reseal(model, anew, batch, done, lambda _seen: None, where))
    return done.count


def _hidden_anew(
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


def _reseal(
    model: Any,
    changed: Callable[[Any], Columns],
    batch: int,
    done: Resealed,
    tell: Callable[[int], object],
    where: Q = EVERYTHING,
) -> Iterator[int]:
    last: Any = None
    seen = 0
    while True:
        with resealable() if model is AssistantVersion else transaction.atomic():
            rows = _batch(model, last, batch, where)
            yield sum(_rewrite(model, row, changed(row), done) for row in rows)
        if not rows:
            return
        last, seen = rows[-1].pk, seen + len(rows)
        tell(seen)


def _batch(model: Any, last: Any, batch: int, where: Q) -> list[Any]:
    rows = model._default_manager.filter(where).order_by("pk")
    holding = _HOLDING.get(model, ~Q(context="{}") | ~Q(config="{}"))
    rows = rows.filter(holding, **({} if last is None else {"pk__gt": last}))
    if model is Assistant and connection.features.has_select_for_update:
        rows = rows.select_for_update()
    if model in (Run, Cron, Trial):
        rows = rows.select_related("assistant")
    return list(rows[:batch])


def _rewrite(model: Any, row: Model, columns: Columns, done: Resealed) -> int:
    newest = keys()[0].key_id
    done.missing_keys |= {one.key_id for one in sealed_in(list(columns.values())) if one.key_id != newest}
    columns = {name: value for name, value in columns.items() if canonical(value) != canonical(getattr(row, name))}
    if columns:
        model._base_manager.filter(pk=row.pk).update(**columns)
    return int(bool(columns))


def _of_content(row: Assistant | AssistantVersion) -> Columns:
    return {"context": sealed(row.context, spec_by(row.settings_schema)), "config": sealed_config(row.config, None)}


def _of_run(row: Run) -> Columns:
    """By the schema as it is, and by the one that its assistant was saved with."""
    context, config = row.context, row.config
    for spec in (spec_of_graph(row.graph_id), spec_by(row.assistant.settings_schema if row.assistant else None)):
        context, config = sealed(context, spec), sealed_config(config, spec)
    return {"context": context, "config": config, "options": sealed_options(row.options)}


def _of_cron(row: Cron) -> Columns:
    return {"payload": sealed_options(sealed_asked(row.payload, row.assistant.graph_id))}


def _of_draft(row: Draft) -> Columns:
    return {"context": sealed(row.context, spec_by(row.settings_schema)), "typed": typed_sealed(row.typed)}


def _of_trial(row: Trial) -> Columns:
    found = sealed(row.settings, spec_of_graph(row.assistant.graph_id))
    return {"settings": sealed(found, spec_by(row.assistant.settings_schema))}


def _of_factor(row: Authenticator) -> Columns:
    return {"data": resealed(row.data)}


def _confided(name: str) -> Q:
    """Among the options of a run: sealed, or as it was stored before."""
    return Q(options__contains=f'"{name}": "') | Q(options__contains=f'"{name}": {{"')


_HOLDING = {
    Run: ~Q(context="{}")
    | ~Q(config="{}")
    | _confided("user")
    | _confided("headers")
    | Q(options__contains='"push": ['),
    Cron: Q(payload__isnull=False),
    Draft: Q(),
    Trial: Q(settings__isnull=False),
    Authenticator: Q(),
}
"""Which rows are looked at; of the other tables those with settings."""

_OF_GRAPH = {
    Assistant: "graph_id",
    AssistantVersion: "graph_id",
    Run: "graph_id",
    Cron: "assistant__graph_id",
    Draft: "assistant__graph_id",
    Trial: "assistant__graph_id",
}
"""Where the tables with settings say whose settings they are."""

_TABLES: dict[type[Model], Callable[[Any], Columns]] = {
    Assistant: _of_content,
    AssistantVersion: _of_content,
    Run: _of_run,
    Cron: _of_cron,
    Draft: _of_draft,
    Trial: _of_trial,
    Authenticator: _of_factor,
}
