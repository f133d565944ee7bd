"""The relay: every listener gets every event once, in order, from any point; slow ones cost nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from assistants_app.domain.stream import HEARTBEAT, StreamEvent, sse_bytes
from assistants_app.engine import Engine, EventsGone, engine, service
from assistants_app.engine.events import relay
from assistants_app.engine.events.listening import Bucket, Pace, pieces
from assistants_app.engine.events.relay import Relay, RunEvents
from assistants_app.engine.keeping import events_file, events_table
from tests import make
from tests.running import finish, listen, sweep, wait_for

STREAMED = {"stream_mode": ["messages-tuple", "values"]}


async def _collect(events: RunEvents, after: int = 0) -> list[int]:
    return [event.id async for piece in pieces(events, after=after, quiet=10) for event in piece]


async def test_it_works() -> None:
    events = RunEvents()
    early = asyncio.create_task(_collect(events))
    for number in range(100):
        events.emit("custom", b"%d" % number)
        if number % 7 == 0:
            await asyncio.sleep(0)
    late = asyncio.create_task(_collect(events, after=40))
    await asyncio.sleep(0)
    events.emit("custom", b"last")
    events.close()

    assert await early == list(range(1, 102))
    assert await late == list(range(41, 102))
    assert await _collect(events) == list(range(1, 102))
    assert await _collect(events, after=101) == []


async def test_nothing_is_emitted_after_the_end() -> None:
    events = RunEvents()
    events.close()
    events.emit("custom", b"late")
    assert await _collect(events) == []


async def test_a_quiet_run_gives_empty_pieces_and_loses_nothing() -> None:
    events = RunEvents()
    got = pieces(events, after=0, quiet=0.01)
    assert await anext(got) == ()
    assert await anext(got) == ()
    events.emit("custom", b"1")
    assert [event.id for event in await anext(got)] == [1]
    assert await anext(got) == ()
    await got.aclose()


async def test_a_fast_run_is_sent_in_few_pieces() -> None:
    events = RunEvents()

    async def emit() -> None:
        for _number in range(1000):
            events.emit("custom", b"1")
            await asyncio.sleep(0)
        events.close()

    emitting = asyncio.create_task(emit())
    got = [len(piece) async for piece in pieces(events, after=0, quiet=1, pace=Pace())]
    await emitting
    assert sum(got) == 1000
    assert len(got) < 200


def test_the_first_pieces_do_not_wait() -> None:
    pace = Pace()
    assert [pace.pause() for _piece in range(8)] == [0.0] * 8
    assert 0 < pace.pause() <= 0.011


def test_many_fast_runs_share_a_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waits longer than it would alone, none for long, and the first pieces of one that begins not at all."""
    monkeypatch.setattr(Pace, "_of_all", Bucket(Pace.TOGETHER, 1))
    for pace in (many := [Pace() for _stream in range(50)]):
        assert [pace.pause() for _piece in range(Pace.BURST)] == [0.0] * Pace.BURST
    assert all(0.04 < pace.pause() <= Pace.LONGEST for pace in many)
    assert Pace().pause() == 0.0


async def test_the_memory_of_a_run_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "RUN_BYTES", 10_000)
    events = RunEvents()
    for _number in range(100):
        events.emit("values", b"x" * 1000)
    assert events.size <= 11_000
    with pytest.raises(EventsGone):
        events.after(0)
    assert [event.id for event in events.after(97)] == [98, 99, 100]
    assert events.after(100) == ()


