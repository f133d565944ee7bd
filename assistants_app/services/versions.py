"""Saving, restoring and making live: everything that writes a version or moves the live pointer."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assistants_app.domain.drafts import Known
from assistants_app.domain.errors import AssistantNotFound, StaleBase
from assistants_app.domain.json_values import Settings
from assistants_app.models import Assistant, AssistantVersion, AuditEntry, Role
from assistants_app.models.fields import digest_of
from assistants_app.models.prepared import Insert, Missing, Update, ask, new_row, write
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.contents import (
    COLUMNS,
    NOTE_LIMIT,
    changed,
    check_content,
    check_text,
    same_content,
    summary_of,
)
from assistants_app.services.differences import Told, differences
from assistants_app.services.drafts import settle_draft
from assistants_app.services.locks import under_locks, unless_locked
from assistants_app.services.protection import (
    note_live,
    open_review,
    record_approved,
    require_ready,
    require_unprotected,
    unasked,
)
from assistants_app.services.rights import may, require, require_for
from assistants_app.services.secrets import check_variables, sealed_content, spec_by


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save came to: the version's number, whether it is new or was there already, and whether it went live."""

    number: int
    created: bool
    live: bool = False


def save_version(
    *,
    assistant_id: uuid.UUID,
    settings: Settings | None,
    author: Author,
    base: int,
    expected_version: int,
    name: str | None = None,
    description: str | None = None,
    graph_id: str | None = None,
    settings_schema: dict[str, Any] | None = None,
    config: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    note: str = "",
    make_live: bool | None = None,
    draft: Known | None = None,
) -> Saved:
    """Save what was made of version `base` as a new version, unless nothing changed.

    `expected_version` is the newest number that the author knew of; what is None is as in `base`. The version goes
    live when its author may make it so and the assistant is not protected; with `make_live` it must, or must not.
    What the page that saves knows of its author's draft (`draft`) goes with the save.
    Raises AssistantNotFound, NotAllowed, NotApproved, VersionNotFound, InvalidName, InvalidText, InvalidSettings, and
    StaleBase when somebody saved a newer version meanwhile, unless it holds just the same (a form that was sent twice).
    """
    current = Assistant.objects.get_by_uuid(assistant_id)
    require(author, Role.PUBLISHER if make_live else Role.EDITOR, current)
    goes_live = make_live or (make_live is None and not current.protection and may(author, Role.PUBLISHER, current))
    base_version = Assistant.history.numbered(current, base)
    given: dict[str, Any] = {"name": name, "description": description, "graph_id": graph_id, "context": settings}
    given |= {"config": config, "metadata": metadata, "settings_schema": settings_schema}
    new = changed(base_version, given)
    check_content(new)
    check_text("note", note, NOTE_LIMIT)
    if goes_live:
        require_for(author, Role.PUBLISHER, new, current)
    check_variables(new.context, spec_by(new.settings_schema), base_version.context)
    new, base_version = under_locks(author, current, new), sealed_content(base_version)
    if same_content(new, base_version):
        _settle(draft, author, current)
        return Saved(number=base, created=False)
    # Before the lock: two long prompts take their time.
    summary, told = summary_of(base_version, new), differences(base_version, new)
    with transaction.atomic():
        assistant = lock(assistant_id)
        newest = Assistant.history.newest_number(assistant)
        if newest != expected_version:
            if same_content(new, Assistant.history.numbered(assistant, newest)):
                _settle(draft, author, assistant)
                return Saved(number=newest, created=False)
            raise StaleBase(expected=expected_version, newest=newest)
        if make_live:
            require_unprotected(assistant)
        goes_live = goes_live and not assistant.protection  # it may have been protected meanwhile
        number = newest + 1
        at = timezone.now()
        put = put_live(assistant, new, number, at, saved_by=author) if goes_live else None
        live = number if goes_live else assistant.version
        tells = telling(Action.ASSISTANT_SAVED, new, author, told.live(assistant.version, live))
        said: dict[str, Any] = {"author": author, "note": note, "base": base, "summary": summary, "at": at}
        record_version(new, number=number, live=live, put=put, tells=tells, **said)
        if not goes_live:
            open_review(assistant=assistant, number=number, author=author, at=at, note=note)
        _settle(draft, author, assistant)
    return Saved(number=number, created=True, live=goes_live)


def _settle(draft: Known | None, author: Author, assistant: Assistant) -> None:
    if draft is not None:
        settle_draft(author=author, assistant=assistant, known=draft)


def restore_version(*, assistant_id: uuid.UUID, number: int, author: Author) -> Saved:
    """Make a new live version that holds what version `number` holds.

    When the live version holds just that already, nothing is saved. Raises AssistantNotFound, NotAllowed, NotApproved,
    VersionNotFound.
    """
    live = Assistant.objects.get_by_uuid(assistant_id)
    require(author, Role.PUBLISHER, live)
    old = Assistant.history.numbered(live, number)
    require_for(author, Role.PUBLISHER, old, live)
    old = under_locks(author, live, old)
    if same_content(live, old):
        return Saved(number=live.version, created=False)
    summary, told = summary_of(sealed_content(live), old), differences(live, old)  # before the lock, as in save_version
    with transaction.atomic():
        assistant = lock(assistant_id)
        require_ready(assistant, number)
        new_number = Assistant.history.newest_number(assistant) + 1
        at = timezone.now()
        record_version(
            old,
            number=new_number,
            live=new_number,
            author=author,
            note=_("Restored from v%(number)s") % {"number": number},
            base=live.version,
            restored_from=number,
            summary=summary,
            at=at,
            put=put_live(assistant, old, new_number, at, saved_by=author),
            tells=telling(Action.ASSISTANT_RESTORED, old, author, told.live(assistant.version, new_number)),
        )
        if assistant.protection:
            record_approved(assistant=assistant, number=new_number, author=author, at=at)
    return Saved(number=new_number, created=True, live=True)


