"""Chatting as the page's script does, through Django's client, while the engine runs."""

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.urls import reverse

from assistants_app.models import Assistant, Person, Run, Thread
from tests import make
from tests.running import listen


def schema_of(graph_id: str) -> Any:
    from assistants_app.graphs.catalog import catalog

    return catalog().get(graph_id).settings_schema


@dataclass
class Chat:
    """One person's conversation with one assistant."""

    client: Client
    assistant: Assistant
    html: str = ""
    """The last answer: the turn as it is when its run has ended, or the refusal."""
    status: int = 0
    begun: str = ""
    """The answer to the last post that began a run."""
    url: str = field(default="")

    @classmethod
    def with_graph(cls, person: Person, graph_id: str, **settings: Any) -> "Chat":
        client = Client()
        client.force_login(person)
        assistant = make.assistant(
            name="Echo", graph_id=graph_id, settings=settings, settings_schema=schema_of(graph_id), person=person
        )
        return cls(client, assistant, url=reverse("assistant-chat", args=[assistant.assistant_id]))

    @property
    def thread(self) -> Thread:
        return Thread.objects.get(thread_id=uuid.UUID(self.url.rstrip("/").rpartition("/")[2]))

    @property
    def page(self) -> str:
        return self.client.get(self.url).content.decode()

    def part(self, url: str) -> str:
        return self.client.get(url, headers={"HX-Request": "true"}).content.decode()

    def post(self, action: str, data: dict[str, Any] | None = None, *, wait: bool = True) -> "Chat":
        if action == "answer" and not (data or {}).get("branch"):  # as the page says that it shows it
            data = {"asked_by": str(self.run.run_id), **(data or {})}
        response = self.client.post(f"{self.url}{action}/", data or {}, headers={"HX-Request": "true"})
        self.status, self.html = response.status_code, response.content.decode()
        if response.status_code == 200:
            self.begun = self.html
            self.url = response["X-Chat-Thread"]
            if wait:
                self.finish()
        return self

    def finish(self) -> None:
        """Wait for the newest run's end, and read its turn."""
        run = self.thread.runs.order_by("-number")[0]
        listen(run)
        self.html = self.part(f"{self.url}runs/{run.run_id}/turn/")

    def send(self, message: str, **data: Any) -> "Chat":
        return self.post("send", {"message": message, **data})

    @property
    def run(self) -> Run:
        return self.thread.runs.order_by("-number")[0]

    @property
    def keys(self) -> list[str]:
        """The turns of the thread's page."""
        return re.findall(r'data-turn="([^"]*)"', self.page)

    @property
    def texts(self) -> list[str]:
        """What was said on the thread's page, in order, by both."""
        return texts_of(self.page)


def texts_of(html: str) -> list[str]:
    html = html.partition("<template data-live-message")[0]
    found = re.findall(r'<div class="(?:said|prose)">(.*?)</div>', html, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", text).strip() for text in found]
