"""A2A, through the official client, in both versions of the protocol."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import pytest
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.client.client import Client
from a2a.helpers.proto_helpers import get_message_text, new_data_part, new_text_part
from a2a.types.a2a_pb2 import (
    AgentCard,
    CancelTaskRequest,
    GetTaskRequest,
    Message,
    Part,
    Role,
    SendMessageConfiguration,
    SendMessageRequest,
    StreamResponse,
    Task,
    TaskState,
)
from a2a.utils.errors import A2AError, InvalidParamsError, TaskNotFoundError

from assistants_app.models import Run, Thread
from assistants_app.models.assistants import system_assistant_id
from tests.api.asking import Api

T = TypeVar("T")


def with_client(
    url: str,
    key: str,
    graph_id: str,
    work: Callable[[Client], Awaitable[T]],
    *,
    streaming: bool = False,
    version: str = "1.0",
) -> T:
    """What `work` returns, with the official client made from the card at the site's root."""

    async def inside() -> T:
        async with httpx.AsyncClient(headers={"X-Api-Key": key}, timeout=30) as http:
            card = await card_of(http, url.removesuffix("/api"), graph_id)
            del card.supported_interfaces[:]
            card.supported_interfaces.add(
                url=f"{url}/a2a/{system_assistant_id(graph_id)}", protocol_binding="JSONRPC", protocol_version=version
            )
            config = ClientConfig(httpx_client=http, streaming=streaming)
            return await work(ClientFactory(config).create(card))

    return asyncio.run(inside())


async def card_of(http: httpx.AsyncClient, base: str, graph_id: str) -> AgentCard:
    path = f"/.well-known/agent-card.json?assistant_id={system_assistant_id(graph_id)}"
    return await A2ACardResolver(http, base).get_agent_card(relative_card_path=path)


def message(*parts: Part | str, **more: Any) -> SendMessageRequest:
    made = [new_text_part(part) if isinstance(part, str) else part for part in parts]
    return SendMessageRequest(message=Message(message_id=str(uuid.uuid4()), role=Role.ROLE_USER, parts=made, **more))


async def sent(client: Client, request: SendMessageRequest) -> Task:
    answers = [one async for one in client.send_message(request)]
    assert len(answers) == 1
    return answers[0].task


def answer_of(task: Task) -> str:
    return "".join(part.text for artifact in task.artifacts for part in artifact.parts)


@pytest.mark.parametrize("version", ["1.0", "0.3"])
def test_it_works(api_url: str, api_key: str, version: str) -> None:
    async def talk(client: Client) -> tuple[Task, Task, Task]:
        first = await sent(client, message("Hi"))
        second = await sent(client, message("Again", context_id=first.context_id))
        return first, second, await client.get_task(GetTaskRequest(id=first.id))

    first, second, read = with_client(api_url, api_key, "writer", talk, version=version)
    assert first.status.state == TaskState.TASK_STATE_COMPLETED
    assert answer_of(first) == "Be brief. You said: Hi"
    assert [get_message_text(one) for one in first.history] == ["Hi", "Be brief. You said: Hi"]
    assert (second.context_id, answer_of(second)) == (first.context_id, "Be brief. You said: Again")
    assert len(second.history) == 4
    assert (read.id, answer_of(read), len(read.history)) == (first.id, answer_of(first), 2)
    run = Run.objects.get(run_id=first.id)
    assert str(run.thread_id) == first.context_id
    assert run.author == "API key tests"


def test_the_card_tells_what_the_assistant_is(api: Api) -> None:
    told = api.ok("GET", f"/.well-known/agent-card.json?assistant_id={system_assistant_id('writer')}")
    assert (told["name"], told["description"]) == ("writer", "Writes what it is told to.")
    assert told["url"] == f"{api.url}/a2a/{system_assistant_id('writer')}"
    assert [one["protocolVersion"] for one in told["supportedInterfaces"]] == ["1.0", "0.3"]
    assert told["capabilities"]["streaming"] is True
    assert api.get("/.well-known/agent-card.json").status_code == 422
    assert api.get("/.well-known/agent-card.json?assistant_id=x").status_code == 422
    assert api.get(f"/.well-known/agent-card.json?assistant_id={uuid.uuid4()}").status_code == 404


@pytest.mark.parametrize("version", ["1.0", "0.3"])
def test_the_answer_streams(api_url: str, api_key: str, version: str) -> None:
    async def stream(client: Client) -> list[StreamResponse]:
        return [one async for one in client.send_message(message("Hi"))]

    events = with_client(api_url, api_key, "writer", stream, streaming=True, version=version)
    assert events[0].HasField("task")
    pieces = [one.artifact_update for one in events if one.HasField("artifact_update")]
    assert len(pieces) > 3
    written = ""
    for piece in pieces:
        text = "".join(part.text for part in piece.artifact.parts)
        written = written + text if piece.append else text
        assert "Be brief. You said: Hi".startswith(written)
    assert written == "Be brief. You said: Hi"
    assert pieces[-1].last_chunk
    assert events[-1].status_update.status.state == TaskState.TASK_STATE_COMPLETED


