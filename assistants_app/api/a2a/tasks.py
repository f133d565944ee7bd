"""A2A's tasks are runs: a task is known by its first run, and goes on with each run that answers what it waits for."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from a2a.types.a2a_pb2 import Task
from django.db.models import Q, QuerySet

from assistants_app.api.a2a import parts as a2a_parts
from assistants_app.api.a2a.push import TASK
from assistants_app.api.access.filters import is_seen, seen
from assistants_app.api.calls import Call
from assistants_app.api.runs.outcomes import Outcome
from assistants_app.domain.json_values import Json
from assistants_app.engine import engine
from assistants_app.engine.threads.state import ThreadState
from assistants_app.models import Assistant, Run, Thread

FOUND_WITHIN = 200
"""How many checkpoints of a thread are looked through for what an earlier task left."""


NOTHING_YET = Outcome()


@dataclass(frozen=True, slots=True)
class TaskRun:
    """A task with its newest run, and what that left as far as it is known."""

    id: str
    run: Run
    outcome: Outcome = NOTHING_YET

    def told(self) -> Task:
        return a2a_parts.task_of(self.id, self.run, self.outcome)


class Tasks:
    """Those of one assistant, as far as one caller sees their threads."""

    def __init__(self, call: Call[Any, Any], assistant: Assistant) -> None:
        self._call = call
        self._assistant = assistant

    async def find(self, task_id: str) -> TaskRun | None:
        """None for what is no task of this assistant, or not the caller's to see."""
        try:
            first_id = UUID(task_id)
        except ValueError:
            return None

        def newest() -> Run | None:
            runs = Run.objects.filter(assistant=self._assistant).select_related("thread")
            first = runs.filter(run_id=first_id).only("thread_id").first()
            if first is None:
                return None
            of_task = Q(run_id=first_id) | Q(metadata__json_contains={TASK: str(first_id)})
            return runs.filter(of_task, thread_id=first.thread_id).order_by("-number").first()

        run = await self._call.sync(newest)
        if run is None:
            return None
        allowed = await self._call.allow("threads", "read", {"thread_id": run.thread_id})
        return TaskRun(str(first_id), run) if is_seen(run.thread.metadata, allowed) else None

    async def rows(self, context_id: str, after: datetime | None) -> QuerySet[Run]:
        """The first runs of the tasks that the caller sees, the newest first."""
        allowed = await self._call.allow("threads", "search", {"metadata": {}})
        found = Run.objects.filter(assistant=self._assistant, metadata__a2a_task_id__isnull=True)
        if allowed:
            found = found.filter(thread__in=seen(Thread.objects.all(), allowed).values("pk"))
        if context_id:
            found = found.filter(thread_id=_uuid(context_id))
        if after:
            found = found.filter(updated_at__gte=after.replace(tzinfo=UTC))
        return found.order_by("-created_at", "-run_id")

    async def count(self, found: QuerySet[Run]) -> int:
        return await self._call.sync(found.count)

    async def page(self, found: QuerySet[Run], begin: int, size: int) -> list[TaskRun]:
        """Tasks with their newest runs."""

        def read() -> list[TaskRun]:
            firsts = list(found.select_related("thread")[begin : begin + size])
            later: dict[str, Run] = {}
            runs = Run.objects.filter(thread__in={run.thread_id for run in firsts}, assistant=self._assistant)
            for run in runs.filter(metadata__a2a_task_id__isnull=False).select_related("thread").order_by("number"):
                later[str(run.metadata[TASK])] = run
            return [TaskRun(str(run.run_id), later.get(str(run.run_id), run)) for run in firsts]

        return await self._call.sync(read)

    async def ended(self, task: TaskRun, outcome: Outcome) -> TaskRun:
        """The task after its run has ended with this outcome."""
        run = await self._call.sync(Run.objects.get_by_uuid, task.run.run_id)
        return replace(task, run=run, outcome=outcome)

    async def read(self, task: TaskRun) -> TaskRun:
        """The task with what its run left on the thread."""
        error = task.run.error if isinstance(task.run.error, dict) else {}
        state = await self._state_after(task.run)
        asked: list[Json] = [] if state is None else [{"id": one.id, "value": one.value} for one in state.interrupts]
        outcome = Outcome(state.values if state else None, str(error.get("message", "")), asked)
        return replace(task, outcome=outcome)

    async def _state_after(self, run: Run) -> ThreadState | None:
        """The newest state that this run made; None once nobody knows it any more."""
        newest = await engine().thread_state(run.thread_id)
        if _made_by(newest, run) or run.finished_at is None:
            return newest
        states = await engine().history(run.thread_id, limit=FOUND_WITHIN)
        return next((state for state in states if _made_by(state, run)), None)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # of no thread


def _made_by(state: ThreadState, run: Run) -> bool:
    return isinstance(state.metadata, dict) and state.metadata.get("run_id") == str(run.run_id)
