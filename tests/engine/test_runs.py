"""A run goes from its acceptance through the graph to its listeners, and its end is recorded."""

from typing import Any

from assistants_app.engine import Engine
from assistants_app.models import Run, Thread
from tests import make
from tests.running import finish, listen


def test_it_works(serving: Engine) -> None:
    run = make.run("hi", options={"stream_mode": ["messages-tuple", "values"]})
    run = finish(run)

    events = [(event.event, event.json) for event in listen(run)]
    assert events[0] == ("metadata", {"run_id": str(run.run_id), "attempt": 1})
    text = "".join(data[0]["content"] for name, data in events if name == "messages")
    assert text == "Write a blog post. You said: hi"
    values: dict[str, Any] = events[-1][1]
    assert [message["content"] for message in values["messages"]] == ["hi", text]
    assert run.status == Run.Status.SUCCESS
    assert run.thread.status == Thread.Status.IDLE
    assert run.error is None
    assert run.started_at is not None
    assert run.first_token_at is not None
    assert run.finished_at is not None
    assert run.created_at <= run.started_at <= run.first_token_at <= run.finished_at


def _told(run: Run) -> dict[str, Any]:
    finish(run)
    told: dict[str, Any] = listen(run)[-1].json
    return told


def test_the_graph_gets_its_settings_both_ways_and_knows_what_it_runs_for(serving: Engine) -> None:
    assistant = make.assistant(graph_id="telling", settings={"temperature": 1.5}, config={"tags": ["night"]})
    run = make.run(on=make.thread(assistant), input={"tags": []})
    told = _told(run)
    assert told["context"] == {"temperature": 1.5}
    assert told["config"] == {
        "temperature": 1.5,
        "thread_id": str(run.thread_id),
        "run_id": str(run.run_id),
        "graph_id": "telling",
        "assistant_id": str(assistant.assistant_id),
    }
    assert told["tags"] == ["night"]


def test_a_run_may_use_another_version_or_unsaved_settings(serving: Engine) -> None:
    assistant = make.assistant(graph_id="telling", settings={"temperature": 1.5})
    make.version(assistant, settings={"temperature": 0.1})
    thread = make.thread(assistant)
    assert _told(make.run(on=thread, input={"tags": []}))["context"] == {"temperature": 0.1}
    assert _told(make.run(on=thread, input={"tags": []}, version=1))["context"] == {"temperature": 1.5}
    assert _told(make.run(on=thread, input={"tags": []}, settings={"temperature": 2}))["context"] == {"temperature": 2}
    assert _told(make.run(on=thread, input={"tags": []}, settings={}))["context"] == {"temperature": 0.5}
