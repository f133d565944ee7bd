"""Where a run goes on that was begun before: nothing that was checkpointed is done again, nothing is passed over."""

from typing import Any

import pytest
from django.test import override_settings

from assistants_app.engine import Engine, engine, engine_thread
from assistants_app.engine.runs import attempts
from assistants_app.models import Run, Thread
from tests import make
from tests.running import finish, listen, wait_for


def _as_if_its_end_was_not_recorded(run: Run) -> None:
    """Its process died after the graph had come to rest."""
    owner = make.worker(silent_for=7)
    Run.objects.filter(pk=run.pk).update(status=Run.Status.RUNNING, worker=owner, finished_at=None)
    Thread.objects.filter(pk=run.thread_id).update(status=Thread.Status.BUSY, interrupts={})


def _log(run: Run) -> Any:
    return wait_for(engine().thread_state(run.thread_id)).values["log"]


def _steps(**more: Any) -> Run:
    return make.run(input={"text": "a"}, graph_id="two_steps", **more)


def test_it_works(transactional_db: None) -> None:
    """The first step was checkpointed, and is not done again."""
    with engine_thread(engine()):
        run = _steps(settings={"seconds": 0.4}, options={"stream_mode": "updates"})
        engine().start(run)
        wait_for(_until(run, "updates"))
    with engine_thread(engine()):
        events = [(event.event, event.json) for event in listen(run)]
        assert events == [
            ("metadata", {"run_id": str(run.run_id), "attempt": 1}),
            ("updates", {"first": {"log": ["first:a"]}}),
            ("metadata", {"run_id": str(run.run_id), "attempt": 2}),
            ("updates", {"second": {"log": ["second:a"]}}),
        ]
        assert _log(run) == ["first:a", "second:a"]


