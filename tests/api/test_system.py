"""What the server tells of itself: whether it serves, what it is, what it measures."""

import re
import time
from datetime import timedelta

import httpx
import pytest
from django.db import connections
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from assistants_app.models import Role, Run, Worker
from assistants_app.models.assistants import system_assistant_id
from assistants_app.services.accepting import begin_run
from assistants_app.services.authors import SYSTEM
from assistants_app.services.keys import create_key
from assistants_app.services.threads import create_thread
from tests import make
from tests.api.asking import Api
from tests.running import finish

STREAMING = {"stream_mode": ["messages-tuple"]}
"""Lets the model of the graph stream, so that there is a first token."""


def test_it_works(api_url: str) -> None:
    assert httpx.get(api_url + "/ok?check_db=1").json() == {"ok": True, "services": {}}
    told = httpx.get(api_url + "/info").json()
    assert re.fullmatch(r"\d+\.\d+.*", told["langgraph_py_version"])
    assert told["flags"] == {"assistants": True, "crons": True, "langsmith": False}
    assert told["host"]["kind"] == "self-hosted"


def test_who_looks_after_processes_asks_them_by_their_addresses(api_url: str) -> None:
    by_address = {"Host": "10.0.0.7:8000"}
    assert httpx.get(api_url + "/ok?check_db=1", headers=by_address).status_code == 200
    assert httpx.get(api_url + "/info", headers=by_address).status_code == 400