@pytest.mark.parametrize("version", ["1.0", "0.3"])
@pytest.mark.parametrize("streaming", [False, True])
def test_a_task_that_asks_goes_on_with_the_answer(api_url: str, api_key: str, version: str, streaming: bool) -> None:
    async def talk(client: Client) -> tuple[Task, Task]:
        async def last(request: SendMessageRequest) -> Task:
            answers = [one async for one in client.send_message(request)]
            return answers[0].task if not streaming else await client.get_task(GetTaskRequest(id=answers[0].task.id))

        asked = await last(message("Hi"))
        return asked, await last(message("Yes", task_id=asked.id, context_id=asked.context_id))

    asked, done = with_client(api_url, api_key, "approval", talk, version=version, streaming=streaming)
    assert asked.status.state == TaskState.TASK_STATE_INPUT_REQUIRED
    assert "May I?" in get_message_text(asked.status.message)
    assert done.id == asked.id
    assert done.status.state == TaskState.TASK_STATE_COMPLETED
    assert answer_of(done) == "You answered: Yes"
    assert Run.objects.count() == 2


def test_data_goes_in_and_comes_out(api_url: str, api_key: str) -> None:
    async def add(client: Client) -> Task:
        return await sent(client, message(new_data_part({"left": 2, "right": 3})))

    task = with_client(api_url, api_key, "adder", add)
    assert dict(task.artifacts[0].parts[0].data.struct_value) == {"left": 2.0, "right": 3.0, "total": 5.0}


def test_a_run_that_fails_is_a_task_that_failed(api_url: str, api_key: str) -> None:
    async def fail(client: Client) -> tuple[Task, Task]:
        task = await sent(client, message("Hi"))
        return task, await client.get_task(GetTaskRequest(id=task.id))

    for task in with_client(api_url, api_key, "failing", fail):
        assert task.status.state == TaskState.TASK_STATE_FAILED
        assert get_message_text(task.status.message) == "the graph fell over"


def test_a_task_is_cancelled(api_url: str, api_key: str) -> None:
    async def cancel(client: Client) -> tuple[Task, Task]:
        at_once = message("Hi")
        at_once.configuration.CopyFrom(SendMessageConfiguration(return_immediately=True))
        task = await sent(client, at_once)
        return task, await client.cancel_task(CancelTaskRequest(id=task.id))

    began, cancelled = with_client(api_url, api_key, "slow", cancel)
    assert began.status.state in (TaskState.TASK_STATE_SUBMITTED, TaskState.TASK_STATE_WORKING)
    assert cancelled.status.state == TaskState.TASK_STATE_CANCELED
    assert Run.objects.get().status == Run.Status.INTERRUPTED


@pytest.mark.parametrize("version", ["1.0", "0.3"])
def test_what_is_not_there_is_refused(api_url: str, api_key: str, version: str) -> None:
    async def refusals(client: Client) -> list[A2AError]:
        found = []
        for asked in (
            client.get_task(GetTaskRequest(id=str(uuid.uuid4()))),
            client.get_task(GetTaskRequest(id="nope")),
            client.cancel_task(CancelTaskRequest(id=str(uuid.uuid4()))),
            sent(client, message("Hi", task_id=str(uuid.uuid4()))),
            sent(client, message("Hi", context_id="not a UUID")),
            sent(client, message(new_data_part([1]))),
        ):
            with pytest.raises(A2AError) as caught:
                await asked
            found.append(caught.value)
        return found

    kinds = [type(error) for error in with_client(api_url, api_key, "writer", refusals, version=version)]
    assert kinds == [*[TaskNotFoundError] * 4, *[InvalidParamsError] * 2]
    assert not Thread.objects.exists()


def test_tasks_of_another_assistant_are_not_there(api_url: str, api_key: str) -> None:
    async def send(client: Client) -> Task:
        return await sent(client, message("Hi"))

    task = with_client(api_url, api_key, "writer", send)

    async def read(client: Client) -> None:
        await client.get_task(GetTaskRequest(id=task.id))

    with pytest.raises(TaskNotFoundError):
        with_client(api_url, api_key, "approval", read)


def test_bad_messages_are_refused(api: Api) -> None:
    address = f"/a2a/{system_assistant_id('writer')}"
    codes = {
        "Parse": api.http.post(api.url + address, content=b"{", headers={"Content-Type": "application/json"}),
        "method": api.post(address, {"jsonrpc": "2.0", "id": "1", "method": "nope"}),
        "params": api.post(address, {"jsonrpc": "2.0", "id": "1", "method": "message/send", "params": {}}),
        "batch": api.post(address, []),
    }
    told = {name: (answer.status_code, answer.json()["error"]["code"]) for name, answer in codes.items()}
    assert told == {"Parse": (400, -32700), "method": (200, -32601), "params": (200, -32600), "batch": (200, -32600)}
    assert api.post("/a2a/nope", {}).status_code == 422
    assert api.post(f"/a2a/{uuid.uuid4()}", {}).status_code == 404
    assert httpx.post(api.url + address, json={}).status_code == 401
