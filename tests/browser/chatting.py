"""Chatting in a real browser: the parts of the panel by what a person sees."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from assistants_app.models import Assistant, Person
from tests import make
from tests.web.chatting import schema_of


def assistant_with(person: Person, graph_id: str, **settings: Any) -> Assistant:
    return make.assistant(
        name="Echo", graph_id=graph_id, settings=settings, settings_schema=schema_of(graph_id), person=person
    )


@dataclass
class ChatPage:
    """The chat of one assistant, opened in a browser."""

    page: Page
    assistant: Assistant

    @classmethod
    def opened(cls, page: Page, assistant: Assistant, where: str = "test/") -> "ChatPage":
        page.goto(f"/assistants/{assistant.assistant_id}/{where}")
        return cls(page, assistant)

    @property
    def panel(self) -> Locator:
        return self.page.locator("chat-panel")

    @property
    def box(self) -> Locator:
        return self.page.get_by_label("Message", exact=True)

    @property
    def said(self) -> Locator:
        """The texts of the conversation, in order."""
        return self.panel.locator(".said, .message__content .prose")

    @property
    def turns(self) -> Locator:
        return self.panel.locator("section.turn")

    def send(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def is_(self, state: str) -> None:
        expect(self.panel).to_have_attribute("data-state", state)

    def ask(self, text: str) -> None:
        """Send, and wait for the answer's end."""
        before = self.turns.count()
        self.send(text)
        expect(self.turns).to_have_count(before + 1)
        self.is_("idle")

    @property
    def answer(self) -> Locator:
        """The newest answer."""
        return self.turns.last.locator(".turn__replies .prose:visible").last

    def watch(self, text: str) -> None:
        """Wait until the newest answer contains this."""
        expect(self.answer).to_contain_text(text)
