"""Assistants from a file: what would become of each here, and then all of it, or nothing.

Secrets are in no file. Those of an assistant that is here already stay; elsewhere they are named as missing.
"""

import uuid
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from assistants_app.domain.config_values.hidden import masks, strays, unmatched_masks, with_secrets
from assistants_app.domain.diff import Snapshot
from assistants_app.domain.errors import FieldError, GraphNotFound, InvalidExport, InvalidSettings, InvalidText
from assistants_app.domain.export_faults import placed
from assistants_app.domain.exports import AssistantInFile, VersionInFile
from assistants_app.domain.json_values import Settings, same
from assistants_app.graphs.catalog import catalog
from assistants_app.models import Assistant, Role
from assistants_app.services import audit
from assistants_app.services.audit import Action
from assistants_app.services.authors import Author
from assistants_app.services.contents import DESCRIPTION_LIMIT, NOTE_LIMIT, check_content, check_text, snapshot_of
from assistants_app.services.exporting import NAMES_TOLD
from assistants_app.services.import_faults import at_place
from assistants_app.services.locks import under_locks
from assistants_app.services.rights import may, require_make, rights_of, visible_assistants
from assistants_app.services.secrets import check_variables, sealed_content, spec_by
from assistants_app.services.versions import record_version, save_version


class Choice(StrEnum):
    """What becomes of an assistant of the file."""

    CREATE = "create"
    """A new assistant with all versions of the file, under its id where that is free."""
    VERSION = "version"
    """What is live in the file becomes a new version of the assistant that is here."""
    COPY = "copy"
    """A new assistant beside the one that is here, with an id of its own."""
    KEEP = "keep"
    """Nothing: what is here stays as it is."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One assistant of a file, and what is here of it. `mine` clashes with it, by its id or its name."""

    told: AssistantInFile
    mine: Assistant | None
    by_name: bool
    same_content: bool
    graph_missing: bool
    missing_secrets: tuple[str, ...]
    """The JSON Pointers of secrets that it would lack, made anew."""
    lost_secrets: tuple[str, ...]
    """Of those that it would lack as a version of mine."""
    choices: tuple[Choice, ...]
    before: Snapshot | None
    after: Snapshot

    @property
    def key(self) -> str:
        """By which a choice names it."""
        return self.told.assistant_id.lower()

    @property
    def suggested(self) -> Choice:
        return self.choices[0]


@dataclass(slots=True)
class Imported:
    """What came of an import, in the order of the file: each with what was chosen, and the row here, if any."""

    made: list[tuple[AssistantInFile, Choice, Assistant | None]] = field(default_factory=list)

    def count(self, *choices: Choice) -> int:
        return sum(choice in choices for _told, choice, _row in self.made)


def plan_import(*, found: Sequence[AssistantInFile], author: Author) -> list[Planned]:
    """What an import would come to. What the author may not see is not here for them."""
    ids = [uuid.UUID(one.assistant_id) for one in found]
    seen = visible_assistants(author)
    by_id = {row.assistant_id: row for row in seen.filter(assistant_id__in=ids)}
    by_name: dict[str, Assistant] = {}
    for row in seen.filter(name__in={one.name for one in found}).order_by("-pk"):
        by_name[row.name] = row
    planned = []
    for key, one in zip(ids, found, strict=True):
        with at_place(one.words_of(one.live_version)):
            planned.append(_planned(one, by_id.get(key), by_name.get(one.name), author))
    return planned


def _planned(
    told: AssistantInFile,
    same_id: Assistant | None,
    same_name: Assistant | None,
    author: Author,
) -> Planned:
    live, mine = told.live_version, same_id or same_name
    before = snapshot_of(mine) if mine else None
    settings = _kept(live, mine)
    after = _snapshot(live, settings, _config(live, mine))
    unchanged = before is not None and same(_comparable(before), _comparable(after))
    makes = [Choice.COPY if mine else Choice.CREATE] if _may_make(author, told) else []
    changes = [Choice.VERSION] if mine and may(author, Role.EDITOR, mine) else []
    keeps = [Choice.KEEP]
    # What is the same needs nothing; what only has the same name most likely is another.
    order = keeps + changes + makes if unchanged else (keeps + changes + makes if mine else makes + keeps)
    return Planned(
        told=told,
        mine=mine,
        by_name=same_id is None and mine is not None,
        same_content=unchanged,
        graph_missing=not _is_installed(live.graph_id),
        missing_secrets=masks(live.settings),
        lost_secrets=unmatched_masks(live.settings, mine.context) if mine else (),
        choices=tuple(order),
        before=before,
        after=after,
    )


def _comparable(side: Snapshot) -> list[object]:
    return [side.name, side.description, side.graph_id, side.settings or {}, side.config or {}, side.metadata or {}]


def _snapshot(version: VersionInFile, settings: Settings, config: Settings) -> Snapshot:
    return Snapshot(
        name=version.name,
        description=version.description,
        graph_id=version.graph_id,
        settings=settings,
        config=config,
        metadata=version.metadata,
        schema=version.settings_schema,
    )


def _kept(version: VersionInFile, mine: Assistant | None) -> Settings:
    """The settings of the file, with the secrets of the assistant that is here. Raises InvalidSettings."""
    stored = sealed_content(mine).context if mine else {}
    settings = with_secrets(version.settings, stored) or {}
    said = _("A hidden secret cannot stand here: it would be shown.")
    if stray := strays(spec_by(version.settings_schema), version.settings, settings):
        raise InvalidSettings([FieldError(pointer, said) for pointer in stray])
    return dict(settings)


