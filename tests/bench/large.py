"""Every list on a large site against the same on an almost empty one: at most three times as slow, as many queries.

python -m tests.bench.large                    # both databases, a fiftieth of the full size
python -m tests.bench.large --part 1           # 10,000 assistants, 1,000,000 runs, 10,000,000 audit entries
python -m tests.bench.large --measure          # the site of the environment, as JSON: seeded by `manage.py seed`
python -m tests.bench.large --only dashboard   # those with a word in their name, on either
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.large_pages import API_LISTS, pages
from tests.bench.measuring import say
from tests.postgres import Cluster, find_programs

ROOT = Path(__file__).resolve().parents[2]
FULL = {"assistants": 10_000, "versions": 1000, "runs": 1_000_000, "audit": 10_000_000, "people": 200}
TINY = {"assistants": 3, "versions": 3, "runs": 30, "audit": 30, "people": 3}
TIMES = 10
LONG_ENOUGH = 5.0
"""Seconds of one list."""
MOST = 3.0


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("--part", type=float, default=0.02, help="of the full size (default: %(default)s)")
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--only", default="", metavar="WORD", help="of the names of what is looked at")
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.only)))
        return
    with tempfile.TemporaryDirectory(prefix="assistants-bench-") as folder:
        compare("SQLite", given, [_sqlite(Path(folder) / name) for name in ("tiny", "large")])
        if programs := find_programs():
            clusters = [Cluster(programs), Cluster(programs)]
            try:
                sites = [_postgres(Path(folder) / f"pg{n}", one.start()) for n, one in enumerate(clusters)]
                compare("PostgreSQL", given, sites)
            finally:
                for one in clusters:
                    one.stop()


def compare(name: str, given: Namespace, sites: list[dict[str, str]]) -> None:
    print(f"  {name}")
    large = {kind: max(1, round(count * given.part)) for kind, count in FULL.items()}
    told = []
    for site, counts in zip(sites, (TINY, large), strict=True):
        _manage(site, "migrate", "-v0")
        began = time.monotonic()
        _manage(site, "seed", *(f"--{kind}={count}" for kind, count in counts.items()))
        say(f"  seeding {counts['runs']:,} runs, {counts['audit']:,} audit entries", time.monotonic() - began, "s")
        told.append(_run(site, "-m", "tests.bench.large", "--measure", "--only", given.only))
    report(*(json.loads(text.splitlines()[-1]) for text in told))


def report(tiny: dict[str, Any], large: dict[str, Any]) -> None:
    for page, (seconds, queries) in large.items():
        before = tiny[page][0]
        say(f"  {page}: {before * 1000:.0f} ms, then {seconds * 1000:.0f} ms", seconds / before, "times", MOST)
        if queries != tiny[page][1]:
            say(f"  {page}: queries, {tiny[page][1]} before", queries, "", tiny[page][1])


def measure(only: str) -> dict[str, tuple[float, int]]:
    """By list: the seconds of the quickest answer, for what a busy machine adds is none of the list's; its queries."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistants_app.settings")
    django.setup()
    from django.db import connection
    from django.test import Client

    from assistants_app.models import Person

    person, _made = Person.objects.get_or_create(
        username="bench", defaults={"is_superuser": True, "is_staff": True, "is_active": True}
    )
    # All that SQLite does is done by this process: its own time leaves out what a busy machine adds.
    clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)
    asked = {name: partial(client.get, path) for name, path in pages().items()} | _api_calls(client, person)
    told = {}
    for name, ask in asked.items():
        if only not in name:
            continue
        told[name] = _measured(name, ask, clock)
        print(f"{told[name][0] * 1000:8.1f} ms {told[name][1]:4} queries  {name}", file=sys.stderr, flush=True)
    return told


def _api_calls(client: Any, person: Any) -> dict[str, Callable[[], Any]]:
    from assistants_app.models import Role
    from assistants_app.services.keys import create_key

    _key, secret = create_key(name="bench", role=Role.OPERATOR, created_by=person)
    given = {"content_type": "application/json", "headers": {"X-Api-Key": secret}}
    return {name: partial(client.post, path, body, **given) for name, (path, body) in API_LISTS.items()}


def _measured(name: str, ask: Callable[[], Any], clock: Callable[[], float]) -> tuple[float, int]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    answer = ask()
    assert answer.status_code == 200, f"{name}: {answer.status_code}"
    with CaptureQueriesContext(connection) as queries:
        ask()
        asked = len(queries)  # the next request forgets them
    seconds: list[float] = []
    while len(seconds) < TIMES and sum(seconds) < LONG_ENOUGH:
        began = clock()
        ask()
        seconds.append(clock() - began)
    return min(seconds), asked


def _sqlite(folder: Path) -> dict[str, str]:
    return {"ASSISTANTS_DATA": str(folder), "DATABASE_URL": ""}


def _postgres(folder: Path, url: str) -> dict[str, str]:
    return {"ASSISTANTS_DATA": str(folder), "DATABASE_URL": url}


def _manage(site: dict[str, str], *words: str) -> None:
    _run(site, "manage.py", *words)


def _run(site: dict[str, str], *words: str) -> str:
    config = ROOT / "assistants_app" / "examples" / "langgraph.json"
    environment = {**os.environ, "ASSISTANTS_CONFIG": str(config), **site}
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


if __name__ == "__main__":
    main()
