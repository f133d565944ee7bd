"""Reading one person's threads with one assistant: their state, runs and branches."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from asgiref.sync import async_to_sync
from django.urls import reverse

from assistants_app.domain.costs import Price
from assistants_app.domain.errors import EngineNotRunning, ProductError, ThreadNotFound
from assistants_app.domain.interrupts import Question, read_interrupts
from assistants_app.domain.json_values import Json
from assistants_app.domain.messages import Message
from assistants_app.engine import engine
from assistants_app.engine.events.relay import EventsGone
from assistants_app.engine.threads.branches import MessageBranches
from assistants_app.engine.threads.state import EMPTY, ThreadState
from assistants_app.models import Assistant, ModelPrice, Person, Rating, Run, Thread
from assistants_app.services.accepting import NewThread
from assistants_app.web.chat.frames import ReplyFrames

UNFINISHED = (Run.Status.PENDING, Run.Status.RUNNING)
BROKEN = (Run.Status.INTERRUPTED, Run.Status.ERROR, Run.Status.TIMEOUT)


@dataclass(frozen=True, slots=True)
class ThreadReading:
    """All that is known of a thread at the branch that is shown; `branch` is "" for its newest.

    The runs come without what they were given, files included: Django fetches it from the one that is asked for it,
    `inputs_of` from all that have an input.
    """

    thread: Thread
    url: str
    state: ThreadState
    branches: Mapping[str, MessageBranches]
    runs: Sequence[Run]
    branch: str = ""
    behind: frozenset[str] = frozenset()
    """The ids of the runs that wrote what is shown; others wrote other branches, or nothing."""
    ratings: Mapping[uuid.UUID, Rating] = field(default_factory=dict)
    """What the person thinks of the runs' answers."""
    prices: Sequence[Price] = ()
    unfinished: Sequence[Message] = ()
    """What the last run had written when it was stopped or failed, while the relay still has it."""

    @property
    def running(self) -> Run | None:
        return next((run for run in self.runs if run.status in UNFINISHED), None)

    @property
    def questions(self) -> tuple[Question, ...]:
        """What waits for an answer here; nothing while a run goes on."""
        if self.running:
            return ()
        asked = self.state.interrupts
        return read_interrupts(
            [{"id": one.id, "value": one.value, "response_schema": one.response_schema} for one in asked]
        )

    @property
    def paused_before(self) -> str:
        """The nodes before which the graph stopped by itself, without a question."""
        if self.running or self.state.interrupts or not self.state.next:
            return ""
        last = self.runs[-1] if self.runs else None
        return ", ".join(self.state.next) if last and last.status == Run.Status.SUCCESS else ""


def own_thread(assistant: Assistant, person: Person, thread_id: uuid.UUID) -> Thread:
    """Raises ThreadNotFound, also for a thread of somebody else or of another assistant."""
    thread = Thread.objects.without_state().filter(thread_id=thread_id, assistant=assistant, owner=person).first()
    if thread is None:
        raise ThreadNotFound
    return thread


def read_thread(assistant: Assistant, thread: Thread, branch: str = "") -> ThreadReading:
    """Raises CheckpointNotFound for a branch that is none."""
    runs = list(thread.runs.order_by("number").defer("context", "config", "input", "command"))
    try:
        state, branches, behind = _at_branch(thread.thread_id, branch or None)
    except EngineNotRunning as error:
        state, branches, behind = replace(EMPTY, problem=error.message), {}, frozenset()
    last = runs[-1] if runs else None
    broken = last is not None and last.status in BROKEN and not branch
    return ThreadReading(
        thread=thread,
        url=thread_url(assistant, thread),
        state=state,
        branches=branches,
        runs=runs,
        branch=branch,
        behind=behind,
        ratings={rating.run_id: rating for rating in Rating.objects.by_owner(thread)},
        prices=ModelPrice.objects.prices(),
        unfinished=_written_by(last.run_id) if last and broken else (),
    )


def inputs_of(thread: Thread) -> list[tuple[uuid.UUID, Json]]:
    """What each run of a thread was given, oldest first, those aside that only went on or answered a question."""
    given = thread.runs.filter(command=None).exclude(input=None)
    return list(given.order_by("number").values_list("run_id", "input"))


@async_to_sync
async def _at_branch(
    thread_id: uuid.UUID, checkpoint_id: str | None
) -> tuple[ThreadState, Mapping[str, MessageBranches], frozenset[str]]:
    state = await engine().thread_state(thread_id, checkpoint_id)
    branches = await engine().branches(thread_id, checkpoint_id)
    return state, branches, await engine().runs_behind(thread_id, checkpoint_id)


@async_to_sync
async def _written_by(run_id: uuid.UUID) -> tuple[Message, ...]:
    frames = ReplyFrames()
    try:
        async for event in engine().listen(run_id):
            frames.fold(event)
    except (ProductError, EventsGone):
        return ()
    return frames.messages()


@async_to_sync
async def before_message(thread_id: uuid.UUID, message_id: str, checkpoint_id: str | None) -> str:
    """The checkpoint from which a run replaces a message. Raises MessageNotFound."""
    return await engine().before_message(thread_id, message_id, checkpoint_id)


def turn_of_run(run: Run) -> str:
    """The key of the turn that a run belongs to."""
    metadata = run.options.get("metadata")
    return str(metadata.get("turn", "")) if isinstance(metadata, dict) else ""


def thread_url(assistant: Assistant, thread: Thread | NewThread) -> str:
    return reverse("assistant-thread", args=[assistant.assistant_id, thread.thread_id])
