"""Threads whose runs are accepted by one process and stopped, listened to or deleted by another."""

import asyncio
import time
from typing import Any

import pytest
from langgraph_sdk.client import LangGraphClient

from tests.spread.conftest import Spread
from tests.spread.test_spread import Parts, taken, ticked, ticks

pytestmark = [pytest.mark.django_db, pytest.mark.asyncio(loop_scope="function")]


async def new_thread(asking: LangGraphClient) -> str:
    return str((await asking.threads.create())["thread_id"])


async def until(asked: Any, seconds: float = 10.0) -> Any:
    """What `asked` answers, once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := await asked()):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    return found


async def statuses(asking: LangGraphClient, thread_id: str) -> list[str]:
    """Of its runs, the oldest first."""
    return [run["status"] for run in reversed(await asking.runs.list(thread_id, limit=100))]


async def test_they_come_in_their_order(a: LangGraphClient, b: LangGraphClient) -> None:
    """Twelve runs of one thread, accepted by turns: each begins when the one before has ended."""
    thread_id = await new_thread(a)
    for number in range(12):
        await (a, b)[number % 2].runs.create(thread_id, "ticks", input=ticks(3), metadata={"number": number})
    await until(lambda: _all_over(b, thread_id))
    runs = sorted(await a.runs.list(thread_id, limit=100), key=lambda run: run["metadata"]["number"])
    assert [run["status"] for run in runs] == ["success"] * 12
    history = await b.threads.get_history(thread_id, limit=100)
    written = [state["metadata"]["run_id"] for state in reversed(history) if state["metadata"]["source"] == "input"]
    assert written == [run["run_id"] for run in runs]


async def _all_over(asking: LangGraphClient, thread_id: str) -> bool:
    return not {"pending", "running"} & set(await statuses(asking, thread_id))


@pytest.mark.parametrize(("strategy", "left"), [("interrupt", ["interrupted", "success"]), ("rollback", ["success"])])
async def test_a_run_accepted_to_stop_another(
    a: LangGraphClient, b: LangGraphClient, strategy: Any, left: list[str]
) -> None:
    thread_id = await new_thread(a)
    first = await a.runs.create(thread_id, "ticks", input=ticks(10_000), stream_mode="custom")
    listening = asyncio.create_task(taken(a.runs.join_stream(thread_id, first["run_id"], last_event_id="-1")))
    await until(lambda: _runs(b, thread_id))
    parts = await taken(
        b.runs.stream(thread_id, "ticks", input=ticks(5), stream_mode="custom", multitask_strategy=strategy)
    )
    assert ticked(parts) == list(range(5))
    assert len(await listening) < 1_000
    assert await statuses(a, thread_id) == left


async def _runs(asking: LangGraphClient, thread_id: str) -> bool:
    return (await statuses(asking, thread_id))[-1:] == ["running"]


async def test_a_waiting_run_is_cancelled_elsewhere(a: LangGraphClient, b: LangGraphClient) -> None:
    """Who listens to it hears of its end, and the one after it has its turn."""
    thread_id = await new_thread(a)
    first = await a.runs.create(thread_id, "ticks", input=ticks(10_000))
    waiting = await a.runs.create(thread_id, "ticks", input=ticks(3))
    last = await b.runs.create(thread_id, "ticks", input=ticks(3), stream_mode="custom")
    listening = asyncio.create_task(taken(a.runs.join_stream(thread_id, waiting["run_id"])))
    await until(lambda: _first_runs(b, thread_id))
    await b.runs.cancel(thread_id, waiting["run_id"])
    assert await asyncio.wait_for(listening, 2) == []
    await b.runs.cancel(thread_id, first["run_id"])
    assert ticked(await taken(a.runs.join_stream(thread_id, last["run_id"], last_event_id="-1"))) == [0, 1, 2]
    assert await statuses(a, thread_id) == ["interrupted", "interrupted", "success"]


async def _first_runs(asking: LangGraphClient, thread_id: str) -> bool:
    return (await statuses(asking, thread_id))[0] == "running"


async def test_a_thread_deleted_elsewhere(spread: Spread, a: LangGraphClient, b: LangGraphClient) -> None:
    """What runs in it stops, who listens hears nothing more, and nothing of it stays."""
    thread_id = await new_thread(a)
    run = await a.runs.create(thread_id, "ticks", input=ticks(10_000), stream_mode="custom")
    listening = asyncio.create_task(taken(a.runs.join_stream(thread_id, run["run_id"], last_event_id="-1")))
    staying = asyncio.create_task(taken(await a.threads.join_stream(thread_id)))
    await until(lambda: _runs(b, thread_id))
    await b.threads.delete(thread_id)
    parts = await asyncio.wait_for(listening, 3)
    assert 0 < len(parts) < 1_000
    await asyncio.wait_for(staying, 3)
    await until(lambda: _no_checkpoints(spread, thread_id))


async def _no_checkpoints(spread: Spread, thread_id: str) -> bool:
    return not spread.site.ask("select from checkpoints where thread_id = %s", thread_id)


async def test_one_thread_listened_to_everywhere(a: LangGraphClient, b: LangGraphClient) -> None:
    """Two runs and a change of its state, told with the same numbers by both; B goes on where A was left."""
    thread_id = await new_thread(a)
    modes: Any = ["run_modes", "state_update"]
    heard: dict[str, Parts] = {"a": [], "b": []}

    async def listen(name: str, asking: LangGraphClient) -> None:
        async for part in await asking.threads.join_stream(thread_id, stream_mode=modes):
            heard[name].append(part)

    listening = [asyncio.create_task(listen("a", a)), asyncio.create_task(listen("b", b))]
    await asyncio.sleep(0.5)
    await a.runs.wait(thread_id, "ticks", input=ticks(10))
    await b.threads.update_state(thread_id, {"ticked": 7})
    await b.runs.wait(thread_id, "ticks", input=ticks(10))
    await until(lambda: _as_many(heard))
    for one in listening:
        one.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    assert heard["a"] == heard["b"]
    names = [part.event for part in heard["a"]]
    assert names.count("state_update") == 1
    ids = [int(part.id or 0) for part in heard["a"]]
    assert ids == sorted(set(ids))
    again = await b.threads.join_stream(thread_id, stream_mode=modes, last_event_id=str(ids[3]))
    rest = [await asyncio.wait_for(anext(again), 2) for _part in ids[4:]]
    await again.aclose()  # type: ignore[attr-defined]
    assert rest == heard["a"][4:]


async def _as_many(heard: dict[str, Parts]) -> bool:
    ends = [sum((part.data or {}).get("status") == "run_done" for part in parts) for parts in heard.values()]
    return ends == [2, 2]


async def test_runs_without_a_thread(spread: Spread, a: LangGraphClient, b: LangGraphClient) -> None:
    """Its thread and its row go with its end; its events stay for who comes back, on any process."""
    address: list[Any] = []
    parts = await taken(
        a.runs.stream(
            None, "ticks", input=ticks(5), stream_mode="custom", on_run_created=lambda run: address.append(run)
        )
    )
    run_id = address[0]["run_id"]
    asked = "select distinct thread_id from assistants_app_relayedpart where run_id = %s"
    ((thread_id,),) = spread.site.ask(asked, run_id)
    assert not spread.site.ask("select from assistants_app_run where run_id = %s", run_id)
    again = await taken(b.runs.join_stream(str(thread_id), run_id, last_event_id="-1"))
    assert again == parts
    assert ticked(again) == list(range(5))


async def test_a_run_that_begins_later(a: LangGraphClient, b: LangGraphClient) -> None:
    thread_id = await new_thread(a)
    began = time.monotonic()
    run = await a.runs.create(thread_id, "ticks", input=ticks(2), after_seconds=1, stream_mode="custom")
    assert ticked(await taken(b.runs.join_stream(thread_id, run["run_id"]))) == [0, 1]
    assert 0.9 < time.monotonic() - began < 3.5
