"""The store through the API: what is put comes back, and graphs remember the same items."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from langgraph_sdk import get_client, get_sync_client

from tests.api.asking import Api
from tests.api.serving import served


@pytest.fixture
def place() -> str:
    """A first label of one's own: no test empties the store."""
    return f"t{uuid.uuid4().hex}"


def test_it_works(place: str, api_url: str, api_key: str) -> None:
    with get_sync_client(url=api_url, api_key=api_key) as client:
        client.store.put_item([place, "1"], key="k", value={"a": 1})
        item = client.store.get_item([place, "1"], key="k")
        assert (item["namespace"], item["key"], item["value"]) == ([place, "1"], "k", {"a": 1})
        created = datetime.fromisoformat(str(item["created_at"]))
        assert timedelta() <= datetime.now(UTC) - created < timedelta(seconds=20)

        found = client.store.search_items([place])
        assert found == {"items": [{**item, "score": None}]}
        assert client.store.list_namespaces(prefix=[place]) == {"namespaces": [[place, "1"]]}
        assert client.store.get_item([place, "1"], key="zz") is None

        client.store.put_item([place, "1"], key="k", value={"a": 2})
        changed = client.store.get_item([place, "1"], key="k")
        assert changed["value"] == {"a": 2}
        assert changed["created_at"] == item["created_at"]
        assert changed["updated_at"] > item["updated_at"]

        client.store.delete_item([place, "1"], key="k")
        client.store.delete_item([place, "1"], key="k")
        assert client.store.get_item([place, "1"], key="k") is None


def test_the_async_client_works_too(place: str, api_url: str, api_key: str) -> None:
    async def use() -> None:
        async with get_client(url=api_url, api_key=api_key) as client:
            await asyncio.gather(*(client.store.put_item([place], key=str(n), value={"n": n}) for n in range(20)))
            newest = (await client.store.search_items([place], limit=5, offset=18))["items"]
            assert len(newest) == 2
            found = (await client.store.search_items([place], filter={"n": {"$gte": 17}}, limit=50))["items"]
            assert {item["key"] for item in found} == {"17", "18", "19"}
            assert (await client.store.get_item([place], key="3", refresh_ttl=True))["value"] == {"n": 3}
            await client.store.delete_item([place], key="3")
            assert (await client.store.list_namespaces(prefix=[place], max_depth=1))["namespaces"] == [[place]]

    asyncio.run(use())


def _said(api: Api, text: str) -> list[str]:
    with get_sync_client(url=api.url, api_key=api.key) as client:
        given = {"messages": [{"role": "user", "content": text}]}
        *_earlier, last = client.runs.stream(None, "remembers", input=given, stream_mode="values")
        return [message["content"] for message in last.data["messages"][1:]]


def test_what_a_graph_remembers_survives_a_restart_and_is_seen_from_outside(place: str, api_key: str, db: None) -> None:
    with served() as url, Api(url, api_key) as api:
        assert _said(api, f"{place} one") == ["Before: nothing", f"Now: {place} one"]
    with served() as url, Api(url, api_key) as api:
        assert api.get(f"/store/items?namespace={place}.notes&key=last").json()["value"] == {"said": f"{place} one"}
        api.put("/store/items", {"namespace": [place, "notes"], "key": "last", "value": {"said": "from outside"}})
        assert _said(api, f"{place} two") == ["Before: from outside", f"Now: {place} two"]


def test_namespaces_are_found_by_their_ends_and_cut(place: str, api: Api) -> None:
    for namespace in (["a", "b", "c"], ["a", "b", "d", "e"], ["a", "b", "d", "i"], ["a", "c", "f"], ["a%", "_", "f"]):
        api.put("/store/items", {"namespace": [place, *namespace], "key": "k", "value": {}})

    def found(**asked: Any) -> list[str]:
        asked["prefix"] = [place, *asked.get("prefix", ())]
        answer = api.ok("POST", "/store/namespaces", asked)
        return [".".join(one[1:]) for one in answer["namespaces"]]

    assert sorted(found()) == ["a%._.f", "a.b.c", "a.b.d.e", "a.b.d.i", "a.c.f"]
    assert found(prefix=["a", "b"], max_depth=4) == ["a.b.c", "a.b.d"]
    assert found(suffix=["f"], prefix=["a"]) == ["a.c.f"]
    assert found(suffix=["*", "f"], prefix=["a%"]) == ["a%._.f"]
    assert found(prefix=["a", "*", "d"]) == ["a.b.d.e", "a.b.d.i"]
    assert found(limit=2, offset=1, prefix=["a"]) == ["a.b.d.e", "a.b.d.i"]
    assert found(prefix=["A"]) == found(prefix=["a."[:1] + "b"]) == []


