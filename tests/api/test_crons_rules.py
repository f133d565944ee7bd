"""Custom authorization bounds crons: an owner's are there for the owner alone."""

import json
import uuid
from collections.abc import Awaitable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpResponse
from django.test import RequestFactory

from assistants_app.api.access.callers import Caller, Filter
from assistants_app.api.calls import Call
from assistants_app.api.crons import crons
from assistants_app.api.crons.bodies import CronCount, CronCreate, CronPatch, CronSearch, ThreadCronCreate
from assistants_app.api.errors import ApiError
from assistants_app.api.operations import NoBody, NoQuery
from assistants_app.domain.errors import AssistantNotFound, ThreadNotFound
from assistants_app.models import Cron, Role, Thread
from assistants_app.services.authors import SYSTEM
from tests import make
from tests.running import wait_for


class Owners:
    """What a handler of `langgraph_sdk.Auth` does, in its documentation: what is made is marked, what is asked for
    must bear the mark."""

    async def filters(self, caller: Caller, resource: str, action: str, value: dict[str, Any]) -> Filter:
        if action == "create":
            value.setdefault("metadata", {})["owner"] = caller.identity
        return {"owner": caller.identity}


def call(identity: str, body: Any = None, **path: Any) -> Call[Any, Any]:
    caller = Caller(author=SYSTEM, role=Role.EDITOR, identity=identity, rules=Owners())
    places = {key: str(value) for key, value in path.items()}
    return Call(RequestFactory().get("/"), caller, places, body or NoBody(), NoQuery())


def told(handled: Awaitable[HttpResponse]) -> Any:
    async def wait() -> Any:
        try:
            content = (await handled).content
            return json.loads(content) if content else None
        finally:
            await sync_to_async(connections.close_all)()

    return wait_for(wait())


def status(handled: Awaitable[HttpResponse]) -> int:
    with pytest.raises(ApiError) as refused:
        told(handled)
    return refused.value.status


@pytest.fixture
def assistant_id(transactional_db: None) -> str:
    return str(make.assistant(metadata={"owner": "ann"}).assistant_id)


def test_it_works(assistant_id: str) -> None:
    made = told(crons.create(call("ann", CronCreate(schedule="0 9 * * *", assistant_id=assistant_id))))
    assert made["metadata"] == {"owner": "ann"}
    assert made["user_id"] == "ann"
    cron_id = uuid.UUID(made["cron_id"])
    assert told(crons.read(call("ann", cron_id=cron_id))) == made
    assert told(crons.search(call("ann", CronSearch()))) == [made]
    assert told(crons.count(call("ann", CronCount()))) == 1

    assert status(crons.read(call("bob", cron_id=cron_id))) == 404
    assert status(crons.update(call("bob", CronPatch(enabled=False), cron_id=cron_id))) == 404
    assert status(crons.delete(call("bob", cron_id=cron_id))) == 404
    assert told(crons.search(call("bob", CronSearch()))) == []
    assert told(crons.count(call("bob", CronCount()))) == 0
    assert told(crons.read(call("ann", cron_id=cron_id))) == made
    told(crons.delete(call("ann", cron_id=cron_id)))
    assert not Cron.objects.exists()


def test_no_cron_runs_what_belongs_to_others(assistant_id: str) -> None:
    theirs = Thread.objects.create(metadata={"owner": "bob"})
    with pytest.raises(AssistantNotFound):
        told(crons.create(call("bob", CronCreate(schedule="0 9 * * *", assistant_id=assistant_id))))
    body = ThreadCronCreate(schedule="0 9 * * *", assistant_id=assistant_id)
    with pytest.raises(ThreadNotFound):
        told(crons.create_on_thread(call("ann", body, thread_id=theirs.thread_id)))
    assert not Cron.objects.exists()
