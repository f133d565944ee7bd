"""What is posted to a chat, read: the message or input that a run is given, and buttons inside its forms."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from assistants_app.domain.config_values import bind_submitted, read
from assistants_app.domain.errors import InvalidInput
from assistants_app.domain.interrupts import Question
from assistants_app.domain.json_values import Json, find_unstorable
from assistants_app.domain.messages import Message, read_message
from assistants_app.domain.messages_content import readable
from assistants_app.engine.threads.state import message_ids
from assistants_app.graphs.entries import GraphEntry
from assistants_app.models import Run
from assistants_app.web.chat.asked import form_at
from assistants_app.web.chat.files import content_of
from assistants_app.web.chat.reading import ThreadReading
from assistants_app.web.chat.turns import TurnView
from assistants_app.web.desk_view import Problem
from assistants_app.web.forms import Posted, posted, pressed, rearranged, render_field, spec_of

INPUT = "input:"
"""Before the names of the form of a graph's input."""

TITLE_LENGTH = 80


class NotSent(Exception):
    """What was posted cannot be run; nothing was begun, and what was typed stays where it is."""

    def __init__(self, *errors: str, fields: Sequence[Problem] = (), status: int = 422, **context: Any) -> None:
        super().__init__(*errors)
        self.status = status
        self.context = {"errors": errors, "field_errors": fields, **context}


@dataclass(frozen=True, slots=True)
class Given:
    """What a run gets: `input` for the graph, and how the page shows it."""

    input: Json
    title: str
    human: Message | None = None
    input_json: str = ""
    """The input of a graph without messages."""

    def turn(self, thread_url: str, *, replaces: str = "") -> TurnView:
        return TurnView(
            key=self.human.id if self.human else "",
            thread_url=thread_url,
            human=self.human,
            input_value=self.input,
            input_json=self.input_json,
            replaces=replaces,
        )


def read_given(request: HttpRequest, entry: GraphEntry | None) -> Given:
    """The message, or the input's form. Raises NotSent, InvalidInput."""
    if entry is None or not entry.available:
        raise NotSent(_("This graph is not available now, so nothing can be run."))
    if not takes_messages(entry):
        return _read_input(request, entry)
    text = request.POST.get("message", "").replace("\r\n", "\n")
    files = request.FILES.getlist("files")
    if not text.strip() and not files:
        raise NotSent(_("Write a message first."))
    if fault := find_unstorable(text):
        raise InvalidInput(fault)
    return _said(content_of(text, files), title=text.strip() or str(files[0].name))


def edited(human: Message, text: str | None) -> Given:
    """The same message with another text, or word for word; its files stay."""
    content = human.raw.get("content") if isinstance(human.raw, dict) else human.text
    if text is not None:
        text = text.replace("\r\n", "\n")
        if not text.strip():
            raise NotSent(_("Write a message first."))
        blocks = content if isinstance(content, list) else []
        files = [block for block in blocks if isinstance(block, dict) and block.get("type") != "text"]
        content = [{"type": "text", "text": text}, *files] if files else text
    return _said(content, title="")


def is_kept(reading: ThreadReading, run: Run) -> bool:
    """Whether the thread holds what this run was given, so that a run without input goes on with it."""
    if run.input is None:
        return True
    given = message_ids(run.input)
    return set(given) <= set(message_ids(reading.state.values)) if given else bool(reading.state.next)


def takes_messages(entry: GraphEntry | None) -> bool:
    return entry is None or entry.takes_messages or entry.input_schema is None


def button_in_input(request: HttpRequest, entry: GraphEntry | None) -> HttpResponse | None:
    """The field that a button of the input's form belongs to, when one was pressed."""
    data = posted(request)
    action = pressed(data, INPUT)
    if action is None or entry is None:
        return None
    form, focus = rearranged(spec_of(entry.input_schema), {}, data, action, INPUT)
    return render_field(request, form, action, focus)


def button_in_answer(request: HttpRequest, questions: Sequence[Question]) -> HttpResponse | None:
    """The same for the forms of the questions."""
    data: Posted = posted(request)
    prefix = next((name.removesuffix("#action") for name in data if name.endswith("#action")), None)
    found = form_at(questions, prefix) if prefix else None
    if prefix is None or found is None:
        return None
    action = pressed(data, prefix) or ""
    form, focus = rearranged(spec_of(found.schema), found.stored, data, action, prefix)
    return render_field(request, form, action, focus)


def _read_input(request: HttpRequest, entry: GraphEntry) -> Given:
    spec, data = spec_of(entry.input_schema), posted(request)
    reading = read(spec, {}, data, INPUT)
    if reading.errors:
        form = bind_submitted(spec, {}, data, INPUT)
        problems = [Problem(*link) for link in form.error_links]
        raise NotSent(_("The input is not valid yet."), fields=problems, input_form=form)
    shown = ", ".join(f"{key}: {value}" for key, value in reading.settings.items())
    return Given(reading.settings, shown[:TITLE_LENGTH] or _("Input"), input_json=readable(reading.settings))


def _said(content: Json, *, title: str) -> Given:
    message = {"type": "human", "id": str(uuid.uuid4()), "content": content}
    return Given({"messages": [message]}, " ".join(title.split())[:TITLE_LENGTH], human=read_message(message))
