"""Threads that wait for a human: which ones somebody may answer, and the answer, of which only one counts.

One's own test threads, as long as their assistant is there for one; and threads that belong to no person, which
programs drive, for editors of the assistant that asks. Other people's test threads are theirs alone.
"""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q

from assistants_app.domain.errors import AnsweredAlready, ThreadNotFound
from assistants_app.domain.interrupts import Question, read_interrupts
from assistants_app.domain.json_values import Json
from assistants_app.models import Assistant, Role, Run, Thread
from assistants_app.models.threads import RunQuerySet
from assistants_app.services import audit
from assistants_app.services.accepting import NewThread, begin_run
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.rights import may, rights_of

KEPT = ("stream_mode", "stream_subgraphs", "interrupt_before", "interrupt_after", "durability", "metadata")
CALLERS = ("caller", "webhook", "time_limit")
"""Which options of the run that asked count for the run that goes on; the latter for a program's thread."""


def runs_that_ask(author: Author) -> RunQuerySet:
    """The newest runs of the threads that wait for an answer which this author may give, oldest question first."""
    rights = rights_of(author)
    answered = Q(_of_those(rights.where_at_least(Role.EDITOR)), thread__owner=None)
    if author.person is not None:
        answered |= Q(_of_those(rights.where), thread__owner=author.person)
    return Run.objects.that_ask().filter(answered)


def _of_those(where: Q) -> Q:
    """Runs of the assistants of which it is true. Where it is of all, the database need not gather them."""
    if not where:
        return Q(assistant__isnull=False)
    return Q(assistant__in=Assistant.objects.filter(where).order_by().values("pk"))


def questions_of(thread: Thread) -> tuple[Question, ...]:
    """What the graph asks there; nothing where it only paused."""
    return read_interrupts([one for asked in thread.interrupts.values() for one in asked])


def answer_thread(
    *, thread_id: uuid.UUID, asked_by: uuid.UUID, command: Json, author: Author, worker_id: uuid.UUID | None = None
) -> Run:
    """Accept the run that goes on with the answer to what the run `asked_by` asked, as that run was: with its version
    and its values, or with what is live for who may not test. `command` None goes on where the graph paused.

    Of two people who answer at once one wins. The engine starts the run, after the commit. Raises ThreadNotFound,
    AnsweredAlready, and what `begin_run` raises.
    """
    with transaction.atomic():
        thread = Thread.objects.defer("values").select_for_update().filter(thread_id=thread_id).first()
        last = Run.objects.filter(thread_id=thread_id).order_by("-number").select_related("assistant").first()
        if thread is None or last is None or last.assistant is None or not may_answer(author, thread, last.assistant):
            raise ThreadNotFound
        if last.run_id != asked_by or not runs_that_ask(author).filter(pk=last.pk).exists():
            raise AnsweredAlready
        run = begin_run(
            thread=thread_id,
            assistant_id=last.assistant.assistant_id,
            author=author,
            command=command,
            options=_options(last, by_program=thread.owner_id is None),
            worker_id=worker_id,
            **(_as_before(last) if may(author, Role.TESTER, last.assistant) else {}),
        )
        if thread.owner_id is None:  # an own thread is a conversation, which it keeps itself
            audit.record(
                Action.THREAD_ANSWERED,
                author=author,
                kind=ObjectKind.THREAD,
                id=thread_id,
                name=thread.title or last.assistant.name,
                before={"asked": [question.value for question in questions_of(thread)]},
                after={"assistant": last.assistant.name, "run": str(run.run_id), "answer": command},
            )
    return run


def begin_answer(*, thread: uuid.UUID | NewThread, asked_by: uuid.UUID, **given: Any) -> Run:
    """Accept the run that answers what the run `asked_by` asked in somebody's own chat, as `begin_run` is told.

    Raises AnsweredAlready, and what `begin_run` raises.
    """
    if isinstance(thread, NewThread):
        raise AnsweredAlready
    with transaction.atomic():
        list(Thread.objects.select_for_update().filter(thread_id=thread).values_list("pk"))
        last = Run.objects.filter(thread_id=thread).order_by("-number").values_list("run_id", flat=True).first()
        if last != asked_by:
            raise AnsweredAlready
        return begin_run(thread=thread, **given)


def may_answer(author: Author, thread: Thread, assistant: Assistant) -> bool:
    """Whether a thread is theirs to answer, when the assistant asks there."""
    if thread.owner_id is None:
        return may(author, Role.EDITOR, assistant)
    return author.person is not None and author.person.pk == thread.owner_id and may(author, Role.VIEWER, assistant)


def _as_before(last: Run) -> dict[str, Any]:
    """The settings of the run that asked."""
    if last.version is None:
        return {"settings": last.context, "config": last.config}
    return {"version": last.version, "context": last.context, "config": last.config}


def _options(last: Run, *, by_program: bool) -> dict[str, Any]:
    kept = (*KEPT, *CALLERS) if by_program else KEPT
    return {name: last.options[name] for name in kept if name in last.options}
