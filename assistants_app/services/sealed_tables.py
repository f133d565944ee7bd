"""Where secrets among settings are stored, and how a row of each table is sealed anew: in batches, by their keys."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import connection
from django.db.models import Model, Q

from assistants_app.domain.json_values import Json, canonical
from assistants_app.domain.sealed import sealed_in
from assistants_app.models import Assistant, AssistantVersion, Cron, Draft, Run, Trial
from assistants_app.services.confided import sealed_options
from assistants_app.services.drafts import typed_sealed
from assistants_app.services.second_factors import resealed
from assistants_app.services.secrets import keys, sealed, sealed_asked, sealed_config, spec_by, spec_of_graph

BATCH = 200
EVERYTHING = Q()

Columns = dict[str, Json]


@dataclass(slots=True)
class Resealed:
    """What came of it: rows by table that were written, and the ids of keys that some secrets would need."""

    rows: dict[str, int] = field(default_factory=dict)
    missing_keys: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        return sum(self.rows.values())


def rows_with_secrets(model: Any, where: Q = EVERYTHING) -> Any:
    """Those that are looked at."""
    return model._default_manager.filter(where, _HOLDING.get(model, ~Q(context="{}") | ~Q(config="{}")))


def batch_of(model: Any, last: Any, batch: int, where: Q) -> list[Any]:
    rows = rows_with_secrets(model, where).order_by("pk").filter(**({} if last is None else {"pk__gt": last}))
    if model is Assistant and connection.features.has_select_for_update:
        rows = rows.select_for_update()
    if model in (Run, Cron, Trial):
        rows = rows.select_related("assistant")
    return list(rows[:batch])


def rewrite(model: Any, row: Model, columns: Columns, done: Resealed) -> int:
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
    | Q(options__contains='"push": [')
    | Q(options__contains='"webhook": "'),
    Cron: Q(payload__isnull=False),
    Draft: Q(),
    Trial: Q(settings__isnull=False),
    Authenticator: Q(),
}
"""Which rows are looked at; of the other tables those with settings."""

TABLES: dict[type[Model], Callable[[Any], Columns]] = {
    Assistant: _of_content,
    AssistantVersion: _of_content,
    Run: _of_run,
    Cron: _of_cron,
    Draft: _of_draft,
    Trial: _of_trial,
    Authenticator: _of_factor,
}
