"""Creating, cloning, renaming and deleting assistants. Their versions are `services.versions`' matter."""

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from assistants_app.domain.errors import NameMismatch, StaleBase, SystemAssistantKept
from assistants_app.domain.json_values import Settings
from assistants_app.models import Assistant, Person, Role, Run, Thread
from assistants_app.models.assistants import system_assistant_id
from assistants_app.models.prepared import Missing, insert, new_row
from assistants_app.services.audit import Action
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.contents import DESCRIPTION_LIMIT, NOTE_LIMIT, check_content, check_text
from assistants_app.services.differences import Told, Values
from assistants_app.services.locks import under_locks, unless_locked
from assistants_app.services.rights import may, require, require_make
from assistants_app.services.secrets import check_variables, spec_by
from assistants_app.services.versions import Saved, lock, record_version, save_version, telling

if TYPE_CHECKING:
    from assistants_app.graphs.catalog import GraphEntry


LOCK_TRIES = 10
"""How often the deletion of an assistant begins anew for threads that came meanwhile. After that it waits."""


def create_assistant(
    *,
    graph_id: str,
    name: str,
    settings: Settings,
    author: Author,
    description: str = "",
    settings_schema: dict[str, Any] | None = None,
    config: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    note: str = "",
    assistant_id: uuid.UUID | None = None,
    taken_over: Settings | None = None,
) -> Assistant:
    """Make an assistant and its version 1, which is live; its author owns it.

    Locked and hidden settings are left to the graph, or are as in those of another assistant that are `taken_over`.
    Raises NotAllowed, InvalidName, InvalidText, InvalidSettings.

    An `assistant_id` that exists already is the database's to refuse (IntegrityError).
    """
    require_make(author, graph_id, metadata or {})
    assistant = new_row(
        Assistant,
        assistant_id=assistant_id or uuid.uuid4(),
        graph_id=graph_id,
        name=name,
        description=description,
        context=settings,
        config=config or {},
        metadata=metadata or {},
        settings_schema=settings_schema,
        version=1,
        newest=1,
        newest_author=author.label,
        owner_id=author.person and author.person.pk,
    )
    check_content(assistant)
    check_text("note", note, NOTE_LIMIT)
    check_variables(assistant.context, spec_by(settings_schema), {})
    made = {"name": assistant.name, "graph": assistant.graph_id, "live": "v1"}
    tells = telling(Action.ASSISTANT_CREATED, assistant, author, Told(after=made))

    def insert_it(content: Assistant, unless: tuple[Missing, ...] = ()) -> Assistant:
        said: dict[str, Any] = {"author": author, "note": note, "event": "+", "tells": tells}
        record_version(content, number=1, live=1, unless=unless, **said)
        return content

    try:
        return insert_it(*unless_locked(author, assistant, assistant, kept=taken_over or {}))
    except StaleBase:
        return insert_it(under_locks(author, assistant, assistant, kept=taken_over or {}))


def clone_assistant(*, assistant_id: uuid.UUID, number: int, name: str, author: Author) -> Assistant:
    """Make a new assistant from one version of another.

    Raises AssistantNotFound, NotAllowed, VersionNotFound, InvalidName.
    """
    source = Assistant.objects.get_by_uuid(assistant_id)
    require(author, Role.VIEWER, source)
    version = Assistant.history.numbered(source, number)
    metadata = {key: value for key, value in version.metadata.items() if key != "created_by"}
    return create_assistant(
        graph_id=version.graph_id,
        name=name,
        description=version.description,
        settings=version.context,
        settings_schema=version.settings_schema,
        config=version.config,
        metadata=metadata,
        taken_over=version.context,
        author=author,
        note=_("Cloned from %(name)s v%(number)s") % {"name": source.name, "number": number},
    )


def rename_assistant(*, assistant_id: uuid.UUID, name: str, author: Author, description: str | None = None) -> Saved:
    """Give the live version another name, as a new version.

    Raises AssistantNotFound, NotAllowed, InvalidName, InvalidText.
    """
    with transaction.atomic():
        assistant = lock(assistant_id)
        return save_version(
            assistant_id=assistant_id,
            settings=assistant.context,
            name=name,
            description=description,
            author=author,
            base=assistant.version,
            expected_version=Assistant.history.newest_number(assistant),
            note=_("Renamed from %(name)s") % {"name": assistant.name} if name.strip() != assistant.name else "",
        )


