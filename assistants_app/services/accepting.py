"""Accepting a run: everything that it needs is fixed, in one transaction. Executing it is the engine's."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings as site
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from assistants_app.domain.errors import AssistantNotFound, InvalidInput
from assistants_app.domain.json_values import Json, Settings, find_unstorable
from assistants_app.models import Assistant, Role, Run, Thread
from assistants_app.models.prepared import Insert, ask, insert, update, write
from assistants_app.services.authors import Author
from assistants_app.services.hidden import for_run
from assistants_app.services.queue import enqueue_run
from assistants_app.services.rights import require
from assistants_app.services.run_places import Asked, NewThread, Place, Source, made, seen, taken
from assistants_app.services.runs import UNUSED
from assistants_app.services.secrets import sealed, sealed_config, spec_of_graph

__all__ = ["NewThread", "begin_run"]


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
    asked = Asked(
        thread=thread,
        assistant_id=assistant_id,
        author=author,
        version=version,
        settings=settings,
        context=context,
        config=config or {},
        metadata=metadata or {},
        input=input,
        command=command,
        options=options,
        not_before=not_before,
        run_id=run_id or uuid.uuid4(),
        worker_id=worker_id,
    )
    alone = connection.vendor == "postgresql" and site.ENGINE == "embedded" and not connection.in_atomic_block
    return (_begun_at_once(asked) if alone else None) or _begun(asked)


def _begun(asked: Asked) -> Run:
    """By whatever happens to the thread meanwhile, which is locked."""
    with transaction.atomic():
        source = _source(asked)
        place = made(asked, asked.thread, source) if isinstance(asked.thread, NewThread) else taken(asked, source)
        run = _run(asked, source, place)
        if isinstance(place.first, Insert):
            insert(place.thread)
        else:
            update(Thread, place.first.where, **place.first.columns)
        insert(run)
        if asked.later or place.idle:  # else who ends the run before it goes on with it
            enqueue_run(run_id=run.run_id, not_before=asked.not_before, new=True)
    return run


def _begun_at_once(asked: Asked) -> Run | None:
    """In one statement, which waits for the disk once and asks for no lock; None where the thread is busy, or changes
    meanwhile."""
    source = _source(asked)
    if isinstance(asked.thread, NewThread):
        place = made(asked, asked.thread, source)
        run = _run(asked, source, place)
        run.on_new_thread = write(place.first, Insert(run))
        return run
    found = seen(asked, source)
    if found is None:
        return None
    run = _run(asked, source, found)
    try:
        return run if write(found.first, Insert(run)) else None
    except IntegrityError:  # another run took its number, or it is there already
        return None


def _run(asked: Asked, source: Source, place: Place) -> Run:
    """Raises InvalidSettings."""
    assistant, row, settings = source.assistant, source.row, asked.settings
    if asked.command and asked.command.get("resume") is not None:
        asked.options["asked"] = [one for questions in place.thread.interrupts.values() for one in questions]
    spec = spec_of_graph(row.graph_id)
    values = {**(row.context if settings is None else settings), **(asked.context or {})}
    configured = {**row.config, **asked.config}
    if settings is not None or asked.context or asked.config.get("configurable"):
        kept: Settings = row.context
        values, configured = for_run(asked.author, assistant, row.graph_id, kept, values, configured)
    running = asked.worker_id is not None and place.idle and not asked.later and site.ENGINE == "embedded"
    return Run(
        run_id=asked.run_id,
        thread=place.thread,
        number=place.number,
        assistant=assistant,
        graph_id=row.graph_id,
        version=None if settings is not None else asked.version or assistant.version,
        context=sealed(values, spec),
        config=sealed_config(configured, spec),
        metadata={**row.metadata, **place.thread.metadata, **asked.metadata, **source.identity},
        input=asked.input,
        command=asked.command,
        options=asked.options,
        status=Run.Status.RUNNING if running else Run.Status.PENDING,
        worker_id=asked.worker_id if running else None,
        started_at=asked.now if running else None,
        not_before=asked.not_before,
        author=asked.author.label,
    )


def _source(asked: Asked) -> Source:
    """Raises AssistantNotFound, NotAllowed, VersionNotFound."""
    assistant = _assistant(asked.assistant_id)
    own = asked.config.get("configurable")
    is_test = asked.settings is not None or asked.context or own or asked.version not in (None, assistant.version)
    require(asked.author, Role.TESTER if is_test else Role.VIEWER, assistant)
    row = assistant if asked.version is None else Assistant.history.numbered(assistant, asked.version)
    return Source(assistant, row)


def _assistant(assistant_id: uuid.UUID) -> Assistant:
    """Without what no run needs. Raises AssistantNotFound."""
    found = ask("assistant-to-run", Assistant.objects.defer(*UNUSED).filter, assistant_id=assistant_id)
    if not found:
        raise AssistantNotFound
    return found[0]


def _check_storable(*values: Json) -> None:
    """Raises InvalidInput for what no database keeps."""
    if fault := find_unstorable(values):
        raise InvalidInput(_("This cannot be sent to the graph: %(fault)s.") % {"fault": fault})
