"""Every list on a large site against the same on an almost empty one: at most three times as slow; as many queries as
on a small one.

python -m tests.bench.large                    # both databases, a fiftieth of the full size
python -m tests.bench.large --part 1           # 10,000 assistants, 1,000,000 runs, 10,000,000 audit entries
python -m tests.bench.large --only dashboard   # those with a word in their name, on either

A request of the one site follows one of the other: what else the machine does slows all down alike. The small site
has just enough rows to fill a page of most lists: fifty rows take longer to show than three, on any site. A line tells
the milliseconds of the almost empty, the small and the large site, and the last of them as times the others.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.large_pages import API_LISTS, pages
from tests.bench.measuring import say
from tests.postgres import Cluster, find_programs

ROOT = Path(__file__).resolve().parents[2]
FULL = {"assistants": 10_000, "versions": 1000, "runs": 1_000_000, "audit": 10_000_000, "people": 200}
FEW = {"assistants": 3, "versions": 3, "runs": 30, "audit": 100, "people": 3}
SMALL = {"assistants": 120, "versions": 120, "runs": 600, "audit": 12_000, "people": 60}
TIMES = 15
LONG_ENOUGH = 10.0
"""Seconds of one list."""
MOST = 3.0


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("--part", type=float, default=0.02, help="of the full size (default: %(default)s)")
    parser.add_argument("--only", default="", metavar="WORD", help="of the names of what is looked at")
    parser.add_argument("--answer", action="store_true", help="one site's part of it, asked line by line")
    given = parser.parse_args()
    if given.answer:
        answer()
        return
    with tempfile.TemporaryDirectory(prefix="assistants-bench-") as folder:
        compare("SQLite", given, [_sqlite(Path(folder) / name) for name in ("few", "small", "large")])
        if programs := find_programs():
            clusters = [Cluster(programs) for _site in range(3)]
            try:
                sites = [_postgres(Path(folder) / f"pg{n}", one.start()) for n, one in enumerate(clusters)]
                compare("PostgreSQL", given, sites)
            finally:
                for one in clusters:
                    one.stop()


def compare(name: str, given: Namespace, sites: list[dict[str, str]]) -> None:
    print(f"  {name}")
    large = {kind: max(1, round(count * given.part)) for kind, count in FULL.items()}
    for site, counts in zip(sites, (FEW, SMALL, large), strict=True):
        _manage(site, "migrate", "-v0")
        began = time.monotonic()
        _manage(site, "seed", *(f"--{kind}={count}" for kind, count in counts.items()))
        say(f"  seeding {counts['runs']:,} runs, {counts['audit']:,} audit entries", time.monotonic() - began, "s")
    report(sites, given.only)


def report(sites: list[dict[str, str]], only: str) -> None:
    """Of seeded sites: the almost empty one, the small one, the large one."""
    few, small, large = asked = [Site(site) for site in sites]
    try:
        for page in filter(lambda page: only in page, few.pages):
            empty, filled, full = medians(page, *asked)
            told = ", ".join(f"{seconds * 1000:.0f}" for seconds in (empty, filled, full))
            say(f"  {page}: {told} ms ({full / filled:.1f} of small)", full / empty, "times", MOST)
            queries = [site.queries(page) for site in (small, large)]
            if queries[0] != queries[1]:
                say(f"  {page}: queries, {queries[0]} before", queries[1], "", queries[0])
    finally:
        for site in asked:
            site.end()


def medians(page: str, *sites: "Site") -> list[float]:
    """The seconds of a page on each of the sites, which are asked in turn."""
    seconds: list[list[float]] = [[] for _site in sites]
    for site in sites:
        site.seconds(page)
    while len(seconds[-1]) < TIMES and sum(map(sum, seconds)) < LONG_ENOUGH:
        for site, told in zip(sites, seconds, strict=True):
            told.append(site.seconds(page))
    return [median(told) for told in seconds]


class Site:
    """A process that asks one site for pages and tells how long each took."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.large", "--answer"],
            cwd=ROOT,
            env=_environment(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pages: list[str] = self._told()

    def seconds(self, page: str) -> float:
        return self._ask("seconds", page)

    def queries(self, page: str) -> int:
        return self._ask("queries", page)

    def _ask(self, *words: str) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return self._told()

    def _told(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"The site ended: {self._process.wait()}")
        return json.loads(line)

    def end(self) -> None:
        self._process.communicate()


def answer() -> None:
    """Tells the names of what can be asked for, then of each that is read the seconds or queries of its answer."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistants_app.settings")
    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from assistants_app.engine import interpreter
    from assistants_app.models import Person

    person, _made = Person.objects.get_or_create(
        username="bench", defaults={"is_superuser": True, "is_staff": True, "is_active": True}
    )
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)
    asked = {name: partial(client.get, path) for name, path in pages().items()} | _api_calls(client, person)
    # All that SQLite does is done by this process: its own time leaves out what a busy machine adds.
    clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter
    interpreter.set_up()  # as in every process that serves
    print(json.dumps(list(asked)), flush=True)
    for line in sys.stdin:
        wanted, name = json.loads(line)
        with CaptureQueriesContext(connection) if wanted == "queries" else nullcontext([]) as queries:
            began = clock()
            status = asked[name]().status_code
            told = len(queries) if wanted == "queries" else clock() - began
        assert status == 200, f"{name}: {status}"
        print(json.dumps(told), flush=True)


def _api_calls(client: Any, person: Any) -> dict[str, Callable[[], Any]]:
    from assistants_app.models import Role
    from assistants_app.services.keys import create_key

    _key, secret = create_key(name="bench", role=Role.OPERATOR, created_by=person)
    given = {"content_type": "application/json", "headers": {"X-Api-Key": secret}}
    return {name: partial(client.post, path, body, **given) for name, (path, body) in API_LISTS.items()}


def _sqlite(folder: Path) -> dict[str, str]:
    return {"ASSISTANTS_DATA": str(folder), "DATABASE_URL": ""}


def _postgres(folder: Path, url: str) -> dict[str, str]:
    return {"ASSISTANTS_DATA": str(folder), "DATABASE_URL": url}


def _manage(site: dict[str, str], *words: str) -> None:
    _run(site, "manage.py", *words)


def _environment(site: dict[str, str]) -> dict[str, str]:
    config = ROOT / "assistants_app" / "examples" / "langgraph.json"
    return {**os.environ, "ASSISTANTS_CONFIG": str(config), **site}


def _run(site: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=_environment(site), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


if __name__ == "__main__":
    main()
