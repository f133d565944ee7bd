"""The stream that the page's script reads: progressive, complete for whoever comes late, gone when the run is."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import StreamingHttpResponse
from django.test import AsyncClient

from assistants_app.domain.json_values import Json
from assistants_app.engine import Engine
from assistants_app.models import Person
from assistants_app.web.chat.stream import frames_of
from tests.running import listen, wait_for
from tests.web.chatting import Chat

Frame = tuple[str, Json]


def parsed(chunk: bytes) -> list[Frame]:
    frames = []
    for block in chunk.decode().split("\r\n\r\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\r\n") if not line.startswith(":") and ": " in line)
        if lines:
            frames.append((lines["event"], json.loads(lines["data"])))
    return frames


def heard(run_id: uuid.UUID) -> list[list[Frame]]:
    """The frames of each chunk until the stream's end."""

    async def collect() -> list[list[Frame]]:
        return [parsed(chunk) async for chunk in frames_of(run_id)]

    return wait_for(collect())


def written(frames: list[Frame]) -> str:
    """The HTML on the screen after these frames of one message."""
    settled = last = ""
    for name, frame in frames:
        if name == "reply":
            settled = frame["settled"] if frame["from"] == 0 else settled + frame["settled"]
            last = frame["last"]
    return str(settled + last)


def test_it_works(serving: Engine, erin: Person) -> None:
    chat = Chat.with_graph(erin, "echo", delay=0.05)
    chat.post("send", {"message": "one two three **four** five six"}, wait=False)
    chunks = heard(chat.run.run_id)
    assert len(chunks) > 2, "it comes in pieces"
    assert len(chunks) <= 8, "Markdown is rendered at most ten times a second"
    frames = [frame for chunk in chunks for frame in chunk]
    assert "<strong>four</strong>" not in written(frames[:1])
    assert written(frames) == "<p>You said: one two three <strong>four</strong> five six</p>\n"
    assert frames[-1] == ("end", {})


def test_the_answer_to_a_message_is_its_stream(serving: Engine, erin: Person) -> None:
    chat = Chat.with_graph(erin, "echo")
    headers = {"HX-Request": "true", "Accept": "text/event-stream"}

    async def send() -> tuple[StreamingHttpResponse, list[Frame]]:
        client = AsyncClient()
        await client.aforce_login(erin)
        response = await client.post(f"{chat.url}send/", {"message": "one **two**"}, headers=headers)
        assert isinstance(response, StreamingHttpResponse)
        content = response.streaming_content
        assert isinstance(content, AsyncIterator)
        return response, [frame async for chunk in content for frame in parsed(chunk)]

    response, frames = wait_for(send())
    assert response["X-Chat-Thread"]
    assert frames[0][0] == "begun"
    assert "one **two**" in frames[0][1]["html"]
    assert written(frames) == "<p>You said: one <strong>two</strong></p>\n"
    assert frames[-1] == ("end", {})


def test_who_comes_late_gets_all_so_far_in_one_frame(serving: Engine, erin: Person) -> None:
    chat = Chat.with_graph(erin, "echo")
    chat.post("send", {"message": "word " * 300}, wait=False)
    listen(chat.run)
    frames = [frame for chunk in heard(chat.run.run_id) for frame in chunk]
    assert [name for name, _frame in frames] == ["nodes", "reply", "end"]
    assert frames[1][1]["from"] == 0
    assert written(frames).count("word") == 300


def test_a_tool_call_is_drawn_and_drawn_again(serving: Engine, erin: Person) -> None:
    chat = Chat.with_graph(erin, "uses_tool").send("Look it up")
    frames = [frame for chunk in heard(chat.run.run_id) for frame in chunk]
    cards = [frame["html"] for name, frame in frames if name == "tool"]
    assert "look_up" in cards[-1]
    assert "<script>alert" not in cards[-1]
    assert "unseen" not in written(frames)


def test_the_answer_is_a_stream_that_nobody_keeps(serving: Engine, erin: Person) -> None:
    chat = Chat.with_graph(erin, "echo").send("Hi")

    async def ask() -> StreamingHttpResponse:
        client = AsyncClient()
        await client.aforce_login(erin)
        response = await client.get(f"{chat.url}runs/{chat_run}/stream/")
        assert isinstance(response, StreamingHttpResponse)
        body = response.streaming_content
        assert isinstance(body, AsyncIterator)
        assert b"event: end" in b"".join([chunk async for chunk in body])
        await sync_to_async(connections.close_all)()  # of the helper thread that asked the database
        return response

    chat_run = chat.run.run_id
    response = wait_for(ask())
    assert response["Content-Type"].startswith("text/event-stream")
    assert response["Cache-Control"] == "no-store"


def test_leaving_ends_only_the_listening(serving: Engine, erin: Person) -> None:
    chat = Chat.with_graph(erin, "echo", delay=0.05)
    chat.post("send", {"message": "one two three four"}, wait=False)
    run_id = chat.run.run_id

    async def leave() -> None:
        frames = frames_of(run_id)
        assert await anext(frames)
        await frames.aclose()  # type: ignore[attr-defined]
        await asyncio.sleep(0.01)
        assert len(asyncio.all_tasks()) == 1

    wait_for(leave())
    chat.finish()
    assert "one two three four" in chat.html


@pytest.mark.usefixtures("serving")
def test_a_run_that_is_not_there_ends_at_once() -> None:
    assert heard(uuid.uuid4()) == [[("end", {})]]


def test_where_a_graph_without_messages_is(serving: Engine, erin: Person) -> None:
    chat = Chat.with_graph(erin, "adder")
    chat.post("send", {"input:/left": "2", "input:/right": "3", "input:/right#state": "value"})
    assert ("nodes", {"nodes": ["add"], "ran": []}) in [frame for chunk in heard(chat.run.run_id) for frame in chunk]


def test_where_a_graph_is_that_writes_messages_elsewhere(serving: Engine, erin: Person) -> None:
    """Two nodes at once that write nothing: both are told while they run, and which of them goes on."""
    chat = Chat.with_graph(erin, "looking")
    chat.post("send", {"message": "Look."}, wait=False)
    told = [frame for chunk in heard(chat.run.run_id) for name, frame in chunk if name == "nodes"]
    assert {"nodes": ["left", "right"], "ran": []} in told
    assert {"nodes": ["right"], "ran": ["left"]} in told
    assert told[-1] == {"nodes": ["say"], "ran": ["right"]}
