"""How runs end: by themselves, by a fault of the graph, by a person, by settings that the graph refuses."""

import asyncio
import time

import pytest

from assistants_app.domain.json_values import Settings
from assistants_app.engine import Engine, engine
from assistants_app.engine.runs import attempts
from assistants_app.engine.threads.places import Place
from assistants_app.models import Run, Thread
from tests import make
from tests.running import finish, listen, wait_for


def _outcome(run: Run) -> tuple[str, str]:
    return run.status, run.thread.status


def test_it_works(serving: Engine) -> None:
    run = finish(make.run("hi", graph_id="failing"))
    assert _outcome(run) == ("error", "error")
    assert run.error == {"error": "ValueError", "message": "the graph fell over"}
    assert run.finished_at is not None
    last = listen(run)[-1]
    assert (last.event, last.json) == ("error", run.error)


@pytest.mark.parametrize("settings", [{"api_key": "graph fell\n"}, {"login": {"password": "graph fell"}}])
def test_an_error_tells_no_secrets(serving: Engine, settings: Settings) -> None:
    run = finish(make.run("hi", graph_id="failing", settings=settings))
    assert run.error == {"error": "ValueError", "message": "the •••••••• over"}
    assert listen(run)[-1].json == run.error
    state = wait_for(engine().thread_state(run.thread_id))
    assert state.tasks[0].error == "ValueError('the •••••••• over')"


def test_what_a_run_leaves_behind_tells_no_secrets(serving: Engine) -> None:
    settings = {"api_key": "graph fell", "tone": "dry", "other": {"password": "hush-hush"}}
    options = {"stream_mode": ["debug", "tasks", "checkpoints", "values"]}
    run = finish(make.run("hi", graph_id="failing", settings=settings, options=options))
    told = b"".join(event.data for event in listen(run))
    assert {event.event for event in listen(run)} == {"metadata", "error", *options["stream_mode"]}
    assert b"dry" in told
    assert b"graph fell" not in told
    assert b"hush-hush" not in told
    history = wait_for(engine().threads.history(Place(run.thread_id), limit=10, before=None))
    assert "graph fell" not in str(history)
    assert {str(one.metadata["tone"]) for one in history} == {"dry"}
    assert not [one for one in history if "api_key" in one.metadata]


def test_a_failed_run_is_tried_again_from_its_last_checkpoint(serving: Engine) -> None:
    first = finish(make.run("hi", graph_id="failing"))
    again = finish(make.run(None, on=first.thread))
    assert again.error == first.error
    state = wait_for(engine().thread_state(first.thread_id))
    assert [message["content"] for message in state.values["messages"]] == ["hi"]
    assert state.next == ("fail",)
    assert "the graph fell over" in state.tasks[0].error


@pytest.mark.parametrize(
    ("graph_id", "settings", "pointer", "words"),
    [
        ("strict", {"temperature": 99}, "/temperature", "less than or equal to 2"),
        ("needy", {}, "/model", "a value is needed"),
    ],
)
def test_settings_that_the_graph_refuses_are_named(
    serving: Engine, graph_id: str, settings: dict[str, object], pointer: str, words: str
) -> None:
    run = finish(make.run("hi", graph_id=graph_id, settings=settings))
    assert _outcome(run) == ("error", "error")
    assert run.error["error"] == "SettingsRefused"
    assert [one["pointer"] for one in run.error["settings"]] == [pointer]
    assert words in run.error["message"]
    assert pointer.strip("/") in run.error["message"]


def test_settings_that_the_graph_does_not_know_do_not_disturb_it(serving: Engine) -> None:
    run = finish(make.run("hi", graph_id="needy", settings={"model": "demo", "of another time": 1}))
    assert _outcome(run) == ("success", "idle")
    assert listen(run)[-1].json["messages"][-1]["content"] == "demo"


def test_a_graph_cannot_end_the_server(serving: Engine) -> None:
    run = finish(make.run("hi", graph_id="exiting"))
    assert _outcome(run) == ("error", "error")
    assert run.error["error"] == "GraphExited"
    assert finish(make.run("hi")).status == Run.Status.SUCCESS


@pytest.mark.parametrize("graph_id", ["broken", "never heard of"])
def test_a_graph_that_is_not_there_is_an_error_of_the_run(serving: Engine, graph_id: str) -> None:
    run = finish(make.run("hi", graph_id=graph_id))
    assert _outcome(run) == ("error", "error")
    assert graph_id in run.error["message"]


def test_an_unknown_stream_mode_is_an_error_of_the_run(serving: Engine) -> None:
    run = finish(make.run("hi", options={"stream_mode": ["telepathy"]}))
    assert run.error == {"error": "UnknownStreamMode", "message": "There is no stream mode 'telepathy'."}


def test_a_wrong_input_is_an_error_of_the_run(serving: Engine) -> None:
    assert finish(make.run(None, input="not an object")).status == Run.Status.ERROR
    assert finish(make.run(None)).error["error"] == "EmptyInputError"


def test_the_recursion_limit_is_the_assistants(serving: Engine) -> None:
    assistant = make.assistant(graph_id="tools", settings={}, config={"recursion_limit": 2})
    run = finish(make.run("hi", on=make.thread(assistant)))
    assert run.error["error"] == "GraphRecursionError"


