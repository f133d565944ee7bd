"""The secrets among an assistant's settings, for keys that may not edit it: a mask stands in their place.

A mask that comes back stands for the secret again, so that what was read can be sent as it is.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from assistants_app.api.calls import Call
from assistants_app.api.errors import unprocessable
from assistants_app.api.fields import JsonObject
from assistants_app.api.payloads.settings import spec_of
from assistants_app.domain.config_values import masks, strays, unmatched_masks, with_secrets, without_secrets
from assistants_app.domain.form_spec import read_schema
from assistants_app.domain.form_spec.fields import FormSpec
from assistants_app.domain.json_values import ABSENT, Absent
from assistants_app.models import Assistant, AssistantVersion, Role

AnyVersion = Assistant | AssistantVersion


def reads_secrets(call: Call[Any, Any]) -> bool:
    return call.caller.role.includes(Role.EDITOR)


async def told(call: Call[Any, Any], rows: Sequence[AnyVersion], payloads: list[JsonObject]) -> list[JsonObject]:
    """The payloads of these rows, as this caller may read them."""
    if reads_secrets(call):
        return payloads
    return [_masked(payload, await _spec(call, row)) for payload, row in zip(payloads, rows, strict=True)]


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
    spec = spec_of(source.graph_id)
    if asked.get("context"):
        asked["context"] = unmasked(asked["context"], source.context, spec)
    if config.get("configurable"):
        asked["config"] = {**config, "configurable": unmasked(config["configurable"], source.context, spec)}


def refuse_masks(asked: JsonObject) -> None:
    """Where no version is at hand whose secrets they could be. Raises ApiError (422)."""
    for settings in (asked.get("context"), (asked.get("config") or {}).get("configurable")):
        unmasked(settings or {}, ABSENT, None)


async def _spec(call: Call[Any, Any], row: AnyVersion) -> FormSpec | None:
    """By the graph's schema as it is; of a graph that was uninstalled by the one that the row remembers."""
    if (spec := spec_of(row.graph_id)) is not None:
        return spec
    schema = await call.sync(lambda: row.settings_schema)  # deferred: read only here
    return read_schema(schema) if schema else None


def _masked(payload: JsonObject, spec: FormSpec | None) -> JsonObject:
    context, options = without_secrets(spec, payload["context"]), without_secrets(None, payload["config"])
    if isinstance(options, dict) and "configurable" in options:
        options = {**options, "configurable": context}
    return {**payload, "context": context, "config": options}
