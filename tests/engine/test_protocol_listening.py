"""Listening by the protocol: what a run told is made once, kept in bounds, and numbered alike for everybody."""

import asyncio
import gc
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from uuid import UUID, uuid4

import pytest

from assistants_app.domain.subscription import CHANNELS, Subscription
from assistants_app.engine.events.listening import thread_chunks
from assistants_app.engine.events.relay import Origin, Relay, RunEvents
from assistants_app.engine.events.thread_events import Outcome
from assistants_app.engine.protocol import listening, run_view
from assistants_app.engine.protocol.listening import ThreadProtocol

ALL = Subscription(frozenset(CHANNELS))
WATCHES = Subscription(frozenset(("lifecycle", "input")))


def _run(relay: Relay, thread_id: UUID, values: int) -> UUID:
    run_id = uuid4()
    relay.begin(run_id, Origin(thread_id, {}, "adder"))
    events = relay.open(run_id)
    events.emit("metadata", b"{}")
    for number in range(values):
        events.emit("values", b'{"number":%d,"text":"%b"}' % (number, b"x" * 500))
    relay.finish(run_id, Outcome("completed"))
    return run_id


def _events(chunk: bytes) -> list[dict[str, Any]]:
    return [json.loads(line[6:]) for line in chunk.split(b"\r\n") if line.startswith(b"data: ")]


async def _heard(chunks: AsyncGenerator[bytes, None]) -> list[list[dict[str, Any]]]:
    """What is told until it is quiet, piece by piece."""
    heard = []
    async with aclosing(chunks):
        async for chunk in chunks:
            if not (told := _events(chunk)):
                break
            heard.append(told)
    return heard


def _flat(heard: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [event for told in heard for event in told]


async def test_it_works() -> None:
    relay, thread_id = Relay(), uuid4()
    thread = ThreadProtocol(relay, thread_id, quiet=0.05)
    _run(relay, thread_id, 3)
    told = _flat(await _heard(thread.listen(ALL)))
    assert [event["method"] for event in told] == ["lifecycle", "values", "values", "values", "lifecycle"]
    assert told[-1]["params"]["data"] == {"event": "completed", "graph_name": "adder"}
    assert thread.number() > told[-1]["seq"]


async def test_numbers_stay_when_nobody_listens_for_a_while() -> None:
    relay, thread_id = Relay(), uuid4()
    run_id = _run(relay, thread_id, 5)
    thread = ThreadProtocol(relay, thread_id, quiet=0.05)
    first = _flat(await _heard(thread.listen(ALL)))
    gc.collect()
    assert run_id not in listening._views
    assert _flat(await _heard(thread.listen(ALL))) == first
    assert _flat(await _heard(thread.listen(ALL, first[2]["seq"]))) == first[3:]


async def test_later_runs_have_higher_numbers() -> None:
    relay, thread_id = Relay(), uuid4()
    thread = ThreadProtocol(relay, thread_id, quiet=0.05)
    before = thread.number()
    for _number in range(20):
        _run(relay, thread_id, 3)
    seqs = [event["seq"] for event in _flat(await _heard(thread.listen(ALL, 0)))]
    assert len(seqs) == 100
    assert seqs == sorted(set(seqs))
    assert seqs[0] > before


async def test_who_is_behind_gets_bounded_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "CHUNK_BYTES", 5_000)
    relay, thread_id = Relay(), uuid4()
    _run(relay, thread_id, 200)
    heard = await _heard(ThreadProtocol(relay, thread_id, quiet=0.05).listen(ALL))
    assert len(_flat(heard)) == 202
    assert max(len(told) for told in heard) < 12


async def test_what_was_dropped_is_said_and_the_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_view, "RUN_BYTES", 10_000)
    relay, thread_id = Relay(), uuid4()
    _run(relay, thread_id, 100)
    told = _flat(await _heard(ThreadProtocol(relay, thread_id, quiet=0.05).listen(ALL)))
    assert (told[0]["type"], told[0]["id"], told[0]["error"]) == ("error", None, "unknown_error")
    assert [event["type"] for event in told[1:]].count("event") == len(told) - 1 < 30
    assert told[-1]["params"]["data"]["event"] == "completed"


async def test_a_question_is_told_anew_and_an_answered_one_is_not() -> None:
    relay, thread_id = Relay(), uuid4()
    thread = ThreadProtocol(relay, thread_id, quiet=0.05)
    asked = uuid4()
    relay.begin(asked, Origin(thread_id, {}, "asks"))
    relay.open(asked).emit("metadata", b"{}")
    relay.open(asked).emit("updates", b'{"__interrupt__":[{"id":"1","value":"May I?"}]}')
    relay.finish(asked, Outcome("interrupted"))
    for _listener in range(2):
        told = _flat(await _heard(thread.listen(WATCHES)))
        assert [event["method"] for event in told] == ["lifecycle", "input.requested", "lifecycle"]
    _run(relay, thread_id, 1)
    assert [event["params"]["data"]["event"] for event in _flat(await _heard(thread.listen(WATCHES)))] == [
        "running",
        "completed",
    ]
    assert await _heard(thread.listen(WATCHES)) == []
    assert [event["method"] for event in _flat(await _heard(thread.listen(ALL)))] == [
        "lifecycle",
        "values",
        "lifecycle",
    ]


