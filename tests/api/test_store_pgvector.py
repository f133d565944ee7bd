"""Searching the store by meaning on a PostgreSQL that has pgvector, wherever the tests run.

Debian's own PostgreSQL may lack the extension; the package `pgserver` brings a server that has it.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.databases import note_missing
from tests.postgres import cluster_with_vectors, has_vectors

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).resolve().parents[2]
SECTION = "tests/api/test_store_section.py"
MISSING = "pgvector: the package pgserver is not installed; searching by meaning was not tested on PostgreSQL"


@pytest.fixture
def with_vectors(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a throw-away server that has pgvector."""
    if not has_vectors():
        note_missing(request.config, MISSING)
        pytest.skip(MISSING)
    with cluster_with_vectors() as cluster:
        yield cluster.url


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
