"""Changing an assistant as programs do: single fields, without a version that they read before."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from assistants_app.domain.errors import StaleBase
from assistants_app.domain.json_values import Settings
from assistants_app.models import Assistant, AssistantVersion
from assistants_app.services.authors import Author
from assistants_app.services.versions import lock, save_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """What a program changes; None is what it leaves alone. `metadata` goes into what is there, key by key."""

    name: str | None = None
    description: str | None = None
    graph_id: str | None = None
    settings: Settings | None = None
    settings_schema: dict[str, Any] | None = None
    config: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None


def patch_assistant(
    *,
    assistant_id: uuid.UUID,
    patch: Patch,
    author: Author,
    base: int | None = None,
    note: str = "",
    make_live: bool = True,
) -> AssistantVersion:
    """Save a new version, even where the patch changes nothing, and return it.

    Without `base` the live version is patched, whatever others saved meanwhile. With it that version is, and
    StaleBase is raised when there is a newer one, as in the pages. Raises AssistantNotFound, VersionNotFound,
    InvalidName, InvalidSettings too.
    """

    def attempt() -> AssistantVersion:
        # One query for both numbers: read one after the other, a version saved in between would be lost.
        assistant: Any = Assistant.objects.with_newest().defer("settings_schema").get_by_uuid(assistant_id)
        number, expected = (assistant.version, assistant.newest) if base is None else (base, base)
        metadata = None
        if patch.metadata:
            metadata = Assistant.history.numbered(assistant, number).metadata | patch.metadata
        saved = save_version(
            assistant_id=assistant_id,
            name=patch.name,
            description=patch.description,
            graph_id=patch.graph_id,
            settings=patch.settings,
            settings_schema=patch.settings_schema,
            config=patch.config,
            metadata=metadata,
            author=author,
            base=number,
            expected_version=expected,
            note=note,
            make_live=make_live,
            even_unchanged=True,
        )
        version: AssistantVersion = Assistant.history.numbered(assistant, saved.number)
        return version

    try:
        return attempt()
    except StaleBase:
        if base is not None:
            raise
    with transaction.atomic():  # somebody saved in between: now nobody can
        lock(assistant_id)
        return attempt()
