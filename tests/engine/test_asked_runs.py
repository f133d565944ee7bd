"""Runs asked for in the API's names, as the engine executes them: who asked, and when they begin."""

import time

from assistants_app.engine import Engine, engine, engine_thread
from assistants_app.models import Run, Thread
from assistants_app.models.assistants import system_assistant_id
from assistants_app.services.authors import SYSTEM
from assistants_app.services.run_requests import CallerOfRun, begin_asked_run
from tests import make
from tests.running import finish, listen, wait_for


def test_a_graph_gets_the_user_whom_custom_authentication_named(serving: Engine) -> None:
    caller = CallerOfRun(
        user_id="alice",
        permissions=("read",),
        user={"identity": "alice", "role": "boss"},
        headers={"x-tenant": "t"},
        request_id="r",
    )
    assistant = make.assistant(graph_id="sees", settings={})
    asked = {"input": {}, "stream_mode": "values", "on_completion": "keep"}
    run = begin_asked_run(assistant_id=assistant.assistant_id, asked=asked, author=SYSTEM, caller=caller)

    done = finish(run)
    assert done.status == Run.Status.SUCCESS, done.error
    values = wait_for(engine().thread_state(run.thread_id)).values
    assert values["user"] == {"identity": "alice", "role": "boss"}
    assert values["config"]["langgraph_auth_user_id"] == values["config"]["user_id"] == "alice"
    assert values["config"]["langgraph_auth_permissions"] == ["read"]
    assert values["config"]["x-tenant"] == "t"
    assert values["metadata"]["user_id"] == "alice"


def test_a_thread_of_its_own_goes_with_its_run(serving: Engine) -> None:
    assistant = make.assistant(graph_id="two_steps", settings={})
    run = begin_asked_run(
        assistant_id=assistant.assistant_id, asked={"input": {"text": "a"}, "stream_mode": "values"}, author=SYSTEM
    )
    engine().start(run)
    assert listen(run)[-1].json == {"text": "a", "log": ["first:a", "second:a"]}
    assert not Thread.objects.filter(thread_id=run.thread_id).exists()


def test_a_delayed_run_is_taken_up_by_the_next_process(transactional_db: None) -> None:
    assistant = make.assistant(graph_id="two_steps", settings={})
    assert assistant.assistant_id != system_assistant_id("two_steps")
    asked = {"input": {"text": "a"}, "after_seconds": 1, "on_completion": "keep"}
    with engine_thread(engine()):
        run = begin_asked_run(assistant_id=assistant.assistant_id, asked=asked, author=SYSTEM)
        engine().start(run)
    assert Run.objects.get().status == Run.Status.PENDING

    with engine_thread(engine()):
        end = time.monotonic() + 10
        while Run.objects.get().status != Run.Status.SUCCESS:
            assert time.monotonic() < end
            time.sleep(0.05)
    found = Run.objects.get()
    assert found.started_at is not None
    assert found.not_before is not None
    assert found.started_at >= found.not_before
