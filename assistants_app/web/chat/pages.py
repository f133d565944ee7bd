"""The chat for testing an assistant: its pages, a person's threads, and what the script asks for afterwards."""

import json
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from assistants_app.domain.config_values import BoundForm, bind
from assistants_app.domain.errors import InvalidText, MessageNotFound, RunNotFound
from assistants_app.domain.json_values import Json
from assistants_app.graphs.entries import GraphEntry
from assistants_app.models import Assistant
from assistants_app.services.threads import delete_thread, rename_thread
from assistants_app.web.access import SignedInRequest, assistant_of
from assistants_app.web.assistants import graph_of
from assistants_app.web.chat.given import INPUT, takes_messages
from assistants_app.web.chat.panel import Panel, is_beside, wanted_version
from assistants_app.web.chat.reading import ThreadReading, own_thread, read_thread, thread_url
from assistants_app.web.chat.turns import turn_views
from assistants_app.web.forms import spec_of


@require_safe
def start(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """A new thread: it is made when its first message is sent."""
    assistant = assistant_of(request, assistant_id)
    return _page(request, make_panel(request, assistant, None))


@require_safe
def show(request: SignedInRequest, assistant_id: uuid.UUID, thread_id: uuid.UUID) -> HttpResponse:
    assistant = assistant_of(request, assistant_id)
    thread = own_thread(assistant, request.user, thread_id)
    reading = read_thread(assistant, thread, request.GET.get("branch", ""))
    return _page(request, make_panel(request, assistant, reading))


@require_safe
def turn(request: SignedInRequest, assistant_id: uuid.UUID, thread_id: uuid.UUID, run_id: uuid.UUID) -> HttpResponse:
    """The newest turn after a run has ended, to take the place of what was streamed."""
    assistant = assistant_of(request, assistant_id)
    reading = read_thread(assistant, own_thread(assistant, request.user, thread_id))
    if not any(run.run_id == run_id for run in reading.runs):
        raise RunNotFound
    panel = make_panel(request, assistant, reading)
    return fragment(request, "chat/_finished.html", {"turn": panel.turns[-1] if panel.turns else None, "panel": panel})


@require_safe
def raw(request: SignedInRequest, assistant_id: uuid.UUID, thread_id: uuid.UUID) -> HttpResponse:
    """The state, or one message of it, as JSON: as text for the script, else as a page."""
    assistant = assistant_of(request, assistant_id)
    reading = read_thread(assistant, own_thread(assistant, request.user, thread_id), request.GET.get("branch", ""))
    text = json.dumps(_wanted(reading, request.GET.get("message", "")), ensure_ascii=False, indent=2)
    if not asks_for_part(request):
        return render(request, "chat/raw.html", {"text": text, "back": reading.url})
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["X-Chat"] = "1"
    return response


@require_POST
def rename(request: SignedInRequest, assistant_id: uuid.UUID, thread_id: uuid.UUID) -> HttpResponse:
    assistant = assistant_of(request, assistant_id)
    thread = own_thread(assistant, request.user, thread_id)
    try:
        rename_thread(thread_id=thread.thread_id, title=request.POST.get("title", ""))
    except InvalidText as error:
        if asks_for_part(request):
            response = HttpResponse(error.message, content_type="text/plain; charset=utf-8", status=422)
            response["X-Chat"] = "1"
            return response
        messages.error(request, error.message)
    return _on_to(request, thread_url(assistant, thread))


@require_POST
def delete(request: SignedInRequest, assistant_id: uuid.UUID, thread_id: uuid.UUID) -> HttpResponse:
    assistant = assistant_of(request, assistant_id)
    thread = own_thread(assistant, request.user, thread_id)
    delete_thread(thread_id=thread.thread_id)
    return _on_to(request, Panel(assistant, request.user, "", None).new_url)


def make_panel(
    request: SignedInRequest,
    assistant: Assistant,
    reading: ThreadReading | None,
    *,
    beside: bool | None = None,
    **shown: Any,
) -> Panel:
    """The panel of one thread, or of a new one. `beside` an edit form when the request says so, unless told."""
    entry = graph_of(assistant)
    beside = is_beside(request) if beside is None else beside
    panel = Panel(
        assistant=assistant,
        person=request.user,
        wanted=wanted_version(request, reading, beside=beside),
        entry=entry,
        beside=beside,
        reading=reading,
        **{"input_form": input_form(entry), **shown},
    )
    if reading is None:
        return panel
    outputs = tuple(((entry.output_schema if entry else None) or {}).get("properties", ()))
    return panel.with_turns(turn_views(reading, takes_messages=panel.takes_messages, outputs=outputs))


def input_form(entry: GraphEntry | None) -> BoundForm | None:
    """The form of a graph's input, None for a graph that takes messages."""
    if entry is None or takes_messages(entry):
        return None
    return bind(spec_of(entry.input_schema), {}, INPUT)


def fragment(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A part of the page, marked as such: the script takes nothing else for one."""
    response = render(request, template, context, status=status)
    response["X-Chat"] = "1"
    patch_vary_headers(response, ["HX-Request"])
    return response


def asks_for_part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _page(request: SignedInRequest, panel: Panel) -> HttpResponse:
    context = {"panel": panel, "assistant": panel.assistant, "tab": "test"}
    if asks_for_part(request):
        return fragment(request, "chat/_panel_part.html", context)
    response = render(request, "chat/chat.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _on_to(request: HttpRequest, address: str) -> HttpResponse:
    return redirect(f"{address}?beside=1" if is_beside(request) else address)


def _wanted(reading: ThreadReading, message_id: str) -> Json:
    """The message with this id, or the state's values as a whole. Raises MessageNotFound."""
    if not message_id:
        return reading.state.values
    messages = reading.state.values.get("messages")
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, dict) and message.get("id") == message_id:
            return message
    raise MessageNotFound
