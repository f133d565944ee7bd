"""The stream of a thread: runs that begin while somebody listens, their ends, and going on after a cut."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable
from contextlib import aclosing
from typing import Any

import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.schema import StreamPart

from assistants_app.domain.stream import HEARTBEAT
from assistants_app.engine import service
from assistants_app.engine.events.listening import thread_chunks
from assistants_app.engine.events.relay import Origin, Relay
from tests.api.asking import Api
from tests.running import wait_for

UPDATES = {"assistant_id": "adder", "input": {"left": 1}, "stream_mode": ["updates", "values"]}


async def _until_done(parts: Awaitable[AsyncIterator[StreamPart]], runs: int = 1) -> list[StreamPart]:
    got: list[StreamPart] = []
    async for part in await parts:
        got.append(part)
        runs -= part.event == "metadata" and part.data.get("status") == "run_done"
        if not runs:
            break
    return got


async def _run(client: LangGraphClient, thread_id: str, **more: Any) -> None:
    async for _part in client.runs.stream(thread_id, "adder", input={"left": 1}, stream_mode=["updates"], **more):
        pass


def test_it_works(api_url: str, api_key: str) -> None:
    async def listen() -> list[StreamPart]:
        async with get_client(url=api_url, api_key=api_key) as client:
            thread = await client.threads.create()
            listening = asyncio.create_task(_until_done(client.threads.join_stream(thread["thread_id"]), runs=2))
            await asyncio.sleep(0.3)
            await _run(client, thread["thread_id"])
            await _run(client, thread["thread_id"])
            return await listening

    parts = wait_for(listen())
    assert [part.event for part in parts] == ["metadata", "updates", "metadata"] * 2
    first, second = parts[:3], parts[3:]
    assert first[0].data["run_id"] == first[2].data["run_id"] != second[0].data["run_id"]
    assert first[0].data["attempt"] == 1
    assert first[1].data == {"add": {"total": 1}}
    ids = [int(part.id or 0) for part in parts]
    assert ids == sorted(set(ids))


def test_a_listener_that_comes_back_misses_nothing(api_url: str, api_key: str) -> None:
    async def listen() -> tuple[list[StreamPart], list[list[StreamPart]]]:
        async with get_client(url=api_url, api_key=api_key) as client:
            thread_id = (await client.threads.create())["thread_id"]
            for _run_number in range(2):
                await _run(client, thread_id)
            everything = await _until_done(client.threads.join_stream(thread_id, last_event_id="-1"), runs=2)
            later = []
            for part in everything[:-1]:
                left = 1 if int(part.id or 0) >= int(everything[2].id or 0) else 2
                later.append(await _until_done(client.threads.join_stream(thread_id, last_event_id=part.id), left))
            return everything, later

    everything, later = wait_for(listen(), seconds=30)
    assert len(everything) == 6
    assert later == [everything[number + 1 :] for number in range(5)]


@pytest.mark.parametrize(
    ("modes", "told"),
    [
        (["run_modes"], ["metadata", "updates", "metadata"]),
        (["lifecycle"], ["metadata", "metadata"]),
        (["lifecycle", "state_update"], ["metadata", "metadata", "state_update"]),
        (["state_update"], ["state_update"]),
    ],
)
def test_modes(modes: list[Any], told: list[str], api_url: str, api_key: str) -> None:
    async def listen() -> list[StreamPart]:
        async with get_client(url=api_url, api_key=api_key) as client:
            thread_id = (await client.threads.create())["thread_id"]
            got: list[StreamPart] = []

            async def collect() -> None:
                async for part in await client.threads.join_stream(thread_id, stream_mode=modes):
                    got.append(part)
                    if len(got) == len(told):
                        break

            listening = asyncio.create_task(collect())
            await asyncio.sleep(0.3)
            await _run(client, thread_id)
            await client.threads.update_state(thread_id, {"total": 7})
            await listening
            return got

    parts = wait_for(listen())
    assert [part.event for part in parts] == told
    if told[-1] == "state_update":
        assert parts[-1].data["state"]["values"]["total"] == 7


def test_who_comes_without_an_id_hears_only_what_is_to_come(api: Api) -> None:
    thread_id = api.ok("POST", "/threads", {})["thread_id"]
    api.post(f"/threads/{thread_id}/runs/stream", UPDATES)
    with api.http.stream("GET", f"{api.url}/threads/{thread_id}/stream") as answer:
        assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["Location"] == f"/threads/{thread_id}/stream"
        run = api.post(f"/threads/{thread_id}/runs/stream", UPDATES)
        lines = answer.iter_lines()
        assert next(lines) == "event: metadata"
        told = json.loads(next(lines).removeprefix("data: "))
    assert told["run_id"] in run.headers["Content-Location"]


def test_a_quiet_thread_has_a_heartbeat(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "HEARTBEAT_SECONDS", 0.05)
    thread_id = api.ok("POST", "/threads", {})["thread_id"]
    with api.http.stream("GET", f"{api.url}/threads/{thread_id}/stream") as answer:
        assert next(answer.iter_lines()) == ": heartbeat"


def test_the_stream_ends_with_the_thread(api: Api) -> None:
    thread_id = api.ok("POST", "/threads", {})["thread_id"]
    with api.http.stream("GET", f"{api.url}/threads/{thread_id}/stream") as answer:
        assert api.delete(f"/threads/{thread_id}").status_code == 204
        assert list(answer.iter_lines()) == []


def test_two_listen_to_one_thread(api_url: str, api_key: str) -> None:
    async def listen() -> list[list[StreamPart]]:
        async with get_client(url=api_url, api_key=api_key) as client:
            thread_id = (await client.threads.create())["thread_id"]
            both = [asyncio.create_task(_until_done(client.threads.join_stream(thread_id))) for _listener in range(2)]
            await asyncio.sleep(0.3)
            await _run(client, thread_id)
            return await asyncio.gather(*both)

    first, second = wait_for(listen())
    assert first == second


def test_refusals(api: Api) -> None:
    thread_id = api.ok("POST", "/threads", {})["thread_id"]
    unknown = api.get(f"/threads/{thread_id}/stream?stream_modes=lifecycle,bogus")
    assert unknown.status_code == 422
    assert "bogus" in unknown.json()["detail"]
    assert api.get(f"/threads/{thread_id}/stream", headers={"Last-Event-ID": "soon"}).status_code == 422
    assert api.get(f"/threads/{uuid.uuid4()}/stream").status_code == 404
    assert api.get("/threads/none/stream").status_code == 422


async def test_a_listener_of_the_engine_ends_when_it_closes() -> None:
    relay = Relay()
    thread_id, run_id = uuid.uuid4(), uuid.uuid4()
    relay.begin(run_id, Origin(thread_id, {}, "adder"))
    async with aclosing(
        thread_chunks(relay.thread(thread_id), after=0, quiet=10, wanted=lambda _event: True)
    ) as chunks:
        relay.open(run_id).emit("metadata", b"{}")
        assert b"event: metadata" in await anext(chunks)
        relay.close()
        left = [chunk async for chunk in chunks]
    assert left == []


async def test_one_run_begins_before_the_end_of_the_other_is_known() -> None:
    """Its end is recorded, and its thread free for the next one, a moment before it is told."""
    relay, thread_id = Relay(), uuid.uuid4()
    first, second = (relay.begin(uuid.uuid4(), Origin(thread_id, {}, "adder")) for _number in range(2))
    first.emit("values", b'"first"')
    thread = relay.thread(thread_id)
    async with aclosing(thread_chunks(thread, after=0, quiet=0.05, wanted=lambda _event: True)) as chunks:
        assert b'"first"' in await anext(chunks)
        second.emit("values", b'"second"')
        assert await anext(chunks) == HEARTBEAT
        assert first.begun
        relay.finish(first.begun.run_id)
        assert [b"run_done" in (rest := await anext(chunks)), b'"second"' in rest] == [True, True]


async def test_a_run_that_has_not_told_anything_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    relay, thread_id = Relay(), uuid.uuid4()
    relay.begin(uuid.uuid4(), Origin(thread_id, {}, "adder"))
    thread, looked = relay.thread(thread_id), list[int]()
    after = thread.after
    monkeypatch.setattr(thread, "after", lambda seen: looked.append(seen) or after(seen))
    async with aclosing(thread_chunks(thread, after=0, quiet=0.2, wanted=lambda _event: True)) as chunks:
        assert await asyncio.wait_for(anext(chunks), 10) == HEARTBEAT
    assert looked == [], "it was said to have told something"
