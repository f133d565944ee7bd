"""Runs that bring no thread: each gets one of its own, which goes with it."""

from django.http.response import HttpResponseBase

from assistants_app.api.calls import Call
from assistants_app.api.operations import NoQuery, operation
from assistants_app.api.runs_accepting import accept_run
from assistants_app.api.runs_answers import stream_of
from assistants_app.api.runs_bodies import StatelessRunCreate

TAG = "Stateless runs"


@operation(
    "POST",
    "/runs/stream",
    summary="Run and stream what happens",
    tag=TAG,
    body=StatelessRunCreate,
    media_type="text/event-stream",
    answer=str,
    errors=(404,),
)
async def stream(call: Call[StatelessRunCreate, NoQuery]) -> HttpResponseBase:
    run = await accept_run(call, call.body, None)
    return stream_of(run, cancel=call.body.on_disconnect == "cancel", alone=True)
