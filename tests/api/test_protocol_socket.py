"""The thread-centred protocol by WebSocket: who may connect, many subscriptions on one connection, bounds."""

import asyncio
import json
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from assistants_app.api.protocol import socket as module
from assistants_app.api.protocol.commands import COMMANDS, Given
from assistants_app.models import Role
from assistants_app.services.keys import create_key, revoke_key
from tests.api.asking import Api
from tests.running import wait_for

Work = Callable[[ClientConnection], Coroutine[Any, Any, Any]]
ADD = {"assistant_id": "adder", "input": {"left": 1, "right": 2}}


def talk(api: Api, work: Work, *, thread_id: str = "", headers: dict[str, str] | None = None, path: str = "") -> Any:
    """What `work` makes of a connection to a thread, a new one when none is named."""
    url = api.url.replace("http", "ws", 1) + (path or f"/threads/{thread_id or uuid.uuid4()}/stream/events")

    async def session() -> Any:
        given = {"X-Api-Key": api.key} if headers is None else headers
        async with connect(url, additional_headers=given, max_size=None) as connection:
            return await work(connection)

    return wait_for(session())


async def ask(
    connection: ClientConnection, method: str, number: int = 1, events: list[Any] | None = None, **params: Any
) -> dict[str, Any]:
    """The answer to a command; events that come before it go into `events`."""
    await connection.send(json.dumps({"id": number, "method": method, "params": params}))
    while True:
        told: dict[str, Any] = json.loads(await connection.recv())
        if told.get("id") == number:
            return told
        if events is not None:
            events.append(told)


def kind(event: dict[str, Any]) -> str:
    data = event["params"]["data"]
    return f"lifecycle:{data['event']}" if event["method"] == "lifecycle" else str(event["method"])


async def closed(connection: ClientConnection) -> tuple[int, str]:
    """How the server ended the connection."""
    await connection.wait_closed()
    return connection.close_code or 0, connection.close_reason or ""


def test_it_works(api: Api) -> None:
    """Commands and events on one connection, as the JavaScript client speaks."""

    async def work(connection: ClientConnection) -> list[str]:
        events: list[Any] = []
        started = await ask(connection, "run.start", 1, events, **ADD)
        assert started["type"] == "success"
        first = await ask(connection, "subscription.subscribe", 2, events, channels=["lifecycle"])
        second = await ask(connection, "subscription.subscribe", 3, events, channels=["values"])
        assert first["result"]["subscription_id"] != second["result"]["subscription_id"]
        while not {"lifecycle:completed", "values"} <= {kind(event) for event in events}:
            events.append(json.loads(await connection.recv()))
        assert (await ask(connection, "state.get", 4))["result"]["values"]["total"] == 3
        return [kind(event) for event in events]

    assert talk(api, work)[0] == "lifecycle:running"


def test_what_is_unsubscribed_tells_no_more(api: Api) -> None:
    async def work(connection: ClientConnection) -> None:
        await ask(connection, "run.start", 1, **ADD)
        told = await ask(connection, "subscription.subscribe", 2, channels=["values"])
        name = told["result"]["subscription_id"]
        assert (await ask(connection, "subscription.unsubscribe", 3, subscription_id=name))["type"] == "success"
        again = await ask(connection, "subscription.unsubscribe", 4, subscription_id=name)
        assert again["error"] == "no_such_subscription"
        await ask(connection, "run.start", 5, **ADD)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connection.recv(), 1)

    talk(api, work)


@pytest.mark.parametrize(
    ("given", "code"),
    [({}, 4401), ({"X-Api-Key": "as_wrong"}, 4401), ({"Cookie": "sessionid=x"}, 4401)],
)
def test_who_has_no_key_is_told_so(given: dict[str, str], code: int, api: Api) -> None:
    assert talk(api, closed, headers=given)[0] == code


def test_what_is_not_there(api: Api) -> None:
    async def subscribe(connection: ClientConnection) -> tuple[dict[str, Any], int]:
        told = await ask(connection, "subscription.subscribe", channels=["values"])
        return told, (await closed(connection))[0]

    told, code = talk(api, subscribe)
    assert (told["type"], told["error"], code) == ("error", "unknown_error", 4404)
    assert talk(api, closed, path="/threads/none/stream/events")[0] == 4422
    for path in ("/threads/search", "/nothing", f"/threads/{uuid.uuid4()}/stream"):
        with pytest.raises(InvalidStatus):
            talk(api, closed, path=path)


def test_commands_that_cannot_be_understood(api: Api) -> None:
    """They are answered, and the connection goes on."""

    async def work(connection: ClientConnection) -> list[str]:
        errors = []
        for text in ("", "{", "[]", "NaN", '{"id": "1", "method": "run.start"}', '{"id": 1, "method": "none"}'):
            await connection.send(text)
            errors.append(json.loads(await connection.recv())["error"])
        await connection.send(b"\xff\x00")
        errors.append(json.loads(await connection.recv())["error"])
        errors.append((await ask(connection, "subscription.subscribe", channels=["none"]))["error"])
        errors.append((await ask(connection, "subscription.reconnect"))["error"])
        assert (await ask(connection, "run.start", **ADD))["type"] == "success"
        return errors

    errors = talk(api, work)
    assert errors == [
        *["invalid_argument"] * 5,
        "unknown_command",
        "invalid_argument",
        "unknown_error",
        "not_supported",
    ]


