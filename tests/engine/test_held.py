"""What a thread's row tells of its state: that of its newest checkpoint, however its last run ended."""

import asyncio

import pytest
from langchain_core.messages import AIMessage

from assistants_app.engine import Engine, engine
from assistants_app.engine.threads.held import storable
from assistants_app.models import Run, Thread
from tests import make
from tests.running import finish, wait_for


def _row(run: Run) -> Thread:
    return Thread.objects.get(pk=run.thread_id)


def test_it_works(serving: Engine) -> None:
    run = finish(make.run("hi"))
    row = _row(run)
    state = wait_for(engine().thread_state(run.thread_id))
    assert row.values == state.values
    assert [message["type"] for message in row.values["messages"]] == ["human", "ai"]
    assert (row.interrupts, row.error, row.status) == ({}, None, "idle")
    assert row.state_updated_at > row.created_at


def test_what_it_waits_for(serving: Engine) -> None:
    run = finish(make.run("hi", graph_id="approval"))
    (asked,) = wait_for(engine().thread_state(run.thread_id)).interrupts
    row = _row(run)
    assert row.interrupts == {asked.task_id: [{"id": asked.id, "value": {"question": "May I?"}}]}
    assert row.status == "interrupted"

    finish(make.run(on=run.thread, command={"resume": "yes"}))
    row = _row(run)
    assert row.interrupts == {}
    assert row.values["messages"][-1]["content"] == "You answered: yes"


def test_a_run_that_failed(serving: Engine) -> None:
    run = finish(make.run("hi", graph_id="failing"))
    row = _row(run)
    assert [message["content"] for message in row.values["messages"]] == ["hi"]
    assert row.error == {"error": "ValueError", "message": "the graph fell over"}


def test_a_run_that_was_stopped(serving: Engine) -> None:
    run = make.run("hi", graph_id="slow")
    engine().start(run)

    async def stop_it() -> None:
        async for event in engine().listen(run.run_id):
            if event.event == "values":
                await asyncio.sleep(0.2)
                engine().cancel(run.run_id)

    wait_for(stop_it())
    assert [message["content"] for message in _row(run).values["messages"]] == ["hi"]


def test_a_run_whose_graph_cannot_be_opened_leaves_what_was_there(serving: Engine) -> None:
    run = finish(make.run("hi"))
    before = _row(run)
    second = make.run("again", on=run.thread)
    Run.objects.filter(pk=second.pk).update(graph_id="broken")
    finish(second)
    row = _row(run)
    assert row.error is not None
    assert row.values == before.values


def test_what_postgresql_refuses_is_replaced(serving: Engine) -> None:
    run = finish(make.run("hi"))
    Thread.objects.update(values=storable({"text": "a\x00b", "half": "\ud800", "\x00": r"\u0000 \x00 stays"}))
    assert _row(run).values == {"text": "a\ufffdb", "half": "\ufffd", "\ufffd": r"\u0000 \x00 stays"}
    assert Thread.objects.filter(values__json_contains={"text": "a\ufffdb"}).count() == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("\x00\x00", '"\ufffd\ufffd"'),
        ("\\\x00", '"\\\\\ufffd"'),
        (r"\u0000", r'"\\u0000"'),
        (r"\\u0000", r'"\\\\u0000"'),
        (AIMessage("x", id="1").content, '"x"'),
        ({1: float("nan")}, '{"1":null}'),
    ],
)
def test_storable(value: object, text: str) -> None:
    assert storable(value) == text
