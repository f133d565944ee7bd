"""What a langgraph.json says of the store: how long items live, and how they are searched by meaning."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from tests.api.asking import Api
from tests.api.serving import served

TESTS = Path(__file__).parent.parent
EMBED = f"{TESTS}/memory_graphs.py"
INDEX = {"dims": 3, "embed": f"{EMBED}:embed"}

Configured = Callable[..., AbstractContextManager[Api]]


@pytest.fixture
def configured(tmp_path: Path, settings: Settings, api_key: str) -> Configured:
    """`with configured(ttl={…}, index={…}) as api`: the API, served with that section."""

    @contextmanager
    def serve(**section: Any) -> Iterator[Api]:
        path = tmp_path / f"{uuid.uuid4().hex}.json"
        path.write_text(json.dumps({"graphs": {"writer": f"{TESTS}/fake_graphs.py:writer"}, "store": section}))
        settings.GRAPHS_CONFIG = str(path)
        with served() as url, Api(url, api_key) as api:
            yield api

    return serve


@pytest.fixture
def place() -> str:
    return f"t{uuid.uuid4().hex}"


def put(api: Api, place: str, key: str, value: dict[str, Any] | None = None, **more: Any) -> None:
    answer = api.put("/store/items", {"namespace": [place], "key": key, "value": value or {}, **more})
    assert answer.status_code == 204, answer.text


def keys(api: Api, place: str, **asked: Any) -> list[str]:
    found = api.ok("POST", "/store/items/search", {"namespace_prefix": [place], **asked})
    return [item["key"] for item in found["items"]]


def expires(place: str) -> dict[str, float | None]:
    """By key, the seconds until each item goes, as the database has it."""
    if connection.vendor == "postgresql":
        query = "SELECT key, extract(epoch FROM expires_at - now()) FROM store WHERE prefix = %s"
        with connection.cursor() as cursor:
            cursor.execute(query, [place])
            return {key: seconds and float(seconds) for key, seconds in cursor.fetchall()}
    import sqlite3
    from contextlib import closing

    from django.conf import settings

    query = "SELECT key, (julianday(expires_at) - julianday('now')) * 86400 FROM store WHERE prefix = ?"
    with closing(sqlite3.connect(Path(settings.DATA_FOLDER) / "store.sqlite3")) as file:
        return dict(file.execute(query, [place]).fetchall())


def test_items_live_as_long_as_they_are_told(configured: Configured, place: str) -> None:
    with configured(ttl={"default_ttl": 10, "refresh_on_read": False}) as api:
        put(api, place, "default")
        put(api, place, "ever", ttl=None)
        put(api, place, "half", ttl=0.5)
        left = expires(place)
        assert left["ever"] is None
        assert left["default"] == pytest.approx(600, abs=30)
        assert left["half"] == pytest.approx(30, abs=15)


def test_what_expired_is_gone_at_once(configured: Configured, place: str) -> None:
    with configured() as api:
        put(api, place, "short", ttl=0.02)
        put(api, place, "long", ttl=5)
        assert sorted(keys(api, place)) == ["long", "short"]
        time.sleep(2.5)
        assert api.get(f"/store/items?namespace={place}&key=short").json() is None
        assert keys(api, place) == ["long"]


def test_expired_items_are_swept(configured: Configured, place: str) -> None:
    with configured(ttl={"sweep_interval_minutes": 0.01}) as api:
        put(api, place, "short", ttl=0.01)
        end = time.monotonic() + 15
        while expires(place) and time.monotonic() < end:
            time.sleep(0.1)
        assert expires(place) == {}


@pytest.mark.parametrize("by_default", [True, False])
def test_reading_gives_new_time_where_it_is_told_to(by_default: bool, configured: Configured, place: str) -> None:
    def shorten() -> None:
        put(api, place, "k", ttl=10)
        time.sleep(1.2)

    def renewed() -> bool:
        left = expires(place)["k"]
        assert left is not None
        return left > 599

    def read(**asked: Any) -> None:
        assert api.get("/store/items", params={"namespace": place, "key": "k", **asked}).json()["key"] == "k"

    with configured(ttl={"refresh_on_read": by_default}) as api:
        shorten()
        read()
        assert renewed() is by_default
        shorten()
        keys(api, place)
        assert renewed() is by_default
        shorten()
        read(refresh_ttl=not by_default)
        assert renewed() is not by_default
        shorten()
        keys(api, place, refresh_ttl=not by_default)
        assert renewed() is not by_default


# -- by meaning -------------------------------------------------------------------------------------------------------


def _has_vectors(api: Api) -> bool:
    """Whether this PostgreSQL has pgvector; without it the error must say so, and everything else must work."""
    if connection.vendor == "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
        if cursor.fetchone():
            return True
    refused = api.post("/store/items/search", {"namespace_prefix": ["x"], "query": "fruit"})
    assert refused.status_code == 422
    assert "pgvector" in refused.json()["detail"]
    return False


@pytest.mark.parametrize("function", ["embed", "embed_plainly"])
def test_items_are_found_by_meaning(function: str, configured: Configured, place: str) -> None:
    with configured(index={"dims": 3, "embed": f"{EMBED}:{function}", "fields": ["text"]}) as api:
        put(api, place, "apple", {"text": "fruit fruit", "kind": "a"})
        put(api, place, "beetle", {"text": "car", "kind": "b"})
        put(api, place, "boat", {"text": "sea car", "kind": "b", "size": 2})
        put(api, place, "hidden", {"text": "fruit"}, index=False)
        put(api, place, "other", {"text": "sea", "title": "fruit fruit fruit"}, index=["title"])
        assert sorted(keys(api, place)) == ["apple", "beetle", "boat", "hidden", "other"]
        if not _has_vectors(api):
            return
        found = api.ok("POST", "/store/items/search", {"namespace_prefix": [place], "query": "fruit"})["items"]
        assert {found[0]["key"], found[1]["key"]} == {"apple", "other"}
        assert found[0]["score"] == pytest.approx(1, abs=0.01)
        assert [item["score"] for item in found] == sorted((item["score"] for item in found), reverse=True)
        assert "hidden" not in [item["key"] for item in found]
        assert keys(api, place, query="car", limit=1) == ["beetle"]
        assert keys(api, place, query="car", filter={"size": {"$gt": 1}}) == ["boat"]
        everything = keys(api, place, query="sea car")
        assert [key for n in range(4) for key in keys(api, place, query="sea car", limit=1, offset=n)] == everything

        put(api, place, "apple", {"text": "sea"})
        assert keys(api, place, query="sea", limit=1) == ["apple"]
        put(api, place, "apple", {"text": "sea"}, index=False)
        assert "apple" not in keys(api, place, query="sea")
        api.delete("/store/items", {"namespace": [place], "key": "beetle"})
        assert "beetle" not in keys(api, place, query="car")


def test_without_an_embedding_a_query_means_nothing(configured: Configured, place: str) -> None:
    """As in LangGraph's own stores."""
    with configured() as api:
        put(api, place, "k")
        assert keys(api, place, query="fruit") == ["k"]


