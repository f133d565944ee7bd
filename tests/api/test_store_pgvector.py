"""Searching the store by meaning on a PostgreSQL that has pgvector, wherever the tests run.

Debian's own PostgreSQL may lack the extension; the package `pgserver` brings a server that has it.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.databases import note_missing
from tests.postgres import Cluster

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).resolve().parents[2]
SECTION = "tests/api/test_store_section.py"
MISSING = "pgvector: the package pgserver is not installed; searching by meaning was not tested on PostgreSQL"


@pytest.fixture
def with_vectors(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a throw-away server that has pgvector."""
    found = importlib.util.find_spec("pgserver")
    if found is None or not found.submodule_search_locations:
        note_missing(request.config, MISSING)
        pytest.skip(MISSING)
    place = Path(tempfile.mkdtemp(prefix="assistants-pgvector-"))
    place.chmod(0o755)  # the server runs as somebody else, who may not read where packages are installed
    package = Path(found.submodule_search_locations[0])
    shutil.copytree(package / "pginstall", place / "pgserver" / "pginstall")
    shutil.copytree(package.with_name("pgserver.libs"), place / "pgserver.libs")  # found beside the package
    cluster = Cluster(place / "pgserver" / "pginstall" / "bin")
    try:
        yield cluster.start()
    finally:
        cluster.stop()
        shutil.rmtree(place, ignore_errors=True)


def test_it_works(with_vectors: str) -> None:
    with psycopg.connect(with_vectors) as connection:
        assert connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'").fetchone()
    tested = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--db=postgres",
            "-p",
            "no:cacheprovider",
            "tests/api/test_store_section.py",
        ],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": with_vectors},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout[-4000:]
    assert " passed" in tested.stdout