def _cancel_when_running(run: Run) -> float:
    """Start a run, cancel it once it runs; the seconds from that to the end of its stream."""
    engine().start(run)

    async def cancel() -> float:
        asked = 0.0
        async for event in engine().listen(run.run_id):
            if event.event == "values":
                asked = time.monotonic()
                engine().cancel(run.run_id)
        return time.monotonic() - asked

    return wait_for(cancel())


def test_a_person_stops_a_run_in_the_middle(serving: Engine) -> None:
    run = make.run("hi", graph_id="slow")
    assert _cancel_when_running(run) < 1
    run = Run.objects.get_by_uuid(run.run_id)
    assert _outcome(run) == ("interrupted", "interrupted")
    state = wait_for(engine().thread_state(run.thread_id))
    assert [message["content"] for message in state.values["messages"]] == ["hi"]
    assert state.next == ("wait",)


def test_a_stopped_thread_goes_on_with_the_next_message(serving: Engine) -> None:
    run = make.run("hi", graph_id="slow")
    _cancel_when_running(run)
    after = finish(make.run("again", on=run.thread, settings={"seconds": 0}))
    assert _outcome(after) == ("success", "idle")
    assert [message["content"] for message in listen(after)[-1].json["messages"]] == ["hi", "again", "done"]


def test_a_graph_that_will_not_stop_is_left_behind(serving: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "CANCEL_SECONDS", 0.2)
    run = make.run("hi", graph_id="stubborn")
    assert 0.1 < _cancel_when_running(run) < 0.8
    assert _outcome(Run.objects.get_by_uuid(run.run_id)) == ("interrupted", "interrupted")
    wait_for(asyncio.sleep(1))
    assert _outcome(Run.objects.get_by_uuid(run.run_id)) == ("interrupted", "interrupted")


def test_stopping_what_has_ended_changes_nothing(serving: Engine) -> None:
    run = finish(make.run("hi"))
    engine().cancel(run.run_id)
    wait_for(asyncio.sleep(0.1))
    assert Run.objects.get_by_uuid(run.run_id).status == Run.Status.SUCCESS


def test_a_sync_node_that_blocks_holds_nobody_else_up(serving: Engine) -> None:
    blocking = make.run("hi", graph_id="blocking")
    engine().start(blocking)
    listen(blocking)[:1]
    quick = finish(make.run("hi"))
    assert quick.status == Run.Status.SUCCESS
    assert Run.objects.get_by_uuid(blocking.run_id).status == Run.Status.SUCCESS


def test_tokens_and_times_are_recorded(serving: Engine) -> None:
    run = finish(make.run("20", graph_id="tokens", options={"stream_mode": ["messages-tuple"]}))
    counts = {"input_tokens": 3, "output_tokens": 20, "total_tokens": 23}
    assert run.usage == {**counts, "models": {"counting-1": counts}}
    assert run.started_at < run.first_token_at < run.finished_at
    unstreamed = finish(make.run("20", on=run.thread, options={"stream_mode": ["values"]}))
    assert unstreamed.usage == run.usage


def test_tokens_are_recorded_by_model(serving: Engine) -> None:
    """By the name under which the model answers; what has another price is told apart."""
    run = finish(make.run("two", graph_id="metered"))
    small = {"input_tokens": 100, "output_tokens": 10, "total_tokens": 110}
    assert run.usage["models"] == {
        "small-2025": {**small, "cached_tokens": 40},
        "large-2025": {**small, "special_tokens": 7},
    }
    assert (run.usage["input_tokens"], run.usage["output_tokens"]) == (200, 20)
    assert "uncounted_calls" not in run.usage


@pytest.mark.parametrize("message", ["uncounted", "failing"])
def test_calls_that_told_no_tokens_are_known(serving: Engine, message: str) -> None:
    run = finish(make.run(message, graph_id="metered"))
    assert run.usage["input_tokens"] == 100
    assert run.usage["uncounted_calls"] == 1


def test_a_call_that_was_cut_short_is_known(serving: Engine) -> None:
    run = make.run("cut", graph_id="metered", options={"stream_mode": ["messages-tuple"]})
    engine().start(run)

    async def stop_in_the_middle() -> None:
        async for event in engine().listen(run.run_id):
            if b"half" in event.data:
                engine().cancel(run.run_id)

    wait_for(stop_in_the_middle())
    assert Run.objects.get_by_uuid(run.run_id).usage["uncounted_calls"] == 1


def test_a_graph_without_a_model_counts_no_tokens(serving: Engine) -> None:
    run = finish(make.run(None, input={"left": 1, "right": 2}, graph_id="adder"))
    assert listen(run)[-1].json["total"] == 3
    assert (run.usage, run.first_token_at) == (None, None)


def test_five_megabytes_are_no_trouble(serving: Engine) -> None:
    run = finish(make.run("hi", graph_id="big"))
    assert run.status == Run.Status.SUCCESS
    assert len(listen(run)[-1].data) > 5_000_000
    assert run.thread.status == Thread.Status.IDLE
