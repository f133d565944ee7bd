"""Runs that bring no thread: each gets one of its own, which goes with it."""

from typing import Annotated, Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from pydantic import Field

from assistants_app.api.answers import json_answer
from assistants_app.api.calls import Call
from assistants_app.api.description.headers import STREAM
from assistants_app.api.operations import NoQuery, operation
from assistants_app.api.payloads.runs import RunAnswer, run_payload
from assistants_app.api.runs.accepting import accept_run
from assistants_app.api.runs.answers import created, end_of, stream_of
from assistants_app.api.runs.bodies import StatelessRunCreate

TAG = "Stateless runs"

Batch = Annotated[list[StatelessRunCreate], Field(min_length=1, max_length=1000)]


@operation(
    "POST",
    "/runs",
    summary="Run in the background",
    tag=TAG,
    body=StatelessRunCreate,
    answer=RunAnswer,
    errors=(404,),
    headers=("Content-Location",),
)
async def create(call: Call[StatelessRunCreate, NoQuery]) -> HttpResponse:
    return created(await accept_run(call, call.body, None), alone=True)


@operation(
    "POST",
    "/runs/stream",
    summary="Run and stream what happens",
    tag=TAG,
    body=StatelessRunCreate,
    media_type="text/event-stream",
    answer=str,
    errors=(404,),
    headers=STREAM,
)
async def stream(call: Call[StatelessRunCreate, NoQuery]) -> HttpResponseBase:
    run = await accept_run(call, call.body, None, awaited=True)
    return stream_of(run, cancel=call.body.on_disconnect == "cancel", alone=True)


@operation(
    "POST",
    "/runs/wait",
    summary="Run and wait for the values",
    tag=TAG,
    body=StatelessRunCreate,
    answer=Any,
    errors=(404,),
    headers=STREAM,
)
async def wait(call: Call[StatelessRunCreate, NoQuery]) -> HttpResponseBase:
    run = await accept_run(call, call.body, None, awaited=True)
    return end_of(run, cancel=call.body.on_disconnect == "cancel")


@operation(
    "POST",
    "/runs/batch",
    summary="Run many in the background",
    tag=TAG,
    body=Batch,
    answer=list[RunAnswer],
    errors=(404,),
)
async def batch(call: Call[list[StatelessRunCreate], NoQuery]) -> HttpResponse:
    """One after the other: the first that is refused refuses the rest, and those before it run."""
    runs = [await accept_run(call, body, None) for body in call.body]
    return json_answer([run_payload(run) for run in runs])
