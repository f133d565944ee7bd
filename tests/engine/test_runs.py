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
