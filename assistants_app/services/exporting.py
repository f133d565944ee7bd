"""Assistants with their versions as one file without secrets: see `domain.exports`."""

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from django.db import transaction

from assistants_app.domain.config_values.hidden import masks, without_secrets
from assistants_app.domain.exports import schema_key, written
from assistants_app.domain.json_values import Json
from assistants_app.models import Assistant, AssistantVersion, Role
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.rights import require
from assistants_app.services.secrets import spec_by, spec_of_graph

NAMES_TOLD = 20


@cache
def rules() -> dict[str, Any]:
    """The JSON Schema of the format."""
    text = files("assistants_app.services").joinpath("assistants-export.v1.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def export_assistants(
    *, assistants: Iterable[Assistant], author: Author, number: int | None = None, history: bool = True
) -> str:
    """The text of the file. With `number` that version alone, as the live one; without `history` the live one alone.

    Raises NotAllowed, AssistantNotFound, VersionNotFound.
    """
    found = sorted(assistants, key=lambda one: (one.name, str(one.assistant_id)))
    schemas: dict[str, Json] = {}
    told = []
    with transaction.atomic():
        for assistant in found:
            require(author, Role.VIEWER, assistant)
            told.append(_assistant(assistant, number, history, schemas))
        names = [one.name for one in found]
        only = found[0] if len(found) == 1 else None
        audit.record(
            Action.ASSISTANTS_EXPORTED,
            author=author,
            kind=ObjectKind.ASSISTANT if only else None,
            id=only.assistant_id if only else "",
            name=only.name if only else "",
            after={"count": len(found), "names": names[:NAMES_TOLD]},
        )
    return written(told, schemas)


def _assistant(assistant: Assistant, number: int | None, history: bool, schemas: dict[str, Json]) -> dict[str, Json]:
    live = assistant.version if number is None else number
    if number is None and history:
        versions = list(Assistant.history.of(assistant).order_by("number"))
    else:
        versions = [Assistant.history.numbered(assistant, live)]
    return {
        "assistant_id": str(assistant.assistant_id),
        "name": next((version.name for version in versions if version.number == live), assistant.name),
        "live": live,
        "versions": [_version(version, schemas) for version in versions],
    }


def _version(version: AssistantVersion, schemas: dict[str, Json]) -> dict[str, Json]:
    """What says nothing is left out."""
    settings = version.context
    for spec in (spec_by(version.settings_schema), spec_of_graph(version.graph_id)):
        settings = without_secrets(spec, settings)
    key = ""
    if version.settings_schema:
        key = schema_key(version.settings_schema)
        schemas[key] = version.settings_schema
    optional = {
        "description": version.description,
        "config": without_secrets(None, version.config),
        "metadata": version.metadata,
        "schema": key,
        "note": version.history_change_reason,
        "author": version.author,
        "summary": version.summary,
        "base": version.base,
        "restored_from": version.restored_from,
        "missing_secrets": list(masks(settings)),
    }
    return {
        "number": version.number,
        "name": version.name,
        "graph_id": version.graph_id,
        "settings": settings,
        "created_at": version.history_date.isoformat().replace("+00:00", "Z"),
        **{name: value for name, value in optional.items() if value},
    }
