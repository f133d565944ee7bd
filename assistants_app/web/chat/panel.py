"""Everything that the chat panel shows, and which settings a message would be tested with."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Self

from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from assistants_app.domain.config_values import BoundForm
from assistants_app.domain.json_values import Settings
from assistants_app.graphs.entries import GraphEntry
from assistants_app.models import Assistant, Draft, Person, Role, Thread
from assistants_app.services.authors import Author
from assistants_app.services.drafts import drafts_of
from assistants_app.services.rights import may
from assistants_app.web.access import SignedInRequest
from assistants_app.web.addresses import number_in
from assistants_app.web.chat.given import takes_messages
from assistants_app.web.chat.reading import ThreadReading, thread_url
from assistants_app.web.chat.turns import TurnView

LIVE = "live"
UNSAVED = "unsaved"
DRAFT = "draft"
THREADS = 50
VERSIONS = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be tested: the live version, any other by its number, the own draft, or what stands in its form."""

    value: str
    kind: str
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class ThreadRow:
    url: str
    title: str
    when: datetime
    current: bool
    busy: bool
    waits: bool


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why nothing can be run now."""

    title: str
    text: str
    graphs_link: bool = False


@dataclass(frozen=True)
class Panel:
    """What `chat/_panel.html` shows. `typed` and `input_form` are what stands in the composer."""

    assistant: Assistant
    person: Person
    wanted: str
    entry: GraphEntry | None
    beside: bool = False
    reading: ThreadReading | None = None
    turns: Sequence[TurnView] = ()
    input_form: BoundForm | None = None
    typed: str = ""
    unsaved: Settings | None = None
    """What stands in the edit form beside; None where only the browser knows."""

    def with_turns(self, turns: Sequence[TurnView]) -> Self:
        return replace(self, turns=turns)

    @property
    def thread(self) -> Thread | None:
        return self.reading.thread if self.reading else None

    @property
    def thread_title(self) -> str:
        return title_of(self.thread) if self.thread else ""

    @property
    def state(self) -> str:
        return self.turns[-1].state if self.turns else "idle"

    @property
    def branch(self) -> str:
        return self.reading.branch if self.reading else ""

    @property
    def takes_messages(self) -> bool:
        return takes_messages(self.entry)

    @property
    def once(self) -> str:
        """The id of the run that the next message begins: a form that is sent twice begins it once."""
        return str(uuid.uuid4())

    @property
    def may_test(self) -> bool:
        """Or only chat with what is live."""
        return may(Author.of(self.person), Role.TESTER, self.assistant)

    @cached_property
    def choices(self) -> list[Choice]:
        live = self.assistant.version
        label = _("Live v%(number)s") % {"number": live}
        if not self.may_test:
            return [Choice(LIVE, "live", label, label)]
        choices = self._draft_choices
        choices.append(Choice(LIVE, "live", label, label))
        versions = Assistant.history.of(self.assistant).values_list("number", "history_change_reason")
        for number, note in versions.exclude(number=live)[:VERSIONS]:
            choices.append(_numbered(number, note or ""))
        shown = {choice.value for choice in choices} | {str(live)}
        wanted = number_in(self.wanted)
        if wanted and self.wanted not in shown and versions.filter(number=wanted).exists():
            choices.append(_numbered(wanted, ""))
        return choices

    @property
    def _draft_choices(self) -> list[Choice]:
        """Beside its form the draft is what stands there, kept already or not."""
        if self.beside:
            return [Choice(UNSAVED, "warning", _("Draft"), _("Draft, as in the form"))]
        if self.draft is None:
            return []
        return [Choice(DRAFT, "warning", _("Draft"), _("Your draft of v%(number)s") % {"number": self.draft.base})]

    @cached_property
    def draft(self) -> Draft | None:
        return drafts_of(Author.of(self.person)).filter(assistant=self.assistant).first()

    @property
    def under_test(self) -> Choice:
        found = next((choice for choice in self.choices if choice.value == self.wanted), None)
        return found or next(choice for choice in self.choices if choice.value == LIVE)

    @cached_property
    def _rows(self) -> list[ThreadRow]:
        threads = Thread.objects.without_state().filter(assistant=self.assistant, owner=self.person)[: THREADS + 1]
        here = self.thread.thread_id if self.thread else None
        return [
            ThreadRow(
                url=thread_url(self.assistant, thread),
                title=title_of(thread),
                when=thread.updated_at,
                current=thread.thread_id == here,
                busy=thread.status == Thread.Status.BUSY,
                waits=thread.status == Thread.Status.INTERRUPTED,
            )
            for thread in threads
        ]

    @property
    def threads(self) -> list[ThreadRow]:
        return self._rows[:THREADS]

    @property
    def more_threads(self) -> bool:
        return len(self._rows) > THREADS

    @property
    def problem(self) -> Obstacle | None:
        if self.entry is None:
            text = _("The graph “%(graph)s” is not installed here any more. Nothing can be run; what was said stays.")
            return Obstacle(_("Graph gone"), text % {"graph": self.assistant.graph_id}, graphs_link=True)
        if not self.entry.available:
            title = _("The graph could not be loaded")
            return Obstacle(title, self.entry.error or "", graphs_link=True)
        if self.reading and self.reading.state.problem:
            return Obstacle(_("The graph could not be asked where this thread stands"), self.reading.state.problem)
        return None

    @property
    def may_demonstrate(self) -> bool:
        return self.entry is not None and self.entry.demonstration

    @cached_property
    def demonstration(self) -> str:
        """The note about the offline demonstration model, for what is under test."""
        return demonstration_note(self._settings_under_test) if self.may_demonstrate else ""

    @property
    def _settings_under_test(self) -> Settings:
        chosen = self.under_test.value
        if number := number_in(chosen):
            of_version: Settings = Assistant.history.numbered(self.assistant, number).context
            return of_version
        if chosen == DRAFT and self.draft:
            of_draft: Settings = self.draft.context
            return of_draft
        return self.unsaved if chosen == UNSAVED and self.unsaved is not None else self.assistant.context

    @property
    def suggestions(self) -> Sequence[str]:
        """First messages: those that the graph's author names, else what any assistant can be asked."""
        named = self.entry.first_messages if self.entry else ()
        return named or [_("What can you do for me?"), _("Write two sentences about honey bees.")]

    # -- addresses ----------------------------------------------------------------------------------------------------

    @property
    def new_url(self) -> str:
        return reverse("assistant-chat", args=[self.assistant.assistant_id])

    @property
    def send_url(self) -> str:
        return f"{self.reading.url if self.reading else self.new_url}send/"

    @property
    def note_url(self) -> str:
        return reverse("chat-note", args=[self.assistant.assistant_id])

    @property
    def rename_url(self) -> str:
        return f"{self.reading.url}rename/" if self.reading else ""

    @property
    def delete_url(self) -> str:
        return f"{self.reading.url}delete/" if self.reading else ""

    @property
    def raw_url(self) -> str:
        return f"{self.reading.url}raw/?branch={self.branch}" if self.reading else ""


