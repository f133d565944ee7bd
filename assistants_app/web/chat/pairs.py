"""Two in one chat: its page, what sends, stops and votes there."""

import uuid

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assistants_app.domain.errors import (
    EngineNotRunning,
    InvalidInput,
    InvalidVote,
    RunNotEnded,
    RunNotFound,
    ThreadBusy,
)
from assistants_app.engine import engine
from assistants_app.models import Assistant, Role, Run
from assistants_app.services.accepting import NewThread, begin_run
from assistants_app.services.votes import take_vote_back, vote
from assistants_app.web.access import SignedInRequest, assistant_of, author_of
from assistants_app.web.addresses import uuid_in
from assistants_app.web.assistants import graph_of
from assistants_app.web.chat.given import Given, NotSent, read_given, takes_messages
from assistants_app.web.chat.pages import asks_for_part, fragment
from assistants_app.web.chat.pair import SIDES, Pair, settings_of, threads_of
from assistants_app.web.chat.reading import own_thread, read_thread
from assistants_app.web.chat.runs import STREAM_MODES


@require_safe
def show(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    assistant = assistant_of(request, assistant_id, Role.TESTER)
    return _page(request, Pair.of(request, assistant))


@require_POST
def send(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """The same message to both, at once. Either both begin, or neither does."""
    assistant = assistant_of(request, assistant_id, Role.TESTER)
    pair = Pair.of(request, assistant, request.POST)
    once = uuid_in(request.POST.get("once", "")) or uuid.uuid4()
    try:
        if not engine().serving:  # else the runs are accepted, and their threads stay busy
            raise NotSent(EngineNotRunning().message, status=503)
        given = _given(request, assistant)
        runs = _begin(request, pair, given, once)
    except IntegrityError:  # the same form was posted before
        return _sent(request, pair, once)
    except InvalidInput as error:
        return _refused(request, pair, NotSent(error.message))
    except ThreadBusy as error:
        return _refused(request, pair, NotSent(error.message, status=409))
    except NotSent as refusal:
        return _refused(request, pair, refusal)
    for run in runs:
        engine().start(run)
    return _begun(request, pair, runs)


@require_safe
def answers(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """Both answers to one message, as they stand now: for the script, when one has ended."""
    assistant = assistant_of(request, assistant_id, Role.TESTER)
    pair = Pair.of(request, assistant)
    found = pair.answers_to(request.GET.get("turn", ""))
    if found is None or not asks_for_part(request):
        return redirect(pair.address)
    return fragment(request, "chat/_pair.html", {"pair": pair, "answers": found})


@require_POST
def choose(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """A vote, the same again to take it back."""
    assistant = assistant_of(request, assistant_id, Role.TESTER)
    asked = request.POST
    left, right = uuid_in(asked.get("left_run", "")), uuid_in(asked.get("right_run", ""))
    error = ""
    try:
        if left is None or right is None:
            raise InvalidVote
        if asked.get("vote") == "none":
            take_vote_back(left=left, right=right, person=request.user)
        else:
            vote(left=left, right=right, chosen=asked.get("vote", ""), person=request.user)
    except (InvalidVote, RunNotEnded, RunNotFound) as refusal:
        error = refusal.message
    pair = Pair.of(request, assistant, asked)
    found = pair.answers_to(asked.get("turn", ""))
    if found is None or not asks_for_part(request):
        if error:
            messages.error(request, error)
        return redirect(pair.address)
    context = {"pair": pair, "answers": found, "error": error, "voted": True}
    return fragment(request, "chat/_pair_vote.html", context, 422 if error else 200)


@require_POST
def stop(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """Whatever has not ended on either thread: their rows tell it, and what the threads hold is not waited for."""
    assistant = assistant_of(request, assistant_id, Role.TESTER)
    asked = [uuid_in(request.POST.get(side, "")) for side in SIDES]
    threads = [own_thread(assistant, request.user, one) for one in asked if one]
    for run_id in Run.objects.unfinished().filter(thread__in=threads).values_list("run_id", flat=True):
        engine().cancel(run_id)
    if not asks_for_part(request):
        return redirect(Pair.of(request, assistant, request.POST).address)
    response = HttpResponse(status=204)
    response["X-Chat"] = "1"
    return response


def _given(request: SignedInRequest, assistant: Assistant) -> Given:
    entry = graph_of(assistant)
    if entry is not None and entry.available and not takes_messages(entry):
        raise NotSent(_("This graph takes no messages: test one version after the other in the chat."))
    return read_given(request, entry)


def _begin(request: SignedInRequest, pair: Pair, given: Given, once: uuid.UUID) -> list[Run]:
    """Raises NotSent, InvalidInput, ThreadBusy; IntegrityError for a form that was posted before."""
    author, threads = author_of(request), threads_of(pair.readings)
    key = given.human.id if given.human else ""
    ends = zip(SIDES, (pair.a, pair.b), strict=True)
    settings = {side: settings_of(pair, end) for side, end in ends}
    begun = []
    with transaction.atomic():
        for place, (side, _letter, label, _url) in enumerate(pair.heads):
            title = f"{given.title} · {label}"
            new = NewThread(uuid.uuid5(once, f"thread-{side}"), pair.assistant, request.user, title)
            begun.append(
                begin_run(
                    run_id=uuid.uuid5(once, side),
                    thread=threads[place].thread_id if threads else new,
                    assistant_id=pair.assistant.assistant_id,
                    input=given.input,
                    options={"stream_mode": STREAM_MODES, "stream_subgraphs": True, "metadata": {"turn": key}},
                    author=author,
                    worker_id=engine().worker_id,
                    **settings[side],
                )
            )
    return begun


def _begun(request: SignedInRequest, pair: Pair, runs: list[Run]) -> HttpResponse:
    """The message with two places for its answers."""
    readings = tuple(read_thread(pair.assistant, run.thread) for run in runs)
    now = Pair(pair.assistant, request.user, pair.a, pair.b, readings)
    if not asks_for_part(request) or not now.answers:
        return redirect(now.address)
    response = fragment(request, "chat/_pair.html", {"pair": now, "answers": now.answers[-1]})
    response["X-Pair-Address"] = now.address
    response["X-Chat-Once"] = str(uuid.uuid4())
    for side, reading in zip(SIDES, readings, strict=True):
        response[f"X-Pair-{side.title()}"] = str(reading.thread.thread_id)
    return response


def _sent(request: SignedInRequest, pair: Pair, once: uuid.UUID) -> HttpResponse:
    """The way to what the same form has begun already."""
    found = {
        run.run_id: run
        for run in Run.objects.filter(thread__owner=request.user, assistant=pair.assistant)
        .filter(run_id__in=[uuid.uuid5(once, side) for side in SIDES])
        .select_related("thread")
    }
    if len(found) != len(SIDES):
        return _refused(request, pair, NotSent(_("This message was sent already. Reload the page."), status=409))
    runs = [found[uuid.uuid5(once, side)] for side in SIDES]
    readings = tuple(read_thread(pair.assistant, run.thread) for run in runs)
    return redirect(Pair(pair.assistant, request.user, pair.a, pair.b, readings).address)


def _refused(request: SignedInRequest, pair: Pair, refusal: NotSent) -> HttpResponse:
    if asks_for_part(request):
        return fragment(request, "chat/_composer_errors.html", refusal.context, refusal.status)
    typed = request.POST.get("message", "")
    return _page(request, pair, status=refusal.status, typed=typed, errors=refusal.context["errors"])


def _page(request: SignedInRequest, pair: Pair, *, status: int = 200, **shown: object) -> HttpResponse:
    entry = graph_of(pair.assistant)
    context = {
        "pair": pair,
        "assistant": pair.assistant,
        "tab": "test",
        "once": uuid.uuid4(),
        "can_send": entry is not None and entry.available and takes_messages(entry),
        "entry": entry,
        **shown,
    }
    return render(request, "chat/pair.html", context, status=status)