def test_an_embedding_that_fails_is_said_and_loses_nothing(configured: Configured, place: str) -> None:
    with configured(index={"dims": 3, "embed": f"{EMBED}:embed_badly"}) as api:
        if not _has_vectors(api):
            return
        for text, said in (("up", "dimensions"), ("down", "the provider is down")):
            answer = api.put("/store/items", {"namespace": [place], "key": "k", "value": {"text": text}})
            assert answer.status_code == 503
            assert said in answer.json()["detail"]
        assert keys(api, place) == []
        put(api, place, "plain", index=False)
        assert keys(api, place) == ["plain"]
        assert api.post("/store/items/search", {"query": "x"}).status_code == 503


def test_an_embedding_that_cannot_be_loaded_stops_only_the_search_by_meaning(
    configured: Configured, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    with configured(index={"dims": 3, "embed": f"{EMBED}:no_such_name"}) as api:
        put(api, place, "k")
        assert keys(api, place) == ["k"]
        answer = api.post("/store/items/search", {"query": "fruit"})
        assert answer.status_code == 422
        assert "no_such_name" in answer.json()["detail"]
    assert "no_such_name" in caplog.text


def test_vectors_of_other_dimensions_stop_only_the_search_by_meaning(configured: Configured, place: str) -> None:
    with configured(index=INDEX) as api:
        put(api, place, "k", {"text": "fruit"})
        if not _has_vectors(api):
            return
    with configured(index={**INDEX, "dims": 4}) as api:
        put(api, place, "other", {"text": "fruit"})
        assert sorted(keys(api, place)) == ["k", "other"]
        answer = api.post("/store/items/search", {"query": "fruit"})
        assert answer.status_code == 422
        assert "3 dimensions" in answer.json()["detail"]
    with configured(index=INDEX) as api:
        assert keys(api, place, query="fruit") == ["k"]