def test_the_events_of_finished_runs_are_dropped_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Relay()
    old, new, last, running = [uuid4() for _run in range(4)]
    for run_id in (running, old, new):
        kept.open(run_id).emit("values", b"x" * 1000)
    kept.finish(old)
    kept.finish(new)
    assert kept.get(old) is not None

    monkeypatch.setattr(relay, "FINISHED_BYTES", 3 * kept.open(new).size // 2)
    kept.finish(new)
    assert [kept.get(run_id) is None for run_id in (old, new, running)] == [True, False, False]
    monkeypatch.setattr(relay, "FINISHED_SECONDS", 0.0)
    kept.finish(last)
    assert [kept.get(run_id) is None for run_id in (old, new, last, running)] == [True, True, True, False]


def test_a_frame_is_three_lines_and_a_blank_one() -> None:
    assert sse_bytes(StreamEvent(7, "messages|sub:1", b'{"a":1}')) == (
        b'event: messages|sub:1\r\ndata: {"a":1}\r\nid: 7\r\n\r\n'
    )


def test_many_listeners_of_one_run_get_the_same(serving: Engine) -> None:
    run = make.run("200", graph_id="tokens", options=STREAMED)

    async def collect(after: int) -> list[StreamEvent]:
        return [event async for event in engine().listen(run.run_id, after=after)]

    async def together() -> list[list[StreamEvent]]:
        engine().start(run)
        return await asyncio.gather(collect(0), collect(0), collect(5), collect(-1))

    first, second, later, all_again = wait_for(together())
    assert [event.id for event in first] == list(range(1, len(first) + 1))
    assert len(first) > 200
    assert first == second == all_again
    assert later == first[5:]


def test_a_listener_that_comes_back_again_and_again_gets_each_event_once(serving: Engine) -> None:
    run = make.run("300", graph_id="tokens", options=STREAMED)
    engine().start(run)

    async def interrupted() -> list[int]:
        seen: list[int] = []
        ended = False
        while not ended:
            ended = True
            async for event in engine().listen(run.run_id, after=seen[-1] if seen else 0):
                seen.append(event.id)
                if event.id % 13 == 0:
                    ended = False
                    break
        return seen

    seen = wait_for(interrupted())
    assert seen == list(range(1, len(listen(run)) + 1))


def test_a_listener_that_leaves_does_not_end_the_run(serving: Engine) -> None:
    run = make.run("200", graph_id="tokens", options=STREAMED)
    engine().start(run)

    async def leave() -> None:
        async for _event in engine().listen(run.run_id):
            return

    wait_for(leave())
    assert listen(run)[-1].json["messages"][-1]["content"].endswith("w199 ")


def test_a_slow_listener_holds_nobody_up_and_misses_nothing(serving: Engine) -> None:
    run = make.run("100", graph_id="tokens", options=STREAMED)
    engine().start(run)

    async def slow() -> list[int]:
        ids = []
        async for event in engine().listen(run.run_id):
            ids.append(event.id)
            if len(ids) == 1:
                await asyncio.sleep(0.5)
        return ids

    assert wait_for(slow()) == [event.id for event in listen(run)]


async def _until(chunks: AsyncIterator[bytes], wanted: bytes) -> list[bytes]:
    got = []
    async for chunk in chunks:
        got.append(chunk)
        if wanted in chunk:
            break
    return got


def test_a_listener_that_comes_too_late_is_told(serving: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of it was dropped before it could be kept."""
    monkeypatch.setattr(relay, "RUN_BYTES", 5_000)
    run = make.run("100", graph_id="tokens", options=STREAMED)
    engine().start(run)
    assert listen(run, after=1_000_000) == []  # until it has ended
    with pytest.raises(EventsGone):
        listen(run)
    *_kept, chunk = wait_for(_until(engine().listen_bytes(run.run_id), b"EventsGone"))
    assert b'event: error\r\ndata: {"error":"EventsGone"' in chunk


def test_a_quiet_stream_has_a_heartbeat(serving: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "HEARTBEAT_SECONDS", 0.05)
    run = make.run("hi", graph_id="slow", settings={"seconds": 0.5})
    engine().start(run)
    got = wait_for(_until(engine().listen_bytes(run.run_id), b"done"))
    assert got.count(HEARTBEAT) >= 3
    assert next(chunk for chunk in got if chunk != HEARTBEAT).startswith(b"event: metadata\r\ndata: {")
    assert b"event: values" in got[-1]


def test_a_run_that_ended_long_ago_has_no_events(serving: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    run = finish(make.run("hi"))
    monkeypatch.setattr(relay, "FINISHED_SECONDS", 0.0)
    for store in (events_file, events_table):
        monkeypatch.setattr(store, "KEPT_SECONDS", -1.0)
    finish(make.run("hi"))
    sweep(serving)
    deadline = time.monotonic() + 5  # the engine's thread forgets right after it has let this one's listener go
    while listen(run) and time.monotonic() < deadline:
        time.sleep(0.01)
    began = time.monotonic()
    assert listen(run) == []
    assert time.monotonic() - began < 2


def test_a_listener_may_come_before_the_run_starts(serving: Engine) -> None:
    run = make.run("hi", options=STREAMED)

    async def early() -> list[StreamEvent]:
        listening = asyncio.create_task(_all(run.run_id))
        await asyncio.sleep(0.2)
        engine().start(run)
        return await listening

    assert wait_for(early()) == listen(run)
    assert len(listen(run)) > 3


async def _all(run_id: object) -> list[StreamEvent]:
    return [event async for event in engine().listen(run_id)]  # type: ignore[arg-type]
