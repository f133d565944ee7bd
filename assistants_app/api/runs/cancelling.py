"""Cancelling many runs at once."""

from typing import Literal

from django.http import HttpResponse
from pydantic import Field, model_validator

from assistants_app.api.access.filters import is_seen
from assistants_app.api.access.roles import owns_run, require_own
from assistants_app.api.answers import empty_answer
from assistants_app.api.calls import Call
from assistants_app.api.errors import ApiError
from assistants_app.api.fields import Uuid
from assistants_app.api.operations import Body, Query, operation
from assistants_app.engine import engine
from assistants_app.models import Run
from assistants_app.services.runs import record_cancelled

TAG = "Thread runs"


class RunsCancel(Body):
    """Either `status`, or `thread_id` with `run_ids`."""

    status: Literal["pending", "running", "all"] | None = None
    thread_id: Uuid | None = None
    run_ids: list[Uuid] | None = Field(default=None, min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _one_way(self) -> "RunsCancel":
        named = self.thread_id is not None and self.run_ids is not None
        if (self.status is None) == (not named) or (self.status and (self.thread_id or self.run_ids)):
            raise ValueError("give either status, or both thread_id and run_ids")
        return self


class CancelMany(Query):
    action: Literal["interrupt", "rollback"] = "interrupt"


@operation(
    "POST",
    "/runs/cancel",
    summary="Cancel runs by their status or their ids",
    tag=TAG,
    body=RunsCancel,
    query=CancelMany,
    status=204,
    errors=(404,),
)
async def cancel_many(call: Call[RunsCancel, CancelMany]) -> HttpResponse:
    """By status those that the caller may cancel; of those that are named all or none."""
    body = call.body
    allowed = await call.allow("threads", "update", body.model_dump(exclude_none=True))

    def find() -> list[Run]:
        rows = (
            Run.objects.unfinished()
            .select_related("thread")
            .only("run_id", "author", "thread__metadata", "thread__author")
        )
        if body.thread_id is not None:
            rows = rows.filter(thread_id=body.thread_id, run_id__in=body.run_ids or ())
        elif body.status != "all":
            rows = rows.filter(status=body.status)
        return [run for run in rows if is_seen(run.thread.metadata, allowed)]

    found = await call.sync(find)
    own = [run for run in found if owns_run(call.caller, run)]
    require_own(body.thread_id is None or len(own) == len(found), "run")
    if not own:
        raise ApiError(404, "No runs found to cancel.")
    rollback = call.query.action == "rollback"
    await call.sync(record_cancelled, run_ids=[run.run_id for run in own], rollback=rollback)
    for run in reversed(own):  # those that wait before the one that runs, or they would have their turn
        engine().cancel(run.run_id, rollback=rollback)
    return empty_answer()
