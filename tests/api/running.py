"""Runs of threads that were made through the API, begun without it."""

from typing import Any
from uuid import UUID

from assistants_app.engine import engine
from assistants_app.models import Run, Thread
from assistants_app.services.accepting import begin_run
from assistants_app.services.authors import SYSTEM
from tests import make
from tests.running import listen


def run_on(thread_id: str, graph_id: str, **more: Any) -> Run:
    """One run to its end."""
    thread = Thread.objects.get(thread_id=UUID(thread_id))
    assistant = make.assistant(graph_id=graph_id, settings={}, settings_schema=None)
    run = begin_run(thread=thread.thread_id, assistant_id=assistant.assistant_id, author=SYSTEM, **more)
    engine().start(run)
    listen(run)
    return run
