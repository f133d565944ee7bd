"""The A2A server: the official package reads and writes both versions of the protocol, and what a task is stands in
our own tables. Import it late: see `operations`.

The package's own handler of requests is not used: it keeps tasks in a store and executors of its own, where ours are
threads and runs that pages, crons and the rest of the API see as well.
"""

import logging
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from a2a.server.context import ServerCallContext
from a2a.server.events.event_queue import Event
from a2a.server.request_handlers.request_handler import RequestHandler, validate_request_params
from a2a.server.routes.jsonrpc_dispatcher import JsonRpcDispatcher
from a2a.types.a2a_pb2 import (
    CancelTaskRequest,
    DeleteTaskPushNotificationConfigRequest,
    GetTaskPushNotificationConfigRequest,
    GetTaskRequest,
    ListTaskPushNotificationConfigsRequest,
    ListTaskPushNotificationConfigsResponse,
    ListTasksRequest,
    ListTasksResponse,
    Message,
    SendMessageRequest,
    SubscribeToTaskRequest,
    Task,
    TaskArtifactUpdateEvent,
    TaskPushNotificationConfig,
    TaskState,
    TaskStatusUpdateEvent,
)
from a2a.utils.errors import (
    ExtendedAgentCardNotConfiguredError,
    InvalidParamsError,
    TaskNotCancelableError,
    TaskNotFoundError,
    UnsupportedOperationError,
)
from a2a.utils.task import apply_history_length, validate_history_length
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request

from assistants_app.api.a2a import parts as a2a_parts
from assistants_app.api.a2a.listing import listed
from assistants_app.api.a2a.push import TASK
from assistants_app.api.a2a.pushes import Pushes
from assistants_app.api.a2a.tasks import TaskRun, Tasks
from assistants_app.api.a2a.writing import Writing
from assistants_app.api.access.roles import owns_run
from assistants_app.api.answers import stream_answer
from assistants_app.api.calls import Call
from assistants_app.api.errors import ApiError, translated
from assistants_app.api.quiet_streams import with_heartbeats
from assistants_app.api.runs.accepting import accept_run
from assistants_app.api.runs.bodies import Command, StreamMode, ThreadRunCreate
from assistants_app.api.runs.outcomes import Listening
from assistants_app.domain.errors import GraphNotFound, ProductError
from assistants_app.engine import engine
from assistants_app.graphs.catalog import catalog
from assistants_app.models import Assistant, Run
from assistants_app.services.runs import ask_cancel


class TaskRunCreate(ThreadRunCreate):
    push: list[dict[str, Any]] | None = None
    """Who is to be told of its end. The API itself knows no such field."""


class _OwnFaults(logging.Filter):
    """The package logs what is wrong with a request as it logs its own faults; only those belong in the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.ERROR and not record.getMessage().startswith("Failed to ")


for _name in ("a2a.server.routes.jsonrpc_dispatcher", "a2a.compat.v0_3.jsonrpc_adapter"):
    logging.getLogger(_name).addFilter(_OwnFaults())

STREAMED: list[StreamMode] = ["messages-tuple", "values"]


async def answer(call: Call[Any, Any], assistant: Assistant) -> HttpResponseBase:
    """What the official package's dispatcher answers to this request."""
    dispatcher = JsonRpcDispatcher(_Agent(call, assistant), enable_v0_3_compat=True)
    body = call.request.body

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    response = await dispatcher.handle_requests(Request(getattr(call.request, "scope"), receive))  # noqa: B009
    if isinstance(response, EventSourceResponse):
        return stream_answer(with_heartbeats(map_frames(response.body_iterator)))
    return HttpResponse(bytes(response.body), status=response.status_code, content_type="application/json")


async def map_frames(events: Any) -> AsyncIterator[bytes]:
    """The frames of what the package would have sent itself."""
    async for event in events:
        name = f"event: {event['event']}\r\n" if "event" in event else ""
        yield f"{name}data: {event['data']}\r\n\r\n".encode()


