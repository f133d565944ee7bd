"""Threads through the API: created, read, changed, deleted, found."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

from assistants_app.models import Thread
from tests import make
from tests.api.asking import Api

KEYS = [
    "thread_id",
    "created_at",
    "updated_at",
    "state_updated_at",
    "metadata",
    "status",
    "config",
    "values",
    "error",
    "interrupts",
]


@pytest.fixture
def client(api_url: str, api_key: str) -> Iterator[SyncLangGraphClient]:
    with get_sync_client(url=api_url, api_key=api_key) as made:
        yield made


def test_it_works(client: SyncLangGraphClient) -> None:
    made = client.threads.create(metadata={"team": "a"}, graph_id="writer", ttl=30)
    assert list(made) == KEYS
    assert made["metadata"] == {"team": "a", "graph_id": "writer"}
    assert (made["status"], made["values"], made["interrupts"]) == ("idle", None, {})
    assert client.threads.get(made["thread_id"]) == made

    changed = client.threads.update(made["thread_id"], metadata={"team": "b", "n": 1})
    assert changed["metadata"] == {"team": "b", "n": 1, "graph_id": "writer"}
    assert changed["updated_at"] > made["updated_at"]
    assert changed["state_updated_at"] == made["state_updated_at"]

    assert client.threads.count(metadata={"team": "b"}) == 1
    client.threads.delete(made["thread_id"])
    assert client.threads.count() == 0


def test_no_thread_of_that_id(api: Api) -> None:
    nowhere = uuid.uuid4()
    missing = (404, {"detail": f"Thread with ID {nowhere} not found"})
    for answer in (api.get(f"/threads/{nowhere}"), api.delete(f"/threads/{nowhere}")):
        assert (answer.status_code, answer.json()) == missing
    answer = api.patch(f"/threads/{nowhere}", {"metadata": {"v": 2}})
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    answer = api.get("/threads/xyz")
    assert (answer.status_code, answer.json()) == (422, {"detail": "Invalid thread ID: must be a UUID"})


def test_an_id_that_exists_is_refused_or_told(api: Api) -> None:
    body = {"thread_id": str(uuid.uuid4()), "metadata": {"u": "1"}}
    made = api.ok("POST", "/threads", body)
    assert made["thread_id"] == body["thread_id"]

    refused = api.post("/threads", body)
    assert (refused.status_code, refused.json()) == (
        409,
        {"detail": f"Thread with ID {body['thread_id']} already exists"},
    )
    assert api.ok("POST", "/threads", {"thread_id": body["thread_id"], "if_exists": "do_nothing"}) == made


@pytest.mark.parametrize(
    "body",
    [
        {"thread_id": "x"},
        {"ttl": 1},
        {"ttl": {"ttl": 0}},
        {"ttl": {"ttl": 1e300}},
        {"ttl": {"ttl": 5, "strategy": "forget"}},
        {"metadata": []},
    ],
)
def test_what_cannot_be_is_refused(body: dict[str, Any], api: Api) -> None:
    answer = api.post("/threads", body)
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)


def test_a_thread_tells_when_it_expires_to_who_asks(client: SyncLangGraphClient) -> None:
    made = client.threads.create(ttl={"ttl": 60, "strategy": "keep_latest"})
    assert "ttl" not in client.threads.get(made["thread_id"])
    told: Any = client.threads.get(made["thread_id"], include=["ttl"])
    assert (told["ttl"]["strategy"], told["ttl"]["ttl_minutes"]) == ("keep_latest", 60)

    client.threads.update(made["thread_id"], metadata={}, ttl=120)
    later: Any = client.threads.get(made["thread_id"], include=["ttl"])
    assert later["ttl"]["strategy"] == "delete"
    assert later["ttl"]["expires_at"] > told["ttl"]["expires_at"]

    for_ever = client.threads.create()
    stays: Any = client.threads.get(for_ever["thread_id"], include=["ttl"])
    assert stays["ttl"] is None


def test_a_change_can_be_answered_with_nothing(client: SyncLangGraphClient) -> None:
    made = client.threads.create()
    assert client.threads.update(made["thread_id"], metadata={"a": 1}, return_minimal=True) is None
    assert client.threads.get(made["thread_id"])["metadata"] == {"a": 1}


def _ids(found: list[Any]) -> list[str]:
    return [one["thread_id"] for one in found]


def test_search(client: SyncLangGraphClient) -> None:
    first, second, third = (client.threads.create(metadata={"n": n, "deep": {"x": [n, 7]}}) for n in range(3))
    assert _ids(client.threads.search()) == [one["thread_id"] for one in (third, second, first)]
    assert _ids(client.threads.search(metadata={"n": 1})) == [second["thread_id"]]
    assert _ids(client.threads.search(metadata={"deep": {"x": [2]}})) == [third["thread_id"]]
    assert _ids(client.threads.search(ids=[first["thread_id"], str(uuid.uuid4())])) == [first["thread_id"]]
    assert client.threads.search(status="busy") == []
    assert _ids(client.threads.search(sort_by="created_at", sort_order="asc", limit=1, offset=1)) == [
        second["thread_id"]
    ]
    assert client.threads.search(metadata={"n": 0}, select=["thread_id", "metadata"]) == [
        {"thread_id": first["thread_id"], "metadata": first["metadata"]}
    ]


def test_search_by_values_also_where_a_thread_has_none(client: SyncLangGraphClient) -> None:
    client.threads.create()
    held = make.thread()
    Thread.objects.filter(pk=held.pk).update(values={"text": "hello", "messages": [{"content": "a"}, {"content": "b"}]})
    assert _ids(client.threads.search(values={"text": "hello"})) == [str(held.pk)]
    assert _ids(client.threads.search(values={"messages": [{"content": "b"}]})) == [str(held.pk)]
    assert client.threads.search(values={"text": "bye"}) == []
    assert client.threads.count(values={"text": "hello"}) == 1

    paths = {"last": "values.messages[-1].content", "none": "values.messages[9]", "team": "metadata.team", "odd": "x.y"}
    (found,) = client.threads.search(values={"text": "hello"}, select=["thread_id"], extract=paths)
    assert found == {
        "thread_id": str(held.pk),
        "extracted": {"last": "b", "none": None, "team": None, "odd": None},
    }


def test_a_page_says_how_many_there_are(api: Api) -> None:
    for _each in range(3):
        api.post("/threads")
    page = api.post("/threads/search", {"limit": 2})
    assert (page.headers["X-Pagination-Total"], page.headers["X-Pagination-Next"]) == ("3", "2")
    page = api.post("/threads/search", {"limit": 2, "offset": 2})
    assert page.headers["X-Pagination-Total"] == "3"
    assert "X-Pagination-Next" not in page.headers
    page = api.post("/threads/search", {"offset": 100})
    assert (page.json(), page.headers["X-Pagination-Total"]) == ([], "3")


@pytest.mark.parametrize(
    "body",
    [
        {"status": "bogus"},
        {"ids": ["x"]},
        {"sort_by": "title"},
        {"select": ["owner"]},
        {"limit": 0},
        {"values": 5},
        {"extract": {"a": "values.messages[x]"}},
        {"extract": {"a": "[0]"}},
        {"extract": {str(n): "values" for n in range(11)}},
    ],
)
def test_a_search_that_cannot_be_is_refused(body: dict[str, Any], api: Api) -> None:
    assert api.post("/threads/search", body).status_code == 422