def test_bounds(api: Api, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SUBSCRIPTIONS", 1)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    thread_id = api.ok("POST", "/threads", {})["thread_id"]

    async def work(connection: ClientConnection) -> tuple[int, str]:
        await ask(connection, "subscription.subscribe", 1, channels=["values"])
        assert (await ask(connection, "subscription.subscribe", 2, channels=["values"]))["error"] == "invalid_argument"
        await connection.send("x" * 1001)
        return await closed(connection)

    assert talk(api, work, thread_id=thread_id)[0] == module.TOO_LARGE


def test_each_command_is_a_call_of_its_key(api: Api) -> None:
    """It counts among those, and a key that is revoked says nothing more."""
    _key, secret = create_key(name="slow", role=Role.VIEWER, created_by=None, requests_per_minute=3)

    async def too_often(connection: ClientConnection) -> int:
        for number in range(2):
            assert (await ask(connection, "run.start", number, **ADD))["type"] == "success"
        await connection.send(json.dumps({"id": 3, "method": "run.start", "params": ADD}))
        return (await closed(connection))[0]

    assert talk(api, too_often, headers={"X-Api-Key": secret}) == 4429

    key, other = create_key(name="other", role=Role.VIEWER, created_by=None)

    async def revoked(connection: ClientConnection) -> int:
        await ask(connection, "run.start", 1, **ADD)
        await asyncio.to_thread(_revoke, key.pk)
        await connection.send(json.dumps({"id": 2, "method": "run.start", "params": ADD}))
        return (await closed(connection))[0]

    assert talk(api, revoked, headers={"X-Api-Key": other}) == 4401


def _revoke(key_id: uuid.UUID) -> None:
    from django.db import connections

    revoke_key(key_id=key_id)
    connections.close_all()


def test_pages_of_other_sites(api: Api, settings: Any) -> None:
    """With a key any page may connect; without one, those of this machine alone."""

    async def start(connection: ClientConnection) -> str:
        return str((await ask(connection, "run.start", **ADD))["type"])

    with_key = {"X-Api-Key": api.key, "Origin": "https://example.org"}
    assert talk(api, start, headers=with_key) == "success"
    settings.API_AUTH = "none"
    assert talk(api, start, headers={"Origin": "http://localhost:3000"}) == "success"
    assert talk(api, closed, headers={"Origin": "https://evil.example"})[0] == 4403


def test_a_slow_reader_holds_nothing(api: Api) -> None:
    """What it does not take stays where it is kept once for all, and it still gets the end."""
    thread_id = str(uuid.uuid4())
    flood = {"assistant_id": "flood", "input": {"megabytes": 6}}

    async def work(connection: ClientConnection) -> list[str]:
        run_id = (await ask(connection, "run.start", 1, **flood))["result"]["run_id"]
        events: list[Any] = []
        await ask(connection, "subscription.subscribe", 2, events, channels=["custom", "lifecycle"])
        await asyncio.to_thread(api.get, f"/threads/{thread_id}/runs/{run_id}/join")  # nothing is read meanwhile
        while not events or kind(events[-1]) != "lifecycle:completed":
            events.append(json.loads(await connection.recv()))
        return [kind(event) for event in events]

    assert talk(api, work, thread_id=thread_id) == ["lifecycle:running", *["custom"] * 6, "lifecycle:completed"]


def test_many_subscriptions_at_once(api: Api) -> None:
    """None is lost to another that came in the same moment."""
    thread_id = api.ok("POST", "/threads", {})["thread_id"]
    channels = ["values", "updates", "tasks", "lifecycle"]

    async def work(connection: ClientConnection) -> set[str]:
        for number, channel in enumerate(channels, 1):
            params = {"channels": [channel]}
            await connection.send(json.dumps({"id": number, "method": "subscription.subscribe", "params": params}))
        names = {json.loads(await connection.recv())["result"]["subscription_id"] for _channel in channels}
        assert len(names) == len(channels)
        events: list[Any] = []
        await ask(connection, "run.start", 9, events, **ADD)
        while not events or kind(events[-1]) != "lifecycle:completed":
            events.append(json.loads(await connection.recv()))
        return {event["method"] for event in events}

    assert talk(api, work, thread_id=thread_id) == set(channels)


def test_what_nobody_foresaw_ends_the_connection(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def breaks(given: Given) -> dict[str, Any]:
        raise RuntimeError("a fault of ours")

    monkeypatch.setitem(COMMANDS, "test.breaks", breaks)

    async def work(connection: ClientConnection) -> tuple[int, str]:
        await connection.send(json.dumps({"id": 1, "method": "test.breaks"}))
        return await closed(connection)

    assert talk(api, work) == (4500, "Internal Server Error")
    assert "a fault of ours" in caplog.text