@pytest.mark.parametrize("label", ["a.b", "", "a\u0000b"])
def test_a_bad_label_is_refused(label: str, place: str, api: Api) -> None:
    namespace = [place, label]
    answers = [
        api.ask("PUT", "/store/items", {"namespace": namespace, "key": "k", "value": {}}),
        api.delete("/store/items", {"namespace": namespace, "key": "k"}),
        api.post("/store/items/search", {"namespace_prefix": namespace}),
        api.post("/store/namespaces", {"prefix": namespace}),
        api.post("/store/namespaces", {"suffix": namespace}),
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert all(isinstance(answer.json()["detail"], str) for answer in answers)


BAD_PUTS: dict[str, dict[str, Any]] = {
    "no namespace": {"namespace": []},
    "the root of the product": {"namespace": ["langgraph", "x"]},
    "a number as a label": {"namespace": ["a", 1]},
    "no object": {"value": [1]},
    "no time": {"ttl": 0},
    "no time to speak of": {"ttl": 5e-324},
    "time that ran out": {"ttl": -1},
    "time without end": {"ttl": 1e300},
    "a long key": {"key": "k" * 2001},
    "a long namespace": {"namespace": ["n" * 500] * 5},
    "NUL as a key": {"key": "a\u0000"},
    "NUL in the value": {"value": {"a": ["\u0000"]}},
    "true as an index": {"index": True},
}


@pytest.mark.parametrize("wrong", BAD_PUTS.values(), ids=BAD_PUTS.keys())
def test_a_bad_put_is_refused(wrong: dict[str, Any], place: str, api: Api) -> None:
    answer = api.put("/store/items", {"namespace": [place], "key": "k", "value": {}} | wrong)
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)
    assert api.ok("POST", "/store/items/search", {"namespace_prefix": [place]}) == {"items": []}


def test_a_bad_address_is_refused(place: str, api: Api) -> None:
    assert api.get(f"/store/items?namespace={place}").status_code == 422
    assert api.get(f"/store/items?namespace={place}..x&key=k").status_code == 422
    assert api.get("/store/items?namespace=a%00b&key=k").status_code == 422
    assert api.get("/store/items?namespace=a&key=%00").status_code == 422
    assert api.get("/store/items?key=k").json() is None
    assert api.get(f"/store/items?namespace={place}&key=k&refresh_ttl=perhaps").status_code == 422


def test_odd_values_come_back_as_they_were(place: str, api: Api) -> None:
    value = {"": [None, True, 1.5, -0.0, 2**53, "\u2028\U0001f600'\";--"], "a.b": {"$gt": {}}, "nested": [[{}]]}
    assert api.put("/store/items", {"namespace": [place, "Ü '%_*?[x]"], "key": "k'\"\\", "value": value}).is_success
    [item] = api.ok("POST", "/store/items/search", {"namespace_prefix": [place, "Ü '%_*?[x]"]})["items"]
    assert item["value"] == value
    namespace = f"{place}.Ü '%_*?[x]"
    found = api.get("/store/items", params={"namespace": namespace, "key": "k'\"\\"})
    assert found.json()["value"] == value


def test_an_integer_beyond_64_bits_is_kept_or_refused(place: str, api: Api) -> None:
    """SQLite's official store cannot write it."""
    answer = api.put("/store/items", {"namespace": [place], "key": "k", "value": {"n": 2**70}})
    assert answer.status_code in (204, 422)
