"""Runs on threads."""

from django.http.response import HttpResponseBase

from assistants_app.api.calls import Call
from assistants_app.api.operations import NoQuery, operation
from assistants_app.api.runs_accepting import accept_run
from assistants_app.api.runs_answers import stream_of
from assistants_app.api.runs_bodies import ThreadRunCreate

TAG = "Thread runs"


@operation(
    "POST",
    "/threads/{thread_id}/runs/stream",
    summary="Run on a thread and stream what happens",
    tag=TAG,
    body=ThreadRunCreate,
    media_type="text/event-stream",
    answer=str,
    errors=(404, 409),
)
async def stream(call: Call[ThreadRunCreate, NoQuery]) -> HttpResponseBase:
    run = await accept_run(call, call.body, call.uuid("thread_id"))
    return stream_of(run, cancel=call.body.on_disconnect == "cancel")
