"""The store: what graphs remember across threads, put, read and searched by programs.

Custom authorization gives each caller a place of its own by rewriting `value["namespace"]`; a filter that it returns
says nothing here, for items have no metadata.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from pydantic import BaseModel, Field

from assistants_app.api.answers import empty_answer, json_answer
from assistants_app.api.calls import Call
from assistants_app.api.errors import unprocessable
from assistants_app.api.fields import JsonObject, Limit, Offset
from assistants_app.api.operations import Body, NoBody, NoQuery, Query, operation
from assistants_app.domain.json_values import text_fault
from assistants_app.engine import engine
from assistants_app.engine.store.items import Namespace, StoreItem
from assistants_app.graphs.sections.store import LONGEST, SHORTEST
from assistants_app.models import Role

TAG = "Store"


class ItemAnswer(BaseModel):
    namespace: list[str]
    key: str
    value: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class FoundItem(ItemAnswer):
    score: float | None


class FoundItems(BaseModel):
    items: list[FoundItem]


class Namespaces(BaseModel):
    namespaces: list[list[str]]


class ItemPut(Body):
    """`index` false keeps the item out of search by meaning, a list names the parts of its value to embed. `ttl` is in
    minutes; null keeps the item for ever, without it the site's default holds."""

    namespace: list[str]
    key: str
    value: JsonObject
    index: Literal[False] | list[str] | None = None
    ttl: float | None = Field(default=None, ge=SHORTEST, le=LONGEST)


class ItemDelete(Body):
    namespace: list[str] = Field(default_factory=list)
    key: str


class ItemRead(Query):
    """`namespace` is its labels joined by periods; it may also be given once for each label."""

    key: str
    namespace: list[str] = Field(default_factory=list)
    refresh_ttl: bool | None = None


class ItemSearch(Body):
    """`filter` asks for equal values, {"key": value}, or compares: {"key": {"$gt": value}}, with $eq, $ne, $gt, $gte,
    $lt, $lte. `query` searches by meaning, where the site has an embedding."""

    namespace_prefix: list[str] | None = None
    filter: JsonObject | None = None
    limit: Limit = 10
    offset: Offset = 0
    query: str | None = None
    refresh_ttl: bool | None = None


class NamespaceSearch(Body):
    """In `prefix` and `suffix` the label "*" stands for any one."""

    prefix: list[str] | None = None
    suffix: list[str] | None = None
    max_depth: int | None = Field(default=None, ge=1, le=1000)
    limit: Limit = 100
    offset: Offset = 0


@operation("PUT", "/store/items", summary="Put an item", tag=TAG, body=ItemPut, status=204, role=Role.EDITOR)
async def put(call: Call[ItemPut, NoQuery]) -> HttpResponse:
    body = call.body
    value = {"key": body.key, "value": body.value, "index": body.index}
    namespace = await _allowed(call, "put", body.namespace, value)
    if not namespace:
        raise unprocessable("The namespace of an item has at least one label.")
    ttl = {"ttl": body.ttl} if "ttl" in body.model_fields_set else {}
    await engine().items.put(namespace, _key(body.key), body.value, index=body.index, **ttl)
    return empty_answer()


@operation("GET", "/store/items", summary="Read an item", tag=TAG, query=ItemRead, answer=ItemAnswer | None)
async def read(call: Call[NoBody, ItemRead]) -> HttpResponse:
    """Null where there is none."""
    query = call.query
    labels = ".".join(query.namespace).split(".") if any(query.namespace) else []
    namespace = await _allowed(call, "get", labels, {"key": query.key})
    found = await engine().items.get(namespace, _key(query.key), refresh_ttl=query.refresh_ttl)
    return json_answer(found and _item(found))


@operation("DELETE", "/store/items", summary="Delete an item", tag=TAG, body=ItemDelete, status=204, role=Role.EDITOR)
async def delete(call: Call[ItemDelete, NoQuery]) -> HttpResponse:
    """Deleting what is not there is no error."""
    body = call.body
    namespace = await _allowed(call, "delete", body.namespace, {"key": body.key})
    await engine().items.delete(namespace, _key(body.key))
    return empty_answer()


@operation("POST", "/store/items/search", summary="Search items", tag=TAG, body=ItemSearch, answer=FoundItems)
async def search(call: Call[ItemSearch, NoQuery]) -> HttpResponse:
    body = call.body
    value = body.model_dump(include={"filter", "limit", "offset", "query"})
    prefix = await _allowed(call, "search", body.namespace_prefix or [], value)
    found = await engine().items.search(
        prefix,
        query=body.query,
        filter=body.filter,
        limit=body.limit,
        offset=body.offset,
        refresh_ttl=body.refresh_ttl,
    )
    return json_answer({"items": [{**_item(one), "score": one.score} for one in found]})


@operation("POST", "/store/namespaces", summary="List namespaces", tag=TAG, body=NamespaceSearch, answer=Namespaces)
async def namespaces(call: Call[NamespaceSearch, NoQuery]) -> HttpResponse:
    body = call.body
    value = body.model_dump(include={"suffix", "max_depth", "limit", "offset"})
    prefix = await _allowed(call, "list_namespaces", body.prefix, value)
    found = await engine().items.namespaces(
        prefix=prefix or None,
        suffix=_labels(body.suffix) if body.suffix else None,
        max_depth=body.max_depth,
        limit=body.limit,
        offset=body.offset,
    )
    return json_answer({"namespaces": found})


async def _allowed(call: Call[Any, Any], action: str, labels: Iterable[str] | None, value: JsonObject) -> Namespace:
    """The namespace to use: what was asked for, or what custom authorization makes of it. Raises ApiError."""
    value["namespace"] = None if labels is None else _labels(labels)
    await call.allow("store", action, value)
    return _labels(value["namespace"] or ())


def _labels(labels: Iterable[str]) -> Namespace:
    """Raises ApiError (422)."""
    found = tuple(labels)
    for label in found:
        if not isinstance(label, str) or not label or "." in label:
            raise unprocessable(f"Namespace label {label!r} must be a non-empty string without periods")
        if fault := text_fault(label):
            raise unprocessable(f"Namespace label: {fault}")
    return found


def _key(key: str) -> str:
    """Raises ApiError (422)."""
    if fault := text_fault(key):
        raise unprocessable(f"key: {fault}")
    return key


def _item(item: StoreItem) -> JsonObject:
    return {
        "namespace": item.namespace,
        "key": item.key,
        "value": item.value,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
    }
