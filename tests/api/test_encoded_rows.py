"""The JSON of rows that are kept is made once, by the graphs as they are."""

import asyncio
import json
from collections import namedtuple
from typing import Any

import pytest

from assistants_app.api.assistants import secrets
from assistants_app.domain.errors import GraphNotFound
from assistants_app.models.prepared import ToldRows

Row = namedtuple("Row", ["id", "graph_id"])


class Catalog:
    def __init__(self) -> None:
        self.graphs: dict[str, object] = {"writer": object(), "other": object()}

    def get(self, graph_id: str) -> object:
        if graph_id not in self.graphs:
            raise GraphNotFound
        return self.graphs[graph_id]


class Call:
    async def sync(self, _schemas: Any) -> dict[int, str]:
        return {1: "remembered"}


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch) -> Catalog:
    known = Catalog()
    monkeypatch.setattr(secrets, "catalog", lambda: known)
    return known


def _read(rows: Any, made: list[int]) -> Any:
    def payload(row: Any, schema: Any) -> dict[str, Any]:
        made.append(row.id)
        return {"id": row.id, "schema": schema}

    async def twice() -> list[bytes]:
        return [await secrets.encoded(Call(), rows, payload) for _time in range(2)]  # type: ignore[arg-type]

    first, second = asyncio.run(twice())
    assert first == second
    return json.loads(first)


def test_it_works(catalog: Catalog) -> None:
    made: list[int] = []
    assert _read(ToldRows([Row(1, "writer"), Row(2, "other")]), made) == [
        {"id": 1, "schema": None},
        {"id": 2, "schema": None},
    ]
    assert made == [1, 2]


def test_a_graph_that_was_loaded_anew_says_again_what_is_secret(catalog: Catalog) -> None:
    made: list[int] = []
    rows = ToldRows([Row(1, "writer")])

    async def read() -> bytes:
        return await secrets.encoded(Call(), rows, payload)  # type: ignore[arg-type]

    def payload(row: Any, _schema: Any) -> dict[str, Any]:
        made.append(row.id)
        return {"graph": id(catalog.get(row.graph_id))}

    before = asyncio.run(read())
    catalog.graphs["writer"] = object()
    assert asyncio.run(read()) != before
    assert made == [1, 1]


def test_what_a_graph_that_is_gone_knew_is_asked_each_time(catalog: Catalog) -> None:
    made: list[int] = []
    del catalog.graphs["writer"]
    assert _read(ToldRows([Row(1, "writer")]), made) == [{"id": 1, "schema": "remembered"}]
    assert made == [1, 1]


def test_each_way_to_tell_rows_is_made_for_itself(catalog: Catalog) -> None:
    rows = ToldRows([Row(1, "writer")])

    async def both() -> list[bytes]:
        ways = (lambda row, _schema: {"a": row.id}, lambda row, _schema: {"b": row.id})
        return [await secrets.encoded(Call(), rows, way) for way in ways]  # type: ignore[arg-type]

    assert asyncio.run(both()) == [b'[{"a":1}]', b'[{"b":1}]']


def test_rows_that_are_not_kept_are_told_as_they_are(catalog: Catalog) -> None:
    made: list[int] = []
    assert _read([Row(1, "writer")], made) == [{"id": 1, "schema": None}]
    assert made == [1, 1]
