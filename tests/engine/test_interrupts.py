"""A graph asks and waits: the run ends, the thread is interrupted, the answer is a run of its own."""

from typing import Any

from assistants_app.engine import Engine, ThreadState, engine
from assistants_app.models import Run, Thread
from tests import make
from tests.running import finish, listen, wait_for


def _state(run: Run) -> ThreadState:
    return wait_for(engine().thread_state(run.thread_id))


def _outcome(run: Run) -> tuple[str, str]:
    return run.status, run.thread.status


def test_it_works(serving: Engine) -> None:
    asked = finish(make.run("hi", graph_id="approval", options={"stream_mode": ["updates", "values"]}))
    assert _outcome(asked) == (Run.Status.SUCCESS, Thread.Status.INTERRUPTED)
    (question,) = _state(asked).interrupts
    assert (question.value, question.node, question.response_schema) == ({"question": "May I?"}, "ask", None)
    assert _state(asked).next == ("ask",)
    told = [event.json["__interrupt__"] for event in listen(asked) if "__interrupt__" in event.json]
    assert told[0] == [{"value": {"question": "May I?"}, "id": question.id, "response_schema": None}]

    answered = finish(make.run(on=asked.thread, command={"resume": "yes"}))
    assert _outcome(answered) == (Run.Status.SUCCESS, Thread.Status.IDLE)
    assert _state(answered).interrupts == ()
    assert _state(answered).values["messages"][-1]["content"] == "You answered: yes"


def _ask_twice() -> Run:
    run = finish(make.run(graph_id="twice", input={"answers": []}))
    assert _outcome(run) == (Run.Status.SUCCESS, Thread.Status.INTERRUPTED)
    return run


def _ids(state: ThreadState) -> dict[str, str]:
    return {question.node: question.id for question in state.interrupts}


def test_two_questions_are_answered_at_once_by_their_ids(serving: Engine) -> None:
    asked = _ask_twice()
    ids = _ids(_state(asked))
    assert set(ids) == {"colour", "size"}
    answers = {ids["size"]: "small", ids["colour"]: "red"}
    answered = finish(make.run(on=asked.thread, command={"resume": answers}))
    assert _outcome(answered) == (Run.Status.SUCCESS, Thread.Status.IDLE)
    assert sorted(_state(answered).values["answers"]) == ["colour red", "size small"]


def test_one_of_two_questions_is_answered_and_the_other_stays(serving: Engine) -> None:
    asked = _ask_twice()
    ids = _ids(_state(asked))
    half = finish(make.run(on=asked.thread, command={"resume": {ids["size"]: "small"}}))
    assert _outcome(half) == (Run.Status.SUCCESS, Thread.Status.INTERRUPTED)
    assert _ids(_state(half)) == {"colour": ids["colour"]}
    whole = finish(make.run(on=asked.thread, command={"resume": {ids["colour"]: "red"}}))
    assert sorted(_state(whole).values["answers"]) == ["colour red", "size small"]


def test_one_answer_for_two_questions_is_an_error_and_both_stay(serving: Engine) -> None:
    asked = _ask_twice()
    wrong = finish(make.run(on=asked.thread, command={"resume": "red"}))
    assert wrong.status == Run.Status.ERROR
    assert set(_ids(_state(wrong))) == {"colour", "size"}


def test_a_pause_before_a_node_has_no_question(serving: Engine) -> None:
    paused = finish(make.run("hi", graph_id="tools", options={"interrupt_before": ["tool"]}))
    assert _outcome(paused) == (Run.Status.SUCCESS, Thread.Status.INTERRUPTED)
    assert (_state(paused).next, _state(paused).interrupts) == (("tool",), ())
    on = finish(make.run(on=paused.thread))
    assert _outcome(on) == (Run.Status.SUCCESS, Thread.Status.IDLE)
    assert _state(on).values["messages"][-1]["content"] == "It is sunny in Paris."


def test_a_command_may_write_and_go_elsewhere(serving: Engine) -> None:
    paused = finish(make.run("hi", graph_id="tools", options={"interrupt_before": ["tool"]}))
    command: dict[str, Any] = {"update": {"messages": [{"role": "user", "content": "never mind"}]}, "goto": "report"}
    on = finish(make.run(on=paused.thread, command=command, options={"interrupt_before": ["tool"]}))
    assert on.status == Run.Status.SUCCESS
    contents = [message["content"] for message in _state(on).values["messages"]]
    assert "never mind" in contents
    assert "It is sunny in Paris." in contents


def test_answering_where_nothing_is_asked_changes_nothing(serving: Engine) -> None:
    done = finish(make.run("hi"))
    before = _state(done).values
    again = finish(make.run(on=done.thread, command={"resume": "yes"}))
    assert again.status == Run.Status.ERROR
    assert again.error == {"error": "NothingToResume", "message": "Nothing waits for an answer in this thread."}
    assert _state(again).values == before
