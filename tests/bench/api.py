"""The API, on SQLite and PostgreSQL (which syncs to disk), beside bare `astream` and, when named, another server.

    python -m tests.bench.api [--beside PATH_OF_LANGGRAPH_COMMAND]

`--beside` starts the vendor's development server with the same graph (16 jobs at once, no tracing); it keeps everything
in memory. Servers take turns, so that all meet the same noise. Figures are medians; the ratios count.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.assistant_calls import CALLS, READS, Assistants, Call, prepare
from tests.bench.measuring import say
from tests.bench.stream import bare_figures
from tests.bench.wire import Streamed, Wire
from tests.postgres import Cluster, find_programs

ROOT = Path(__file__).resolve().parents[2]
TURNS, COLD, EACH = 6, 10, 50
"""So often each server has its turn; so many calls of it are not counted, and so many are."""

STREAMS = 21
TOGETHER = 5
AT_ONCE = 16
MODES = ["messages-tuple", "custom"]


@dataclass
class Server:
    name: str
    port: int
    prefix: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    assistants: Assistants = field(default_factory=Assistants)

    def wire(self) -> Wire:
        return Wire(self.port, self.prefix, self.headers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beside", help="the `langgraph` command of the vendor's development server")
    beside = parser.parse_args().beside
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="assistants-bench-")))
        shutil.copy(ROOT / "tests" / "hard_graphs.py", folder)
        config = {"graphs": {"tokens": "./hard_graphs.py:tokens"}, "dependencies": ["."]}
        (folder / "langgraph.json").write_text(json.dumps(config))
        servers = [stack.enter_context(ours("SQLite", folder, 18431))]
        if programs := find_programs():
            cluster = Cluster(programs, durable=True)
            stack.callback(cluster.stop)
            servers.append(stack.enter_context(ours("PostgreSQL", folder, 18432, DATABASE_URL=cluster.start())))
        if beside:
            servers.append(stack.enter_context(reference(beside, folder, 18433)))
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(measure(servers))


async def measure(servers: list[Server]) -> None:
    for server in servers:
        async with server.wire() as wire:
            await prepare(wire, server.assistants)
    for what, (call, most) in CALLS.items():
        await _compare(what, servers, call, most)
    for what in READS:
        await _compare_at_once(what, servers, CALLS[what][0])
    await _compare_streams(servers)


async def _compare(what: str, servers: list[Server], call: Call, most: float | None) -> None:
    """By several calls of one server, then of the next, and so on: each is as warm as it is when it is used."""
    taken: dict[str, list[float]] = {server.name: [] for server in servers}
    for _turn in range(TURNS):
        for server in servers:
            async with server.wire() as wire:
                for number in range(COLD + EACH):
                    start = time.perf_counter()
                    await call(wire, server.assistants)
                    if number >= COLD:
                        taken[server.name].append(time.perf_counter() - start)
    medians = {name: statistics.median(times) * 1000 for name, times in taken.items()}
    for name, median in medians.items():
        say(f"assistants {what}, one caller: {name}", median, "ms")
        if (other := medians.get("reference")) and name != "reference":
            say(f"    of the reference's {other:.2f} ms", median / other, "times", most)


async def _compare_at_once(what: str, servers: list[Server], call: Call) -> None:
    rates: dict[str, list[float]] = {server.name: [] for server in servers}
    for _turn in range(5):
        for server in servers:
            rates[server.name].append(await _rate(server, call))
    medians = {name: statistics.median(found) for name, found in rates.items()}
    for name, rate in medians.items():
        say(f"assistants {what}, {AT_ONCE} callers: {name}", rate, "calls/s")
        if (other := medians.get("reference")) and name != "reference":
            say("    of the reference's", rate / other, "times", 1, at_least=True)


async def _rate(server: Server, call: Call) -> float:
    async def caller() -> None:
        async with server.wire() as wire:
            for _call in range(40):
                await call(wire, server.assistants)

    start = time.perf_counter()
    await asyncio.gather(*(caller() for _caller in range(AT_ONCE)))
    return AT_ONCE * 40 / (time.perf_counter() - start)


async def _compare_streams(servers: list[Server]) -> None:
    short, long = await _streams(servers, "1"), await _streams(servers, "2000")
    say("first token of bare astream", short["bare"][0] * 1000, "ms")
    say("2,000 tokens of bare astream", long["bare"][1] * 1000, "ms")
    for server in servers:
        first = (short[server.name][0] - short["bare"][0]) * 1000
        kept = server.name != "reference"
        say(f"first token, more than bare: {server.name}", first, "ms", 15 if kept else None)
        rate = 100 * long["bare"][1] / long[server.name][1]
        say(f"2,000 tokens, rate of bare's: {server.name}", rate, "%", 40 if kept else None, at_least=True)
    for server in servers:
        taken = [await _together(server) for _turn in range(TOGETHER if server.name != "reference" else 1)]
        together = 100 * AT_ONCE * long["bare"][1] / statistics.median(taken)
        kept = server.name != "reference"
        say(f"{AT_ONCE} such streams together: {server.name}", together, "%", 35 if kept else None, at_least=True)


async def _together(server: Server) -> float:
    """The seconds of all of them."""
    start = time.perf_counter()
    await asyncio.gather(*(_stream(server, "2000") for _stream_ in range(AT_ONCE)))
    return time.perf_counter() - start


async def _streams(servers: list[Server], text: str) -> dict[str, tuple[float, float]]:
    taken: dict[str, list[tuple[float, float]]] = {"bare": [], **{server.name: [] for server in servers}}
    for turn in range(STREAMS + 1):
        found = {"bare": await bare_figures(text)}
        for server in servers:
            streamed = await _stream(server, text)
            found[server.name] = (streamed.first, streamed.end)
        if turn:
            for name, figures in found.items():
                taken[name].append(figures)
    return {
        name: (statistics.median(first for first, _end in all_), statistics.median(end for _first, end in all_))
        for name, all_ in taken.items()
    }


async def _stream(server: Server, text: str) -> Streamed:
    """On a thread of its own, as a program's first message."""
    async with server.wire() as wire:
        thread = await wire.ask("POST", "/threads", {})
        body: dict[str, Any] = {
            "assistant_id": server.assistants.ids[0],
            "input": {"messages": [{"role": "user", "content": text}]},
            "stream_mode": MODES,
        }
        streamed = await wire.stream(f"/threads/{thread['thread_id']}/runs/stream", body)
        assert streamed.tokens >= int(text), streamed
        return streamed


