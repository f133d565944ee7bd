"""A site whose processes, database, network and disk break as they are told to, and are whole again soon after."""

import random
import signal
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.commands.served import READY, SECONDS, Started
from tests.faults.cuttable import Cuttable
from tests.faults.disk import SmallDisk, small_disk
from tests.faults.front import Front, front
from tests.faults.nursery import Born, Nursery
from tests.postgres import Cluster, find_programs

GRAPHS = str(Path(__file__).with_name("langgraph.json"))
KINDS = ("sqlite", "postgres", "distributed")

FROZEN_SECONDS = 8.0
"""Longer than a lease."""

AWAY_SECONDS = 3.0
DISK_MEGABYTES = {"sqlite": 64, "postgres": 512, "distributed": 512}


class Site:
    """Its processes, each of which is started again when it was ended."""

    def __init__(
        self,
        kind: str,
        nursery: Nursery,
        door: Front,
        *,
        cluster: Cluster | None,
        way: Cuttable | None,
        disk: SmallDisk | None,
    ) -> None:
        self._nursery = nursery
        self._door = door
        self._cluster = cluster
        self._way = way
        self._disk = disk
        self._distributed = kind == "distributed"
        self._web: list[Born] = []
        self._workers: list[Born] = []
        self._gone: list[Born] = []

    def start(self) -> None:
        for _number in range(2 if self._distributed else 1):
            self._web.append(self._new_web())
            self._wait()  # for the first one makes the database
        self._workers += [self._new_worker() for _number in range(2 if self._distributed else 0)]
        self._wait()

    def end(self) -> None:
        for one in [*self._web, *self._workers]:
            _kill(one)

    def words(self, about: Collection[str]) -> str:
        """What all processes said about runs or threads, by their ids, for who looks for a cause."""
        return "\n".join(
            f"{one.process.pid}: {line}"
            for one in [*self._gone, *self._web, *self._workers]
            for line in one.said.splitlines()
            if any(each in line for each in about)
        )

    def faults(self) -> dict[str, float]:
        """Those there may be, and how often beside one another."""
        chosen = {"kill": 16.0, "stop": 1.0, "freeze": 1.0}
        if self._way:
            chosen |= {"cut": 1.0, "silence": 1.0, "restart": 1.0, "crash": 1.0}
        if self._disk:
            chosen |= {"full": 1.0}
        return chosen

    def do(self, fault: str, chosen: random.Random) -> None:
        """In a thread. An embedded server is there again when it returns; of others some may still be starting."""
        doing: dict[str, Callable[[random.Random], None]] = {
            "kill": lambda chosen: self._replace(chosen, _kill),
            "stop": lambda chosen: self._replace(chosen, lambda one: one.stop(signal.SIGTERM)),
            "cut": lambda _chosen: self._break(silent=False),
            "silence": lambda _chosen: self._break(silent=True),
            "restart": lambda _chosen: self._restart(signal.SIGINT),
            "crash": lambda _chosen: self._restart(signal.SIGQUIT),
            "freeze": self._freeze,
            "full": lambda _chosen: self._fill(),
        }
        doing[fault](chosen)
        if not self._distributed:
            self._wait()

    def _replace(self, chosen: random.Random, end: Callable[[Born], object]) -> None:
        """End one of them, and start another in its place; there is always one that serves, where there are two."""
        self._wait()
        some = chosen.choice([self._web, self._workers] if self._workers else [self._web])
        number = chosen.randrange(len(some))
        gone = some[number]
        end(gone)
        gone.close()
        self._gone.append(gone)
        some[number] = self._new_web() if some is self._web else self._new_worker()
        self._lead()

    def _break(self, *, silent: bool) -> None:
        assert self._way
        with self._way.away(silent=silent):
            time.sleep(AWAY_SECONDS)

    def _restart(self, number: signal.Signals) -> None:
        assert self._cluster
        self._cluster.restart(number)

    def _freeze(self, chosen: random.Random) -> None:
        """One stands still until others, if there are any, have its runs, and comes back."""
        one = chosen.choice([*self._web, *self._workers])
        one.process.send_signal(signal.SIGSTOP)
        time.sleep(FROZEN_SECONDS)
        one.process.send_signal(signal.SIGCONT)

    def _fill(self) -> None:
        """The disk of the database, and of all that an embedded site on SQLite writes."""
        assert self._disk
        with self._disk.full():
            time.sleep(AWAY_SECONDS)
        if self._cluster:
            self._cluster.serve_again()

    def _new_web(self) -> Born:
        return Born(self._nursery, "serve", "--port", "0", ready=READY)

    def _new_worker(self) -> Born:
        return Born(self._nursery, "worker", ready="Ready ")

    def _wait(self) -> None:
        """Until all are there, those that could not start while the database was away once more."""
        deadline = time.monotonic() + SECONDS
        for some in (self._web, self._workers):
            for number, one in enumerate(some):
                while not _is_ready(one):
                    if one.process.poll() is not None:
                        one.close()
                        one = some[number] = self._new_web() if some is self._web else self._new_worker()
                    if time.monotonic() > deadline:
                        raise RuntimeError(f"a process did not start:\n{one.said[-3000:]}")
                    time.sleep(0.05)
        self._lead()

    def _lead(self) -> None:
        ready = [one for one in self._web if _is_ready(one) and one.process.poll() is None]
        for one in ready:
            one.url = one.wait_for(READY)
        self._door.lead_to(*[one.url for one in ready])


def _is_ready(one: Started) -> bool:
    return "Ready " in one.said


def _kill(one: Born) -> None:
    one.process.kill()
    one.process.wait(10)
    one.close()


@contextmanager
def site_of(kind: str, folder: Path) -> Iterator[tuple[Site, Front]]:
    """It is started, and ended with the block."""
    with ExitStack() as stack:
        door = stack.enter_context(front())
        disk = stack.enter_context(small_disk(DISK_MEGABYTES[kind]))
        data = disk.folder if disk and kind == "sqlite" else folder
        variables = {
            "ASSISTANTS_API_AUTH": "none",
            "ASSISTANTS_CONFIG": GRAPHS,
            "ASSISTANTS_DATA": str(data / "data"),
            "ASSISTANTS_RUN_ATTEMPTS": "10",  # a slow start leaves no time for a step
            "ASSISTANTS_ENGINE": "distributed" if kind == "distributed" else "embedded",
            "SECRET_KEY": "only for tests",
        }
        cluster = way = None
        if kind != "sqlite":
            cluster = _cluster(disk)
            stack.callback(cluster.stop)
            way = Cuttable(cluster.start())
            variables["DATABASE_URL"] = way.start()
            stack.callback(way.stop)
        nursery = Nursery(folder=folder, **variables)
        stack.callback(nursery.close)
        site = Site(kind, nursery, door, cluster=cluster, way=way, disk=disk)
        stack.callback(site.end)
        site.start()
        yield site, door


def _cluster(disk: SmallDisk | None) -> Cluster:
    programs = find_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL's server programs (initdb) were not found.")
    cluster = Cluster(programs, within=disk.folder if disk else None)
    cluster.options |= {"min_wal_size": "32MB", "max_wal_size": "64MB"}  # it is a small disk
    cluster.options["synchronous_commit"] = "on"  # what was accepted survives its crash, as on a real site
    return cluster
