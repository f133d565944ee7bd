"""Changing an assistant as programs do: single fields, without a version that they read before."""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from assistants_app.domain.errors import StaleBase
from assistants_app.domain.json_values import Settings
from assistants_app.models import Assistant, AssistantVersion, Role
from assistants_app.services.audit import Action
from assistants_app.services.authors import Author
from assistants_app.services.contents import NOTE_LIMIT, changed, check_content, check_text, summary_of
from assistants_app.services.differences import differences
from assistants_app.services.locks import under_locks, unless_locked
from assistants_app.services.protection import open_review, require_unprotected
from assistants_app.services.rights import require, require_for
from assistants_app.services.secrets import check_variables, sealed_content, spec_by
from assistants_app.services.versions import lock, put_live, record_version, telling


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

    def applied_to(self, content: Assistant | AssistantVersion) -> Assistant | AssistantVersion:
        """A copy, patched."""
        given: dict[str, Any] = {"name": self.name, "description": self.description, "graph_id": self.graph_id}
        given |= {"context": self.settings, "settings_schema": self.settings_schema, "config": self.config}
        given |= {"metadata": content.metadata | self.metadata if self.metadata else None}
        return changed(content, given)


def patch_assistant(
    *,
    assistant: Assistant,
    patch: Patch,
    author: Author,
    base: int | None = None,
    note: str = "",
    make_live: bool = True,
) -> AssistantVersion:
    """Save a new version, even where the patch changes nothing, and return it.

    `assistant` is its whole row as the caller read it, not locked: where nobody else saves at this moment, the row, the
    version and the audit log's entry are written at once, on PostgreSQL in one statement.

    Without `base` the live version is patched, whatever others saved meanwhile. With it that version is, and
    StaleBase is raised when there is a newer one, as in the pages. Raises AssistantNotFound, NotAllowed, NotApproved,
    VersionNotFound, InvalidName, InvalidText, InvalidSettings too.
    """
    needed = Role.PUBLISHER if make_live else Role.EDITOR
    require(author, needed, assistant)

    def attempt(live: Assistant, newest: int, *, at_once: bool) -> AssistantVersion:
        patched = base or live.version
        # The row holds what its live version does.
        old = live if patched == live.version else Assistant.history.numbered(live, patched)
        if base and base != newest:
            raise StaleBase(expected=base, newest=newest)
        if make_live:
            require_unprotected(live)
        new = patch.applied_to(old)
        check_content(new)
        if make_live:
            require_for(author, needed, new, live)
        check_text("note", note, NOTE_LIMIT)
        check_variables(new.context, spec_by(new.settings_schema), old.context)
        new, unless = unless_locked(author, live, new) if at_once else (under_locks(author, live, new), ())
        old = sealed_content(old)
        # Before anything is locked: two long prompts take their time.
        summary, told = summary_of(old, new), differences(old, new)
        number = newest + 1
        said: dict[str, Any] = {
            "author": author,
            "note": note,
            "base": patched,
            "summary": summary,
            "at": (at := timezone.now()),
        }
        if make_live:
            put = put_live(live, new, number, at, saved_by=author)
            tells = telling(Action.ASSISTANT_SAVED, new, author, told.live(live.version, number))
            return record_version(new, number=number, live=number, put=put, tells=tells, unless=unless, **said)
        with transaction.atomic():
            locked = lock(live.assistant_id)
            tells = telling(Action.ASSISTANT_SAVED, new, author, told)
            version = record_version(new, number=number, live=locked.version, tells=tells, **said)
            open_review(assistant=locked, number=number, author=author, at=at, note=note)
            return version

    try:
        # Most often the version that is patched is the newest. Where not, its next number is taken: none is left out.
        return attempt(assistant, newest=base or assistant.version, at_once=make_live)
    except (StaleBase, IntegrityError):
        with transaction.atomic():
            locked = lock(assistant.assistant_id)
            return attempt(locked, Assistant.history.newest_number(locked), at_once=False)
