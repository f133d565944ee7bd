"""What a person does in the chat: send, edit, answer again, try again, answer the graph, stop. Each begins a run."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial, wraps
from typing import Any

from django.db import IntegrityError
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assistants_app.domain.errors import AnsweredAlready, EngineNotRunning, InvalidInput, RunNotFound, ThreadBusy
from assistants_app.domain.json_values import Json
from assistants_app.domain.messages import Role
from assistants_app.engine import engine
from assistants_app.engine.events.nodes import NODES
from assistants_app.engine.threads.state import EMPTY, message_ids
from assistants_app.models import Assistant, Run, Thread
from assistants_app.services.accepting import NewThread, begin_run
from assistants_app.services.inbox import begin_answer
from assistants_app.services.runs import ask_cancel
from assistants_app.web.access import SignedInRequest, assistant_of, author_of
from assistants_app.web.addresses import uuid_in
from assistants_app.web.assistants import graph_of
from assistants_app.web.chat.asked import NotAnswered, read_answers
from assistants_app.web.chat.given import (
    NotSent,
    button_in_answer,
    button_in_input,
    edited,
    is_kept,
    read_given,
    takes_messages,
)
from assistants_app.web.chat.pages import asks_for_part, fragment, make_panel
from assistants_app.web.chat.panel import LIVE, Panel, is_beside
from assistants_app.web.chat.reading import ThreadReading, before_message, own_thread, read_thread, thread_url
from assistants_app.web.chat.stream import streaming, wants_stream
from assistants_app.web.chat.turns import TurnView, turn_views
from assistants_app.web.chat.wanted import Wanted, wanted_settings
from assistants_app.web.forms import posted

STREAM_MODES = ["messages-tuple", "custom"]

ChatView = Callable[..., HttpResponseBase]


def refusals_shown(view: ChatView) -> ChatView:
    """Answers what could not be begun with its reasons: as a part for the script, else as the thread's page."""

    @wraps(view)
    def guarded(request: SignedInRequest, assistant_id: uuid.UUID, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            if not engine().serving:  # else the run is accepted, and its thread stays busy
                raise NotSent(EngineNotRunning().message, status=503)
            return view(request, assistant_id, *args, **kwargs)
        except NotSent as refusal:
            return _refused(request, refusal, assistant_id, kwargs.get("thread_id"))
        except InvalidInput as error:
            return _refused(request, NotSent(error.message), assistant_id, kwargs.get("thread_id"))

    return guarded


@require_POST
@refusals_shown
def send(request: SignedInRequest, assistant_id: uuid.UUID, thread_id: uuid.UUID | None = None) -> HttpResponseBase:
    """A message, or the input of a graph without messages; without a thread it makes one."""
    assistant = assistant_of(request, assistant_id)
    thread = own_thread(assistant, request.user, thread_id) if thread_id else None
    entry = graph_of(assistant)
    if part := button_in_input(request, entry):
        return part
    run_id = uuid_in(request.POST.get("once", "")) or uuid.uuid4()
    given = read_given(request, entry)
    wanted = wanted_settings(request, assistant)
    branch = request.POST.get("branch", "")
    if thread and branch:
        read_thread(assistant, thread, branch)  # raises CheckpointNotFound: a run from nowhere would begin anew
    place = thread or NewThread(assistant=assistant, owner=request.user, title=given.title)
    turn = given.turn(thread_url(assistant, place))
    begin = Begin(request, assistant, place, wanted, turn, run_id=run_id)
    try:
        return begin.run(input=given.input, checkpoint_id=branch or None)
    except (IntegrityError, NotSent, InvalidInput) as refusal:
        if sent := _sent(request, assistant, run_id):  # the same form was posted before
            return sent
        if isinstance(refusal, IntegrityError):
            raise NotSent(_("This message was sent already. Reload the page."), status=409) from None
        raise


def _sent(request: SignedInRequest, assistant: Assistant, run_id: uuid.UUID) -> HttpResponse | None:
    """The way to what the same form has begun already."""
    sent = Run.objects.filter(run_id=run_id, thread__owner=request.user, assistant=assistant).first()
    return redirect(thread_url(assistant, sent.thread)) if sent else None


@require_POST
@refusals_shown
def fork(request: SignedInRequest, assistant_id: uuid.UUID, thread_id: uuid.UUID) -> HttpResponseBase:
    """The same turn again: with another message where one is posted, else another answer to the same."""
    assistant = assistant_of(request, assistant_id)
    thread = own_thread(assistant, request.user, thread_id)
    branch = request.POST.get("branch") or None
    reading = read_thread(assistant, thread, branch or "")
    key, text = request.POST.get("turn", ""), request.POST.get("message")
    turn = next((one for one in turn_views(reading, takes_messages=True) if one.key == key), None)
    if turn is None or turn.human is None:
        raise NotSent(_("This message is not in the thread any more. Reload the page."), status=404)
    wanted = wanted_settings(request, assistant)
    kept = set(message_ids(reading.state.values))
    reply = next((one.id for one in turn.replies if one.role is Role.AI and one.id in kept), "")
    if text is None and reply:
        place = before_message(thread.thread_id, reply, branch)
        again = replace(turn, replies=(), replaces=key)
        return Begin(request, assistant, thread, wanted, again).run(checkpoint_id=place)
    given = edited(turn.human, text)
    before = before_message(thread.thread_id, key, branch) if key in kept else branch
    said = given.turn(turn.thread_url, replaces=key)
    return Begin(request, assistant, thread, wanted, said).run(input=given.input, checkpoint_id=before)


@require_POST
@refusals_shown
def retry(request: SignedInRequest, assistant_id: uuid.UUID, thread_id: uuid.UUID) -> HttpResponseBase:
    """Go on where the last run failed or was stopped: from what was kept, else with its input again."""
    assistant = assistant_of(request, assistant_id)
    thread = own_thread(assistant, request.user, thread_id)
    reading = read_thread(assistant, thread)
    shown = turn_views(reading, takes_messages=takes_messages(graph_of(assistant)))
    if not shown:
        raise NotSent(_("There is nothing to try again."))
    last = reading.runs[-1]
    begin = Begin(request, assistant, thread, wanted_settings(request, assistant), shown[-1])
    if reading.state.next and is_kept(reading, last):
        return begin.run()
    return begin.run(input=last.input, command=last.command, checkpoint_id=last.options.get("checkpoint_id"))


@require_POST
@refusals_shown
def answer(request: SignedInRequest, assistant_id: uuid.UUID, thread_id: uuid.UUID) -> HttpResponseBase:
    """The answers to everything that the graph asks, or "go on" where it only paused."""
    assistant = assistant_of(request, assistant_id)
    thread = own_thread(assistant, request.user, thread_id)
    branch = request.POST.get("branch", "")
    reading = read_thread(assistant, thread, branch)
    if part := button_in_answer(request, reading.questions):
        return part
    if not reading.questions and not reading.paused_before:
        raise NotSent(_("Nothing waits for an answer any more. Reload the page."), status=409)
    messages = takes_messages(graph_of(assistant))
    present = turn_views(reading, takes_messages=messages)[-1]
    if present.asked_by != request.POST.get("asked_by", ""):
        raise _answers_another(present)
    try:
        command = read_answers(reading.questions, posted(request)) if reading.questions else None
    except NotAnswered as refusal:
        turn = turn_views(reading, takes_messages=messages, typed=refusal.asked)[-1]
        raise NotSent(_("Look at what is marked in the answer."), turn=turn) from None
    begin = Begin(request, assistant, thread, wanted_settings(request, assistant), present)
    try:
        return begin.run(command=command, checkpoint_id=branch or None, asked_by=uuid_in(present.asked_by))
    except AnsweredAlready:
        again = turn_views(read_thread(assistant, thread, branch), takes_messages=messages)[-1]
        raise _answers_another(again) from None


def _answers_another(present: TurnView) -> NotSent:
    """A page that was left open answers what was asked before: its words must not go to another question."""
    said = _("This question was answered meanwhile, so your answer was not sent. Here is what is asked now.")
    return NotSent(said, status=409, turn=present)


@require_POST
def stop(request: SignedInRequest, assistant_id: uuid.UUID, thread_id: uuid.UUID, run_id: uuid.UUID) -> HttpResponse:
    assistant = assistant_of(request, assistant_id)
    thread = own_thread(assistant, request.user, thread_id)
    if not thread.runs.filter(run_id=run_id).exists():
        raise RunNotFound
    ask_cancel(run_id=run_id)
    engine().cancel(run_id)
    if not asks_for_part(request):
        return redirect(thread_url(assistant, thread))
    response = HttpResponse(status=204)
    response["X-Chat"] = "1"
    return response


@dataclass(frozen=True, slots=True)
class Begin:
    """A run about to begin, and the turn that will show it."""

    request: SignedInRequest
    assistant: Assistant
    thread: Thread | NewThread
    wanted: Wanted
    turn: TurnView
    run_id: uuid.UUID = field(default_factory=uuid.uuid4)

    def run(
        self,
        *,
        input: Json = None,
        command: Json = None,
        checkpoint_id: str | None = None,
        asked_by: uuid.UUID | None = None,
    ) -> HttpResponseBase:
        """Accept the run, start it after the commit, and answer with its turn. Raises NotSent; AnsweredAlready where
        another run than `asked_by` asks by now."""
        key = self.turn.key or str(self.run_id)
        begin = begin_run if asked_by is None else partial(begin_answer, asked_by=asked_by)
        try:
            run = begin(
                run_id=self.run_id,
                thread=self.thread if isinstance(self.thread, NewThread) else self.thread.thread_id,
                assistant_id=self.assistant.assistant_id,
                version=self.wanted.version,
                settings=self.wanted.settings,
                input=input,
                command=command,
                checkpoint_id=checkpoint_id,
                options=self._options(key),
                author=author_of(self.request),
                worker_id=engine().worker_id,
            )
        except ThreadBusy as error:
            raise NotSent(error.message, status=409) from None
        engine().start(run)
        if not asks_for_part(self.request):
            return redirect(thread_url(self.assistant, self.thread))
        return begun(self.request, self.assistant, run, replace(self.turn, key=key))

    def _options(self, key: str) -> dict[str, Any]:
        options: dict[str, Any] = {
            "stream_mode": [*STREAM_MODES, NODES],
            "stream_subgraphs": True,
            "metadata": {"turn": key},
        }
        return options | ({"draft_of": self.wanted.draft_of} if self.wanted.draft_of else {})


def begun(request: SignedInRequest, assistant: Assistant, run: Run, turn: TurnView) -> HttpResponseBase:
    """The turn of a run that has just begun, what it was given and the place for what it answers; then the stream of
    that answer, where the script asks for it."""
    url = thread_url(assistant, run.thread)
    reading = ThreadReading(run.thread, url, EMPTY, {}, [run])
    panel = Panel(assistant, request.user, LIVE, None, beside=is_beside(request), reading=reading)
    running = replace(
        turn, state="running", run_id=str(run.run_id), branch="", facts=(), questions=(), paused="", error=None
    )
    shown = replace(running, stopped=False, can_fork=False, switch=None, reply_switch=None, result=None)
    if wants_stream(request):
        response: HttpResponseBase = streaming(
            run.run_id, begun=render_to_string("chat/_begun.html", {"turn": shown}, request)
        )
        response["X-Chat"] = "1"
    else:
        response = fragment(request, "chat/_begun.html", {"turn": shown})
    response["X-Chat-Thread"] = url
    response["X-Chat-Send"] = panel.send_url
    response["X-Chat-Once"] = str(uuid.uuid4())
    return response


def _refused(
    request: SignedInRequest, refusal: NotSent, assistant_id: uuid.UUID, thread_id: uuid.UUID | None
) -> HttpResponse:
    """The reasons as a part for the script; without it, the page with them and with what was typed."""
    if asks_for_part(request):
        return fragment(request, "chat/_refused.html", refusal.context, refusal.status)
    assistant = assistant_of(request, assistant_id)
    reading = read_thread(assistant, own_thread(assistant, request.user, thread_id)) if thread_id else None
    typed: dict[str, Any] = {"typed": request.POST.get("message", "")}
    if form := refusal.context.get("input_form"):
        typed["input_form"] = form
    panel = make_panel(request, assistant, reading, **typed)
    if turn := refusal.context.get("turn"):
        panel = panel.with_turns([*panel.turns[:-1], turn])
    context = {**refusal.context, "panel": panel, "assistant": assistant, "tab": "test"}
    return render(request, "chat/chat.html", context, status=refusal.status)