def make_live(*, assistant_id: uuid.UUID, number: int, author: Author) -> None:
    """Move the live pointer to version `number`: no new version, but the move is recorded in the history.

    Raises AssistantNotFound, NotAllowed, NotApproved, VersionNotFound.
    """
    found = ask("assistant-to-move", Assistant.objects.filter, assistant_id=assistant_id)
    if found and found[0].version != number and not found[0].protection:
        try:  # most often nobody else saves at this moment: then it is written at once, on PostgreSQL in one statement
            return _move(found[0], number, author, at_once=True)
        except StaleBase:
            pass
    with transaction.atomic():
        _move(lock(assistant_id), number, author, at_once=False)


def _move(assistant: Assistant, number: int, author: Author, *, at_once: bool) -> None:
    """`at_once`: the row is not locked, and StaleBase is raised where something is not so any more, or somebody waits
    for this version."""
    require(author, Role.PUBLISHER, assistant)
    version = Assistant.history.numbered(assistant, number)
    require_for(author, Role.PUBLISHER, version, assistant)
    at = timezone.now()
    if assistant.version == number:
        note_live(assistant=assistant, number=number, author=author, at=at)
        return
    require_ready(assistant, number)
    if at_once:
        version, unless = unless_locked(author, assistant, version, put_back=False)
        unless = *unless, unasked(assistant, number)
    else:
        version, unless = under_locks(author, assistant, version, put_back=False), ()
    note = _("Made v%(number)s live") % {"number": number}
    told = differences(assistant, version).live(assistant.version, number)
    tells = telling(Action.ASSISTANT_MADE_LIVE, version, author, told)
    said: dict[str, Any] = {"author": author, "note": note, "at": at, "put": put_live(assistant, version, number, at)}
    record_version(assistant, number=None, live=number, tells=tells, unless=unless, **said)
    if not at_once:
        note_live(assistant=assistant, number=number, author=author, at=at)


def lock(assistant_id: uuid.UUID) -> Assistant:
    """The assistant's row, locked until the transaction ends. Raises AssistantNotFound."""
    found = ask("assistant-to-lock", Assistant.objects.select_for_update().filter, assistant_id=assistant_id)
    if not found:
        raise AssistantNotFound
    return found[0]


def put_live(
    assistant: Assistant,
    content: Assistant | AssistantVersion,
    number: int,
    at: datetime,
    *,
    saved_by: Author | None = None,
) -> Update:
    """What lets the assistant's row hold `content` as its live version `number`, unless it has another live version
    than `assistant` by then, or another protection; writes no history by itself.

    A version that is saved with it is the newest: what the database would note (`models.newest`) by changing the row
    a second time.
    """
    columns = {column: getattr(content, column) for column in (*COLUMNS, "settings_schema")}
    columns["schema_digest"] = digest_of(content.settings_schema)
    if saved_by:
        columns |= {"newest": number, "newest_author": saved_by.label}
    # Not save(), which would have django-simple-history write a row of its own.
    where = {"id": assistant.pk, "version": assistant.version, "protection": assistant.protection}
    return Update(Assistant, where, {**columns, "version": number, "updated_at": at})


def record_version(
    content: Assistant | AssistantVersion,
    *,
    number: int | None,
    live: int,
    author: Author,
    note: str = "",
    base: int | None = None,
    restored_from: int | None = None,
    summary: str = "",
    event: str = "~",
    at: datetime | None = None,
    put: Update | None = None,
    tells: AuditEntry | None = None,
    unless: Sequence[Missing] = (),
) -> AssistantVersion:
    """Write one row of history, and return it. `number` is None for what is no version: a moved pointer, a deletion.

    A new assistant is inserted with it, `tells` is added to the audit log, and `put` is done (see `put_live`): where
    that is not to be done any more, or what is to be missing is there, StaleBase is raised and nothing written.
    `event` is django-simple-history's: "+" created, "~" changed, "-" deleted.
    """
    model: Any = AssistantVersion
    columns = {field.attname: getattr(content, field.attname) for field in model.tracked_fields}
    row: AssistantVersion = new_row(
        model,
        **{**columns, "version": live},
        number=number,
        base=base,
        restored_from=restored_from,
        author=author.label,
        summary=summary,
        history_user_id=author.person and author.person.pk,
        history_change_reason=note,
        history_date=at or timezone.now(),
        history_type=event,
    )
    also = [Insert(tells)] if tells else []
    if content._state.adding and isinstance(content, Assistant):
        written = write(Insert(content), Insert(row, pointer="id"), *also, unless=unless)
    elif put is None:
        written = write(Insert(row), *also, unless=unless)
    else:
        written = write(put, Insert(row), *also, unless=unless)
    if not written:
        raise StaleBase(expected=put.where["version"] if put else live, newest=live - 1)
    return row


def telling(action: Action, content: Assistant | AssistantVersion, author: Author, told: Told) -> AuditEntry:
    """What the audit log is to tell of what was done to an assistant, which is called as `content` is; not yet kept."""
    return audit.entry(
        action,
        author=author,
        kind=ObjectKind.ASSISTANT,
        id=content.assistant_id,
        name=content.name,
        before=told.before,
        after=told.after,
    )
