"""What is read of assistants is kept, and never older than what was answered to who changed it.

A change that the served process knows nothing of, as by a command, is made by an UPDATE of the tests' own.
"""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from assistants_app.engine.database.quick_reads import QuickReads
from assistants_app.models import Assistant
from assistants_app.models.announcing import CHANGES, CHANNEL
from tests.api.asking import Api

SOON = 5.0
MINE = {"team": "kept", "level": [1, 2]}


@pytest.fixture
def made(api: Api) -> dict[str, Any]:
    given = {"graph_id": "writer", "name": "Before", "metadata": MINE}
    answer: dict[str, Any] = api.ok("POST", "/assistants", given)
    return answer


@pytest.fixture
def unannounced(made: dict[str, Any]) -> Iterator[None]:
    """The database tells nobody, and what it told before is heard by now."""
    _announce("DISABLE")
    time.sleep(0.5)
    yield
    _announce("ENABLE")


def _announce(word: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in CHANGES:
                cursor.execute(f'ALTER TABLE "{model._meta.db_table}" {word} TRIGGER {CHANNEL}')


def path_of(made: dict[str, Any]) -> str:
    return f"/assistants/{made['assistant_id']}"


def names(api: Api, made: dict[str, Any]) -> set[str]:
    """As a read and searches tell it."""
    found = api.ok("POST", "/assistants/search", {"limit": 100})
    found += api.ok("POST", "/assistants/search", {"limit": 100, "metadata": MINE})
    return {api.ok("GET", path_of(made))["name"]} | {
        one["name"] for one in found if one["assistant_id"] == made["assistant_id"]
    }


def rename_unheard(made: dict[str, Any], name: str) -> None:
    Assistant.objects.filter(assistant_id=made["assistant_id"]).update(name=name)


def told_soon(api: Api, made: dict[str, Any], name: str) -> bool:
    deadline = time.monotonic() + SOON
    while names(api, made) != {name}:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def test_it_works(api: Api, made: dict[str, Any]) -> None:
    assert names(api, made) == {"Before"}
    rename_unheard(made, "After")
    assert told_soon(api, made, "After")
    assert api.ok("PATCH", path_of(made), {"name": "Later"})["name"] == "Later"
    assert names(api, made) == {"Later"}


def test_nothing_is_asked_again_until_something_changes(api: Api, made: dict[str, Any], unannounced: None) -> None:
    assert names(api, made) == {"Before"}
    rename_unheard(made, "Unheard")
    assert names(api, made) == {"Before" if connection.vendor == "postgresql" else "Unheard"}
    api.ok("POST", "/assistants", {"graph_id": "writer", "name": "Another"})  # which this process writes itself
    assert names(api, made) == {"Unheard"}


def test_who_saved_reads_it_at_once_however_many_others_read(api: Api, made: dict[str, Any]) -> None:
    done = threading.Event()
    behind: list[str] = []

    def read_on() -> None:
        newest = 0
        with Api(api.url, api.key) as other:
            while not done.is_set():
                seen = other.ok("GET", path_of(made))["version"]
                if seen < newest:
                    behind.append(f"{seen} after {newest}")
                newest = seen

    readers = [threading.Thread(target=read_on) for _n in range(3)]
    for reader in readers:
        reader.start()
    try:
        for number in range(2, 17):
            assert api.ok("PATCH", path_of(made), {"name": f"v{number}"})["version"] == number
            assert api.ok("GET", path_of(made))["version"] == number
            assert names(api, made) == {f"v{number}"}
            assert api.ok("POST", f"{path_of(made)}/versions", {"limit": 1})[0]["version"] == number
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert behind == []


def test_what_this_process_writes_needs_no_announcement(api: Api, made: dict[str, Any], unannounced: None) -> None:
    api.ok("PATCH", path_of(made), {"name": "Second"})
    assert names(api, made) == {"Second"}
    api.ok("POST", f"{path_of(made)}/latest", {"version": 1})
    assert names(api, made) == {"Before"}
    assert api.delete(path_of(made)).status_code == 204
    assert api.get(path_of(made)).status_code == 404
    assert api.post(f"{path_of(made)}/versions").status_code == 404


def test_who_hears_nothing_keeps_nothing(api: Api, made: dict[str, Any]) -> None:
    assert names(api, made) == {"Before"}
    for number in range(3):
        cut_who_listens()
        rename_unheard(made, f"cut {number}")
        assert told_soon(api, made, f"cut {number}")


def cut_who_listens() -> None:
    deadline = time.monotonic() + SOON
    while connection.vendor == "postgresql" and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query = %s", [f"LISTEN {CHANNEL}"]
            )
            if cursor.fetchone() == (1,):
                return
        time.sleep(0.05)
    assert connection.vendor == "sqlite"


def test_searches_are_kept_by_all_that_they_ask_for(api: Api, made: dict[str, Any]) -> None:
    other = api.ok("POST", "/assistants", {"graph_id": "writer", "name": "100%_", "metadata": {"team": "kept"}})

    def found(**asked: Any) -> set[str]:
        return {one["assistant_id"] for one in api.ok("POST", "/assistants/search", {"limit": 100, **asked})}

    mine, all_of_them = {made["assistant_id"]}, {made["assistant_id"], other["assistant_id"]}
    for _time in range(2):
        assert found(metadata={"team": "kept"}) == all_of_them
        assert found(metadata={"level": [2]}) == mine
        assert found(metadata={"level": ["2"]}) == set()
        assert found(metadata={"team": "kept"}, name="efor") == mine
        assert found(metadata={"team": "kept"}, name="%_") == all_of_them - mine
        assert found(metadata={"team": "kept"}, graph_id="writer", limit=1) == all_of_them - mine
        assert found(metadata={"team": "kept", "long": "x" * 600}) == set()


@pytest.mark.parametrize(
    "asked", [{"graph_id": "x" * 600, "name": "a"}, {"name": "x" * 600}, {"metadata": {"a": "x" * 600}}]
)
def test_long_questions_are_not_kept(api: Api, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any]) -> None:
    kept: list[str] = []
    ask = QuickReads.told_page

    async def told_page(self: QuickReads, key: str, *args: Any, **named: Any) -> Any:
        kept.append(key)
        return await ask(self, key, *args, **named)

    monkeypatch.setattr(QuickReads, "told_page", told_page)
    api.ok("POST", "/assistants/search", {"name": "a"})
    api.post("/assistants/search", asked)
    assert len(kept) == 1
