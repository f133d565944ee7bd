"""Builders: rows made the way the product makes them, through its services, with short defaults."""

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from assistants_app.domain.json_values import Settings
from assistants_app.models import Assistant, Case, Person, Run, Thread, Worker
from assistants_app.services.accepting import begin_run
from assistants_app.services.assistants import create_assistant
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.cases import CaseContent, create_case
from assistants_app.services.runs import claim_run
from assistants_app.services.secrets import given
from assistants_app.services.threads import create_thread
from assistants_app.services.versions import Saved, save_version
from assistants_app.services.workers import Process, register_worker

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "system_prompt": {"type": "string", "title": "System prompt", "default": "Be brief."},
        "model": {"type": "string", "title": "Model", "default": "demo"},
        "temperature": {"type": "number", "title": "Temperature", "minimum": 0, "maximum": 2, "default": 0.7},
        "tags": {"type": "array", "title": "Tags", "items": {"type": "string"}, "default": []},
    },
}


def opened(settings: Settings) -> Settings:
    """Stored settings with their secrets opened."""
    return given(settings, None)


def author_of(person: Person | None) -> Author:
    return Author.of(person) if person else SYSTEM


def assistant(
    *,
    name: str = "Blog writer",
    graph_id: str = "writer",
    settings: Settings | None = None,
    settings_schema: dict[str, Any] | None = SCHEMA,
    person: Person | None = None,
    **more: Any,
) -> Assistant:
    """An assistant with its version 1, live."""
    return create_assistant(
        name=name,
        graph_id=graph_id,
        settings={"system_prompt": "Write a blog post."} if settings is None else settings,
        settings_schema=settings_schema,
        author=author_of(person),
        **more,
    )


def version(
    of: Assistant,
    *,
    person: Person | None = None,
    settings: Settings | None = None,
    base: int | None = None,
    **more: Any,
) -> Saved:
    """One more version of an assistant, made from its newest."""
    newest = Assistant.history.newest_number(of)
    return save_version(
        assistant_id=of.assistant_id,
        settings={"system_prompt": f"Write blog post {newest + 1}."} if settings is None else settings,
        base=newest if base is None else base,
        expected_version=newest,
        author=author_of(person),
        **more,
    )


def assistant_with_versions(count: int, **more: Any) -> Assistant:
    """An assistant with versions 1 to `count`, the newest live."""
    made = assistant(**more)
    for _number in range(count - 1):
        version(made)
    made.refresh_from_db()
    return made


def thread(of: Assistant | None = None, *, owner: Person | None = None, title: str = "") -> Thread:
    """An empty thread of an assistant, of a new one when none is given."""
    return create_thread(assistant=of or assistant(), owner=owner, title=title)


def run(text: str | None = None, *, on: Thread | None = None, graph_id: str = "writer", **more: Any) -> Run:
    """A run that is accepted and not started: `text` as the human's message, on a new thread when none is given."""
    where = on or thread(assistant(graph_id=graph_id, settings=None if graph_id == "writer" else {}))
    assert where.assistant is not None
    if text is not None:
        more["input"] = {"messages": [{"role": "user", "content": text}]}
    return begin_run(thread=where.thread_id, assistant_id=where.assistant.assistant_id, author=SYSTEM, **more)


def case(of: Assistant, text: str = "hi", *, name: str = "", checks: list[Any] | None = None, **more: Any) -> Case:
    """A test case that says `text`; its answer must contain it where nothing else is asked."""
    content = CaseContent.of(
        name=name or text,
        input=more.pop("input", {"messages": [{"type": "human", "content": text}]}),
        checks=[{"kind": "contains", "text": text}] if checks is None else checks,
    )
    return create_case(assistant_id=of.assistant_id, content=content, author=author_of(more.pop("person", None)))


def worker(*, silent_for: float = 0.0, **more: Any) -> uuid.UUID:
    """A process that executes runs, of another machine; it was heard of so many seconds ago."""
    worker_id = register_worker(process=Process(**{"host": "elsewhere", "pid": 1, **more}))
    if silent_for:
        Worker.objects.filter(pk=worker_id).update(heartbeat_at=timezone.now() - timedelta(seconds=silent_for))
    return worker_id


def running(text: str | None = "hi", *, by: uuid.UUID, **more: Any) -> Run:
    """A run that a worker owns."""
    claimed = claim_run(run_id=run(text, **more).run_id, worker_id=by)
    assert claimed is not None
    return claimed
