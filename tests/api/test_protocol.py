"""The thread-centred protocol, by the official clients: `client.threads.stream(…)`, over both of its transports."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from langgraph_sdk import get_client, get_sync_client
from langgraph_sdk.client import LangGraphClient

from assistants_app.engine import engine
from tests.running import wait_for

Stream = Any
Talk = Callable[[Stream, LangGraphClient], Coroutine[Any, Any, Any]]


def said(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


@pytest.fixture(params=["sse", "websocket"])
def talk(request: pytest.FixtureRequest, api_url: str, api_key: str) -> Callable[..., Any]:
    """`talk(graph, what)`: what a coroutine function makes of a new session with a graph."""

    @asynccontextmanager
    async def session(graph_id: str, thread_id: str | None) -> AsyncIterator[tuple[Stream, LangGraphClient]]:
        async with (
            get_client(url=api_url, api_key=api_key) as client,
            client.threads.stream(
                thread_id, assistant_id=graph_id, transport=request.param, headers={"X-Api-Key": api_key}
            ) as thread,
        ):
            yield thread, client

    def run(graph_id: str, what: Talk, thread_id: str | None = None) -> Any:
        async def work() -> Any:
            async with session(graph_id, thread_id) as (thread, client):
                return await what(thread, client)

        return wait_for(work())

    return run


async def _collect(events: AsyncIterator[Any]) -> list[Any]:
    return [event async for event in events]


def test_it_works(talk: Callable[..., Any]) -> None:
    async def messages(thread: Stream, _client: LangGraphClient) -> list[tuple[Any, list[str]]]:
        started = await thread.run.start(input=said("3"))
        assert started["run_id"]
        written = await _collect(thread.messages)
        return [(await message.output, await _collect(message.text)) for message in written]

    ((message, deltas),) = talk("tokens", messages)
    assert deltas == ["w0 ", "w1 ", "w2 "]
    assert message.text == "w0 w1 w2 "
    assert message.usage_metadata == {"input_tokens": 3, "output_tokens": 3, "total_tokens": 6}


def test_the_sync_client(api_url: str, api_key: str) -> None:
    with (
        get_sync_client(url=api_url, api_key=api_key) as client,
        client.threads.stream(assistant_id="tokens") as thread,
    ):
        thread.run.start(input=said("2"))
        assert [str(message.text) for message in thread.messages] == ["w0 w1 "]
        thread.run.start(input=said("1"))
        assert [str(message.text) for message in thread.messages] == ["w0 "]


def test_values_and_updates(talk: Callable[..., Any]) -> None:
    async def both(thread: Stream, _client: LangGraphClient) -> list[Any]:
        await thread.run.start(input={"left": 1, "right": 2})
        return await _collect(thread.subscribe(["values", "updates"]))

    events = talk("adder", both)
    assert [(event["method"], event["params"]["data"]) for event in events] == [
        ("values", {"left": 1, "right": 2}),
        ("updates", {"total": 3}),
        ("values", {"left": 1, "right": 2, "total": 3}),
    ]
    assert events[1]["params"]["node"] == "add"


def test_calls_of_tools(talk: Callable[..., Any]) -> None:
    async def calls(thread: Stream, _client: LangGraphClient) -> Any:
        await thread.run.start(input=said("Paris"))
        return [(call.name, call.input, await call.output) for call in await _collect(thread.tool_calls)]

    ((name, given, output),) = talk("tool_node", calls)
    assert (name, given, output["content"]) == ("weather", {"city": "Paris"}, "sunny in Paris")


def test_a_tool_that_fails_and_the_run_with_it(talk: Callable[..., Any]) -> None:
    async def calls(thread: Stream, _client: LangGraphClient) -> None:
        await thread.run.start(input=said("Atlantis"))
        (call,) = await _collect(thread.tool_calls)
        with pytest.raises(RuntimeError, match="no weather in Atlantis"):
            await call.output
        with pytest.raises(RuntimeError, match="Run errored: There is no weather in Atlantis"):
            await thread.output

    talk("tool_node", calls)


def test_what_a_graph_writes_under_a_name(talk: Callable[..., Any]) -> None:
    async def named(thread: Stream, _client: LangGraphClient) -> Any:
        await thread.run.start(input=said("Paris"))
        return await _collect(thread.extensions["looking"])

    assert talk("tool_node", named) == [{"name": "looking", "payload": {"city": "Paris"}}]


def test_graphs_inside(talk: Callable[..., Any]) -> None:
    async def inside(thread: Stream, _client: LangGraphClient) -> Any:
        await thread.run.start(input=said("hi"))
        (child,) = await _collect(thread.subgraphs)
        own = [str(await message.text) for message in await _collect(child.messages)]
        outer = [str(await message.text) for message in await _collect(thread.messages)]
        return child.graph_name, child.status, own, outer

    assert talk("family", inside) == ("child", "completed", ["hello from here"], ["hello from here"])


def test_several_at_once_in_their_order(talk: Callable[..., Any]) -> None:
    async def interleaved(thread: Stream, _client: LangGraphClient) -> list[str]:
        await thread.run.start(input=said("Paris"))
        return [name async for name, _item in thread.interleave_projections(["values", "messages", "tool_calls"])]

    assert talk("tool_node", interleaved) == [
        *["values", "messages", "values", "tool_calls", "values", "messages", "values"],
    ]


async def _until_asked(thread: Stream) -> dict[str, Any]:
    async for event in thread.subscribe(["input"]):
        assert event["method"] == "input.requested"
        break
    await asyncio.sleep(0.3)  # the session's own watching stream hears it too
    return dict(thread.interrupts[0])


def test_a_question_and_its_answer(talk: Callable[..., Any]) -> None:
    async def answer(thread: Stream, _client: LangGraphClient) -> Any:
        await thread.run.start(input={"text": "x"})
        asked = await _until_asked(thread)
        await thread.run.respond("yes")
        events = await _collect(thread.subscribe(["values"], namespaces=[[]], depth=0))
        return asked, events[-1]["params"]["data"]

    asked, values = talk("asks_inside", answer)
    assert asked["value"] == {"ask": "ok?"}
    assert [step.partition(":")[0] for step in asked["namespace"]] == ["child"]
    assert values == {"text": "x", "log": ["route", "think", "answer: yes"]}


def test_a_run_that_is_cancelled_ends_its_stream(talk: Callable[..., Any]) -> None:
    async def cancel(thread: Stream, _client: LangGraphClient) -> None:
        run = await thread.run.start(input=said("hi"))
        engine().cancel(UUID(run["run_id"]))
        with pytest.raises(RuntimeError, match="cancelled"):
            await thread.output.with_timeout(10)

    talk("slow", cancel)


def test_a_run_that_is_cancelled_before_its_turn_ends_too(talk: Callable[..., Any]) -> None:
    async def ends_of(thread: Stream) -> list[str]:
        ends: list[str] = []
        async for event in thread.events:
            if event.get("method") == "lifecycle" and event["params"]["data"]["event"] == "failed":
                ends.append(event["event_id"].split(":")[1])
            if len(ends) == 2:
                break
        return ends

    async def cancel(thread: Stream, _client: LangGraphClient) -> list[Any]:
        first = await thread.run.start(input=said("hi"))
        second = await thread.run.start(input=said("hi"))
        listening = asyncio.create_task(ends_of(thread))
        await asyncio.sleep(0.3)
        engine().cancel(UUID(second["run_id"]))
        await asyncio.sleep(0.3)
        engine().cancel(UUID(first["run_id"]))
        return [await listening, [first["run_id"], second["run_id"]]]

    ends, runs = talk("slow", cancel)
    assert ends == runs


def test_a_new_session_is_not_ended_by_an_earlier_runs_end(talk: Callable[..., Any]) -> None:
    async def first(thread: Stream, _client: LangGraphClient) -> str:
        await thread.run.start(input=said("1"))
        assert len(await _collect(thread.messages)) == 1
        return str(thread.thread_id)

    async def second(thread: Stream, _client: LangGraphClient) -> Any:
        await asyncio.sleep(0.3)  # its watching stream is open now
        assert not thread._run_done.done()
        await thread.run.start(input=said("2"))
        return [str(await message.text) for message in await _collect(thread.messages)]

    thread_id = talk("tokens", first)
    assert talk("tokens", second, thread_id) == ["w0 w1 "]


def test_runs_that_others_begin_are_told_too(talk: Callable[..., Any]) -> None:
    async def attached(thread: Stream, client: LangGraphClient) -> Any:
        messages = asyncio.create_task(_collect(thread.messages))
        await asyncio.sleep(0.3)
        async for _part in client.runs.stream(
            thread.thread_id, "tokens", input=said("2"), stream_mode=["messages-tuple", "values"]
        ):
            pass
        return [str(await message.text) for message in await messages]

    with_thread = talk("tokens", _make_thread)
    assert talk("tokens", attached, with_thread) == ["w0 w1 "]


def test_the_output_of_a_run_is_the_state_of_its_thread(talk: Callable[..., Any]) -> None:
    async def outputs(thread: Stream, _client: LangGraphClient) -> Any:
        snapshots = asyncio.create_task(_collect(thread.values))
        await asyncio.sleep(0.3)
        await thread.run.start(input={"left": 1, "right": 2})
        return await thread.output, await snapshots

    async def again(thread: Stream, _client: LangGraphClient) -> Any:
        return await thread.output

    thread_id = talk("adder", _make_thread)
    output, snapshots = talk("adder", outputs, thread_id)
    assert output == {"left": 1, "right": 2, "total": 3}
    assert snapshots[1:] == [{"left": 1, "right": 2}, output]
    assert talk("adder", again, thread_id) == output


def test_the_drawing_of_the_graph(talk: Callable[..., Any]) -> None:
    async def tree(thread: Stream, client: LangGraphClient) -> Any:
        thread.assistant_id = (await client.assistants.search(graph_id="adder"))[0]["assistant_id"]
        return await thread.agent.get_tree()

    assert "add" in {node["id"] for node in talk("adder", tree)["nodes"]}


async def _make_thread(_thread: Stream, client: LangGraphClient) -> str:
    return (await client.threads.create())["thread_id"]
