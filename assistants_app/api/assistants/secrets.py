"""The secrets among an assistant's settings, which nobody is told: a mask stands in their place.

A mask that comes back stands for the secret again, so that what was read can be sent as it is.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from assistants_app.api.calls import Call
from assistants_app.api.errors import unprocessable
from assistants_app.api.fields import JsonObject
from assistants_app.domain.config_values import masks, strays, unmatched_masks, with_secrets
from assistants_app.domain.errors import GraphNotFound
from assistants_app.domain.form_spec.fields import FormSpec
from assistants_app.domain.json_values import ABSENT, Absent
from assistants_app.engine.events.encoding import encode
from assistants_app.graphs.catalog import catalog
from assistants_app.graphs.entries import GraphEntry
from assistants_app.models import Assistant, AssistantVersion
from assistants_app.models.prepared import ToldRows
from assistants_app.services.secrets import spec_of_graph

AnyVersion = Assistant | AssistantVersion


async def told(
    call: Call[Any, Any], rows: Sequence[Any], payload: Callable[[Any, Any], JsonObject]
) -> list[JsonObject]:
    """The payloads of these rows. By a graph's schema as it is; of one that was uninstalled by what rows remember."""
    gone = [row for row in rows if not _is_installed(row.graph_id)]
    schemas = await call.sync(partial(_schemas, gone)) if gone else {}
    return [payload(row, schemas.get(_key(row))) for row in rows]


async def encoded(call: Call[Any, Any], rows: Sequence[Any], payload: Callable[[Any, Any], JsonObject]) -> bytes:
    """The same as a JSON list; of rows that are kept it is made once, as long as their graphs stay the same."""
    if not isinstance(rows, ToldRows) or (graphs := _graphs(rows)) is None:
        return encode(await told(call, rows, payload))
    by, text = rows.made.get(payload, (None, b""))
    if by is None or any(one is not other for one, other in zip(by, graphs, strict=True)):
        text = encode(await told(call, rows, payload))
        rows.made[payload] = graphs, text
    return text


def _graphs(rows: Sequence[Any]) -> list[GraphEntry] | None:
    """Those of the rows; None where one is not installed."""
    try:
        return [catalog().get(graph_id) for graph_id in sorted({row.graph_id for row in rows})]
    except GraphNotFound:
        return None


def unmasked(settings: JsonObject, stored: JsonObject | Absent, spec: FormSpec | None) -> JsonObject:
    """Settings as they were sent, with the `stored` secrets in place of their masks.

    Raises ApiError (422) for a mask of nothing, and for one that was moved to where its secret would be told.
    """
    for pointer in unmatched_masks(settings, stored):
        raise unprocessable(f"{pointer} is the mask of a secret that is not there: send the secret itself.")
    restored = with_secrets(settings, stored)
    if strays(spec, settings, restored):
        raise unprocessable("The mask of a secret was moved to a setting that is no secret.")
    return restored if isinstance(restored, dict) else {}


def unmask_run(asked: dict[str, Any], assistant_id: UUID) -> None:
    """The same for what a run is asked for, by the version that it runs; only a mask asks the database for it.

    Raises ApiError (422), AssistantNotFound, VersionNotFound.
    """
    config = asked.get("config") or {}
    if not (masks(asked.get("context")) or masks(config.get("configurable"))):
        return
    source: AnyVersion = Assistant.objects.get_by_uuid(assistant_id)
    if asked.get("assistant_version") is not None:
        source = Assistant.history.numbered(source, asked["assistant_version"])
    spec = spec_of_graph(source.graph_id)
    if asked.get("context"):
        asked["context"] = unmasked(asked["context"], source.context, spec)
    if config.get("configurable"):
        asked["config"] = {**config, "configurable": unmasked(config["configurable"], source.context, spec)}


def refuse_masks(asked: JsonObject) -> None:
    """Where no version is at hand whose secrets they could be. Raises ApiError (422)."""
    for settings in (asked.get("context"), (asked.get("config") or {}).get("configurable")):
        unmasked(settings or {}, ABSENT, None)


def _is_installed(graph_id: str) -> bool:
    try:
        catalog().get(graph_id)
    except GraphNotFound:
        return False
    return True


def _key(row: Any) -> int:
    """Its own row's; a version's `id` is that of its assistant."""
    return int(getattr(row, "history_id", None) or row.id)


def _schemas(rows: Sequence[Any]) -> dict[int, Any]:
    """Of rows of one table, which were read without them."""
    keys = [_key(row) for row in rows]
    if hasattr(rows[0], "history_id"):
        return dict(AssistantVersion.objects.filter(history_id__in=keys).values_list("history_id", "settings_schema"))
    return dict(Assistant.objects.filter(id__in=keys).values_list("id", "settings_schema"))
