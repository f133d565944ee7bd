"""Runs on threads: begun, listed, read, deleted."""

from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from pydantic import Field

from assistants_app.api.answers import empty_answer, json_answer
from assistants_app.api.calls import Call
from assistants_app.api.description.headers import STREAM
from assistants_app.api.fields import Limit, Offset
from assistants_app.api.operations import NoBody, NoQuery, Query, operation
from assistants_app.api.payloads.runs import RunAnswer, run_payload, selected
from assistants_app.api.runs.accepting import accept_run
from assistants_app.api.runs.answers import created, end_of, stream_of
from assistants_app.api.runs.bodies import ThreadRunCreate
from assistants_app.api.runs.reading import own_run, own_thread
from assistants_app.models import Run
from assistants_app.services.runs import delete_run

TAG = "Thread runs"

Column = Literal[
    "run_id",
    "thread_id",
    "assistant_id",
    "created_at",
    "updated_at",
    "status",
    "metadata",
    "kwargs",
    "multitask_strategy",
    "langsmith_session_name",
    "assistant_version",
]


class RunList(Query):
    limit: Limit = 10
    offset: Offset = 0
    status: Literal["pending", "running", "error", "success", "timeout", "interrupted"] | None = None
    select: Annotated[list[Column], Field(default_factory=list)]


@operation(
    "GET",
    "/threads/{thread_id}/runs",
    summary="List a thread's runs, the newest first",
    tag=TAG,
    query=RunList,
    answer=list[dict[str, Any]],
    errors=(404,),
)
async def listing(call: Call[NoBody, RunList]) -> HttpResponse:
    query = call.query
    thread_id = call.uuid("thread_id")
    allowed = await call.allow("threads", "read", {"thread_id": thread_id})

    def find() -> list[dict[str, Any]]:
        own_thread(thread_id, allowed)
        rows = Run.objects.filter(thread_id=thread_id).select_related("assistant").order_by("-number")
        if query.status:
            rows = rows.filter(status=query.status)
        page = rows[query.offset : query.offset + query.limit]
        return [selected(run_payload(run), query.select) for run in page]

    return json_answer(await call.sync(find))


@operation(
    "POST",
    "/threads/{thread_id}/runs",
    summary="Run on a thread in the background",
    tag=TAG,
    body=ThreadRunCreate,
    answer=RunAnswer,
    errors=(404, 409),
    headers=("Content-Location",),
)
async def create(call: Call[ThreadRunCreate, NoQuery]) -> HttpResponse:
    return created(await accept_run(call, call.body, call.uuid("thread_id")))


@operation(
    "POST",
    "/threads/{thread_id}/runs/stream",
    summary="Run on a thread and stream what happens",
    tag=TAG,
    body=ThreadRunCreate,
    media_type="text/event-stream",
    answer=str,
    errors=(404, 409),
    headers=STREAM,
)
async def stream(call: Call[ThreadRunCreate, NoQuery]) -> HttpResponseBase:
    run = await accept_run(call, call.body, call.uuid("thread_id"), awaited=True)
    return stream_of(run, cancel=call.body.on_disconnect == "cancel")


@operation(
    "POST",
    "/threads/{thread_id}/runs/wait",
    summary="Run on a thread and wait for its values",
    tag=TAG,
    body=ThreadRunCreate,
    answer=Any,
    errors=(404, 409),
    headers=STREAM,
)
async def wait(call: Call[ThreadRunCreate, NoQuery]) -> HttpResponseBase:
    run = await accept_run(call, call.body, call.uuid("thread_id"), awaited=True)
    return end_of(run, cancel=call.body.on_disconnect == "cancel")


@operation(
    "GET",
    "/threads/{thread_id}/runs/{run_id}",
    summary="Read a run",
    tag=TAG,
    answer=RunAnswer,
    errors=(404,),
)
async def read(call: Call[NoBody, NoQuery]) -> HttpResponse:
    return json_answer(run_payload(await own_run(call)))


@operation(
    "DELETE", "/threads/{thread_id}/runs/{run_id}", summary="Delete a run", tag=TAG, status=204, errors=(404, 409)
)
async def delete(call: Call[NoBody, NoQuery]) -> HttpResponse:
    """What the run left in its thread stays; one that goes on is to be cancelled first."""
    run = await own_run(call, action="delete")
    await call.sync(delete_run, run_id=run.run_id)
    return empty_answer()
