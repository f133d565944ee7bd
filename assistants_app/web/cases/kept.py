"""A question of a chat, kept as a test case: its form, filled in."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from assistants_app.domain.cases.answers import Answer, answer_in
from assistants_app.domain.cases.checks import CheckKind
from assistants_app.domain.errors import MessageNotFound
from assistants_app.domain.json_values import Json
from assistants_app.domain.messages import Role as Speaker
from assistants_app.domain.messages import read_message
from assistants_app.models import Role
from assistants_app.web.access import SignedInRequest, assistant_of
from assistants_app.web.assistants import graph_of
from assistants_app.web.cases.pages import form_page
from assistants_app.web.cases.typed import TypedCase, TypedCheck
from assistants_app.web.cases.words import asked_in
from assistants_app.web.chat.given import takes_messages
from assistants_app.web.chat.reading import ThreadReading, inputs_of, own_thread, read_thread

SAID = ("type", "role", "content", "name", "tool_calls", "tool_call_id")
"""What of a message belongs to what was said; ids, tokens and the like are of that one time."""

NAME_LENGTH = 80


@require_safe
def keep(request: SignedInRequest, assistant_id: uuid.UUID, thread_id: uuid.UUID) -> HttpResponse:
    """The conversation up to the question that `turn` names; the tools that were called for it are checks already."""
    assistant = assistant_of(request, assistant_id, Role.EDITOR)
    thread = own_thread(assistant, request.user, thread_id)
    key = request.GET.get("turn", "")
    if not key:
        return redirect("case-new", assistant_id)
    reading = read_thread(assistant, thread, request.GET.get("branch", ""))
    if takes_messages(graph_of(assistant)):
        given, answer = _conversation(reading, key)
    else:
        given, answer = _input(reading, key)
    called = dict.fromkeys(call.name for call in answer.calls)
    checks: list[Json] = [{"kind": str(CheckKind.TOOL), "name": name} for name in called]
    typed = TypedCase.opened(name=asked_in(given)[:NAME_LENGTH], given=given, checks=checks, answered=answer.text)
    return form_page(request, assistant, typed.with_check(TypedCheck()))


def _conversation(reading: ThreadReading, key: str) -> tuple[Json, Answer]:
    """Raises MessageNotFound."""
    held: Any = reading.state.values.get("messages")
    messages = [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []
    place = next((n for n, one in enumerate(messages) if one.get("id") == key), None)
    if place is None:
        raise MessageNotFound
    after = range(place + 1, len(messages))
    end = next((n for n in after if read_message(messages[n]).role is Speaker.HUMAN), len(messages))
    said = [_said(one) for one in messages[: place + 1]]
    return {"messages": said}, answer_in({"messages": messages[:end]})


def _said(message: dict[str, Json]) -> Json:
    return {name: message[name] for name in SAID if message.get(name) not in (None, [])}


def _input(reading: ThreadReading, key: str) -> tuple[Json, Answer]:
    """Of a graph without messages; its state tells what came of the last one alone. Raises MessageNotFound."""
    inputs = [(str(run_id), given) for run_id, given in inputs_of(reading.thread)]
    given = next((one for run_id, one in inputs if run_id == key), None)
    if given is None:
        raise MessageNotFound
    return given, answer_in(reading.state.values) if inputs[-1][0] == key else Answer()
