"""The official Python client, `langgraph-sdk`, async and sync: every public method of every part of it works."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from langgraph_sdk import get_client, get_sync_client

from tests.clients.faces import Faced, public_methods
from tests.clients.scenarios import SCENARIOS
from tests.clients.scenarios.registry import human

ELSEWHERE = {"threads.stream"}
"""A client of its own, which differs between async and sync: below, and in `tests/api/test_protocol.py`."""


@asynccontextmanager
async def connected(kind: str, url: str, key: str) -> AsyncIterator[Faced]:
    if kind == "async":
        async with get_client(url=url, api_key=key) as client:
            yield Faced(client)
    else:
        with get_sync_client(url=url, api_key=key) as client:
            yield Faced(client)


@pytest.mark.parametrize("kind", ["async", "sync"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_it_works(name: str, kind: str, api_url: str, api_key: str) -> None:
    scenario, methods = SCENARIOS[name]

    async def play() -> set[str]:
        async with asyncio.timeout(60), connected(kind, api_url, api_key) as client:
            await scenario(client)
            return client.called

    assert asyncio.run(play()) >= methods


def test_the_thread_centred_client(api_url: str, api_key: str) -> None:
    async def talk() -> str:
        async with (
            get_client(url=api_url, api_key=api_key) as client,
            client.threads.stream(assistant_id="writer") as thread,
        ):
            await thread.run.start(input=human("Hello"))
            messages = [message async for message in thread.messages]
            return str((await messages[-1].output).text)

    assert asyncio.run(talk()) == "Be brief. You said: Hello"


def test_the_sync_thread_centred_client(api_url: str, api_key: str) -> None:
    with (
        get_sync_client(url=api_url, api_key=api_key) as client,
        client.threads.stream(assistant_id="writer") as thread,
    ):
        thread.run.start(input=human("Hello"))
        assert [str(message.text) for message in thread.messages] == ["Be brief. You said: Hello"]


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_no_method_is_forgotten(kind: str) -> None:
    async def list_methods() -> set[str]:
        async with connected(kind, "http://localhost:1", "") as client:
            return set(public_methods(client.own))

    told = {method for _scenario, methods in SCENARIOS.values() for method in methods}
    assert asyncio.run(list_methods()) - ELSEWHERE == told
