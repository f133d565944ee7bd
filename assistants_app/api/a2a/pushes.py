"""The push notification configs of tasks, in the official package's types. Import it late: see `operations`."""

from typing import Any
from uuid import UUID

from a2a.server.tasks.push_notification_config_store import normalize_push_notification_config
from a2a.types.a2a_pb2 import SendMessageRequest, TaskPushNotificationConfig
from a2a.utils.errors import InvalidParamsError, PushNotificationNotSupportedError
from google.protobuf.json_format import MessageToDict, ParseDict  # type: ignore[import-untyped]

from assistants_app.api.a2a.tasks import TaskRun
from assistants_app.api.calls import Call
from assistants_app.api.errors import ApiError
from assistants_app.api.runs.webhooks import check_webhook
from assistants_app.api.server_config import server_config
from assistants_app.domain.json_values import text_fault
from assistants_app.services.confided import told_address
from assistants_app.services.pushes import drop_push, pushes_of, put_push

MOST = 10
"""Push notification configs of one task."""

LONGEST = 2000
"""Characters of each of their texts."""


class Pushes:
    def __init__(self, call: Call[Any, Any]) -> None:
        self._call = call

    async def asked(self, params: SendMessageRequest) -> list[dict[str, Any]]:
        """What a message that begins a task asks for. Raises InvalidParamsError, PushNotificationNotSupportedError."""
        if not params.configuration.HasField("task_push_notification_config"):
            return []
        return [await _checked(params.configuration.task_push_notification_config)]

    async def put(self, task: TaskRun, config: TaskPushNotificationConfig) -> TaskPushNotificationConfig:
        push = await _checked(config)
        push["id"] = _kept_id(task, push["id"])
        if not await self._call.sync(put_push, run_id=UUID(task.id), push=push, most=MOST):
            raise InvalidParamsError(f"A task has at most {MOST} push notification configs.")
        told = normalize_push_notification_config(task.id, config)
        told.url = told_address(config.url)
        return told

    async def all(self, task: TaskRun) -> list[TaskPushNotificationConfig]:
        found = await self._call.sync(pushes_of, run_id=UUID(task.id))
        return [ParseDict({**one, **_own(task, one)}, TaskPushNotificationConfig()) for one in found]

    async def drop(self, task: TaskRun, config_id: str) -> None:
        await self._call.sync(drop_push, run_id=UUID(task.id), push_id=_kept_id(task, config_id))


def _own(task: TaskRun, push: dict[str, Any]) -> dict[str, Any]:
    return {"taskId": task.id, "id": push["id"] or task.id, "url": told_address(push["url"])}


def _kept_id(task: TaskRun, config_id: str) -> str:
    """One without an id has its task's, which is not known yet where a message brings it."""
    return "" if config_id == task.id else config_id


async def _checked(config: TaskPushNotificationConfig) -> dict[str, Any]:
    """As it is kept. Raises InvalidParamsError, PushNotificationNotSupportedError."""
    if server_config().http.disable_webhooks:
        raise PushNotificationNotSupportedError
    try:
        await check_webhook(config.url)
    except ApiError as error:
        raise InvalidParamsError(str(error.detail).replace("webhook:", "url:", 1)) from None
    said = config.authentication
    for text in (config.id, config.token, said.scheme, said.credentials):
        if len(text) > LONGEST or text_fault(text):
            raise InvalidParamsError("A push notification config holds a text that cannot be kept.")
    for text in (config.token, said.scheme, said.credentials):
        if not (text.isascii() and text.isprintable()):
            raise InvalidParamsError("The token and the credentials are sent as headers: printable ASCII only.")
    return {**MessageToDict(config), "id": config.id}
