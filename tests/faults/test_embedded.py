"""One serving process, or two on PostgreSQL: killed, stopped for a while, and told to stop."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from langgraph_sdk.client import SyncLangGraphClient

from tests.commands.served import Served
from tests.faults.conftest import Place

AGAIN_SECONDS = 10.0
"""A run is taken up again within that."""

STEPS = 40


def _begin(client: SyncLangGraphClient, *, steps: int = STEPS, thread_id: str | None = None) -> tuple[str, str]:
    thread_id = thread_id or client.threads.create()["thread_id"]
    run = client.runs.create(thread_id, "walks", input={"steps": steps, "seconds": 0.1})
    return thread_id, run["run_id"]


def _until(what: Callable[[], Any], seconds: float = 60) -> float:
    """How long it took."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds
        time.sleep(0.05)
    return time.monotonic() - began


def _walked(client: SyncLangGraphClient, thread_id: str) -> list[int]:
    values: Any = client.threads.get_state(thread_id)["values"]
    return list(values.get("walked", []))


def _attempts(client: SyncLangGraphClient, thread_id: str) -> set[int]:
    """At which attempts the checkpoints of a thread were written."""
    return {one["metadata"]["run_attempt"] for one in client.threads.get_history(thread_id, limit=100)}


def _status(client: SyncLangGraphClient, thread_id: str, run_id: str) -> str:
    return str(client.runs.get(thread_id, run_id)["status"])


def _asked(site: Served) -> HTTPConnection:
    """A connection on which something was answered."""
    connection = HTTPConnection(urlsplit(site.url).netloc, timeout=60)
    connection.request("GET", "/api/ok")
    assert connection.getresponse().read()
    return connection


def _kill(site: Served) -> None:
    os.kill(site.process.pid, signal.SIGKILL)
    site.process.wait(10)


def test_killed_and_started_again(place: Place) -> None:
    """What ran goes on where it was, what waited behind it follows, and each step is in the state once."""
    with place.serve() as site:
        client = place.client(site)
        thread_id, run_id = _begin(client)
        behind = client.runs.create(thread_id, "walks", input={"steps": STEPS + 3, "seconds": 0.01})
        _until(lambda: len(_walked(client, thread_id)) > 3)
        _kill(site)
    with place.serve() as site:
        client = place.client(site)
        assert _until(lambda: 2 in _attempts(client, thread_id)) < AGAIN_SECONDS
        _until(lambda: _status(client, thread_id, behind["run_id"]) == "success")
        assert _status(client, thread_id, run_id) == "success"
        assert _walked(client, thread_id) == list(range(STEPS + 3))
        assert client.threads.get(thread_id)["status"] == "idle"


def test_told_to_stop_and_started_again(place: Place) -> None:
    with place.serve() as site:
        client = place.client(site)
        thread_id, run_id = _begin(client)
        _until(lambda: len(_walked(client, thread_id)) > 3)
        began = time.monotonic()
        site.stop(signal.SIGTERM)
        assert time.monotonic() - began < 10
        assert "Traceback" not in site.said
    with place.serve() as site:
        client = place.client(site)
        _until(lambda: _status(client, thread_id, run_id) == "success")
        assert _walked(client, thread_id) == list(range(STEPS))
        assert _attempts(client, thread_id) == {1, 2}


def test_stopped_for_a_while_and_nobody_else_there(place: Place) -> None:
    """Longer than its lease: nobody took its run, so it goes on with it. What it was asked meanwhile, on a connection
    that it had kept open, it answers."""
    with place.serve() as site, closing(_asked(site)) as kept:
        client = place.client(site)
        thread_id, run_id = _begin(client)
        _until(lambda: len(_walked(client, thread_id)) > 3)
        os.kill(site.process.pid, signal.SIGSTOP)
        kept.request("GET", "/api/ok")
        time.sleep(7.5)
        os.kill(site.process.pid, signal.SIGCONT)
        assert kept.getresponse().status == 200
        _until(lambda: _status(client, thread_id, run_id) == "success")
        assert _walked(client, thread_id) == list(range(STEPS))
        assert _attempts(client, thread_id) == {1}
        assert "blocked" not in site.said


@pytest.mark.parametrize("comes_back", [False, True], ids=["killed", "stopped, and comes back"])
def test_a_second_process_takes_up_what_the_first_one_lost(place: Place, comes_back: bool) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite serves one process at a time")
    with place.serve("one") as first, place.serve("two") as second:
        here, there = place.client(first), place.client(second)
        thread_id, run_id = _begin(here)
        _until(lambda: len(_walked(there, thread_id)) > 3)
        assert _status(there, thread_id, run_id) == "running", "the second one's start changed nothing"
        os.kill(first.process.pid, signal.SIGSTOP if comes_back else signal.SIGKILL)
        assert _until(lambda: 2 in _attempts(there, thread_id)) < AGAIN_SECONDS
        if comes_back:  # while the other one is still at it
            os.kill(first.process.pid, signal.SIGCONT)
        _until(lambda: _status(there, thread_id, run_id) == "success")
        values: Any = there.threads.get_state(thread_id)["values"]
        assert (values["walked"], values["process"]) == (list(range(STEPS)), second.process.pid)
        if not comes_back:
            return
        first.wait_for("its runs are for others now")
        time.sleep(1)
        attempts = [one["metadata"]["run_attempt"] for one in there.threads.get_history(thread_id, limit=100)]
        assert attempts == sorted(attempts, reverse=True), "it wrote nothing after it had lost the run"
        assert _walked(there, thread_id) == list(range(STEPS))
        again, run_id = _begin(here, steps=3)
        _until(lambda: _status(here, again, run_id) == "success")


@pytest.mark.one_database
def test_a_run_that_takes_its_process_with_it(place: Place) -> None:
    """Three times, and no more; what runs beside it goes on."""
    thread_id = run_id = ""
    for _attempt in range(3):
        with place.serve() as site:
            if not run_id:
                client = place.client(site)
                thread_id = client.threads.create()["thread_id"]
                run_id = client.runs.create(thread_id, "kills", input={"steps": 1})["run_id"]
            site.process.wait(30)
    with place.serve() as site:
        client = place.client(site)
        _until(lambda: _status(client, thread_id, run_id) == "error")
        state: Any = client.threads.get(thread_id)
        assert state["status"] == "error"
        assert "in each of its attempts: 3" in str(state["error"])
        other, walk = _begin(client, steps=3)
        _until(lambda: _status(client, other, walk) == "success")