def wanted_version(request: SignedInRequest, reading: ThreadReading | None, *, beside: bool) -> str:
    """What the address asks for, else what the thread was tested with last, else what is live or being edited."""
    asked = request.GET.get("version", "")
    if asked in (LIVE, UNSAVED, DRAFT) or number_in(asked):
        return asked
    if beside:
        return UNSAVED
    last = reading.runs[-1] if reading and reading.runs else None
    if last and last.options.get("draft_of"):
        return DRAFT
    return str(last.version) if last and last.version else LIVE


def is_beside(request: HttpRequest) -> bool:
    """Whether the panel stands beside an edit form."""
    return "1" in (request.GET.get("beside"), request.POST.get("beside"))


def title_of(thread: Thread) -> str:
    return thread.title or _("Untitled thread")


def _numbered(number: int, note: str) -> Choice:
    label = _("v%(number)s") % {"number": number}
    title = f"{label} · {Truncator(note).chars(40)}" if note else label
    return Choice(str(number), "info", label, title)


def demonstration_note(settings: Settings) -> str:
    """The note that answers come from the offline demonstration model, "" when these settings name another."""
    model = settings.get("model", "demo")
    if model is not None and str(model).strip().lower() not in ("", "demo"):
        return ""
    return _("Offline demonstration model: it follows the settings, but its sentences are ready-made.")