def test_a_silent_database_is_told(api_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = connections.settings["default"]
    options = {key: value for key, value in settings["OPTIONS"].items() if key != "pool"}
    with monkeypatch.context() as patched:
        patched.setitem(settings, "NAME", "/nowhere/at/all")
        patched.setitem(settings, "OPTIONS", options)
        answer = httpx.get(api_url + "/ok?check_db=1")
        assert (answer.status_code, answer.json()) == (500, {"detail": "The database does not answer."})
        assert httpx.get(api_url + "/ok").status_code == 200


def test_only_zero_and_one_ask_for_the_database(api_url: str) -> None:
    assert httpx.get(api_url + "/ok?check_db=yes").status_code == 422


def samples(api: Api) -> dict[tuple[str, ...], float]:
    """By name and labels."""
    families = text_string_to_metric_families(api.get("/metrics").text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def test_requests_are_counted_by_operation_and_status(api: Api) -> None:
    before = samples(api).get(("assistants_requests_total", "assistants_read", "404"), 0)
    api.get("/assistants/00000000-0000-0000-0000-000000000000")
    after = samples(api)
    assert after["assistants_requests_total", "assistants_read", "404"] == before + 1
    assert after["assistants_request_seconds_count", "assistants_read"] >= 1
    assert after[("process_resident_memory_bytes",)] > 1_000_000


def test_runs_are_counted_by_graph_and_status(api: Api) -> None:
    key = ("assistants_runs_total", "writer", "success")
    before = samples(api).get(key, 0)
    finish(accepted("writer"))
    assert samples(api)[key] == before + 1
    assert samples(api)["assistants_run_seconds_count", "writer"] >= 1
    assert samples(api)["assistants_run_first_token_seconds_count", "writer"] >= 1


def accepted(graph_id: str, **given: object) -> Run:
    thread = create_thread(assistant=None, owner=None)
    assistant_id = system_assistant_id(graph_id)
    message = {"messages": [{"role": "user", "content": "hello"}]}
    return begin_run(
        thread=thread.thread_id, assistant_id=assistant_id, author=SYSTEM, input=given or message, options=STREAMING
    )


def test_the_queue_is_told(api: Api) -> None:
    accepted("writer")
    told = api.ok("GET", "/metrics?format=json")
    assert (told["queue"]["n_pending"], told["queue"]["n_running"]) == (1, 0)
    assert told["queue"]["max_age_secs"] >= told["queue"]["med_age_secs"] >= 0
    assert samples(api)["assistants_runs_pending", "writer"] == 1


def test_what_goes_on_in_all_processes(api: Api) -> None:
    worker, stuck = make.worker(kind=Worker.Kind.WORKER), make.worker(kind=Worker.Kind.WORKER)
    Worker.objects.filter(pk__in=[worker, stuck]).update(heartbeat_at=timezone.now() + timedelta(minutes=5))
    Worker.objects.filter(pk=stuck).update(blocked_by={"graph_id": "writer", "run_id": None, "seconds": 4.5})
    make.running(by=worker)
    again = make.running(by=worker)
    Run.objects.filter(pk=again.pk).update(attempt=2)
    gone = make.running(by=worker)
    Run.objects.filter(pk=gone.pk).update(graph_id="uninstalled")
    make.run("hi", not_before=timezone.now() + timedelta(hours=1))
    Run.objects.filter(pk=make.run("hi").pk).update(created_at=timezone.now() - timedelta(minutes=2))
    for status, attempt in (("success", 3), ("timeout", 1)):
        ended = make.run("hi")
        Run.objects.filter(pk=ended.pk).update(status=status, attempt=attempt, finished_at=timezone.now())
    told = samples(api)
    expected = {
        ("runs_running", "writer"): 2,
        ("runs_running", "(no longer installed)"): 1,
        ("runs_running", "echo"): 0,
        ("runs_retried", "writer"): 1,
        ("runs_delayed", "writer"): 1,
        ("runs_pending", "writer"): 1,
        ("workers", "worker", "alive"): 1,
        ("workers", "worker", "blocked"): 1,
        ("workers", "worker", "lost"): 0,
        ("workers", "web", "alive"): 1,
        ("last_hour_runs_ended",): 2,
        ("last_hour_runs_failed",): 1,
        ("last_hour_runs_retried",): 1,
    }
    assert {key: told[f"assistants_{key[0]}", *key[1:]] for key in expected} == expected
    assert 115 < told[("assistants_runs_pending_oldest_seconds",)] < 200
    assert told["assistants_worker_heartbeat_age_seconds", "worker"] == 0
    assert 0 <= told["assistants_worker_heartbeat_age_seconds", "web"] < 30


def test_attempts_after_the_first_are_counted(api: Api) -> None:
    key = ("assistants_run_retries_total", "writer")
    before = samples(api).get(key, 0)
    run = accepted("writer")
    Run.objects.filter(pk=run.pk).update(attempt=3)
    finish(run)
    assert samples(api)[key] == before + 2


def test_blocked_loops_are_counted_by_graph(api: Api) -> None:
    finish(accepted("blocks", seconds=2.0))
    told = samples(api)
    assert told["assistants_loop_blocked_total", "blocks"] == 1
    assert told["assistants_loop_blocked_seconds_total", "blocks"] > 0.9


def test_metrics_need_a_key(api_url: str) -> None:
    assert httpx.get(api_url + "/metrics").status_code == 401
    _key, secret = create_key(name="prometheus", role=Role.VIEWER, created_by=None)
    answer = httpx.get(api_url + "/metrics", headers={"Authorization": f"Bearer {secret}"})
    assert answer.headers["Content-Type"].startswith("text/plain; version=")


def test_labels_are_bounded(api: Api) -> None:
    for number in range(20):
        api.get(f"/nowhere/{number}")
        api.get(f"/assistants/{number}")
    said = {labels for name, *labels in map(list, samples(api)) for labels in [tuple(labels)]}
    assert not [one for one in said if any("nowhere" in label or "19" in label for label in one)]


def test_the_page_of_operations_needs_no_script_and_no_other_host(api_url: str) -> None:
    began = time.monotonic()
    answer = httpx.get(api_url + "/docs")
    assert time.monotonic() - began < 5
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "/assistants/{assistant_id}" in answer.text
    assert f'get_client(url="{api_url}"' in answer.text
    assert "<script" not in answer.text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)
