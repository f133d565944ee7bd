"""What programs save is written in threads whose connections stay open."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.backends.signals import connection_created

from assistants_app.models.prepared import rows_written
from tests.api.asking import Api


@pytest.fixture
def wrote() -> Iterator[set[str]]:
    """The threads in which rows were written for requests."""
    found: set[str] = set()

    def note(**_signal: Any) -> None:
        found.add(threading.current_thread().name.partition("_")[0])

    rows_written.connect(note)
    yield found
    rows_written.disconnect(note)


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """The threads that opened a connection, or were given one by a pool, for requests."""
    found: list[str] = []

    def note(**_signal: Any) -> None:
        name = threading.current_thread().name
        if name.startswith(("request", "writing")):
            found.append(name)

    connection_created.connect(note)
    yield found
    connection_created.disconnect(note)


def write(api: Api, name: str) -> None:
    """Each call that is written there."""
    made = api.ok("POST", "/assistants", {"graph_id": "writer", "name": name, "context": {"tone": name}})
    path = f"/assistants/{made['assistant_id']}"
    assert api.ok("PATCH", path, {"context": {"tone": "dry"}})["version"] == 2
    assert api.ok("POST", f"{path}/latest", {"version": 1})["context"] == {"tone": name}


def test_it_works(api: Api, opened: list[str], wrote: set[str]) -> None:
    write(api, "One")
    opened.clear()
    for name in ("Two", "Three", "Four"):
        write(api, name)
    assert opened == []
    assert wrote == {"writing"}


def test_a_large_body_keeps_no_others_waiting(api: Api, wrote: set[str]) -> None:
    api.ok("POST", "/assistants", {"graph_id": "writer", "context": {"system_prompt": "long " * 20_000}})
    assert wrote == {"request"}
