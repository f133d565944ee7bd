"""Accepting a run: everything that it needs is fixed, in one transaction. Executing it is the engine's."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings as site
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from assistants_app.domain.errors import AssistantNotFound, InvalidInput, ThreadBusy, ThreadNotFound
from assistants_app.domain.json_values import Json, Settings, find_unstorable
from assistants_app.models import Assistant, Person, Role, Run, Thread
from assistants_app.models.prepared import ask, ask_values, insert, update
from assistants_app.services.authors import Author
from assistants_app.services.hidden import for_run
from assistants_app.services.queue import enqueue_run
from assistants_app.services.rights import require
from assistants_app.services.runs import UNUSED
from assistants_app.services.secrets import sealed, sealed_config, spec_of_graph
from assistants_app.services.threads import insert_thread


@dataclass(frozen=True, slots=True)
class NewThread:
    """A thread that is made with its first run, and not made when that is refused."""

    thread_id: uuid.UUID = field(default_factory=uuid.uuid4)
    assistant: Assistant | None = None
    owner: Person | None = None
    title: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


def begin_run(
    *,
    thread: uuid.UUID | NewThread,
    assistant_id: uuid.UUID,
    author: Author,
    version: int | None = None,
    settings: Settings | None = None,
    context: Settings | None = None,
    config: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    input: Json = None,
    command: Json = None,
    checkpoint_id: str | None = None,
    options: dict[str, Any] | None = None,
    not_before: datetime | None = None,
    run_id: uuid.UUID | None = None,
    worker_id: uuid.UUID | None = None,
) -> Run:
    """Accept a run on a thread, with everything it needs fixed now: the version, its values, the input.

    `version` None means the live version; `settings` given means these unsaved values in place of a version's.
    `context` and `config` go over the version's, key by key; `metadata` over the assistant's and the thread's.
    `input` None goes on from the last checkpoint (a retry), or from `checkpoint_id` (an edited or regenerated
    message). `command` is {"resume": …, "update": …, "goto": …}; several interrupts are answered at once by
    {"resume": {interrupt id: value}}. `options` are named as the LangGraph Server API names them:
    stream_mode, stream_subgraphs, interrupt_before, interrupt_after, durability, multitask_strategy ("reject",
    the default here; "enqueue" to wait for its turn; "interrupt" to stop what runs, "rollback" to undo it too),
    checkpoint_id. The run starts at `not_before` at the earliest.

    `worker_id` is for who executes it in this process, as the embedded engine does: where nothing is before it in its
    thread it is accepted as running, and as that worker's own, which saves claiming it.

    The engine starts it: call `engine().start(run)` after the commit. Raises ThreadNotFound, AssistantNotFound,
    NotAllowed, VersionNotFound, ThreadBusy, InvalidInput, InvalidSettings (for what is hidden from the author);
    IntegrityError for a `run_id` or new thread that is there already.
    """
    options = dict(options or {})
    if checkpoint_id:
        options["checkpoint_id"] = checkpoint_id
    _check_storable(input, command, settings, context, config, metadata, options)
    now = timezone.now()
    later = not_before is not None and not_before > now
    with transaction.atomic():
        assistant = _assistant(assistant_id)
        own = (config or {}).get("configurable")
        is_test = settings is not None or context or own or version not in (None, assistant.version)
        require(author, Role.TESTER if is_test else Role.VIEWER, assistant)
        source = assistant if version is None else Assistant.history.numbered(assistant, version)
        identity = {"graph_id": source.graph_id, "assistant_id": str(assistant.assistant_id)}
        if isinstance(thread, NewThread):
            place = _made(thread, author, identity, busy=not later)
        else:
            place = _taken(thread, identity, busy=not later, strategy=options.get("multitask_strategy", "reject"))
        if command and command.get("resume") is not None:
            options["asked"] = [one for asked in place.thread.interrupts.values() for one in asked]
        spec = spec_of_graph(source.graph_id)
        values = {**(source.context if settings is None else settings), **(context or {})}
        configured = {**source.config, **(config or {})}
        if settings is not None or context or own:
            kept: Settings = source.context
            values, configured = for_run(author, assistant, source.graph_id, kept, values, configured)
        running = worker_id is not None and place.idle and not later and site.ENGINE == "embedded"
        run = Run(
            run_id=run_id or uuid.uuid4(),
            thread=place.thread,
            number=place.number,
            assistant=assistant,
            graph_id=source.graph_id,
            version=None if settings is not None else version or assistant.version,
            context=sealed(values, spec),
            config=sealed_config(configured, spec),
            metadata={**source.metadata, **place.thread.metadata, **(metadata or {}), **identity},
            input=input,
            command=command,
            options=options,
            status=Run.Status.RUNNING if running else Run.Status.PENDING,
            worker_id=worker_id if running else None,
            started_at=now if running else None,
            not_before=not_before,
            author=author.label,
        )
        insert(run)
        if later or place.idle:  # else who ends the run before it goes on with it
            enqueue_run(run_id=run.run_id, not_before=not_before)
    return run


def _assistant(assistant_id: uuid.UUID) -> Assistant:
    """Without what no run needs. Raises AssistantNotFound."""
    found = ask("assistant-to-run", Assistant.objects.defer(*UNUSED).filter, assistant_id=assistant_id)
    if not found:
        raise AssistantNotFound
    return found[0]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a run goes: it is its thread's `number`th, and `idle` says that nothing is before it."""

    thread: Thread
    number: int
    idle: bool


def _made(new: NewThread, author: Author, identity: Mapping[str, str], *, busy: bool) -> _Place:
    thread = insert_thread(
        thread_id=new.thread_id,
        assistant=new.assistant,
        owner=new.owner,
        author=author.label,
        title=new.title,
        metadata={**new.metadata, **identity},
        status=Thread.Status.BUSY if busy else Thread.Status.IDLE,
    )
    return _Place(thread, number=1, idle=True)


def _taken(thread_id: uuid.UUID, identity: Mapping[str, str], *, busy: bool, strategy: str) -> _Place:
    """A thread, locked and told of the run. Raises ThreadNotFound, ThreadBusy."""
    found = ask("thread-to-lock", Thread.objects.without_state().select_for_update().filter, thread_id=thread_id)
    if not found:
        raise ThreadNotFound
    thread = found[0]
    if thread.status == Thread.Status.BUSY and strategy == "reject":
        raise ThreadBusy
    newest = ask_values("newest-run", _newest, thread_id=thread_id, now=timezone.now())
    last, waits = newest[0] if newest else (0, False)
    idle = thread.status != Thread.Status.BUSY and not waits
    thread.metadata = {**thread.metadata, **identity}
    if busy:
        thread.status = Thread.Status.BUSY
    columns = {"metadata": thread.metadata, "status": thread.status, "updated_at": timezone.now()}
    update(Thread, {"thread_id": thread_id}, **columns)
    return _Place(thread, number=last + 1, idle=idle)


def _newest(*, thread_id: uuid.UUID, now: datetime) -> Any:
    """The number of a thread's newest run, and whether one waits for its turn."""
    unfinished = Run.objects.filter(thread_id=OuterRef("thread_id")).unfinished().due(now)
    newest = Run.objects.filter(thread_id=thread_id).order_by("-number").annotate(waits=Exists(unfinished))
    return newest.values_list("number", "waits")[:1]


def _check_storable(*values: Json) -> None:
    """Raises InvalidInput for what no database keeps."""
    if fault := find_unstorable(values):
        raise InvalidInput(_("This cannot be sent to the graph: %(fault)s.") % {"fault": fault})
