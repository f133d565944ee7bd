"""The distributed engine beside the embedded one: two serving processes and workers on one PostgreSQL that waits for
its disk, asked through HTTP. Figures are medians of interleaved runs, compared within one run of this program.

`python -m tests.bench.spread --only burst` measures one thing: streams, burst, workers or rest."""

import argparse
import asyncio
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any, TypeVar

import httpx
import uvloop

from tests.bench.measuring import fresh_site, say
from tests.bench.wire import Wire
from tests.commands.served import Served
from tests.postgres import Cluster, find_programs
from tests.spread.site import Site, site_on

TIMES = 15
BURSTS = 15
MODES = ["messages-tuple", "custom"]
REST_SECONDS = 20
STATEMENT = re.compile(r"duration: [\d.]+ ms  (?:statement|execute )")

T = TypeVar("T")

Figures = tuple[float, float]
"""Seconds to the first token, and to the end."""


PARTS = ("streams", "burst", "workers", "rest")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.spread")
    parser.add_argument("--only", choices=PARTS)
    only = parser.parse_args().only
    fresh_site()
    programs = find_programs()
    if programs is None:
        print("  PostgreSQL is not installed")
        return
    cluster, folder = Cluster(programs, durable=True), Path(tempfile.mkdtemp(prefix="assistants-bench-"))
    try:
        server = cluster.start()
        with site_on(server, folder / "embedded") as alone, site_on(server, folder / "spread") as site:
            _measure(alone, site, cluster.folder / "log", {only} if only else set(PARTS))
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _measure(alone: Site, site: Site, log: Path, parts: set[str]) -> None:
    for one in (alone, site):
        one.folder.mkdir(parents=True)
    with ExitStack() as stack:
        web = stack.enter_context(site.web())
        if "streams" in parts:
            with alone.web(ASSISTANTS_ENGINE="embedded") as embedded, site.worker(16):
                _run(_streams(embedded, web))
        if "burst" in parts:
            with site.worker(16):
                _run(_background(web))
        if "workers" in parts:
            one_worker = _run(_spread_out(site, web, workers=1))
            four = _run(_spread_out(site, web, workers=4))
            say("runs a second of a graph that waits, 1 worker", one_worker, "1/s")
            say("the same with 4 workers, as many times as with 1", four / one_worker, "", 3.6, at_least=True)
        if "rest" in parts:
            with site.worker(4):
                few, many = _run(_at_rest(site, web, log))
            say("statements a second at rest, nothing waits", few, "1/s")
            say("the same while 1,000 runs wait, more", many - few, "1/s", 1)


def _run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def _streams(embedded: Served, web: Served) -> None:
    from tests.bench.stream import bare_figures

    async with httpx.AsyncClient(timeout=60) as http:

        def through(served: Served, text: str) -> Callable[[], Awaitable[Figures]]:
            return lambda: _streamed(http, served, text)

        short = await _interleaved([through(embedded, "1"), through(web, "1")])
        long = await _interleaved([lambda: bare_figures("2000"), through(embedded, "2000"), through(web, "2000")])
    say("first token, embedded on PostgreSQL", short[0][0] * 1000, "ms")
    say("first token, distributed, more than embedded", (short[1][0] - short[0][0]) * 1000, "ms", 40)
    say("2,000 tokens, embedded: rate, of bare astream's", 100 * long[0][1] / long[1][1], "%")
    say("2,000 tokens, distributed: rate, of bare astream's", 100 * long[0][1] / long[2][1], "%", 30, at_least=True)


async def _streamed(http: httpx.AsyncClient, served: Served, text: str) -> Figures:
    body = {"assistant_id": "tokens", "input": {"messages": [{"role": "user", "content": text}]}, "stream_mode": MODES}
    first, seen = 0.0, 0
    start = time.perf_counter()
    async with http.stream("POST", f"{served.url}api/runs/stream", json=body) as answer:
        async for chunk in answer.aiter_raw():
            seen += chunk.count(b"event: messages")
            if seen and not first:
                first = time.perf_counter() - start
    assert seen >= int(text), f"only {seen} tokens arrived"
    return first, time.perf_counter() - start