class _Agent(RequestHandler):  # type: ignore[misc, unused-ignore]
    """One assistant, as one caller reaches it."""

    def __init__(self, call: Call[Any, Any], assistant: Assistant) -> None:
        self._call = call
        self._assistant = assistant
        self._tasks = Tasks(call, assistant)
        self._pushes = Pushes(call)

    @validate_request_params
    async def on_message_send(self, params: SendMessageRequest, context: ServerCallContext) -> Task | Message:
        """Waits until the task has ended or needs input, unless it is to answer at once."""
        validate_history_length(params.configuration)
        task = await self._begin(params)
        if not params.configuration.return_immediately:
            listening = Listening()
            async for event in engine().listen(task.run.run_id):
                listening.hear(event)
            task = await self._tasks.ended(task, listening.outcome)
        return apply_history_length(task.told(), params.configuration)

    @validate_request_params
    async def on_message_send_stream(
        self, params: SendMessageRequest, context: ServerCallContext
    ) -> AsyncGenerator[Event]:
        """The task, the answer piece by piece, and how it ended."""
        validate_history_length(params.configuration)
        async for event in self._events(await self._begin(params)):
            yield event

    @validate_request_params
    async def on_subscribe_to_task(
        self, params: SubscribeToTaskRequest, context: ServerCallContext
    ) -> AsyncGenerator[Event]:
        """The same from the start, for a task that goes on."""
        task = await self._tasks.find(params.id)
        if task is None:
            raise TaskNotFoundError
        if task.run.finished_at is not None:
            raise UnsupportedOperationError("This task does not go on any more: get it.")
        async for event in self._events(task):
            yield event

    @validate_request_params
    async def on_get_task(self, params: GetTaskRequest, context: ServerCallContext) -> Task | None:
        validate_history_length(params)
        task = await self._tasks.find(params.id)
        return apply_history_length((await self._tasks.read(task)).told(), params) if task else None

    @validate_request_params
    async def on_cancel_task(self, params: CancelTaskRequest, context: ServerCallContext) -> Task | None:
        task = await self._tasks.find(params.id)
        if task is None:
            return None
        if task.run.finished_at is not None:
            raise TaskNotCancelableError
        if not owns_run(self._call.caller, task.run):
            raise TaskNotCancelableError("Somebody else began this task.")
        await self._call.sync(ask_cancel, run_id=task.run.run_id)
        engine().cancel(task.run.run_id)
        async for _event in engine().listen(task.run.run_id):
            pass
        task = await self._tasks.find(params.id)
        if task is None:
            return None
        if task.run.status != Run.Status.INTERRUPTED:  # it ended by itself before it could be cancelled
            raise TaskNotCancelableError
        return (await self._tasks.read(task)).told()

    @validate_request_params
    async def on_list_tasks(self, params: ListTasksRequest, context: ServerCallContext) -> ListTasksResponse:
        """The newest first; every run of the assistant is a task, whoever began it."""
        validate_history_length(params)
        return await listed(self._tasks, params)

    async def on_get_extended_agent_card(self, params: Any, context: ServerCallContext) -> Any:
        raise ExtendedAgentCardNotConfiguredError

    @validate_request_params
    async def on_create_task_push_notification_config(
        self, params: TaskPushNotificationConfig, context: ServerCallContext
    ) -> TaskPushNotificationConfig:
        return await self._pushes.put(await self._own_task(params.task_id), params)

    @validate_request_params
    async def on_get_task_push_notification_config(
        self, params: GetTaskPushNotificationConfigRequest, context: ServerCallContext
    ) -> TaskPushNotificationConfig:
        for config in await self._pushes.all(await self._own_task(params.task_id)):
            if config.id == (params.id or params.task_id):
                return config
        raise TaskNotFoundError("This task has no such push notification config.")

    @validate_request_params
    async def on_list_task_push_notification_configs(
        self, params: ListTaskPushNotificationConfigsRequest, context: ServerCallContext
    ) -> ListTaskPushNotificationConfigsResponse:
        """All of them in one page: a task has few."""
        configs = await self._pushes.all(await self._own_task(params.task_id))
        return ListTaskPushNotificationConfigsResponse(configs=configs)

    @validate_request_params
    async def on_delete_task_push_notification_config(
        self, params: DeleteTaskPushNotificationConfigRequest, context: ServerCallContext
    ) -> None:
        await self._pushes.drop(await self._own_task(params.task_id), params.id or params.task_id)

    async def _own_task(self, task_id: str) -> TaskRun:
        """Its push notifications may hold secrets: nobody else's are told. Raises TaskNotFoundError."""
        task = await self._tasks.find(task_id)
        if task is None or not owns_run(self._call.caller, task.run):
            raise TaskNotFoundError
        return task

    async def _begin(self, params: SendMessageRequest) -> TaskRun:
        """Accepts the run that a message asks for."""
        message = params.message
        if message.task_id:
            return await self._go_on(params)
        thread_id = uuid.uuid4()
        if message.context_id:
            try:
                thread_id = uuid.UUID(message.context_id)
            except ValueError:
                raise InvalidParamsError("contextId must be the UUID of a thread.") from None
        try:
            entry = catalog().get(self._assistant.graph_id)
        except GraphNotFound as error:
            raise UnsupportedOperationError(error.message) from None
        given = a2a_parts.graph_input(message, entry)
        pushes = await self._pushes.asked(params)
        run = await self._accept(thread_id, input=given, if_not_exists="create", push=pushes)
        return TaskRun(str(run.run_id), run)

    async def _go_on(self, params: SendMessageRequest) -> TaskRun:
        """A message that names a task is the answer to what it waits for."""
        message = params.message
        task = await self._tasks.find(message.task_id)
        if task is None or (message.context_id and message.context_id != str(task.run.thread_id)):
            raise TaskNotFoundError
        state = (await self._tasks.read(task)).told().status.state
        if state != TaskState.TASK_STATE_INPUT_REQUIRED:
            raise UnsupportedOperationError("This task does not wait for input. Send the message without its taskId.")
        resume = Command(resume=a2a_parts.resume_value(message))
        if params.configuration.HasField("task_push_notification_config"):
            await self._pushes.put(task, params.configuration.task_push_notification_config)
        run = await self._accept(task.run.thread_id, command=resume, metadata={TASK: task.id}, push=[])
        return TaskRun(task.id, run)

    async def _accept(self, thread_id: uuid.UUID, **asked: Any) -> Run:
        body = TaskRunCreate(assistant_id=str(self._assistant.assistant_id), stream_mode=STREAMED, **asked)
        try:
            return await accept_run(self._call, body, thread_id)
        except ApiError as error:
            raise InvalidParamsError(str(error.detail)) from None
        except ProductError as error:
            raise InvalidParamsError(str(translated(error).detail)) from None

    async def _events(self, task: TaskRun) -> AsyncIterator[Event]:
        yield task.told()
        listening, writing = Listening(), Writing(task)
        async for event in engine().listen(task.run.run_id):
            listening.hear(event)
            if (piece := writing.piece(event)) is not None:
                yield piece
        task = await self._tasks.ended(task, listening.outcome)
        told = task.told()
        for artifact in told.artifacts:
            yield TaskArtifactUpdateEvent(
                task_id=told.id, context_id=told.context_id, artifact=artifact, last_chunk=True
            )
        yield TaskStatusUpdateEvent(task_id=told.id, context_id=told.context_id, status=told.status)