def test_a_step_that_was_not_whole_is_done_again(serving: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its node had written, and its edges did not lead on yet: it was not the last one."""
    monkeypatch.setattr(attempts, "AGAIN_SECONDS", (0.05,))
    run = finish(make.run(input={"steps": 3}, graph_id="hesitates"))
    assert (run.status, run.attempt) == ("success", 4)
    assert wait_for(engine().thread_state(run.thread_id)).values["walked"] == [0, 1, 2]


async def _until(run: Run, event: str) -> None:
    async for heard in engine().listen(run.run_id):
        if heard.event == event:
            return


def test_numbers_of_events_go_on(transactional_db: None) -> None:
    run = make.running(by=make.worker(silent_for=7))
    with engine_thread(engine()):
        numbers = [event.id for event in listen(run)]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert numbers[0] > 100, "above what another process may have told"
        assert [event.id for event in listen(run, after=50)] == numbers
        assert [event.id for event in listen(run, after=numbers[1])] == numbers[2:]


def test_a_run_that_had_come_to_its_end_does_nothing_again(transactional_db: None) -> None:
    with engine_thread(engine()):
        run = finish(make.run("hi"))
    _as_if_its_end_was_not_recorded(run)
    with engine_thread(engine()):
        listen(run)
        state = wait_for(engine().thread_state(run.thread_id))
        assert len(state.values["messages"]) == 2
    run.refresh_from_db()
    assert (run.status, run.thread.status, run.attempt) == ("success", "idle", 2)


@pytest.mark.parametrize(
    "options",
    [{"interrupt_before": ["second"]}, {"interrupt_before": "*"}, {"interrupt_after": ["first"]}],
    ids=str,
)
def test_a_run_that_was_to_stop_somewhere_does_not_go_on(transactional_db: None, options: dict[str, Any]) -> None:
    with engine_thread(engine()):
        run = finish(_steps(options=options))
        before = wait_for(engine().thread_state(run.thread_id))
    _as_if_its_end_was_not_recorded(run)
    with engine_thread(engine()):
        listen(run)
        run.refresh_from_db()
        assert (run.status, run.attempt) == ("success", 2)
        state = wait_for(engine().thread_state(run.thread_id))
        assert (state.next, state.values) == (before.next, before.values)
        assert Thread.objects.get().status == "interrupted"
        finish(make.run(on=run.thread))
        assert _log(run)[-1] == "second:a"


def test_a_question_that_was_asked_is_asked_again(transactional_db: None) -> None:
    with engine_thread(engine()):
        run = finish(make.run(input={"text": "a"}, graph_id="asks_twice"))
    _as_if_its_end_was_not_recorded(run)
    with engine_thread(engine()):
        listen(run)
        assert Thread.objects.get().status == "interrupted"
        assert "First?" in str(Thread.objects.get().interrupts)


def test_an_answer_is_given_once(transactional_db: None) -> None:
    """It was taken, and the same node asked the next question: that one waits for its own answer."""
    with engine_thread(engine()):
        asked = finish(make.run(input={"text": "a"}, graph_id="asks_twice"))
        answered = finish(make.run(on=asked.thread, command={"resume": "one"}))
        assert "Second?" in str(answered.thread.interrupts)
    _as_if_its_end_was_not_recorded(answered)
    with engine_thread(engine()):
        listen(answered)
        answered.refresh_from_db()
        assert (answered.status, answered.error) == ("success", None)
        assert "Second?" in str(Thread.objects.get().interrupts)
        finish(make.run(on=asked.thread, command={"resume": "two"}))
        assert _log(asked) == ["one two"]


def test_an_answer_that_nobody_took_is_given(transactional_db: None) -> None:
    with engine_thread(engine()):
        asked = finish(make.run(input={"text": "a"}, graph_id="asks_twice"))
        finish(make.run(on=asked.thread, command={"resume": "one"}))
    died = make.running(None, on=asked.thread, command={"resume": "two"}, by=make.worker(silent_for=7))
    with engine_thread(engine()):
        listen(died)
        assert _log(asked) == ["one two"]


def test_a_run_that_goes_on_elsewhere_in_its_thread(transactional_db: None) -> None:
    """It began at an older checkpoint; its own are the newer ones."""
    with engine_thread(engine()):
        first = finish(_steps())
        (start,) = [one for one in wait_for(engine().history(first.thread_id)) if one.next == ("first",)]
        fork = make.run(on=first.thread, checkpoint_id=start.checkpoint_id, options={"stream_mode": "updates"})
        Run.objects.filter(pk=fork.pk).update(context={"seconds": 0.4})
        engine().start(fork)
        wait_for(_until(fork, "updates"))
    with engine_thread(engine()):
        steps = [event.json for event in listen(fork) if event.event == "updates"]
        assert steps == [{"first": {"log": ["first:a"]}}, {"second": {"log": ["second:a"]}}]
        assert _log(first) == ["first:a", "second:a"]


def test_what_nobody_executes_is_executed(serving: Engine) -> None:
    """A run of this very process that it does not know of, one that was never started, a thread that is busy so."""
    owned = make.run("hi", worker_id=serving.worker_id)
    forgotten = make.run("hi")
    stuck = make.thread()
    Thread.objects.filter(pk=stuck.pk).update(status=Thread.Status.BUSY)
    Run.objects.update(updated_at="2026-01-01T00:00:00Z")
    listen(owned)
    listen(forgotten)
    assert set(Run.objects.values_list("status", flat=True)) == {"success"}
    assert set(Thread.objects.values_list("status", flat=True)) == {"idle"}


@override_settings(RUN_ATTEMPTS=1)
def test_who_listens_hears_of_a_run_that_is_given_up(serving: Engine) -> None:
    run = make.run("hi")
    heard = engine().listen(run.run_id)

    async def hear() -> list[str]:
        return [event.event async for event in heard]

    _lose(run)
    assert wait_for(hear()) == ["error"]


def _lose(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(status=Run.Status.RUNNING, worker=make.worker(silent_for=7))
