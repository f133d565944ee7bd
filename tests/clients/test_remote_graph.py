"""LangGraph's own `RemoteGraph`: an assistant of this site as a graph of another program."""

import asyncio
from typing import Any

from langchain_core.messages import AnyMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.pregel.remote import RemoteGraph
from langgraph_sdk import get_client, get_sync_client

HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello"}]}


def last_text(values: Any) -> str:
    return str(values["messages"][-1]["content"])


def test_it_works(api_url: str, api_key: str) -> None:
    with get_sync_client(url=api_url, api_key=api_key) as client:
        remote = RemoteGraph("writer", sync_client=client)

        assert last_text(remote.invoke(HELLO)) == "Be brief. You said: Hello"
        parts = list(remote.stream(HELLO, stream_mode=["updates", "values"]))
        assert [part[0] for part in parts] == ["values", "updates", "values"]
        assert remote.get_graph().nodes


def test_it_keeps_state_on_a_thread(api_url: str, api_key: str) -> None:
    with get_sync_client(url=api_url, api_key=api_key) as client:
        remote = RemoteGraph("writer", sync_client=client)
        thread = client.threads.create()
        config: Any = {"configurable": {"thread_id": thread["thread_id"]}}
        remote.invoke(HELLO, config)
        state = remote.get_state(config)
        assert last_text(state.values) == "Be brief. You said: Hello"
        remote.update_state(config, {"messages": [{"role": "user", "content": "By hand"}]}, as_node="write")
        assert last_text(remote.get_state(config).values) == "By hand"
        history = list(remote.get_state_history(config, limit=10))
        assert [len(one.values["messages"]) for one in history] == [3, 2, 1, 0]


def test_it_works_async(api_url: str, api_key: str) -> None:
    async def play() -> None:
        async with get_client(url=api_url, api_key=api_key) as client:
            remote = RemoteGraph("writer", client=client)
            assert last_text(await remote.ainvoke(HELLO)) == "Be brief. You said: Hello"
            parts = [part async for part in remote.astream(HELLO, stream_mode="values")]
            assert last_text(parts[-1]) == "Be brief. You said: Hello"
            assert (await remote.aget_graph()).nodes

    asyncio.run(play())


def test_it_is_a_node_of_another_graph(api_url: str, api_key: str) -> None:
    with get_sync_client(url=api_url, api_key=api_key) as client:
        outer = StateGraph(MessagesState).add_node("remote", RemoteGraph("writer", sync_client=client))
        graph = outer.add_edge(START, "remote").add_edge("remote", END).compile()
        done = graph.invoke(HELLO)
        messages: list[AnyMessage] = done["messages"]
        assert messages[-1].text == "Be brief. You said: Hello"


def test_an_interrupt_reaches_the_outer_program(api_url: str, api_key: str) -> None:
    with get_sync_client(url=api_url, api_key=api_key) as client:
        remote = RemoteGraph("approval", sync_client=client)
        thread = client.threads.create()
        config: Any = {"configurable": {"thread_id": thread["thread_id"]}}
        remote.invoke(HELLO, config)
        [task] = remote.get_state(config).tasks
        assert task.interrupts[0].value == {"question": "May I?"}