async def _interleaved(calls: list[Callable[[], Awaitable[Figures]]]) -> list[Figures]:
    taken: list[list[Figures]] = [[] for _call in calls]
    for turn in range(TIMES + 1):
        for call, figures in zip(calls, taken, strict=True):
            figure = await call()
            if turn:
                figures.append(figure)
    return [
        (statistics.median(first for first, _end in figures), statistics.median(end for _first, end in figures))
        for figures in taken
    ]


async def _background(web: Served) -> None:
    """From asking for the first to the end of the last, each on a thread that is there, by a connection of its own."""
    seconds, port = [], int(web.url.rstrip("/").rsplit(":", 1)[1])
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(Wire(port, "/api")) for _number in range(16)]
        for _turn in range(BURSTS + 2):
            threads = [(await wire.ask("POST", "/threads", {}))["thread_id"] for wire in wires]
            start = time.perf_counter()
            await asyncio.gather(*(_ended(wire, thread) for wire, thread in zip(wires, threads, strict=True)))
            seconds.append(time.perf_counter() - start)
    say("16 background runs of 200 tokens", statistics.median(seconds[2:]), "s", 0.5)


async def _ended(wire: Wire, thread_id: str) -> None:
    body = {"assistant_id": "tokens", "input": _said("200")}
    run = await wire.ask("POST", f"/threads/{thread_id}/runs", body)
    await wire.ask("GET", f"/threads/{thread_id}/runs/{run['run_id']}/join")


def _said(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


def _waits(seconds: float) -> dict[str, Any]:
    return {"count": 1, "seconds": seconds}


async def _waited(http: httpx.AsyncClient, web: Served, graph: str, input: dict[str, Any]) -> None:
    """A run in the background, and its end."""
    thread = (await http.post(f"{web.url}api/threads", json={})).json()["thread_id"]
    address = f"{web.url}api/threads/{thread}/runs"
    run = (await http.post(address, json={"assistant_id": graph, "input": input})).json()["run_id"]
    (await http.get(f"{address}/{run}/join")).raise_for_status()


async def _spread_out(site: Site, web: Served, *, workers: int) -> float:
    """Runs a second of a graph that waits two seconds, four at once in each worker; by the first claim and the last end
    in the database, for accepting them is the serving process's work."""
    with ExitStack() as stack:
        for worker in [site.worker(4) for _number in range(workers)]:
            stack.enter_context(worker)
        async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=None)) as http:
            await asyncio.gather(*(_waited(http, web, "ticks", _waits(0)) for _number in range(4 * workers)))
            ((began,),) = site.ask("SELECT now()")
            await asyncio.gather(*(_waited(http, web, "ticks", _waits(2.0)) for _number in range(16 * workers)))
    asked = (
        "SELECT extract(epoch FROM max(finished_at) - min(started_at)) FROM assistants_app_run WHERE created_at > %s"
    )
    ((seconds,),) = site.ask(asked, began)
    return 16 * workers / float(seconds)


async def _at_rest(site: Site, web: Served, log: Path) -> Figures:
    """Statements a second before 1,000 runs wait, and while they do."""
    few = await _statements(site, log)
    async with httpx.AsyncClient(timeout=60) as http:
        for turn in range(1_004 // 4):
            await asyncio.gather(*(_begun(http, web, turn) for _number in range(4)))
        await asyncio.sleep(3)
        return few, await _statements(site, log)


async def _begun(http: httpx.AsyncClient, web: Served, turn: int) -> None:
    thread = (await http.post(f"{web.url}api/threads", json={})).json()["thread_id"]
    input = {"count": 1, "seconds": 600.0}
    body = {"assistant_id": "ticks", "input": input}
    (await http.post(f"{web.url}api/threads/{thread}/runs", json=body)).raise_for_status()


async def _statements(site: Site, log: Path) -> float:
    """By the server's log, which has each of them: its counters tell of a process some seconds later."""
    _log_statements(site, yes=True)
    await asyncio.sleep(1)
    before = _logged(log)
    await asyncio.sleep(REST_SECONDS)
    told = _logged(log) - before
    _log_statements(site, yes=False)
    return told / REST_SECONDS


def _log_statements(site: Site, *, yes: bool) -> None:
    for statement in (f"ALTER SYSTEM SET log_min_duration_statement = {0 if yes else -1}", "SELECT pg_reload_conf()"):
        site.ask(statement)


def _logged(log: Path) -> int:
    return len(STATEMENT.findall(log.read_text(errors="replace")))


if __name__ == "__main__":
    main()
