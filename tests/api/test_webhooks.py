"""Webhooks: told once a run has ended, with its values; never to where only the server can reach."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from langgraph_sdk.client import SyncLangGraphClient
from pytest_django import Settings

from assistants_app.api.runs import webhooks
from tests.api.asking import Api
from tests.api.test_run_control import until
from tests.api.test_runs import client, said, thread_id
from tests.services.test_secrets import tables

__all__ = ["client", "thread_id"]

receiver_paths: list[str] = []
"""Where was posted to, the last at the end."""


@contextmanager
def receiver(*statuses: int) -> Iterator[tuple[str, list[Any]]]:
    """An address of this machine, and what was posted there; it answers with each status in turn, then 200."""
    got: list[Any] = []
    answers = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver_paths.append(self.path)
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status = answers.pop(0) if answers else 200
            self.send_response(status)
            if status == 307:
                self.send_header("Location", self.path + "again")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_line: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def private(settings: Settings) -> None:
    settings.WEBHOOKS_PRIVATE = True


@pytest.mark.usefixtures("private")
def test_it_works(client: SyncLangGraphClient, thread_id: str) -> None:
    with receiver() as (url, got):
        client.runs.wait(thread_id, "two_steps", input={"text": "a"}, webhook=url, metadata={"m": 1})
        until(lambda: got)

    run = client.runs.list(thread_id)[0]
    told = got[0]
    assert (told["run_id"], told["status"], told["error"]) == (run["run_id"], "success", None)
    assert told["values"] == {"text": "a", "log": ["first:a", "second:a"]}
    assert told["metadata"] == run["metadata"]
    assert told["run_started_at"] < told["run_ended_at"]


@pytest.mark.usefixtures("private")
def test_what_follows_its_path_is_sent_and_told_to_nobody(
    client: SyncLangGraphClient, thread_id: str, operator_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with receiver() as (url, got):
        hook = f"{url}?token=query-canary#hash-canary"
        client.runs.wait(thread_id, "two_steps", input={"text": "a"}, webhook=hook)
        until(lambda: got)
    assert receiver_paths[-1] == "/hook?token=query-canary"
    cron: Any = client.crons.create("two_steps", schedule="0 9 * * *", input={"text": "a"}, webhook=hook)
    changed: Any = client.crons.update(cron["cron_id"], webhook=f"{hook}2")

    run: Any = client.runs.list(thread_id)[0]
    hidden = f"{url}?••••••••"
    assert run["kwargs"]["webhook"] == got[0]["kwargs"]["webhook"] == hidden
    assert cron["payload"]["webhook"] == changed["payload"]["webhook"] == hidden
    with pytest.raises(httpx.HTTPStatusError, match="name the whole address again"):
        client.crons.update(cron["cron_id"], webhook=hidden)
    pages = [
        operator_client.get(reverse(name, args=args)).text
        for name, args in (
            ("admin:assistants_app_run_change", [run["run_id"]]),
            ("admin:assistants_app_cron_change", [cron["cron_id"]]),
            ("run", [run["run_id"]]),
            ("audit", []),
        )
    ]
    assert hidden in pages[0]
    assert hidden in pages[1]
    everywhere = "".join([*pages, json.dumps([run, cron, changed, got]), tables(), caplog.text])
    assert not [canary for canary in ("query-canary", "hash-canary") if canary in everywhere]


@pytest.mark.usefixtures("private")
def test_a_failure_and_a_run_without_a_thread_are_told_too(client: SyncLangGraphClient) -> None:
    with receiver() as (url, got):
        client.runs.wait(None, "failing", input=said("x"), webhook=url, raise_error=False)
        until(lambda: got)
    assert got[0]["status"] == "error"
    assert got[0]["error"] == {"error": "ValueError", "message": "the graph fell over"}


@pytest.mark.usefixtures("private")
def test_it_is_tried_again(client: SyncLangGraphClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "PAUSES", (0.01, 0.01))
    with receiver(500, 503) as (url, got):
        client.runs.wait(None, "two_steps", input={"text": "a"}, webhook=url)
        until(lambda: len(got) == 3)
    assert len(got) == 3


@pytest.mark.usefixtures("private")
def test_no_redirect_is_followed(client: SyncLangGraphClient, caplog: pytest.LogCaptureFixture) -> None:
    with receiver(307) as (url, got):
        client.runs.wait(None, "two_steps", input={"text": "a"}, webhook=url)
        until(lambda: "it answered 307" in caplog.text)
        assert len(got) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/x",
        "http://localhost/x",
        "http://[::1]/x",
        "http://169.254.169.254/latest",
        "http://10.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://[::ffff:a00:1]/",
        "http://example.org:80@127.0.0.1/",
        "http://127.0.0.1#@example.org/",
        "http://example.org/a b",
        "http://example.org/\r\nX-More: 1",
        "http://exam\tple.org/",
        "http://a..b/",
        "/relative",
        "ftp://example.org/",
        "http://",
        "http://[bad/",
        "http://example.org:99999/",
        "nonsense",
    ],
)
def test_what_is_no_public_address_is_refused(url: str, api: Api) -> None:
    answer = api.post("/runs", {"assistant_id": "two_steps", "input": {"text": "a"}, "webhook": url})
    assert answer.status_code == 422
    assert "webhook" in answer.json()["detail"]


@pytest.mark.usefixtures("private")
def test_no_password_is_kept_in_an_address(api: Api) -> None:
    """Whoever reads runs would read it; and it was not sent."""
    for path, more in (("/runs", {}), ("/runs/crons", {"schedule": "0 9 * * *"})):
        asked = {"assistant_id": "two_steps", "input": {}, "webhook": "https://ann:hunter2@example.org/", **more}
        answer = api.post(path, asked)
        assert (answer.status_code, "hunter2" in answer.text) == (422, False)
        assert "no password" in answer.json()["detail"]


def test_a_name_that_leads_elsewhere_by_then_is_not_called(
    client: SyncLangGraphClient, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.WEBHOOKS_PRIVATE = True
    with receiver() as (url, got):
        run = client.runs.create(None, "two_steps", input={"text": "a"}, context={"seconds": 0.3}, webhook=url)
        settings.WEBHOOKS_PRIVATE = False
        until(lambda: f"webhook of run {run['run_id']} leads to no public address" in caplog.text)
        assert not got
