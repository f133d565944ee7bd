"""Streams of runs: begun, heard, lost and taken up again."""

import asyncio

from langgraph_sdk import get_client, get_sync_client

from tests.api.asking import Api

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