async def test_a_run_that_streams_no_tasks_still_tells_its_graphs_inside() -> None:
    relay, thread_id, run_id = Relay(), uuid4(), uuid4()
    thread = ThreadProtocol(relay, thread_id, quiet=0.05)
    relay.begin(run_id, Origin(thread_id, {}, "family"))
    relay.open(run_id).emit("metadata", b"{}")
    relay.open(run_id).emit("updates|child:7", b'{"say":{"a":1}}')
    assert thread.tree() == {
        "namespace": [],
        "status": "running",
        "graph_name": "family",
        "children": [{"namespace": ["child:7"], "status": "running", "graph_name": "child", "children": []}],
        "metadata": {"run_id": str(run_id)},
    }
    relay.finish(run_id, Outcome("failed", "no more"))
    told = [
        (event["params"]["namespace"], event["params"]["data"]) for event in _flat(await _heard(thread.listen(ALL)))
    ]
    assert told[1] == (
        ["child:7"],
        {"event": "started", "namespace": ["child:7"], "graph_name": "child", "trigger_call_id": "7"},
    )
    assert [(namespace, data.get("error")) for namespace, data in told[-2:]] == [
        (["child:7"], "no more"),
        ([], "no more"),
    ]


async def test_one_run_begins_before_the_end_of_the_other_is_known() -> None:
    """Its end is recorded, and its thread free for the next one, a moment before it is told."""
    relay, thread_id = Relay(), uuid4()
    thread = ThreadProtocol(relay, thread_id, quiet=0.05)
    first, second = uuid4(), uuid4()
    for run_id in (first, second):
        relay.begin(run_id, Origin(thread_id, {}, "adder")).emit("metadata", b"{}")
    async with aclosing(thread.listen(ALL)) as chunks:
        assert [_about(event) for event in _events(await anext(chunks))] == [(first, "running")]
        assert _events(await anext(chunks)) == [], "a heartbeat: it waits"
        relay.finish(first, Outcome("completed"))
        assert [_about(event) for event in _events(await anext(chunks))] == [(first, "completed"), (second, "running")]
        assert _events(await anext(chunks)) == []


async def test_what_an_event_costs_does_not_grow_with_the_runs_of_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[RunEvents] = []

    def closed(self: RunEvents) -> bool:
        asked.append(self)
        return self.closed_at is not None

    async def listened_to(runs: int) -> int:
        relay, thread_id = Relay(), uuid4()
        for _number in range(runs):
            _run(relay, thread_id, 1)
        run_id = uuid4()
        going_on = relay.begin(run_id, Origin(thread_id, {}, "adder"))
        thread = relay.thread(thread_id)
        plain = thread_chunks(thread, after=thread.last, quiet=5, wanted=lambda _event: True)
        async with aclosing(ThreadProtocol(relay, thread_id, quiet=5).listen(ALL, 0)) as chunks, aclosing(plain):
            going_on.emit("metadata", b"{}")
            await anext(plain)
            while told := _events(await anext(chunks)):
                if _about(told[-1]) == (run_id, "running"):
                    break
            asked.clear()
            for _number in range(3):
                going_on.emit("values", b"{}")
                assert b"values" in await anext(plain)
                assert b"values" in await anext(chunks)
        return len(asked)

    monkeypatch.setattr(RunEvents, "closed", property(closed))
    assert await listened_to(200) == await listened_to(1)


async def test_the_oldest_runs_are_forgotten_while_the_next_are_told() -> None:
    relay, thread_id = Relay(), uuid4()
    thread = ThreadProtocol(relay, thread_id, quiet=0.05)
    runs = [_run(relay, thread_id, 1) for _number in range(3)]
    async with aclosing(thread.listen(ALL)) as chunks:
        assert len(_events(await anext(chunks))) == 9
        for number in range(3):
            relay.let_go(runs[number])
            following = _run(relay, thread_id, 1)
            told = _events(await anext(chunks))
            assert [_about(told[0]), _about(told[-1])] == [(following, "running"), (following, "completed")]


async def test_a_run_that_has_not_told_anything_is_waited_for() -> None:
    relay, thread_id = Relay(), uuid4()
    thread = ThreadProtocol(relay, thread_id, quiet=0.05)
    run_id = uuid4()
    relay.begin(run_id, Origin(thread_id, {}, "adder"))
    async with aclosing(thread.listen(ALL)) as chunks:
        assert _events(await anext(chunks)) == []
        relay.open(run_id).emit("metadata", b"{}")
        assert [_about(event) for event in _events(await anext(chunks))] == [(run_id, "running")]


async def test_a_run_that_begins_anew_is_told_anew() -> None:
    """Another process has taken it meanwhile, and it came back."""
    relay, thread_id = Relay(), uuid4()
    thread = ThreadProtocol(relay, thread_id, quiet=0.05)
    run_id = uuid4()
    async with aclosing(thread.listen(ALL)) as chunks:
        for _attempt in range(2):
            relay.begin(run_id, Origin(thread_id, {}, "adder")).emit("metadata", b"{}")
            assert [_about(event) for event in _events(await anext(chunks))] == [(run_id, "running")]
            relay.let_go(run_id)
        assert _events(await anext(chunks)) == []


async def test_two_listen_without_a_word_in_between() -> None:
    """What one of them took in, the other did not tell yet."""
    relay, thread_id = Relay(), uuid4()
    thread = ThreadProtocol(relay, thread_id, quiet=5)
    events = relay.begin(uuid4(), Origin(thread_id, {}, "adder"))
    async with aclosing(thread.listen(ALL)) as one, aclosing(thread.listen(ALL)) as other:
        for name in (b"metadata", b"values", b"values"):
            waiting = [asyncio.ensure_future(anext(chunks)) for chunks in (one, other)]
            await asyncio.sleep(0.01)
            events.emit(name.decode(), b"{}")
            first, second = await asyncio.gather(*waiting)
            assert _events(first) == _events(second) != []


def _about(event: dict[str, Any]) -> tuple[UUID, str]:
    return UUID(event["event_id"].split(":")[1]), event["params"]["data"]["event"]
