"""A secret goes through everything that the product does with it, and is then looked for everywhere it could show."""

import json
import logging
from base64 import b64encode
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

import httpx
import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as site
from django.test import AsyncClient, Client
from django.urls import reverse
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pytest_django import Settings

from assistants_app.domain.log_lines import JsonLine, TextLine
from assistants_app.models import Assistant, AssistantVersion, Person, Run
from tests.api.asking import Api
from tests.api.dumping import forms, stored
from tests.api.test_run_control import until
from tests.api.test_webhooks import receiver, receiver_paths
from tests.people import SignIn
from tests.web.chatting import Chat

LICENSE = "lic-4711-canary"
"""A secret that its schema tells."""
KEY = "sk-canary-of-keys"
"""One that its name tells."""
QUOTED = "sk-canary-that-is-quoted"
"""One that a graph quotes when it fails."""
TYPED = "lic-typed-canary"
HOOKED = "hook canary/4711+?"
"""One in the address of a webhook."""
CANARIES = (LICENSE, KEY, QUOTED, TYPED, HOOKED)

MODES = ["values", "updates", "debug", "tasks", "checkpoints", "messages"]
RUN_INPUT = {"messages": [{"role": "user", "content": "hi"}]}


class Lines(logging.Handler):
    """What is logged, as the site writes it: as text and as JSON."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [TextLine().format(record), JsonLine().format(record)]


@pytest.fixture
def lines() -> Iterator[list[str]]:
    handler, root = Lines(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(before)


def by_the_api(api: Api, hook: str) -> tuple[Assistant, list[str]]:
    """An assistant that keeps its secrets, and runs that succeed and fail."""
    told: list[str] = []

    def ask(method: str, path: str, body: Any = None) -> Any:
        answer = api.ok(method, path, body) if body is not None else api.ok(method, path)
        told.append(json.dumps(answer, ensure_ascii=False))
        return answer

    context = {"prompt": "Hi", "license": LICENSE, "openai_api_key": KEY}
    made = ask("POST", "/assistants", {"graph_id": "keeper", "name": "Keeper", "context": context})
    at = f"/assistants/{made['assistant_id']}"
    ask("PATCH", at, {"context": {**context, "prompt": "Ho"}})
    run = {"assistant_id": made["assistant_id"], "input": {}}
    assert ask("POST", "/runs/wait", {**run, "context": {"license": LICENSE}})["lengths"] == [2, len(LICENSE), len(KEY)]
    failing = {"assistant_id": "telltale", "input": RUN_INPUT, "context": {"api_key": QUOTED}, "webhook": hook}
    thread = ask("POST", "/threads", {})["thread_id"]
    told.append(api.post(f"/threads/{thread}/runs/stream", {**failing, "stream_mode": MODES}).text)
    assert "•••" in told[-1]
    cron = {**run, "schedule": "0 0 1 1 *", "context": {"openai_api_key": KEY}, "webhook": hook}
    ask("POST", "/runs/crons", cron)
    for path in (at, f"/threads/{thread}", f"/threads/{thread}/state", f"/threads/{thread}/runs"):
        ask("GET", path)
    for path in ("/assistants/search", f"{at}/versions", "/threads/search", "/runs/crons/search"):
        ask("POST", path, {})
    ask("POST", f"/threads/{thread}/history", {})
    return Assistant.objects.get(assistant_id=made["assistant_id"]), told


def by_the_pages(client: Client, assistant: Assistant) -> list[str]:
    """Every page that shows its settings, and forms that are not right yet."""
    address = reverse("assistant-edit", args=[assistant.assistant_id])
    base = {"base": str(assistant.version), "expected_version": str(assistant.version), "name": "", "description": ""}
    typed = {"/license": TYPED, "/license#secret": "replace", "/license#state": "value", "do": "save"}
    pasted = {"tab": "json", "json": json.dumps({"license": TYPED, "prompt": 5}), "do": "save"}
    answers = [client.post(address, {**base, **data}) for data in (typed, pasted)]
    right = json.dumps({"prompt": "v3", "license": TYPED})
    answers.append(client.post(address, {**base, **pasted, "name": "K", "json": right}))
    one, rows = [assistant.assistant_id], Run.objects.order_by("created_at")
    answers += [
        client.get(url)
        for url in (
            address,
            reverse("assistant", args=one),
            reverse("assistant-versions", args=one),
            reverse("assistant-version", args=[*one, 1]),
            reverse("assistant-compare", args=[*one, "v1", "v3"]),
            reverse("assistant-compare", args=[*one, "v1", "v3"]) + "?tab=raw",
            reverse("assistant-compare-text", args=[*one, "v1", "v3"]),
            reverse("assistant-export", args=one),
            reverse("assistants-export"),
            reverse("assistant-activity", args=one),
            reverse("audit"),
            reverse("runs-all"),
            *(reverse("run", args=[row.run_id]) for row in rows),
            reverse("admin:assistants_app_assistant_change", args=[assistant.pk]),
            *(
                reverse("admin:assistants_app_assistantversion_change", args=[row.pk])
                for row in AssistantVersion.objects.filter(id=assistant.pk)
            ),
            *(reverse("admin:assistants_app_run_change", args=[row.pk]) for row in rows),
        )
    ]
    assert {answer.status_code for answer in answers} <= {200, 302, 422}
    return [answer.content.decode() for answer in answers if not answer.streaming]


def by_the_chat(url: str, person: Person) -> list[str]:
    """A graph that quotes its secret, saved and typed beside the chat; what the chat shows of it, and its stream."""
    chat = Chat.with_graph(person, "telltale", api_key=QUOTED)
    unsaved = {"/api_key": TYPED, "/api_key#secret": "replace", "/api_key#state": "value", "base": "1"}
    told = []
    for more in ({}, {"under_test": "unsaved", **unsaved}):
        chat.post("send", {"message": "hi", **more}, wait=False)
        assert chat.status == 200
        run, told = chat.run, [*told, chat.begun]
        until(lambda run=run: Run.objects.get(pk=run.pk).finished_at is not None)  # type: ignore[misc]
        at = f"{chat.url}runs/{run.run_id}"
        signed_in = {site.SESSION_COOKIE_NAME: chat.client.cookies[site.SESSION_COOKIE_NAME].value}
        told.append(httpx.get(f"{url.removesuffix('/api')}{at}/stream/", cookies=signed_in, timeout=30).text)
        assert "event:" in told[-1]
        told.append(chat.part(f"{at}/turn/"))
        assert "•••" in told[-1], "it says that the graph failed"
    one = [chat.assistant.assistant_id]
    answers = [
        chat.client.get(url)
        for url in (
            chat.url,
            f"{chat.url}raw/",
            reverse("assistant-chat", args=one),
            reverse("chat-pair", args=one),
            reverse("inbox"),
            *(reverse("run", args=[row.run_id]) for row in chat.thread.runs.all()),
            reverse("admin:assistants_app_thread_change", args=[chat.thread.pk]),
        )
    ]
    assert {answer.status_code for answer in answers} == {200}
    return [*told, *(answer.content.decode() for answer in answers)]


def exported(person: Person) -> list[str]:
    """The audit log and the assistants, as operators take them along."""
    client = AsyncClient()
    client.force_login(person)

    async def download(form: str) -> str:
        answer = await client.post(reverse("audit-export"), {"format": form})
        return b"".join([piece async for piece in cast(Any, answer).streaming_content]).decode()

    logs = [async_to_sync(download)(form) for form in ("csv", "jsonl")]
    assert all("assistant.created" in log for log in logs)
    assistants = async_to_sync(client.get)(reverse("assistants-export"))
    assert b'"settings"' in assistants.content
    return [*logs, assistants.content.decode()]


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_a_secret_is_found_in_whatever_form(before: str) -> None:
    """Or the hunt would prove nothing."""
    text = f"{before}{HOOKED}&more"
    raw = text.encode()
    for copy in (text, quote(text, safe=""), quote_plus(text), raw.hex(), b64encode(raw).decode()):
        assert any(form in copy for form in forms(HOOKED)), copy
    assert not any(form in quote(KEY) + b64encode(KEY.encode()).decode() for form in forms(HOOKED))


def test_it_works(
    api: Api, olga: Person, sign_in: SignIn, lines: list[str], spans: InMemorySpanExporter, settings: Settings
) -> None:
    settings.WEBHOOKS_PRIVATE = True
    with receiver() as (hook, got):
        assistant, told = by_the_api(api, f"{hook}?token={quote(HOOKED, safe='')}")
        until(lambda: bool(got))
    assert parse_qs(urlsplit(receiver_paths[-1]).query) == {"token": [HOOKED]}, "it is sent as it was"
    pages = by_the_pages(sign_in(olga), assistant)
    chat = by_the_chat(api.url, olga)
    traced = [span.to_json() for span in spans.get_finished_spans()]
    assert len(traced) >= Run.objects.count() > 2, "each run was tried"

    assert Assistant.history.newest_number(assistant) == 3
    places = {
        "answers": "".join(told),
        "webhooks": json.dumps(got, ensure_ascii=False),
        "pages": "".join(pages),
        "chat": "".join(chat),
        "spans": "".join(traced),
        "log": "".join(lines),
        "exports": "".join(exported(olga)),
        "databases": stored(),
    }
    assert all(places.values())
    looked_for = [(canary, form) for canary in CANARIES for form in forms(canary)]
    found = [(place, *looked) for place, text in places.items() for looked in looked_for if looked[1] in text]
    assert not found
