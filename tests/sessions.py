"""A pytest plugin: several sessions at once share the tests.

`python -m pytest` runs every test on SQLite and, in sessions beside it, every test that uses the database once more on
PostgreSQL; their reports join this session's, marked `[PostgreSQL]`. Where there are processors enough, many tests are
shared by several sessions of each database (`--sessions`), two processors for each of all: what goes by the clock fails
where it meets more than that. Each takes a file of tests that no other has taken, until none is left. One begins with
the tests that go by the clock, which alone keep the full right to the processor, the other with the browser's.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

from tests.databases import REQUIRE_ALL, given_key, missing_key
from tests.postgres import find_programs

BESIDE = "ASSISTANTS_TEST_BESIDE"
"""Set for a session beside another: its place."""

FAILED = "ASSISTANTS_TESTS_FAILED"
"""Set by who wants to know what failed: a file that gets a line for each, with its database before its name."""

MARK = " [PostgreSQL]"
"""Ends the name of a test that ran in a session beside, on the other database."""

MANY = 1000
"""From so many tests on, a second session of a database earns what its start costs."""

MOST = 4
"""Sessions of a database."""

BY_THE_CLOCK = ("faults", "spread")
"""Folders of tests that stop and kill processes at certain moments, and where what is waited for must come in time."""

CALM = 3
"""How much less of the processor what does not go by the clock asks for, as `nice` counts."""


@dataclass(frozen=True)
class Place:
    """Of one session among those that share the tests."""

    folder: Path
    database: str
    number: int
    again: bool = False
    """Whether the tests run on another database at the same time."""

    @classmethod
    def beside(cls) -> "Place | None":
        """This session's, if it is one beside another."""
        if (told := os.environ.get(BESIDE)) is None:
            return None
        database, number, *again = Path(told).name.split("-")
        return cls(Path(told).parent, database, int(number), again=bool(again))

    @property
    def name(self) -> str:
        return f"{self.database}-{self.number}" + ("-again" if self.again else "")

    @property
    def reports(self) -> Path:
        """The file to which it writes its reports, a line each."""
        return self.folder / f"{self.name}.reports"

    @property
    def output(self) -> Path:
        return self.folder / f"{self.name}.output"

    def take(self, tests: list[pytest.Item]) -> bool:
        """Whether these are this session's to run, and no other's from now on."""
        names = "\n".join(item.nodeid for item in tests)
        digest = hashlib.sha256(names.encode()).hexdigest()[:32]
        try:
            (self.folder / f"{self.database}-{digest}.taken").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--sessions",
        type=int,
        help=f"How many sessions at once share the tests of each database; from {MANY} tests on, one for each two "
        f"processors, {MOST} at most.",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright's own event loop holds the main thread while it lives."""
    items.sort(key=_is_browsers)
    place = Place.beside()
    if place and place.again:
        alike = [item for item in items if not _uses_database(item)]
        items[:] = [item for item in items if _uses_database(item)]
        config.hook.pytest_deselected(items=alike)


