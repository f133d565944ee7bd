"""A run is told to stop, and the process that executes it dies before it has: whoever takes it up ends it as asked."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from langgraph_sdk.client import SyncLangGraphClient

from assistants_app.engine.database.postgres import conninfo
from tests.commands.served import Started
from tests.faults.conftest import GRAPHS, Place
from tests.faults.test_embedded import _until
from tests.spread.site import site_on


def _begin(client: SyncLangGraphClient, graph: str) -> tuple[str, str]:
    """A run that has a step behind it."""
    thread_id = client.threads.create()["thread_id"]
    run = client.runs.create(thread_id, graph, input={"steps": 100, "seconds": 0.1})
    _until(lambda: _walked(client, thread_id))
    return thread_id, run["run_id"]


def _walked(client: SyncLangGraphClient, thread_id: str) -> list[int]:
    values: Any = client.threads.get_state(thread_id)["values"]
    return list(values.get("walked", []))


def check_ended(client: SyncLangGraphClient, thread_id: str, action: str) -> None:
    """As it was asked: interrupted where it was, or as if it had never been; and the thread is free for others."""
    _until(lambda: client.threads.get(thread_id)["status"] != "busy", 30)
    statuses = [run["status"] for run in client.runs.list(thread_id)]
    assert statuses == ([] if action == "rollback" else ["interrupted"])
    walked = _walked(client, thread_id)
    assert walked == [] if action == "rollback" else 0 < len(walked) < 100
    again = client.runs.create(thread_id, "walks", input={"steps": len(walked) + 1, "seconds": 0})
    _until(lambda: client.runs.get(thread_id, again["run_id"])["status"] == "success")


def _kill(process: Started) -> None:
    os.kill(process.process.pid, signal.SIGKILL)
    process.process.wait(10)


@pytest.mark.parametrize("action", ["interrupt", "rollback"])
def test_the_server_dies_before_the_run_has_stopped(place: Place, action: Any) -> None:
    with place.serve() as site:
        client = place.client(site)
        thread_id, run_id = _begin(client, "clings")
        client.runs.cancel(thread_id, run_id, action=action)
        assert place.asked(run_id) == action, "it is kept before anybody is told"
        _kill(site)
    with place.serve() as site:
        check_ended(place.client(site), thread_id, action)


@pytest.mark.parametrize("action", ["interrupt", "rollback"])
def test_the_worker_died_before_it_was_asked(tmp_path: Path, transactional_db: None, place: Place, action: Any) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("the distributed engine needs PostgreSQL")
    with site_on(conninfo(), tmp_path) as site, site.web(ASSISTANTS_CONFIG=GRAPHS) as web:
        client = place.client(web)
        with site.worker(ASSISTANTS_CONFIG=GRAPHS) as worker:
            thread_id, run_id = _begin(client, "walks")
            os.kill(worker.process.pid, signal.SIGKILL)
            client.runs.cancel(thread_id, run_id, action=action)
            worker.process.wait(10)
        with site.worker(ASSISTANTS_CONFIG=GRAPHS):
            check_ended(client, thread_id, action)
