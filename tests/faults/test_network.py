"""The way to PostgreSQL is cut, or falls silent, while somebody listens."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from assistants_app.engine.database.postgres import conninfo
from tests.faults.cuttable import Cuttable
from tests.spread.site import Site, client, site_on
from tests.spread.test_threads import until

pytestmark = pytest.mark.asyncio(loop_scope="function")

TICKS = 300


@contextmanager
def cuttable(url: str) -> Iterator[tuple[Cuttable, str]]:
    way = Cuttable(url)
    address = way.start()
    try:
        yield way, address
    finally:
        way.stop()


@pytest.fixture
def site(tmp_path: Path, transactional_db: None) -> Iterator[Site]:
    if connection.vendor != "postgresql" or "host=/" not in conninfo():
        pytest.skip("needs a PostgreSQL of the tests' own")
    with site_on(conninfo(), tmp_path) as site:
        yield site


async def _ticks(asking: Any, heard: list[Any]) -> None:
    given = {"count": TICKS, "seconds": 0.01}
    async for part in asking.runs.stream(None, "ticks", input=given, stream_mode="custom"):
        heard.append(part)


async def _heard_some(heard: list[Any]) -> bool:
    return len(heard) >= 50


def _in_order(heard: list[Any]) -> list[int]:
    numbers = [int(part.id) for part in heard]
    assert numbers == sorted(set(numbers))
    return [part.data["tick"] for part in heard if part.event == "custom"]


@pytest.mark.parametrize("how", ["freeze", "cut"])
async def test_the_connection_that_listens(site: Site, how: str) -> None:
    """Who serves hears by another one what was told meanwhile, though nobody says that the first one is dead."""
    with cuttable(site.url) as (way, url), site.web(DATABASE_URL=url) as web, site.worker(4):
        async with client(web) as asking, asyncio.timeout(60):
            heard: list[Any] = []
            listening = asyncio.create_task(_ticks(asking, heard))
            await until(lambda: _heard_some(heard), seconds=30)
            assert getattr(way, how)(b"LISTEN assistants") == 1
            await asyncio.wait_for(listening, 20)
    assert _in_order(heard) == list(range(TICKS))


@pytest.mark.parametrize("how", ["freeze", "cut"])
async def test_the_connection_that_tells(site: Site, how: str) -> None:
    with cuttable(site.url) as (way, url), site.web() as web, site.worker(4, DATABASE_URL=url):
        async with client(web) as asking, asyncio.timeout(60):
            heard: list[Any] = []
            listening = asyncio.create_task(_ticks(asking, heard))
            await until(lambda: _heard_some(heard), seconds=30)
            assert getattr(way, how)(b"synchronous_commit = off") == 1
            await asyncio.wait_for(listening, 20)
    assert _in_order(heard) == list(range(TICKS))