def _is_browsers(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None


def _goes_by_the_clock(item: pytest.Item) -> bool:
    return item.path.parent.name in BY_THE_CLOCK


def _uses_database(item: pytest.Item) -> bool:
    """Whether another database could make a difference."""
    if item.get_closest_marker("one_database") is not None:
        return False
    fixtures = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or "django_db_setup" in fixtures or "db" in fixtures


# -- what one session takes -----------------------------------------------------------------------------------------


def in_turn(items: list[pytest.Item], place: Place) -> list[list[pytest.Item]]:
    """Files of tests, in the order in which the session at this place asks for them."""
    files = [list(tests) for _path, tests in groupby(items, key=lambda item: item.path)]
    if place.number:
        return sorted(files, key=lambda tests: not _is_browsers(tests[0]))
    return sorted(files, key=lambda tests: not _goes_by_the_clock(tests[0]))


def _run(session: pytest.Session, place: Place) -> None:
    """As pytest's own loop does, with files of tests that are taken one by one."""
    taken = filter(place.take, in_turn(session.items, place))
    tests = next(taken, None)
    calm = False
    while tests:
        if not calm and not _goes_by_the_clock(tests[0]):
            os.nice(CALM)
            calm = True
        following: list[pytest.Item] | None = None
        for item, after in zip(tests, [*tests[1:], None], strict=True):
            if after is None:  # before its last test ends: what the next file needs as well stays open
                following = next(taken, None)
                after = following[0] if following else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
        tests = following


# -- the session that somebody started ------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Runs the others beside this one, and takes in their reports."""
    option = session.config.option
    if session.testsfailed or option.collectonly or option.usepdb:
        return None
    if place := Place.beside():
        _run(session, place)
        return True
    with tempfile.TemporaryDirectory(prefix="assistants-tests-beside-") as folder, ExitStack() as stack:
        first, *beside = _places(session, Path(folder))
        if not beside:
            return None
        processes = [stack.enter_context(_started(session.config, place)) for place in beside]
        _run(session, first)
        for place, process in zip(beside, processes, strict=True):
            code = process.wait()
            _replay(session, place)
            if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
                raise pytest.UsageError(f"the session {place.name} broke:\n{place.output.read_text()[-20_000:]}")
    return True


def _places(session: pytest.Session, folder: Path) -> list[Place]:
    """This session's is the first."""
    config = session.config
    given: int | None = config.getoption("sessions")
    counts = {_own_database(config): len(session.items)}
    if config.getoption("db") == "all" and (again := sum(map(_uses_database, session.items))) and _has_postgres(config):
        counts["postgres"] = again
    return [
        Place(folder, database, number, again=database != _own_database(config))
        for database, count in counts.items()
        for number in range(given or (_affordable() if count >= MANY else 1))
    ]


def _affordable() -> int:
    return max(1, min(MOST, (os.cpu_count() or 1) // 2))


def _own_database(config: pytest.Config) -> str:
    return "postgres" if config.getoption("db") == "postgres" else "sqlite"


def _has_postgres(config: pytest.Config) -> bool:
    if given_key in config.stash or find_programs() is not None:
        return True
    missing = "PostgreSQL: neither DATABASE_URL nor the server's programs (initdb) were found"
    config.stash[missing_key].append(missing)
    if REQUIRE_ALL:
        raise pytest.UsageError(missing)
    return False


@contextmanager
def _started(config: pytest.Config, place: Place) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    if given := config.stash.get(given_key, None):
        environment["DATABASE_URL"] = given
    arguments = [*config.invocation_params.args, f"--db={place.database}", "-p", "no:cacheprovider"]
    with place.output.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *map(str, arguments)],
            cwd=config.invocation_params.dir,
            env={**environment, BESIDE: str(place.folder / place.name)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _replay(session: pytest.Session, place: Place) -> None:
    lines = place.reports.read_text().splitlines() if place.reports.exists() else []
    for data in map(json.loads, lines):
        if "missing" in data:
            if data["missing"] not in session.config.stash[missing_key]:
                session.config.stash[missing_key].append(data["missing"])
            continue
        report = session.config.hook.pytest_report_from_serializable(config=session.config, data=data)
        if isinstance(report.longrepr, list):  # JSON has no tuples, and a skip's place is one
            report.longrepr = tuple(report.longrepr)
        if place.again:
            report.nodeid += MARK
        if report.when == "setup":
            session.testscollected += place.again
            session.config.hook.pytest_runtest_logstart(nodeid=report.nodeid, location=report.location)
        session.config.hook.pytest_runtest_logreport(report=report)


class Reporter:
    """Writes the reports of a session beside for the first one to read, and what it missed."""

    def __init__(self, config: pytest.Config, place: Place) -> None:
        self.config = config
        self.place = place

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._write(self.config.hook.pytest_report_to_serializable(config=self.config, report=report))

    def pytest_sessionfinish(self) -> None:
        for what in self.config.stash[missing_key]:
            self._write({"missing": what})

    def _write(self, data: object) -> None:
        with self.place.reports.open("a") as file:
            file.write(json.dumps(data) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    if place := Place.beside():
        config.pluginmanager.register(Reporter(config, place), "reports-for-the-first-session")


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if FAILED not in os.environ or Place.beside() or reporter is None:
        return
    own = _own_database(session.config)
    found = [report.nodeid for kind in ("failed", "error") for report in reporter.stats.get(kind, ())]
    lines = [
        f"postgres {name.removesuffix(MARK)}" if name.endswith(MARK) else f"{own} {name}"
        for name in dict.fromkeys(found)
    ]
    Path(os.environ[FAILED]).write_text("".join(f"{line}\n" for line in lines))
