"""Custom authorization gives each caller a place of its own in the store by rewriting the namespace."""

import json
import uuid
from collections.abc import Awaitable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from assistants_app.api import store
from assistants_app.api.access.callers import Caller
from assistants_app.api.calls import Call
from assistants_app.api.errors import ApiError
from assistants_app.api.operations import NoBody, NoQuery
from assistants_app.engine import Engine
from assistants_app.models import Role
from assistants_app.services.authors import SYSTEM
from tests.running import wait_for


class OwnPlace:
    """What a handler of `langgraph_sdk.Auth` does for the store, in its documentation. Nobody may list namespaces."""

    async def filters(self, caller: Caller, resource: str, action: str, value: dict[str, Any]) -> None:
        assert resource == "store"
        if action == "list_namespaces" and value["suffix"]:
            raise ApiError(403, "no")
        value["namespace"] = (caller.identity, *(value["namespace"] or ()))


def call(identity: str, body: Any = None, query: Any = None) -> Call[Any, Any]:
    caller = Caller(author=SYSTEM, role=Role.VIEWER, identity=identity, rules=OwnPlace())
    return Call(RequestFactory().get("/"), caller, {}, body or NoBody(), query or NoQuery())


def told(handled: Awaitable[HttpResponse]) -> Any:
    async def wait() -> Any:
        content = (await handled).content
        return json.loads(content) if content else None

    return wait_for(wait())


def test_each_caller_has_a_place_of_its_own(serving: Engine) -> None:
    ann, bob = f"a{uuid.uuid4().hex}", f"b{uuid.uuid4().hex}"
    for who in (ann, bob):
        told(store.put(call(who, store.ItemPut(namespace=["notes"], key="k", value={"of": who}))))
    query = store.ItemRead(key="k", namespace=["notes"])
    assert told(store.read(call(ann, query=query)))["value"] == {"of": ann}
    found = told(store.search(call(ann, store.ItemSearch())))["items"]
    assert [item["namespace"] for item in found] == [[ann, "notes"]]
    assert told(store.namespaces(call(ann, store.NamespaceSearch()))) == {"namespaces": [[ann, "notes"]]}
    told(store.delete(call(ann, store.ItemDelete(namespace=["notes"], key="k"))))
    assert told(store.read(call(ann, query=query))) is None
    assert told(store.read(call(bob, query=query)))["value"] == {"of": bob}


def test_without_a_namespace_the_place_itself_is_meant(serving: Engine) -> None:
    who = f"a{uuid.uuid4().hex}"
    told(store.put(call(who, store.ItemPut(namespace=[], key="k", value={}))))
    assert told(store.read(call(who, query=store.ItemRead(key="k"))))["namespace"] == [who]


@pytest.mark.parametrize("identity", ["a.b", "", "a\x00"])
def test_a_place_that_cannot_be_is_refused(identity: str, serving: Engine) -> None:
    with pytest.raises(ApiError) as refused:
        told(store.put(call(identity, store.ItemPut(namespace=["n"], key="k", value={}))))
    assert refused.value.status == 422


def test_what_is_forbidden_is_refused(serving: Engine) -> None:
    with pytest.raises(ApiError) as refused:
        told(store.namespaces(call("ann", store.NamespaceSearch(suffix=["n"]))))
    assert refused.value.status == 403
