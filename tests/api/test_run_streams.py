"""Streams of runs: begun, heard, lost and taken up again."""

import asyncio
from uuid import UUID

from langgraph_sdk import get_client, get_sync_client

from assistants_app.engine import engine
from tests.api.asking import Api
from tests.api.cutting import cutting_proxy
from tests.api.test_run_control import until
from tests.running import wait_for

MESSAGE = {"messages": [{"role": "user", "content": "Hi"}]}


def test_it_works(api_url: str, api_key: str) -> None:
    with get_sync_client(url=api_url, api_key=api_key) as client:
        parts = list(client.runs.stream(None, "writer", input=MESSAGE, stream_mode=["values", "updates"]))

    assert [part.event for part in parts] == ["metadata", "values", "updates", "values"]
    assert parts[0].data["attempt"] == 1
    assert parts[-1].data["messages"][-1]["content"] == "Be brief. You said: Hi"


def test_a_thread_keeps_what_was_said(api: Api, api_url: str, api_key: str) -> None:
    async def talk() -> list[str]:
        async with get_client(url=api_url, api_key=api_key) as client:
            said = []
            for text in ("one", "two"):
                given = {"messages": [{"role": "user", "content": text}]}
                thread_id = "7b0ad75d-7ec4-4d9c-9d0d-4ad3eb3ea5d5"
                run = client.runs.stream(thread_id, "writer", input=given, if_not_exists="create")
                said = [part.data async for part in run if part.event == "values"][-1]["messages"]
            return [message["content"] for message in said]

    assert asyncio.run(talk()) == ["one", "Be brief. You said: one", "two", "Be brief. You said: two"]


def test_unknown_threads_and_assistants_are_refused(api: Api) -> None:
    body = {"assistant_id": "writer", "input": MESSAGE}
    unknown = "7b0ad75d-7ec4-4d9c-9d0d-4ad3eb3ea5d5"

    assert api.post(f"/threads/{unknown}/runs/stream", body).status_code == 404
    assert api.post("/threads/xyz/runs/stream", body).status_code == 422
    assert api.post("/runs/stream", body | {"assistant_id": unknown}).status_code == 404
    nowhere = api.post("/runs/stream", body | {"assistant_id": "nope"})
    assert nowhere.status_code == 422
    assert "writer" in nowhere.json()["detail"]


def test_headers_lead_clients_back(api: Api) -> None:
    body = {"assistant_id": "writer", "input": MESSAGE}
    thread_id = api.ok("POST", "/threads", {})["thread_id"]
    with api.http.stream("POST", f"{api.url}/threads/{thread_id}/runs/stream", json=body) as answer:
        frames = answer.read().decode()

    where = answer.headers["Content-Location"]
    assert where.startswith(f"/threads/{thread_id}/runs/")
    assert answer.headers["Location"] == where + "/stream"
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert frames.startswith("event: metadata\r\ndata: {")
    assert api.ok("GET", where)["thread_id"] == thread_id
    alone = api.post("/runs/stream", body)
    assert alone.headers["Content-Location"].startswith("/runs/")
    assert alone.headers["Location"].startswith("/threads/")


def test_a_stream_goes_on_where_it_was_left(api: Api, api_url: str, api_key: str) -> None:
    thread_id = api.ok("POST", "/threads", {})["thread_id"]
    given = {"messages": [{"role": "user", "content": "200"}]}
    with get_sync_client(url=api_url, api_key=api_key) as client:
        stream = client.runs.stream(
            thread_id, "tokens", input=given, stream_mode=["messages-tuple", "updates"], stream_resumable=True
        )
        whole = list(stream)
        run_id = whole[0].data["run_id"]
        assert [part.id for part in whole] == [str(number + 1) for number in range(len(whole))], "unique, in order"

        assert list(client.runs.join_stream(thread_id, run_id)) == [], "from now on"
        assert list(client.runs.join_stream(thread_id, run_id, last_event_id="-1")) == whole
        assert list(client.runs.join_stream(thread_id, run_id, last_event_id="57")) == whole[57:]
        only = list(client.runs.join_stream(thread_id, run_id, last_event_id="-1", stream_mode="updates"))
        assert [part.event for part in only] == ["updates"]
        assert list(client.runs.join_stream(thread_id, run_id, last_event_id="999999")) == [], "a cursor past the end"

    address = f"/threads/{thread_id}/runs/{run_id}/stream"
    assert api.get(address, headers={"Last-Event-ID": "nonsense"}).status_code == 422
    assert api.get(address + "?stream_mode=bogus").status_code == 422


def test_the_client_reconnects_by_itself(api: Api, api_url: str, api_key: str) -> None:
    """Through a proxy that cuts each answer after a while; the client hears every event once."""
    thread_id = api.ok("POST", "/threads", {})["thread_id"]
    given = {"messages": [{"role": "user", "content": "300"}]}
    with (
        cutting_proxy(api_url, after=20_000, times=2) as (url, cuts),
        get_sync_client(url=url, api_key=api_key) as client,
    ):
        stream = client.runs.stream(thread_id, "tokens", input=given, stream_mode="messages-tuple")
        ids = [int(part.id) for part in stream if part.id]

    assert cuts == [2]
    assert ids == list(range(1, len(ids) + 1))
    assert len(ids) > 300


def test_the_async_client_reconnects_by_itself(api: Api, api_url: str, api_key: str) -> None:
    given = {"messages": [{"role": "user", "content": "300"}]}
    thread_id = api.ok("POST", "/threads", {})["thread_id"]

    async def hear(url: str) -> list[int]:
        async with get_client(url=url, api_key=api_key) as client:
            stream = client.runs.stream(thread_id, "tokens", input=given, stream_mode="messages-tuple")
            return [int(part.id) async for part in stream if part.id]

    with cutting_proxy(api_url, after=20_000, times=2) as (url, cuts):
        ids = wait_for(hear(url))
    assert cuts == [2]
    assert ids == list(range(1, len(ids) + 1))
    assert len(ids) > 300


def test_a_slow_reader_costs_little(api: Api) -> None:
    """Much more is streamed than may be kept: the reader hears the beginning, and then that it came too late."""
    body = {"assistant_id": "flood", "input": {"megabytes": 80}, "stream_mode": "custom"}
    with api.http.stream("POST", api.url + "/runs/stream", json=body) as answer:
        lines = answer.iter_lines()
        next(lines)
        run_id = answer.headers["Content-Location"].rpartition("/")[2]
        kept = wait_for(engine().remembered(UUID(run_id)))
        assert kept is not None
        until(lambda: kept.closed, seconds=60)
        assert kept.size < 40_000_000
        rest = [line for line in lines if line.startswith("event:")]
    assert rest[-1] == "event: error"
    assert len(rest) < 80
