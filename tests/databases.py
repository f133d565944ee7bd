"""A pytest plugin: the databases the suite runs on.

`python -m pytest` runs every test on SQLite and, beside it in a process of its own, every test that uses the
database once more on PostgreSQL: on the server DATABASE_URL names, else on a throw-away cluster when the server's
programs are installed. Its reports join this session's, marked `[PostgreSQL]`.

    --db=all         the above (the default)
    --db=sqlite      SQLite alone, the quickest
    --db=postgres    everything on PostgreSQL alone

A missing PostgreSQL or Chromium is said loudly at the end; with ASSISTANTS_REQUIRE_ALL=1 it is a failure.
Loaded by `-p tests.databases`, for the settings are read before any conftest.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import IO

import pytest

from tests.postgres import Cluster, find_programs

REPORTS = "ASSISTANTS_TEST_REPORTS"
"""Set for the session beside: the file to which it writes its reports, a line each."""

FAILED = "ASSISTANTS_TESTS_FAILED"
"""Set by who wants to know what failed: a file that gets a line for each, with its database before its name."""

REQUIRE_ALL = os.environ.get("ASSISTANTS_REQUIRE_ALL", "") == "1"

FORGOTTEN = (
    "ALLOWED_HOSTS",
    "ASSISTANTS_API_AUTH",
    "ASSISTANTS_API_RATE",
    "ASSISTANTS_CONFIG",
    "CSRF_TRUSTED_ORIGINS",
    "DEBUG",
    "DJANGO_SUPERUSER_EMAIL",
    "DJANGO_SUPERUSER_PASSWORD",
    "DJANGO_SUPERUSER_USERNAME",
)
"""Settings of the product that a test must not inherit from the shell it is started from."""

BESIDE = " [PostgreSQL]"
"""Ends the name of a test that ran in the session beside."""

missing_key = pytest.StashKey[list[str]]()
data_key = pytest.StashKey[Path]()
given_key = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", choices=["all", "sqlite", "postgres"], default="all", help="The databases to run on.")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Make the place and the database of this session, before pytest-django reads the settings."""
    data = Path(tempfile.mkdtemp(prefix="assistants-tests-"))
    early_config.add_cleanup(lambda: shutil.rmtree(data, ignore_errors=True))
    early_config.stash[data_key] = data
    early_config.stash[missing_key] = []
    for name in FORGOTTEN:
        os.environ.pop(name, None)
    os.environ["ASSISTANTS_DATA"] = str(data)
    os.environ["ASSISTANTS_CONFIG"] = str(Path(__file__).parent / "langgraph.json")
    os.environ["SECRET_KEY"] = "only for tests"
    os.environ["LANGSMITH_TRACING"] = "false"
    if early_config.known_args_namespace.db == "postgres":
        _use_postgres(early_config)
    else:
        given = os.environ.pop("DATABASE_URL", None)
        if given:
            early_config.add_cleanup(lambda: os.environ.update(DATABASE_URL=given))
            early_config.stash[given_key] = given
    yield


def _use_postgres(config: pytest.Config) -> None:
    if os.environ.get("DATABASE_URL"):
        return
    programs = find_programs()
    if programs is None:
        raise pytest.UsageError("--db=postgres needs DATABASE_URL or PostgreSQL's server programs.")
    cluster = Cluster(programs)
    config.add_cleanup(cluster.stop)
    os.environ["DATABASE_URL"] = cluster.start()


def note_missing(config: pytest.Config, what: str) -> None:
    """Say at the end that `what` was not tested; fails at once when everything is required."""
    if what not in config.stash[missing_key]:
        config.stash[missing_key].append(what)
    if REQUIRE_ALL:
        pytest.fail(f"{what} (ASSISTANTS_REQUIRE_ALL=1)", pytrace=False)


def pytest_report_header(config: pytest.Config) -> str:
    return f"databases: --db={config.getoption('db')}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright's own event loop holds the main thread while it lives."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if REPORTS in os.environ:
        alike = [item for item in items if not _uses_database(item)]
        items[:] = [item for item in items if _uses_database(item)]
        config.hook.pytest_deselected(items=alike)


def _uses_database(item: pytest.Item) -> bool:
    """Whether another database could make a difference."""
    if item.get_closest_marker("one_database") is not None:
        return False
    fixtures = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or "django_db_setup" in fixtures or "db" in fixtures


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Run the session on PostgreSQL beside this one, and take in its reports."""
    config = session.config
    again = sum(map(_uses_database, session.items))
    if config.getoption("db") != "all" or config.option.collectonly or config.option.usepdb or not again:
        return (yield)
    given = config.stash.get(given_key, None)
    if not given and find_programs() is None:
        missing = "PostgreSQL: neither DATABASE_URL nor the server's programs (initdb) were found"
        config.stash[missing_key].append(missing)
        if REQUIRE_ALL:
            raise pytest.UsageError(missing)
        return (yield)
    with tempfile.TemporaryDirectory(prefix="assistants-tests-beside-") as folder:
        reports = Path(folder) / "reports"
        with (Path(folder) / "output").open("w+") as output:
            process = _start_beside(config, reports, given, output)
            try:
                result = yield
                process.wait()
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait()
            _replay(session, reports)
            if process.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
                output.seek(0)
                raise pytest.UsageError(f"the session on PostgreSQL broke:\n{output.read()[-20_000:]}")
    return result


def _start_beside(
    config: pytest.Config, reports: Path, given: str | None, output: IO[str]
) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, REPORTS: str(reports), **({"DATABASE_URL": given} if given else {})}
    arguments = [*config.invocation_params.args, "--db=postgres", "-p", "no:cacheprovider"]
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *map(str, arguments)],
        cwd=config.invocation_params.dir,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
    )


def _replay(session: pytest.Session, reports: Path) -> None:
    lines = reports.read_text().splitlines() if reports.exists() else []
    for line in lines:
        report = session.config.hook.pytest_report_from_serializable(config=session.config, data=json.loads(line))
        report.nodeid += BESIDE
        if isinstance(report.longrepr, list):  # JSON has no tuples, and a skip's place is one
            report.longrepr = tuple(report.longrepr)
        if report.when == "setup":
            session.testscollected += 1
            session.config.hook.pytest_runtest_logstart(nodeid=report.nodeid, location=report.location)
        session.config.hook.pytest_runtest_logreport(report=report)


class Reporter:
    """Writes the reports of the session beside for the other to read."""

    def __init__(self, config: pytest.Config, path: Path) -> None:
        self.config = config
        self.path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = self.config.hook.pytest_report_to_serializable(config=self.config, report=report)
        with self.path.open("a") as file:
            file.write(json.dumps(data) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    if REPORTS in os.environ:
        path = Path(os.environ[REPORTS])
        config.pluginmanager.register(Reporter(config, path), "reports-for-the-session-beside")


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if FAILED not in os.environ or REPORTS in os.environ or reporter is None:
        return
    own = "postgres" if session.config.getoption("db") == "postgres" else "sqlite"
    found = [report.nodeid for kind in ("failed", "error") for report in reporter.stats.get(kind, ())]
    lines = [
        f"postgres {name.removesuffix(BESIDE)}" if name.endswith(BESIDE) else f"{own} {name}"
        for name in dict.fromkeys(found)
    ]
    Path(os.environ[FAILED]).write_text("".join(f"{line}\n" for line in lines))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    missing = config.stash[missing_key]
    if missing:
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        for what in missing:
            terminalreporter.write_line(what, red=True)
