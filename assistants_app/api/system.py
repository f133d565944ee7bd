"""What a client asks of the server itself."""

from typing import Any, Literal

from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpResponse
from django.shortcuts import render
from pydantic import BaseModel

from assistants_app.api.answers import json_answer
from assistants_app.api.calls import Call
from assistants_app.api.description.openapi import with_server
from assistants_app.api.description.page import CONTENT_SECURITY_POLICY, groups
from assistants_app.api.errors import ApiError
from assistants_app.api.measures import Queue, measures
from assistants_app.api.operations import NoBody, NoQuery, Query, operation
from assistants_app.api.server_config import own_security
from assistants_app.api.site_measures import SiteMeasures
from assistants_app.domain.product import version, version_of
from assistants_app.engine.database.answering import on_postgres, postgres_answers

TAG = "System"

DATABASE_SECONDS = 3.0


class OkQuery(Query):
    check_db: Literal["0", "1"] = "0"


class OkAnswer(BaseModel):
    ok: Literal[True]
    services: dict[str, Any]


class MetricsQuery(Query):
    format: Literal["prometheus", "json"] = "prometheus"


class Flags(BaseModel):
    """What this server can do, as clients ask for it."""

    assistants: bool
    crons: bool
    langsmith: bool


class Host(BaseModel):
    kind: str
    project_id: str | None
    host_revision_id: str | None
    revision_id: str | None
    tenant_id: str | None


class InfoAnswer(BaseModel):
    """`version` is this site's own release, and `product` its name."""

    product: str
    version: str
    langgraph_py_version: str | None
    flags: Flags
    host: Host


@operation(
    "GET",
    "/ok",
    summary="Whether the site serves",
    tag=TAG,
    query=OkQuery,
    answer=OkAnswer,
    open=True,
)
async def ok(call: Call[NoBody, OkQuery]) -> HttpResponse:
    """Answers once the site serves; with `check_db=1` it asks the database, too, and one that is silent for three
    seconds is a 500."""
    if call.query.check_db == "1" and not await _database_answers(call):
        raise ApiError(500, "The database does not answer.")
    return json_answer({"ok": True, "services": {}})


async def _database_answers(call: Call[NoBody, OkQuery]) -> bool:
    if on_postgres():
        return await postgres_answers(DATABASE_SECONDS)
    try:
        await call.sync(_ask_database)
    except (DatabaseError, InterfaceError):
        return False
    return True


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@operation("GET", "/info", summary="What this server is", tag=TAG, answer=InfoAnswer, open=True)
async def info(call: Call[NoBody, NoQuery]) -> HttpResponse:
    return json_answer(
        {
            "product": "assistants",
            "version": version(),
            "langgraph_py_version": version_of("langgraph"),
            "flags": {"assistants": True, "crons": True, "langsmith": False},
            "host": {
                "kind": "self-hosted",
                "project_id": None,
                "host_revision_id": None,
                "revision_id": None,
                "tenant_id": None,
            },
        }
    )


@operation(
    "GET",
    "/metrics",
    summary="What the server measures of itself",
    tag=TAG,
    query=MetricsQuery,
    media_type="text/plain",
    also=("application/json",),
    answer=dict[str, Any],
)
async def metrics(call: Call[NoBody, MetricsQuery]) -> HttpResponse:
    """In Prometheus's text format, of this process; the queue's depth, the workers and the last hour are those of all.
    With `format=json`: the queue, and the runs that ended in this process."""
    if call.query.format == "prometheus":
        text, media_type = measures().text(await call.sync(SiteMeasures.now))
        return HttpResponse(text, content_type=media_type)
    queue = await call.sync(Queue.now)
    return json_answer(
        {
            "queue": {
                "n_pending": queue.pending,
                "n_running": queue.running,
                "max_age_secs": queue.oldest_seconds,
                "med_age_secs": queue.median_seconds,
            },
            "runs": measures().ended_runs(),
        }
    )


@operation("GET", "/openapi.json", summary="The OpenAPI document", tag=TAG, answer=dict[str, Any], open=True)
async def openapi(call: Call[NoBody, NoQuery]) -> HttpResponse:
    return json_answer(with_server(call.request.path.removesuffix("/openapi.json"), own_security()))


@operation("GET", "/docs", summary="The operations, for people to read", tag=TAG, media_type="text/html", open=True)
async def docs(call: Call[NoBody, NoQuery]) -> HttpResponse:
    address = call.request.path.removesuffix("/docs")
    context = {"groups": groups(with_server(address, own_security())), "address": address, "version": version()}
    answer = await call.sync(render, call.request, "operations/page.html", context)
    answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return answer
