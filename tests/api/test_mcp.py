"""MCP, through the official client."""

import asyncio
import json
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import httpx2
import pytest
from django.db import connections
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from assistants_app.graphs.catalog import catalog
from assistants_app.models import Assistant, Role, Run, Thread
from assistants_app.services.assistants import create_assistant
from assistants_app.services.authors import SYSTEM
from assistants_app.services.keys import create_key
from tests.api.asking import Api

T = TypeVar("T")

JSON = {"Content-Type": "application/json"}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}
SAY_HI = {"messages": [{"role": "user", "content": "Hi"}]}


def speak(
    url: str,
    key: str,
    work: Callable[[Client], Awaitable[T]],
    *,
    header: str = "X-Api-Key",
    mode: str = "auto",
    seconds: float = 30,
) -> T:
    """What `work` returns, with the official client connected."""
    headers = {header: key if header == "X-Api-Key" else f"Bearer {key}"}

    async def inside() -> T:
        async with (
            httpx2.AsyncClient(headers=headers, timeout=seconds) as http,
            Client(streamable_http_client(url + "/mcp", http_client=http), mode=mode) as client,
        ):
            return await work(client)

    return asyncio.run(inside())


async def tools_of(client: Client) -> dict[str, Any]:
    found, cursor = {}, None
    while True:
        page = await client.list_tools(cursor=cursor)
        found |= {tool.name: tool for tool in page.tools}
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("header", ["X-Api-Key", "Authorization"])
@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_it_works(api_url: str, api_key: str, header: str, mode: str) -> None:
    async def work(client: Client) -> tuple[dict[str, Any], Any]:
        return await tools_of(client), await client.call_tool("writer", SAY_HI)

    tools, result = speak(api_url, api_key, work, header=header, mode=mode)
    assert tools["writer"].description == "Writes what it is told to."
    assert tools["writer"].input_schema["properties"]["messages"]["items"]["required"] == ["role", "content"]
    assert "broken" not in tools
    assert [part.text for part in result.content] == ["Be brief. You said: Hi"]
    assert result.structured_content["messages"][-1]["content"] == "Be brief. You said: Hi"
    assert not result.is_error
    wait_until(lambda: not Thread.objects.exists())


def wait_until(told: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not told():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def elsewhere(told: Callable[[], bool]) -> None:
    """The same in a thread that ends, and leaves no connection behind."""
    try:
        wait_until(told)
    finally:
        connections.close_all()


def test_a_graph_without_messages_answers_with_its_values(api_url: str, api_key: str) -> None:
    result = speak(api_url, api_key, lambda client: client.call_tool("adder", {"left": 2, "right": 3}))
    assert result.structured_content == {"left": 2, "right": 3, "total": 5}
    assert json.loads(result.content[0].text) == result.structured_content


def test_what_goes_wrong_in_a_run_is_a_result_for_the_model_to_read(api_url: str, api_key: str) -> None:
    failed = speak(api_url, api_key, lambda client: client.call_tool("failing", SAY_HI))
    assert (failed.is_error, failed.content[0].text) == (True, "the graph fell over")

    asks = speak(api_url, api_key, lambda client: client.call_tool("approval", SAY_HI))
    assert asks.is_error
    assert "May I?" in asks.content[0].text


def test_an_unknown_tool_and_cursor_are_errors_of_the_protocol(api_url: str, api_key: str) -> None:
    async def refusals(client: Client) -> list[str]:
        asked = [client.call_tool("nope", {}), *(client.list_tools(cursor=one) for one in ("-1", "x", "9" * 20))]
        return [str(one) for one in await asyncio.gather(*asked, return_exceptions=True) if isinstance(one, MCPError)]

    assert speak(api_url, api_key, refusals) == ["There is no tool 'nope' here.", *["There is no such cursor."] * 3]


def test_names_are_unique_valid_and_stay(api_url: str, api_key: str) -> None:
    for name in ("writer", "Writer's Ärger №1", "写作", "写作", "x" * 200, "x" * 200, "writer", "a" * 70):
        create_assistant(graph_id="writer", name=name, author=SYSTEM, settings={"system_prompt": "Own."})
    before = speak(api_url, api_key, tools_of)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in before)
    available = [entry.graph_id for entry in catalog().entries() if entry.available]
    assert len(before) == Assistant.objects.filter(graph_id__in=available).count()
    assert "Writer_s_Arger_No1" in before
    own = [name for name in before if name.startswith("writer-")]
    assert len(own) == 2

    create_assistant(graph_id="writer", name="writer", author=SYSTEM, settings={})
    assert set(before) < set(speak(api_url, api_key, tools_of))
    answer = speak(api_url, api_key, lambda client: client.call_tool(own[0], SAY_HI))
    assert answer.content[0].text == "Own. You said: Hi"


def test_many_assistants_come_in_pages(api_url: str, api_key: str) -> None:
    for number in range(120):
        create_assistant(graph_id="adder", name=f"A{number}", author=SYSTEM, settings={})
    first = speak(api_url, api_key, lambda client: client.list_tools())
    assert len(first.tools) == 100
    assert {f"A{number}" for number in range(120)} < set(speak(api_url, api_key, tools_of))


