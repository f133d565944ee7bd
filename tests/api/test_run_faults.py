"""What goes wrong in runs: said clearly, and the thread usable afterwards."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from langgraph_sdk.client import SyncLangGraphClient

from assistants_app.models import Assistant
from assistants_app.services.assistants import delete_assistant
from assistants_app.services.authors import SYSTEM
from tests.api.asking import Api
from tests.api.test_run_control import quick
from tests.api.test_runs import client, said, thread_id

__all__ = ["client", "thread_id"]


def fails(client: SyncLangGraphClient, thread_id: str, graph: str, **more: Any) -> Any:
    """What a run's failure tells; it is the same in a stream and for who waits."""
    return client.runs.wait(thread_id, graph, raise_error=False, **more)["__error__"]  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("way", "error"),
    [("BaseException", "Ending"), ("cancels itself", "NodeCancelledError"), ("keeps a lock", "TypeError")],
)
def test_graphs_that_end_badly(way: str, error: str, client: SyncLangGraphClient, thread_id: str) -> None:
    told = fails(client, thread_id, "bad", input={"way": way})
    assert told["error"] == error
    assert client.runs.list(thread_id)[0]["status"] == "error"
    assert client.runs.wait(thread_id, "bad", input={"way": "well"})["left"] == "fine"  # type: ignore[call-overload]
    assert client.threads.get(thread_id)["status"] == "idle"


@pytest.mark.parametrize("way", ["emits a lock", "emits 5 MB"])
def test_whatever_a_graph_emits_is_told(way: str, client: SyncLangGraphClient, thread_id: str) -> None:
    parts = list(client.runs.stream(thread_id, "bad", input={"way": way}, stream_mode=["custom", "values"]))
    told: Any = next(part.data for part in parts if part.event == "custom")
    assert "asyncio" in told["lock"] if way == "emits a lock" else len(told) == 5_000_000
    assert parts[-1].data["left"] == "fine"


def test_nothing_to_resume(client: SyncLangGraphClient, thread_id: str) -> None:
    told = fails(client, thread_id, "approval", command={"resume": "yes"})
    assert told == {"error": "NothingToResume", "message": "Nothing waits for an answer in this thread."}
    end: Any = client.runs.wait(thread_id, "approval", input=said("Hi"))
    assert end["__interrupt__"]
    client.runs.wait(thread_id, "approval", command={"resume": "yes"})
    assert fails(client, thread_id, "approval", command={"resume": "again"})["error"] == "NothingToResume"
    assert client.threads.get(thread_id)["status"] == "idle"


def test_of_two_answers_at_once_one_counts(client: SyncLangGraphClient, thread_id: str) -> None:
    """The second, given before the graph has asked on, is none to the question that it asks after the first."""
    end: Any = client.runs.wait(thread_id, "asks_twice", input={"text": "a"})
    assert end["__interrupt__"][0]["value"] == {"question": "First?"}
    both = [client.runs.create(thread_id, "asks_twice", command={"resume": "slowly"}) for _time in range(2)]
    assert client.runs.join(thread_id, both[0]["run_id"])["__interrupt__"][0]["value"] == {"question": "Second?"}
    assert client.runs.join(thread_id, both[1]["run_id"])["__error__"] == {
        "error": "NothingToResume",
        "message": "This question was answered already.",
    }
    thread = client.threads.get(thread_id)  # it waits on, as if nobody had asked twice
    assert thread["status"] == "interrupted"
    assert [one["value"] for several in thread["interrupts"].values() for one in several] == [{"question": "Second?"}]
    end = client.runs.wait(thread_id, "asks_twice", command={"resume": "no"})
    assert end["log"] == ["slowly no"]


def test_an_answer_to_an_unknown_question_is_refused_where_that_is_asked_for(
    client: SyncLangGraphClient, thread_id: str
) -> None:
    end: Any = client.runs.wait(thread_id, "approval", input=said("Hi"))
    wrong: Any = {"resume": {"0" * 32: "yes"}}
    told = fails(client, thread_id, "approval", command=wrong, strict_resume=True)
    assert told["error"] == "UnknownInterruptError"
    right: Any = {"resume": {end["__interrupt__"][0]["id"]: "yes"}}
    end = client.runs.wait(thread_id, "approval", command=right, strict_resume=True)
    assert end["messages"][-1]["content"] == "You answered: yes"


def test_no_input(client: SyncLangGraphClient, thread_id: str) -> None:
    assert fails(client, thread_id, "two_steps")["error"] == "EmptyInputError"
    wrong: Any = "a text"
    assert fails(client, thread_id, "two_steps", input=wrong)["error"] == "InvalidUpdateError"
    assert quick(client, thread_id)["log"] == ["first:second", "second:second"]


def test_settings_that_the_graph_refuses(client: SyncLangGraphClient, thread_id: str) -> None:
    told = fails(client, thread_id, "sees", input={}, context={"temperature": 99})
    assert told["error"] == "SettingsRefused"
    assert "temperature" in told["message"]


def test_a_checkpoint_that_is_none(client: SyncLangGraphClient, thread_id: str) -> None:
    for checkpoint_id in ("1f1e63e8-ff42-63e2-8001-c88a7632d7a5", "nonsense"):
        told = fails(client, thread_id, "two_steps", input={"text": "a"}, checkpoint_id=checkpoint_id)
        assert told["error"] == "CheckpointNotFound"


def test_a_run_tells_no_secrets_of_its_settings(client: SyncLangGraphClient, thread_id: str) -> None:
    given = {"api_key": "sk-secret", "login": {"password": "hush"}, "tone": "dry"}
    run = client.runs.create(thread_id, "two_steps", input={"text": "a"}, context=given)
    for told in (run, client.runs.get(thread_id, run["run_id"]), *client.runs.list(thread_id)):
        assert "sk-secret" not in str(told)
        assert "hush" not in str(told)
        assert told["kwargs"]["context"]["tone"] == told["kwargs"]["config"]["configurable"]["tone"] == "dry"
        assert set(told["kwargs"]["context"]) == set(given)


def test_an_assistant_that_is_deleted_meanwhile(api: Api) -> None:
    made = api.ok("POST", "/assistants", {"graph_id": "adder"})
    thread = api.ok("POST", "/threads", {})["thread_id"]
    run = {"assistant_id": made["assistant_id"], "input": {"left": 1}}
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Assistant.objects.select_for_update().get(assistant_id=made["assistant_id"])
            asked = pool.submit(api.post, f"/threads/{thread}/runs", run)
            time.sleep(0.5)  # it waits for the assistant
            delete_assistant(assistant_id=UUID(made["assistant_id"]), author=SYSTEM)
        assert asked.result(20).status_code == 404
    assert not api.ok("GET", f"/threads/{thread}/runs")
    assert api.ok("GET", f"/threads/{thread}")["status"] == "idle"
