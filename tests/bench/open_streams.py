"""What open streams take: 500 of them on one serving process, each of a run of its own, on SQLite and on PostgreSQL;
and how many connections to PostgreSQL each kind of process has, counted on the way there while all are busy."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.bench.measuring import fresh_site, say
from tests.commands.served import Served
from tests.faults.cuttable import Cuttable
from tests.postgres import Cluster, find_programs
from tests.spread.site import GRAPHS, Site, site_on

STREAMS = 500
AT_ONCE = 10
"""So many are opened at the same time."""

BUSY = 64
"""Runs at once that all processes are busy with."""


def main() -> None:
    fresh_site()
    folder = Path(tempfile.mkdtemp(prefix="assistants-bench-"))
    try:
        _open_streams_on_sqlite(folder)
        if (programs := find_programs()) is None:
            print("  PostgreSQL is not installed")
        else:
            _on_postgresql(Cluster(programs), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _on_postgresql(cluster: Cluster, folder: Path) -> None:
    try:
        server = cluster.start()
        with site_on(server, folder / "embedded") as alone, site_on(server, folder / "spread") as site:
            for one in (alone, site):
                one.folder.mkdir(parents=True)
            _open_streams(alone)
            _connections(site)
    finally:
        cluster.stop()


def _open_streams_on_sqlite(folder: Path) -> None:
    site = {"ASSISTANTS_API_AUTH": "none", "ASSISTANTS_CONFIG": GRAPHS, "SECRET_KEY": "only for tests"}
    with Served(folder=folder, ASSISTANTS_DATA=str(folder / "sqlite"), **site) as web:
        _say_memory("SQLite", *asyncio.run(_stream_many(web)))


def _open_streams(site: Site) -> None:
    way = Cuttable(site.url)
    way.start()
    try:
        with site.web(ASSISTANTS_ENGINE="embedded", DATABASE_URL=way.url) as web:
            before, during, most = asyncio.run(_stream_many_by(way, web))
    finally:
        way.stop()
    _say_memory("PostgreSQL", before, during)
    say("connections to PostgreSQL at the most, embedded", most, "", 30)


def _say_memory(database: str, before: float, during: float) -> None:
    say(f"resident memory before any stream, {database}", before, "MB")
    say(f"the same with {STREAMS} open streams", during, "MB", 1000)


async def _stream_many_by(way: Cuttable, web: Served) -> tuple[float, float, int]:
    async with _most(way) as most:
        before, during = await _stream_many(web)
        return before, during, most[0]


async def _stream_many(web: Served) -> tuple[float, float]:
    before = web.memory()
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=120, limits=limits) as http, AsyncExitStack() as stack:
        for _turn in range(STREAMS // AT_ONCE):
            opened = [_opened(http, web) for _number in range(AT_ONCE)]
            for stream in await asyncio.gather(*(stack.enter_async_context(one) for one in opened)):
                assert stream.status_code == 200
        return before, web.memory()


@asynccontextmanager
async def _opened(http: httpx.AsyncClient, web: Served) -> AsyncIterator[httpx.Response]:
    """From its first event to the end of the block."""
    body = {"assistant_id": "ticks", "input": {"count": 2, "seconds": 600.0}, "stream_mode": "custom"}
    async with http.stream("POST", f"{web.url}api/runs/stream", json=body) as answer:
        await anext(answer.aiter_raw())
        yield answer


def _connections(site: Site) -> None:
    ways = Cuttable(site.url), Cuttable(site.url)
    for way in ways:
        way.start()
    try:
        of_web, of_worker = ways
        with site.web(DATABASE_URL=of_web.url) as web, site.worker(16, DATABASE_URL=of_worker.url):
            most = asyncio.run(_keep_busy(web, of_web, of_worker))
    finally:
        for way in ways:
            way.stop()
    say("connections of a serving process at the most, distributed", most[0], "", 30)
    say("connections of a worker at the most", most[1], "", 25)


async def _keep_busy(web: Served, of_web: Cuttable, of_worker: Cuttable) -> tuple[int, int]:
    async with httpx.AsyncClient(timeout=120, limits=httpx.Limits(max_connections=None)) as http:
        async with _most(of_web) as web_most, _most(of_worker) as worker_most:
            await asyncio.gather(*(_waited(http, web) for _number in range(BUSY)))
        return web_most[0], worker_most[0]


async def _waited(http: httpx.AsyncClient, web: Served) -> None:
    body = {"assistant_id": "ticks", "input": {"count": 20, "seconds": 0.05}}
    for _turn in range(3):
        (await http.post(f"{web.url}api/runs/wait", json=body)).raise_for_status()


@asynccontextmanager
async def _most(way: Cuttable) -> AsyncIterator[list[int]]:
    """The highest number of connections in the block."""
    most = [way.count()]

    async def look() -> None:
        while True:
            most[0] = max(most[0], way.count())
            await asyncio.sleep(0.02)

    looking: asyncio.Task[Any] = asyncio.create_task(look())
    try:
        yield most
    finally:
        looking.cancel()


if __name__ == "__main__":
    main()