def test_a_client_that_leaves_ends_the_run(api_url: str, api_key: str) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "slow", "arguments": SAY_HI}}
    headers = {"X-Api-Key": api_key, "Accept": "application/json, text/event-stream"}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(api_url + "/mcp", json=call, headers=headers, timeout=1)
    wait_until(lambda: not Run.objects.filter(status__in=["pending", "running"]).exists())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_steps_are_told_while_a_run_goes_on(api_url: str, api_key: str, mode: str) -> None:
    steps: list[tuple[float, str | None]] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        steps.append((progress, message))

    result = speak(
        api_url,
        api_key,
        lambda client: client.call_tool("two_steps", {"text": "a"}, progress_callback=heard),
        mode=mode,
    )
    assert steps == [(1, "first"), (2, "second")]
    assert result.structured_content["log"] == ["first:a", "second:a"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("progress", [False, True])
def test_a_call_that_is_cancelled_ends_the_run(api_url: str, api_key: str, mode: str, progress: bool) -> None:
    """By a notification in the older protocol, by leaving the answer in the newer one."""

    async def heard(_progress: float, _total: float | None, _message: str | None) -> None:
        pass

    async def work(client: Client) -> None:
        calling = asyncio.create_task(client.call_tool("slow", SAY_HI, progress_callback=heard if progress else None))
        await asyncio.to_thread(elsewhere, Run.objects.filter(status="running").exists)
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
        await asyncio.to_thread(elsewhere, lambda: not Run.objects.unfinished().exists())
        await asyncio.sleep(0.3)  # its older client does not like to be closed while an answer comes

    speak(api_url, api_key, work, mode=mode)
    assert not Run.objects.unfinished().exists()


def test_a_cancellation_stops_nothing_of_others(api: Api) -> None:
    """Neither of another session nor of another key."""
    session = api.post("/mcp", INITIALIZE).headers["Mcp-Session-Id"]
    thread_id = api.ok("POST", "/threads", {})["thread_id"]
    run = {"assistant_id": "slow", "input": SAY_HI, "metadata": {"mcp_session": session, "mcp_request": 7}}
    run_id = api.ok("POST", f"/threads/{thread_id}/runs", run)["run_id"]
    viewer = create_key(name="looks", role=Role.VIEWER, created_by=None)[1]
    for headers, request_id in (
        ({"Mcp-Session-Id": str(uuid.uuid4())}, 7),
        ({}, 7),
        ({"Mcp-Session-Id": session}, "7"),
        ({"Mcp-Session-Id": session}, None),
        ({"Mcp-Session-Id": session, "X-Api-Key": viewer}, 7),
    ):
        told = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": request_id}}
        api.post("/mcp", told, headers=headers)
    time.sleep(0.3)
    assert api.ok("GET", f"/threads/{thread_id}/runs/{run_id}")["status"] in ("pending", "running")
    told = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}
    assert api.post("/mcp", told, headers={"Mcp-Session-Id": session}).status_code == 202
    wait_until(lambda: not Run.objects.unfinished().exists())


def test_what_a_tool_gives_back_is_told(api_url: str, api_key: str) -> None:
    """The official client refuses an answer that differs from it."""

    async def work(client: Client) -> tuple[dict[str, Any], list[Any]]:
        calls = [("writer", SAY_HI), ("adder", {"left": 1, "right": 2}), ("total", {}), ("bad", {"way": "fine"})]
        return await tools_of(client), [await client.call_tool(name, given) for name, given in calls]

    tools, results = speak(api_url, api_key, work)
    assert tools["writer"].output_schema["properties"]["messages"]["type"] == ["array", "null"]
    assert all(one.structured_content for one in results if not one.is_error)


def test_there_are_no_sessions(api: Api) -> None:
    assert api.get("/mcp").status_code == 405
    assert api.get("/mcp/").headers["Allow"] == "POST"
    assert api.delete("/mcp").status_code == 404
    session = api.post("/mcp", INITIALIZE).headers["Mcp-Session-Id"]
    assert api.delete("/mcp", headers={"Mcp-Session-Id": session}).status_code == 204


def test_bad_messages_are_refused(api: Api) -> None:
    assert api.http.post(api.url + "/mcp", content=b"{", headers=JSON).json()["error"]["code"] == -32700
    nan = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "adder", "x": NaN}}'
    assert api.http.post(api.url + "/mcp", content=nan, headers=JSON).status_code == 400
    assert api.http.post(api.url + "/mcp", content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    for body in ([], {}, {"jsonrpc": "2.0"}, [{"jsonrpc": "2.0", "id": 1, "method": "x"}]):
        assert api.post("/mcp", body).status_code == 400
    assert api.post("/mcp", PING, headers={"Accept": "text/html"}).status_code == 406
    assert api.post("/mcp", PING).json() == {"jsonrpc": "2.0", "id": 1, "result": {}}
    assert api.post("/mcp/", {"jsonrpc": "2.0", "method": "notifications/initialized"}).status_code == 202


def test_without_a_key_nobody_gets_in(api_url: str) -> None:
    assert httpx.post(api_url + "/mcp", json=PING).status_code == 401
