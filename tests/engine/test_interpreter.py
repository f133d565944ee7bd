"""Processes that execute and serve set Python up for it, when everything is loaded."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assistants_app import asgi
from assistants_app.engine import interpreter
from assistants_app.management.commands import worker
from tests.guards.tree import ROOT

SERVED = """
import asyncio, gc, json, sys
from assistants_app.asgi import application

async def life():
    told, answers = asyncio.Queue(), []
    async def send(message):
        answers.append(message["type"])
        await told.put({"type": "lifespan.shutdown"})
    await told.put({"type": "lifespan.startup"})
    await application({"type": "lifespan"}, told.get, send)
    return answers

answers = asyncio.run(life())
print(json.dumps([answers[0], gc.get_threshold(), gc.get_freeze_count() > 100_000, round(sys.getswitchinterval(), 6)]))
"""


def test_a_process_that_serves_does_not_look_at_what_stays_again(tmp_path: Path) -> None:
    environment = {**os.environ, "ASSISTANTS_DATA": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'db'}"}
    environment["DJANGO_SETTINGS_MODULE"] = "assistants_app.settings"
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=ROOT, env=environment, check=True)

    done = subprocess.run(
        [sys.executable, "-c", SERVED], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert done.stdout == '["lifespan.startup.complete", [5000, 10, 10], true, 0.0002]\n', done.stderr


def test_so_does_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    class Executing:
        async def startup(self, *, worker: int) -> None:
            steps.append(f"started for {worker}")

        async def shutdown(self) -> None:
            steps.append("stopped")

    def set_up() -> None:
        steps.append("set up")
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(worker, "engine", Executing)
    monkeypatch.setattr(interpreter, "set_up", set_up)
    monkeypatch.setattr(worker.faulthandler, "dump_traceback_later", lambda *_args, **_options: None)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        asyncio.run(worker.Command()._work(3))
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)

    assert steps == ["started for 3", "set up", "stopped"]


def test_it_is_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frozen anew, what was garbage at that time would stay for good."""
    done: list[str] = []
    monkeypatch.setattr(interpreter, "_is_set_up", False)
    monkeypatch.setattr(gc, "freeze", lambda: done.append("frozen"))
    monkeypatch.setattr(gc, "collect", lambda: done.append("collected"))
    monkeypatch.setattr(gc, "set_threshold", lambda *_thresholds: None)
    monkeypatch.setattr(sys, "setswitchinterval", lambda _seconds: None)

    interpreter.set_up()
    interpreter.set_up()

    assert done == ["collected", "frozen"]


def test_what_large_bodies_leave_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a circle with the request of a page it stayed, megabytes of each, until thousands of objects were made."""
    looked: list[int] = []
    monkeypatch.setattr(gc, "collect", looked.append)
    monkeypatch.setattr(interpreter, "SOON_SECONDS", 0.0)

    async def answers(_scope: Any, _receive: Any, _send: Any) -> None:
        pass

    async def ask(*bodies: tuple[bytes, bytes]) -> list[int]:
        application = asgi.Application()
        application.django = answers  # type: ignore[assignment]
        for header in bodies:
            await application({"type": "http", "path": "/x/", "headers": [header]}, None, None)
        await asyncio.sleep(0.01)
        found = looked.copy()
        looked.clear()
        return found

    assert asyncio.run(ask((b"content-length", b"99999"))) == []
    assert asyncio.run(ask((b"content-length", b"100000"), (b"transfer-encoding", b"chunked"))) == [0]
    with monkeypatch.context() as later:
        later.setattr(interpreter, "SOON_SECONDS", 60.0)
        assert asyncio.run(ask((b"content-length", b"2400000"))) == []  # its loop ends before
    assert asyncio.run(ask((b"content-length", b"2400000"))) == [0]
