"""The embedded engine beside bare `astream`: runs begun and streamed by the server that executes them, on SQLite and on
a PostgreSQL that waits for its disk. Figures are medians of interleaved runs.

    python -m tests.bench.embedded [sqlite] [postgresql]
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from tests.bench.measuring import fresh_site, say
from tests.bench.stream import MODES, Figures, bare_figures, interleaved, post, served, together, with_server
from tests.postgres import Cluster, find_programs

AT_ONCE = 16
TURNS = 5


def main() -> None:
    fresh_site()
    asked = sys.argv[1:] or ["sqlite", "postgresql"]
    if "sqlite" in asked:
        with_server(lambda port: _measure(port, "SQLite"))
    programs = find_programs()
    if "postgresql" in asked and programs is not None:
        cluster = Cluster(programs, durable=True)
        try:
            os.environ["DATABASE_URL"] = cluster.start()
            subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], check=True)
            with_server(lambda port: _measure(port, "PostgreSQL"))
        finally:
            cluster.stop()


def _measure(port: int, where: str) -> None:
    assistant_id = post(port, "/bench/prepare", {})["assistant_id"]

    def stream(text: str) -> Figures:
        return served(port, {"assistant_id": assistant_id, "text": text, "stream_mode": MODES})

    short = interleaved([lambda: _bare("1")[0], lambda: stream("1")])
    long = interleaved([lambda: _bare("2000")[0], lambda: stream("2000")])
    seconds = _in_turns([lambda: _bare("2000", AT_ONCE)[1], lambda: together(stream, AT_ONCE)])
    say(
        f"{where}: first token, more than bare's {short[0][0] * 1000:.1f} ms",
        1000 * (short[1][0] - short[0][0]),
        "ms",
        10,
    )
    say(f"{where}: 2,000 tokens, rate of bare's", 100 * long[0][1] / long[1][1], "%", 50, at_least=True)
    say(
        f"{where}: {AT_ONCE} such streams, rate of as many bare ones",
        100 * seconds[0] / seconds[1],
        "%",
        45,
        at_least=True,
    )


def _bare(text: str, count: int = 1) -> tuple[Figures, float]:
    """Of the first of so many at once; the seconds of all."""
    import uvloop

    async def all_of_them() -> tuple[Figures, float]:
        start = time.perf_counter()
        found = await asyncio.gather(*(bare_figures(text) for _stream in range(count)))
        return found[0], time.perf_counter() - start

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(all_of_them())


def _in_turns(calls: list[Callable[[], float]]) -> list[float]:
    taken = [[call() for call in calls] for _turn in range(TURNS)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


if __name__ == "__main__":
    main()
