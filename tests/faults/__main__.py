"""`python -m tests.faults --db distributed --faults 100 --seed 1`: faults at random, as many as you like.

    --db sqlite        the embedded engine on SQLite: the server is killed, and told to stop
    --db postgres      the same on a throw-away PostgreSQL, whose connections are cut, and which restarts
    --db distributed   two serving processes and two workers, any of which is killed; workers stand still for a while

What went wrong is printed, with the processes' last words, and the exit code is 1.
"""

import argparse
import asyncio
import random
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from langgraph_sdk import get_client

from tests.commands.served import READY, SECONDS, Served, Started
from tests.faults.cuttable import Cuttable
from tests.faults.front import Front, front
from tests.faults.storm import FROZEN_SECONDS, Seen, kill, storm
from tests.postgres import Cluster, find_programs

GRAPHS = str(Path(__file__).with_name("langgraph.json"))
KINDS = ("sqlite", "postgres", "distributed")


class Site:
    """Its processes, each of which is started again when it was ended."""

    def __init__(self, kind: str, folder: Path, door: Front, cluster: Cluster | None, way: Cuttable | None) -> None:
        self._folder = folder
        self._door = door
        self._cluster = cluster
        self._way = way
        self._distributed = kind == "distributed"
        self._variables = {
            "ASSISTANTS_API_AUTH": "none",
            "ASSISTANTS_CONFIG": GRAPHS,
            "ASSISTANTS_DATA": str(folder / "data"),
            "ASSISTANTS_RUN_ATTEMPTS": "1000",  # else a run that is unlucky three times ends, as it should
            "ASSISTANTS_ENGINE": "distributed" if self._distributed else "embedded",
            "SECRET_KEY": "only for tests",
            **({"DATABASE_URL": way.url} if way else {}),
        }
        self._web: list[Served] = []
        self._workers: list[Started] = []
        self._gone: list[Started] = []

    def start(self) -> None:
        for _number in range(2 if self._distributed else 1):
            self._web.append(self._new_web())
            self._wait()  # for the first one makes the database
        self._workers += [self._new_worker() for _number in range(2 if self._distributed else 0)]
        self._wait()

    def end(self) -> None:
        for process in [*self._web, *self._workers]:
            if process.process.poll() is None:
                process.process.kill()
            process.process.wait(10)

    def words(self) -> str:
        """The last of all processes, for who looks for a cause."""
        return "\n".join(
            f"--- {one.process.pid}\n{one.said[-3000:]}" for one in [*self._gone, *self._web, *self._workers]
        )

    def faults(self) -> dict[str, float]:
        chosen = {"kill": 8.0, "stop": 1.0}
        if self._way:
            chosen |= {"cut": 1.0, "silence": 0.5, "restart": 0.5, "crash": 0.5}
        if self._distributed:
            chosen |= {"freeze": 0.7}
        return chosen

    async def do(self, fault: str, chosen: random.Random) -> None:
        await asyncio.to_thread(self._doing(fault), chosen)
        if not self._distributed:
            await asyncio.to_thread(self._wait)

    def _doing(self, fault: str) -> Callable[[random.Random], None]:
        return {
            "kill": lambda chosen: self._replace(chosen, kill),
            "stop": lambda chosen: self._replace(chosen, lambda one: one.stop(signal.SIGTERM)),
            "cut": lambda _chosen: self._break(silent=False),
            "silence": lambda _chosen: self._break(silent=True),
            "restart": lambda _chosen: self._restart(signal.SIGINT),
            "crash": lambda _chosen: self._restart(signal.SIGQUIT),
            "freeze": self._freeze,
        }[fault]

    # -- in a thread ------------------------------------------------------------------------------------------------

    def _replace(self, chosen: random.Random, end: Callable[[Started], object]) -> None:
        """End one of them, and start another in its place; there is always one that serves, where there are two."""
        self._wait()
        among: list[list[Started]] = [self._web, self._workers] if self._workers else [self._web]  # type: ignore[list-item]
        some = chosen.choice(among)
        number = chosen.randrange(len(some))
        gone = some[number]
        end(gone)
        self._gone = [*self._gone[-5:], gone]
        some[number] = self._new_web() if some is self._web else self._new_worker()
        self._lead()

    def _break(self, *, silent: bool) -> None:
        assert self._way
        with self._way.away(silent=silent):
            time.sleep(3)

    def _restart(self, number: signal.Signals) -> None:
        assert self._cluster
        self._cluster.restart(number)

    def _freeze(self, chosen: random.Random) -> None:
        """A worker stands still until others have its runs, and comes back."""
        one = chosen.choice(self._workers)
        one.process.send_signal(signal.SIGSTOP)
        time.sleep(FROZEN_SECONDS)
        one.process.send_signal(signal.SIGCONT)

    def _new_web(self) -> Served:
        return Served(folder=self._folder, **self._variables)

    def _new_worker(self) -> Started:
        return Started("worker", folder=self._folder, ready="Ready ", **self._variables)

    def _wait(self) -> None:
        """Until all are there, those that could not start while the database was away once more."""
        deadline = time.monotonic() + SECONDS
        for some in (self._web, self._workers):
            for number, one in enumerate(some):
                while not _is_ready(one):
                    if one.process.poll() is not None:
                        one = some[number] = self._new_web() if some is self._web else self._new_worker()  # type: ignore[call-overload]
                    if time.monotonic() > deadline:
                        raise RuntimeError(f"a process did not start:\n{one.said[-3000:]}")
                    time.sleep(0.1)
        self._lead()

    def _lead(self) -> None:
        ready = [one for one in self._web if _is_ready(one)]
        for one in ready:
            one.url = one.wait_for(READY)
        self._door.lead_to(*[one.url for one in ready])


def _is_ready(one: Started) -> bool:
    return "Ready " in one.said


@contextmanager
def site_of(kind: str, folder: Path) -> Iterator[tuple[Site, Front]]:
    with ExitStack() as stack:
        door = stack.enter_context(front())
        cluster = way = None
        if kind != "sqlite":
            programs = find_programs()
            if programs is None:
                raise SystemExit("PostgreSQL's server programs (initdb) were not found.")
            cluster = Cluster(programs)
            stack.callback(cluster.stop)
            way = Cuttable(cluster.start())
            way.start()
            stack.callback(way.stop)
        site = Site(kind, folder, door, cluster, way)
        stack.callback(site.end)
        site.start()
        yield site, door


async def see(kind: str, folder: Path, *, seed: int, count: int, say: Callable[[str], object] = print) -> Seen:
    with site_of(kind, folder) as (site, door):
        async with get_client(url=f"{door.url}api", api_key="none") as asking:
            work: Awaitable[Seen] = storm(site, asking, seed=seed, count=count)
            seen = await work
        if seen.wrong:
            say(site.words())
    return seen


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--db", choices=KINDS, required=True)
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="assistants-faults-") as folder:
        seen = asyncio.run(see(given.db, Path(folder), seed=given.seed, count=given.faults))
    print(f"{given.db}, seed {given.seed}, {time.monotonic() - began:.0f} s: {seen}")
    print(*seen.wrong, sep="\n")
    return 1 if seen.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
