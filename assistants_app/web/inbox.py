"""The inbox: what waits for a human's answer, across the assistants that the person may answer for, oldest first.

One question is open at a time. After an answer the next one is shown, so that several are answered in a row.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assistants_app.domain.errors import AnsweredAlready, EngineNotRunning, InvalidInput, ThreadBusy, ThreadNotFound
from assistants_app.domain.interrupts import Question
from assistants_app.domain.messages import Message, read_messages, turns
from assistants_app.engine import engine
from assistants_app.models import Assistant, Run, Thread
from assistants_app.models.threads import RunQuerySet
from assistants_app.services.inbox import answer_thread, may_answer, questions_of, runs_that_ask
from assistants_app.web.access import SignedInRequest, author_of
from assistants_app.web.addresses import uuid_in
from assistants_app.web.chat.asked import Asked, NotAnswered, ask, read_answers
from assistants_app.web.chat.given import button_in_answer
from assistants_app.web.forms import posted
from assistants_app.web.fragments import wants_part

SHOWN = 50
"""Of the list. Those that wait longest come first, so the others come up as these are answered."""

HEAVY = ("input", "command", "context", "config", "metadata", "options", "thread__values", "thread__error")
OF_ASSISTANT = ("assistant__settings_schema", "assistant__context", "assistant__config", "assistant__description")


@dataclass(frozen=True, slots=True)
class Row:
    """One thread of the list."""

    thread_id: uuid.UUID
    assistant: str
    title: str
    asks: str
    since: datetime
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """The one that is answered now. Named as `chat/_question.html` asks for it."""

    run: Run
    answer: str
    questions: tuple[Asked, ...]
    human: Message | None
    replies: Sequence[Message]
    errors: tuple[str, ...] = ()

    @property
    def thread(self) -> Thread:
        return self.run.thread

    @property
    def own(self) -> bool:
        return self.thread.owner_id is not None

    @property
    def by_several(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Filter:
    """What the address asks for."""

    assistant: uuid.UUID | None

    @classmethod
    def of(cls, request: SignedInRequest) -> "Filter":
        return cls(uuid_in(request.GET.get("assistant", "")))

    @property
    def query(self) -> str:
        return f"?{urlencode({'assistant': str(self.assistant)})}" if self.assistant else ""

    def among(self, runs: RunQuerySet) -> RunQuerySet:
        return runs.filter(assistant__assistant_id=self.assistant) if self.assistant else runs


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """With the one open that waits longest."""
    return _page(request)


@require_safe
def show(request: SignedInRequest, thread_id: uuid.UUID) -> HttpResponse:
    """With this one open; one that does not wait any more leads to the others."""
    thread, run = _found(request, thread_id)
    if run is None:
        messages.info(request, _("This does not wait for an answer any more."))
        return redirect(reverse("inbox") + Filter.of(request).query)
    return _page(request, _opened(request, run, thread))


@require_POST
def answer(request: SignedInRequest, thread_id: uuid.UUID) -> HttpResponse:
    """The answers to all that one thread asks. Then the next one, or the same again with what is wrong."""
    thread, run = _found(request, thread_id)
    if run is None:
        return _after(request, None, warning=AnsweredAlready().message)
    questions = questions_of(thread)
    if part := button_in_answer(request, questions):
        return part
    try:
        _begin(request, thread, questions)
    except NotAnswered as refusal:
        return _again(request, run, thread, _("Look at what is marked in the answer."), asked=refusal.asked)
    except AnsweredAlready as refused:
        return _after(request, run, warning=refused.message)
    except ThreadBusy:
        return _after(request, run, warning=AnsweredAlready().message)
    except (InvalidInput, EngineNotRunning) as error:
        status = 503 if isinstance(error, EngineNotRunning) else 422
        return _again(request, run, thread, error.message, status=status)
    return _after(request, run, success=_("Answered: %(title)s") % {"title": _title(run)})


def _begin(request: SignedInRequest, thread: Thread, questions: Sequence[Question]) -> None:
    """Raises NotAnswered, AnsweredAlready, ThreadBusy, InvalidInput, EngineNotRunning."""
    if not engine().serving:  # else the run is accepted, and its thread stays busy
        raise EngineNotRunning
    asked_by = uuid_in(request.POST.get("asked_by", ""))
    if asked_by is None:
        raise AnsweredAlready
    command = read_answers(questions, posted(request)) if questions else None
    run = answer_thread(
        thread_id=thread.thread_id,
        asked_by=asked_by,
        command=command,
        author=author_of(request),
        worker_id=engine().worker_id,
    )
    engine().start(run)


def _found(request: SignedInRequest, thread_id: uuid.UUID) -> tuple[Thread, Run | None]:
    """The thread, and the run that asks there. Raises ThreadNotFound where it is not theirs to answer."""
    thread = Thread.objects.get_by_uuid(thread_id)
    last = thread.runs.order_by("-number").select_related("assistant").first()
    if last is None or last.assistant is None or not may_answer(author_of(request), thread, last.assistant):
        raise ThreadNotFound
    asks = runs_that_ask(author_of(request)).filter(pk=last.pk).exists()
    return thread, last if asks else None


def _again(
    request: SignedInRequest, run: Run, thread: Thread, error: str, *, asked: tuple[Asked, ...] = (), status: int = 422
) -> HttpResponse:
    """The same once more, as it was typed."""
    asked = asked or ask(questions_of(thread), posted(request))
    return _page(request, _opened(request, run, thread, asked=asked, errors=(error,)), status=status)


def _after(request: SignedInRequest, run: Run | None, *, success: str = "", warning: str = "") -> HttpResponse:
    """On to the one that waits behind the one that was answered, else to the first."""
    if success:
        messages.success(request, success)
    if warning:
        messages.warning(request, warning)
    rows = Filter.of(request).among(runs_that_ask(author_of(request)))
    since = run.thread.state_updated_at if run else None
    following = rows.exclude(thread_id=run.thread_id) if run else rows
    behind = following.filter(thread__state_updated_at__gte=since) if since else following
    found = (behind.first() or following.first()) if run else rows.first()
    if not wants_part(request):
        query = Filter.of(request).query
        address = reverse("inbox-thread", args=[found.thread_id]) if found else reverse("inbox")
        return redirect(address + query)
    opened = _opened(request, found, Thread.objects.get_by_uuid(found.thread_id)) if found else None
    return _page(request, opened, said=success or warning, moved=True)


def _opened(
    request: SignedInRequest,
    run: Run,
    thread: Thread,
    *,
    asked: tuple[Asked, ...] = (),
    errors: tuple[str, ...] = (),
) -> Opened:
    values = thread.values if isinstance(thread.values, dict) else {}
    said = list(turns(read_messages(values.get("messages"), waiting=True, running=False)))
    run.thread = thread
    return Opened(
        run=run,
        answer=reverse("inbox-answer", args=[thread.thread_id]) + Filter.of(request).query,
        questions=asked or ask(questions_of(thread)),
        human=said[-1].human if said else None,
        replies=said[-1].replies if said else (),
        errors=errors,
    )


def _page(
    request: SignedInRequest, opened: Opened | None = None, *, status: int = 200, said: str = "", moved: bool = False
) -> HttpResponse:
    author, chosen = author_of(request), Filter.of(request)
    waiting = runs_that_ask(author)
    runs = list(shown_in_lists(chosen.among(waiting))[: SHOWN + 1])
    if opened is None and runs and not moved:
        opened = _opened(request, runs[0], Thread.objects.get_by_uuid(runs[0].thread_id))
    here = opened.thread.thread_id if opened else None
    rows = [_row(run, chosen, here) for run in runs[:SHOWN]]
    place = next((number for number, row in enumerate(rows) if row.current), None)
    context = {
        "rows": rows,
        "more": len(runs) > SHOWN,
        "opened": opened,
        "place": None if place is None else place + 1,
        "previous": rows[place - 1] if place else None,
        "next": rows[place + 1] if place is not None and place + 1 < len(rows) else None,
        "assistants": Assistant.objects.filter(pk__in=waiting.order_by().values("assistant")).order_by("name", "pk"),
        "chosen": chosen,
        "said": said,
        "moved": moved,
    }
    part = wants_part(request)
    response = render(request, "inbox/_inbox.html" if part else "inbox/inbox.html", context, status=status)
    if part:
        address = reverse("inbox-thread", args=[here]) if here and not moved else reverse("inbox")
        response["HX-Replace-Url"] = address + chosen.query
    patch_vary_headers(response, ["HX-Request"])
    return response


def shown_in_lists(runs: RunQuerySet) -> RunQuerySet:
    """With thread and assistant, without what no list shows."""
    return runs.select_related("thread", "assistant").defer(*HEAVY, *OF_ASSISTANT)


def _row(run: Run, chosen: Filter, here: uuid.UUID | None) -> Row:
    thread = run.thread
    return Row(
        thread_id=thread.thread_id,
        assistant=run.assistant.name if run.assistant else "",
        title=_title(run),
        asks=_asks(questions_of(thread)),
        since=thread.state_updated_at,
        url=reverse("inbox-thread", args=[thread.thread_id]) + chosen.query,
        current=thread.thread_id == here,
    )


def _title(run: Run) -> str:
    return run.thread.title or run.thread.author or _("Untitled thread")


def _asks(questions: Sequence[Question]) -> str:
    """What is asked, on one line."""
    said = []
    for asked in ask(questions):
        names = [one.action.name for one in asked.actions]
        said.append(", ".join(names) or asked.prompt or _("A question"))
    return Truncator(" · ".join(said) or _("Paused: it goes on when somebody says so")).chars(120)