def change_owner(*, assistant_id: uuid.UUID, owner: Person | None, author: Author) -> bool:
    """Let somebody else, or nobody, own an assistant; whether that is new. Raises AssistantNotFound, NotAllowed.

    Its owner may hand it on, or who may make it live: to own it is to be its editor.
    No version, as what the assistant does stays the same; the history records it.
    """
    with transaction.atomic():
        assistant = lock(assistant_id)
        require(author, Role.EDITOR, assistant)
        if assistant.owner == owner:
            return False
        if author.person is None or author.person != assistant.owner:
            require(author, Role.PUBLISHER, assistant)
        note = _("%(name)s owns it now") % {"name": owner} if owner else _("Nobody owns it now")
        Assistant.objects.filter(pk=assistant.pk).update(owner=owner)
        content = Assistant.history.numbered(assistant, assistant.version)
        record_version(content, number=None, live=assistant.version, author=author, note=note)
        told = Told(_owned_by(assistant.owner), _owned_by(owner))
        insert(telling(Action.ASSISTANT_OWNER_CHANGED, assistant, author, told))
    return True


def _owned_by(owner: Person | None) -> Values:
    return {"owner": str(owner) if owner else None}


def delete_assistant(
    *,
    assistant_id: uuid.UUID,
    author: Author,
    typed_name: str | None = None,
    delete_threads: bool = False,
    threads: Q | None = None,
) -> None:
    """Delete an assistant. Its history stays on record; its threads may stay, or those that are not `threads`.

    People type its name to confirm; None when a program asks. To delete what is live is to publish: it needs that role,
    but for what one made oneself and nobody made another version of live.
    Raises AssistantNotFound, NotAllowed, NameMismatch, SystemAssistantKept.
    """
    tries = LOCK_TRIES
    while not _delete(assistant_id, author, typed_name, delete_threads, threads or Q(), last=tries == 1):
        tries -= 1


def _delete(
    assistant_id: uuid.UUID, author: Author, typed_name: str | None, delete_threads: bool, threads: Q, *, last: bool
) -> bool:
    """Whether it is deleted; not yet, where a thread of it came between the two locks, whose run waits for the
    assistant while it holds the thread. Nobody can begin another while the assistant is locked."""
    with transaction.atomic():
        locked = _lock_threads(assistant_id)
        assistant = lock(assistant_id)
        require(author, Role.EDITOR if is_own_beginning(assistant, author) else Role.PUBLISHER, assistant)
        if assistant.is_system:
            raise SystemAssistantKept
        if typed_name is not None and typed_name.strip() != assistant.name:
            raise NameMismatch
        if not last and set(_threads_of(assistant_id).values_list("pk", flat=True)) - locked:
            return False
        deleted = assistant.threads.filter(threads).delete()[1] if delete_threads else {}
        record_version(assistant, number=None, live=assistant.version, author=author, note=_("Deleted"), event="-")
        assistant.skip_history_when_saving = True
        assistant.delete()
        held: Values = {"graph": assistant.graph_id, "live": f"v{assistant.version}"}
        held["threads"] = deleted.get(Thread._meta.label, 0)
        insert(telling(Action.ASSISTANT_DELETED, assistant, author, Told(before=held)))
    return True


def is_own_beginning(assistant: Assistant, author: Author) -> bool:
    """Whether somebody made it, and nobody else made anything of it live since: then an editor may delete it."""
    if assistant.protection or assistant.version != 1:
        return False
    if author.person is not None:
        return assistant.owner_id == author.person.pk
    return bool(Assistant.history.of(assistant).filter(number=1, author=author.label, history_user=None).exists())


def may_delete(assistant: Assistant, author: Author) -> bool:
    """What programs and people use is taken away by who may put something else in its place."""
    return may(author, Role.EDITOR if is_own_beginning(assistant, author) else Role.PUBLISHER, assistant)


def _lock_threads(assistant_id: uuid.UUID) -> set[uuid.UUID]:
    """Wait for the runs that are being accepted: each has its thread locked, and then refers to its assistant."""
    threads = _threads_of(assistant_id).order_by("pk").select_for_update(of=("self",))
    return set(threads.values_list("pk", flat=True))


def _threads_of(assistant_id: uuid.UUID) -> QuerySet[Thread]:
    """Those that are tests of it, and those that it ran on."""
    run_by_it = Run.objects.filter(assistant__assistant_id=assistant_id).values("thread")
    return Thread.objects.filter(Q(assistant__assistant_id=assistant_id) | Q(pk__in=run_by_it))


def ensure_system_assistants(*, graphs: "Iterable[GraphEntry]") -> int:
    """Make the assistant that stands for each graph's own defaults where there is none. Returns how many.

    Those that exist are left as people saved them: a restart resets nothing.
    """
    wanted = {system_assistant_id(graph.graph_id): graph for graph in graphs}
    existing = set(Assistant.objects.filter(assistant_id__in=wanted).values_list("assistant_id", flat=True))
    missing = [graph for assistant_id, graph in wanted.items() if assistant_id not in existing]
    for graph in missing:
        create_assistant(
            assistant_id=system_assistant_id(graph.graph_id),
            graph_id=graph.graph_id,
            name=graph.graph_id,
            description=graph.description[:DESCRIPTION_LIMIT],
            settings={},
            settings_schema=graph.settings_schema,
            metadata={"created_by": "system"},
            author=SYSTEM,
            note=_("The graph's own defaults"),
        )
    return len(missing)
