"""A2A's tasks listed, and who is told when one has ended."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest
from a2a.client.client import Client
from a2a.types.a2a_pb2 import (
    AuthenticationInfo,
    DeleteTaskPushNotificationConfigRequest,
    GetTaskPushNotificationConfigRequest,
    GetTaskRequest,
    ListTaskPushNotificationConfigsRequest,
    ListTasksRequest,
    ListTasksResponse,
    SendMessageConfiguration,
    Task,
    TaskPushNotificationConfig,
    TaskState,
)
from a2a.utils.errors import A2AError, InvalidParamsError, TaskNotFoundError
from pytest_django import Settings

from assistants_app.models import Role
from assistants_app.services.keys import create_key
from tests.api.test_a2a import message, sent, with_client

Told = list[tuple[dict[str, str], Any]]


@contextmanager
def receiver() -> Iterator[tuple[str, Told, threading.Semaphore]]:
    """An address of this machine, what was posted there, and a semaphore that counts it."""
    got: Told = []
    came = threading.Semaphore(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers), orjson.loads(body)))
            self.send_response(204)
            self.end_headers()
            came.release()

        def log_message(self, *_line: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/pushed", got, came
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_it_works(api_url: str, api_key: str) -> None:
    async def talk(client: Client) -> tuple[list[Task], list[ListTasksResponse]]:
        first = await sent(client, message("One"))
        second = await sent(client, message("Two", context_id=first.context_id))
        third = await sent(client, message("Three"))
        asked = (
            ListTasksRequest(),
            ListTasksRequest(context_id=first.context_id, include_artifacts=True, history_length=0),
            ListTasksRequest(page_size=2),
            ListTasksRequest(status=TaskState.TASK_STATE_FAILED),
        )
        answers = [await client.list_tasks(one) for one in asked]
        answers.append(await client.list_tasks(ListTasksRequest(page_size=2, page_token=answers[2].next_page_token)))
        return [first, second, third], answers

    tasks, (everything, on_thread, page, failed, rest) = with_client(api_url, api_key, "writer", talk)
    ids = [task.id for task in reversed(tasks)]
    assert [task.id for task in everything.tasks] == ids
    assert (everything.total_size, everything.page_size, everything.next_page_token) == (3, 50, "")
    assert not everything.tasks[0].artifacts
    assert everything.tasks[0].history
    assert [task.id for task in on_thread.tasks] == ids[1:]
    assert on_thread.tasks[0].artifacts
    assert not on_thread.tasks[0].history
    assert [task.id for task in page.tasks] + [task.id for task in rest.tasks] == ids
    assert (page.total_size, bool(page.next_page_token), rest.next_page_token) == (3, True, "")
    assert not failed.tasks


def test_a_task_that_went_on_is_one_task(api_url: str, api_key: str) -> None:
    async def talk(client: Client) -> tuple[Task, ListTasksResponse, ListTasksResponse]:
        task = await sent(client, message("Hi"))
        waiting = await client.list_tasks(ListTasksRequest(status=TaskState.TASK_STATE_INPUT_REQUIRED))
        await sent(client, message("Yes", task_id=task.id, context_id=task.context_id))
        return task, waiting, await client.list_tasks(ListTasksRequest())

    task, waiting, done = with_client(api_url, api_key, "approval", talk)
    assert [one.id for one in waiting.tasks] == [one.id for one in done.tasks] == [task.id]
    assert done.tasks[0].status.state == TaskState.TASK_STATE_COMPLETED


def test_bad_lists_are_refused(api_url: str, api_key: str) -> None:
    async def refusals(client: Client) -> list[type[A2AError]]:
        found = []
        for request in (
            ListTasksRequest(page_size=101),
            ListTasksRequest(page_token="nope"),
            ListTasksRequest(page_token="LTE="),
            ListTasksRequest(history_length=-1),
        ):
            with pytest.raises(A2AError) as caught:
                await client.list_tasks(request)
            found.append(type(caught.value))
        assert not (await client.list_tasks(ListTasksRequest(context_id="none"))).tasks
        return found

    assert set(with_client(api_url, api_key, "writer", refusals)) == {InvalidParamsError}


def test_the_end_of_a_task_is_pushed(api_url: str, api_key: str, settings: Settings) -> None:
    """Once for each run of it, with what the receiver knows its sender by."""
    settings.WEBHOOKS_PRIVATE = True
    with receiver() as (url, got, came):

        async def talk(client: Client) -> Task:
            request = message("Hi")
            config = TaskPushNotificationConfig(
                url=url, token="t0k", authentication=AuthenticationInfo(scheme="Bearer", credentials="c")
            )
            request.configuration.CopyFrom(SendMessageConfiguration(task_push_notification_config=config))
            task = await sent(client, request)
            came.acquire(timeout=20)
            await sent(client, message("Yes", task_id=task.id, context_id=task.context_id))
            return task

        task = with_client(api_url, api_key, "approval", talk)
        assert came.acquire(timeout=20)
    (headers, asked), (_headers, done) = got
    assert (headers["X-A2A-Notification-Token"], headers["Authorization"]) == ("t0k", "Bearer c")
    assert [one["task"]["id"] for one in (asked, done)] == [task.id, task.id]
    assert asked["task"]["status"]["state"] == "TASK_STATE_INPUT_REQUIRED"
    assert done["task"]["status"]["state"] == "TASK_STATE_COMPLETED"
    assert done["task"]["artifacts"][0]["parts"] == [{"text": "You answered: Yes"}]


@pytest.mark.parametrize("version", ["1.0", "0.3"])
def test_push_configs_are_kept(api_url: str, api_key: str, settings: Settings, version: str) -> None:
    settings.WEBHOOKS_PRIVATE = True

    async def talk(client: Client) -> tuple[Task, list[Any]]:
        task = await sent(client, message("Hi"))
        own = TaskPushNotificationConfig(task_id=task.id, url="http://127.0.0.1:9/own?token=s3cret")
        other = TaskPushNotificationConfig(task_id=task.id, id="other", url="http://127.0.0.1:9/other", token="t")
        made = [await client.create_task_push_notification_config(one) for one in (own, other, own)]
        read = await client.get_task_push_notification_config(
            GetTaskPushNotificationConfigRequest(task_id=task.id, id="other")
        )
        listing = ListTaskPushNotificationConfigsRequest(task_id=task.id)
        before = await client.list_task_push_notification_configs(listing)
        await client.delete_task_push_notification_config(
            DeleteTaskPushNotificationConfigRequest(task_id=task.id, id=task.id)
        )
        after = await client.list_task_push_notification_configs(listing)
        return task, [made, read, before, after]

    task, (made, read, before, after) = with_client(api_url, api_key, "writer", talk, version=version)
    assert [one.id for one in made] == [task.id, "other", task.id]
    told = {one.id: one.url for one in before.configs}
    assert {made[0].url, told[task.id]} == {"http://127.0.0.1:9/own?••••••••"}, (
        "what follows its path is told to nobody"
    )
    assert (read.id, read.url, read.token) == ("other", "http://127.0.0.1:9/other", "t")
    assert sorted(one.id for one in before.configs) == sorted([task.id, "other"])
    assert [one.id for one in after.configs] == ["other"]


def test_pushes_that_are_refused(api_url: str, api_key: str) -> None:
    """Addresses of this machine, as for webhooks; and another key's tasks are not there, for they hold its secrets."""

    async def send(client: Client) -> Task:
        task = await sent(client, message("Hi"))
        for url in ("http://127.0.0.1:9/x", "ftp://example.org/", ""):
            with pytest.raises(InvalidParamsError):
                await client.create_task_push_notification_config(TaskPushNotificationConfig(task_id=task.id, url=url))
        with pytest.raises(InvalidParamsError):
            await client.create_task_push_notification_config(
                TaskPushNotificationConfig(task_id=task.id, url="https://8.8.8.8/", token="a\r\nb: c")
            )
        with pytest.raises(TaskNotFoundError):
            await client.create_task_push_notification_config(
                TaskPushNotificationConfig(task_id=str(uuid.uuid4()), url="https://8.8.8.8/")
            )
        return task

    task = with_client(api_url, api_key, "writer", send)

    async def look(client: Client) -> Task:
        with pytest.raises(TaskNotFoundError):
            await client.list_task_push_notification_configs(ListTaskPushNotificationConfigsRequest(task_id=task.id))
        return await client.get_task(GetTaskRequest(id=task.id))

    viewer = create_key(name="looks", role=Role.VIEWER, created_by=None)[1]
    assert with_client(api_url, viewer, "writer", look).id == task.id
