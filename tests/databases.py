"""A pytest plugin: the databases the suite runs on.

PostgreSQL is the server DATABASE_URL names, else a throw-away cluster when the server's programs are installed.

    --db=all         every test on SQLite and, in sessions beside it, each that uses the database on PostgreSQL too
    --db=sqlite      SQLite alone, the quickest
    --db=postgres    everything on PostgreSQL alone

A missing PostgreSQL, Chromium or nginx is said loudly at the end; with ASSISTANTS_REQUIRE_ALL=1 it is a failure.
Loaded by `-p tests.databases`, for the settings are read before any conftest.
"""

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.postgres import Cluster, find_programs

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
    if given := os.environ.get("DATABASE_URL"):
        early_config.stash[given_key] = given
    if early_config.known_args_namespace.db == "postgres":
        _use_postgres(early_config)
    elif given:
        del os.environ["DATABASE_URL"]
        early_config.add_cleanup(lambda: os.environ.update(DATABASE_URL=given))
    yield


def _use_postgres(config: pytest.Config) -> None:
    if given_key in config.stash:
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    missing = config.stash[missing_key]
    if missing:
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        for what in missing:
            terminalreporter.write_line(what, red=True)