def _config(version: VersionInFile, mine: Assistant | None) -> Settings:
    return dict(with_secrets(version.config, sealed_content(mine).config if mine else {}) or {})


def _is_installed(graph_id: str) -> bool:
    try:
        catalog().get(graph_id)
    except GraphNotFound:
        return False
    return True


def _may_make(author: Author, told: AssistantInFile) -> bool:
    found = rights_of(author).of(graph_id=told.live_version.graph_id, metadata=told.live_version.metadata)
    return found is not None and found.includes(Role.EDITOR)


def import_assistants(
    *, plan: Sequence[Planned], choices: Mapping[str, Choice], author: Author, source: str, dry: bool = False
) -> Imported:
    """Do all of it, or nothing; `dry` does nothing in the end. `choices` by `Planned.key`: else what is suggested.

    `source` is where the file comes from, for notes. Raises InvalidExport, which names the assistant.
    """
    done = Imported()
    with transaction.atomic():
        for planned in plan:
            choice = choices.get(planned.key, planned.suggested)
            if choice not in planned.choices:
                raise InvalidExport([placed(planned.told.words, _("This cannot be chosen here."))])
            with at_place(planned.told.words):
                done.made.append((planned.told, choice, _import(planned, choice, author, source)))
        _tell(done, author, source)
        transaction.set_rollback(dry)
    return done


def _import(planned: Planned, choice: Choice, author: Author, source: str) -> Assistant | None:
    match choice:
        case Choice.KEEP:
            return planned.mine
        case Choice.VERSION if planned.mine is not None:
            return _saved(planned.mine, planned.told.live_version, author, source)
        case Choice.COPY:
            copied = _("%(name)s (imported)") % {"name": planned.told.name[:180]}
            return _made(planned.told, uuid.uuid4(), author, source, name=copied)
        case _:
            assistant_id = uuid.UUID(planned.told.assistant_id)
            if Assistant.objects.filter(assistant_id=assistant_id).exists():  # of somebody whom the author cannot see
                assistant_id = uuid.uuid4()
            return _made(planned.told, assistant_id, author, source)


def _saved(mine: Assistant, version: VersionInFile, author: Author, source: str) -> Assistant:
    save_version(
        assistant_id=mine.assistant_id,
        settings=_kept(version, mine),
        name=version.name,
        description=version.description,
        graph_id=version.graph_id,
        settings_schema=version.settings_schema,
        config=_config(version, mine),
        metadata=version.metadata,
        author=author,
        note=_("Imported from %(source)s") % {"source": source[:200]},
        base=mine.version,
        expected_version=Assistant.history.newest_number(mine),
    )
    mine.refresh_from_db()
    return mine


def _made(told: AssistantInFile, assistant_id: uuid.UUID, author: Author, source: str, *, name: str = "") -> Assistant:
    """A new assistant with the file's own numbers, notes and dates."""
    for version in told.versions:
        require_make(author, version.graph_id, version.metadata)
    with at_place(told.words_of(told.live_version)):
        assistant = _content(told.live_version, Assistant(assistant_id=assistant_id, owner=author.person), author)
    assistant.name, assistant.version = name or assistant.name, told.live
    assistant.skip_history_when_saving = True
    assistant.save()
    for version in told.versions:
        with at_place(told.words_of(version)):
            content, at = _content(version, copy(assistant), author), _moment(version)
            check_text("note", version.note, NOTE_LIMIT)
        if name and version.number == told.live:
            content.name = name
        record_version(
            content,
            number=version.number,
            live=version.number,
            author=_author_of(version, author),
            note=version.note,
            base=version.base,
            restored_from=version.restored_from,
            summary=version.summary,
            event="+" if version is told.versions[0] else "~",
            at=at,
        )
    note = _("Imported from %(source)s") % {"source": source[:200]}
    record_version(assistant, number=None, live=told.live, author=author, note=note)
    return assistant


def _content(version: VersionInFile, row: Assistant, author: Author) -> Assistant:
    """A row with this version's content, checked and sealed. Raises what `check_content` raises."""
    row.graph_id, row.name, row.description = version.graph_id, version.name, version.description
    row.context, row.config, row.metadata = _kept(version, None), _config(version, None), version.metadata
    row.settings_schema = version.settings_schema
    check_content(row)
    check_text("description", row.description, DESCRIPTION_LIMIT)
    check_variables(row.context, spec_by(row.settings_schema), {})
    return under_locks(author, row, row, kept={})


def _author_of(version: VersionInFile, author: Author) -> Author:
    """Whom the file names. Who is no operator could name anybody, so that theirs is told as such."""
    label = version.author or author.label
    if rights_of(author).everywhere != Role.OPERATOR:
        label = _("%(who)s, says a file") % {"who": label[:150]}
    return replace(author, person=None, label=label[:200])


def _moment(version: VersionInFile) -> datetime:
    try:
        return datetime.fromisoformat(version.created_at).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidText("created_at", _("There is no such date. Write one that there is.")) from None


def _tell(done: Imported, author: Author, source: str) -> None:
    changed = [told.name for told, choice, _row in done.made if choice is not Choice.KEEP]
    if changed:
        after = {"source": source[:200], "count": len(changed), "names": changed[:NAMES_TOLD]}
        audit.record(Action.ASSISTANTS_IMPORTED, author=author, after=after)