@contextlib.contextmanager
def ours(name: str, folder: Path, port: int, **variables: str) -> Iterator[Server]:
    """This product, as `serve` starts it, with a key."""
    data = folder / name
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment |= {"ASSISTANTS_DATA": str(data), "ASSISTANTS_API_RATE": "0", **variables}
    manage = [sys.executable, str(ROOT / "manage.py")]
    command = [*manage, "serve", "--config", str(folder / "langgraph.json"), "--port", str(port)]
    with _process(command, folder, environment, port, folder / f"{name}.log"):
        made = subprocess.run(
            [*manage, "api_key", "create", "bench", "--role", "operator"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        key = next(word for word in made.stdout.split() if word.startswith("as_"))
        yield Server(name, port, "/api", {"X-Api-Key": key})


@contextlib.contextmanager
def reference(langgraph: str, folder: Path, port: int) -> Iterator[Server]:
    """The vendor's development server, as its documentation starts it, with 16 jobs at once."""
    environment = os.environ | {
        "LANGSMITH_TRACING": "false",
        "LANGGRAPH_CLI_NO_ANALYTICS": "1",
        "LANGGRAPH_NO_VERSION_CHECK": "1",
        "PATH": f"{Path(langgraph).parent}:{os.environ['PATH']}",
    }
    options = ["--no-browser", "--no-reload", "--port", str(port), "--n-jobs-per-worker", str(AT_ONCE)]
    with _process([langgraph, "dev", *options], folder, environment, port, folder / "reference.log"):
        yield Server("reference", port)


@contextlib.contextmanager
def _process(
    command: list[str], folder: Path, environment: dict[str, str], port: int, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        _wait(process, port, log)
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    import urllib.error
    import urllib.request

    for _attempt in range(600):
        if process.poll() is not None:
            break
        for path in ("/api/ok", "/ok"):
            with contextlib.suppress(OSError, urllib.error.URLError):
                if urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).status == 200:
                    return
        time.sleep(0.2)
    raise SystemExit(f"it did not start:\n{log.read_text()[-3000:]}")


if __name__ == "__main__":
    main()
