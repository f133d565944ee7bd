"""A PostgreSQL to move to, and a site that moves: made once, copied for each test."""

import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from tests.commands.served import run
from tests.databases import note_missing
from tests.moving.site import Site, make_site
from tests.postgres import Cluster, cluster_with_vectors, find_programs, has_vectors

NO_VECTORS = "pgvector: the package pgserver is not installed; vectors of a site that moves were not tested"
NO_POSTGRES = "PostgreSQL: the server's programs (initdb) were not found; moving there was not tested"


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A throw-away server, with pgvector where it can be had."""
    if has_vectors():
        with cluster_with_vectors() as cluster:
            yield cluster
        return
    note_missing(request.config, NO_VECTORS)
    programs = find_programs()
    if programs is None:
        note_missing(request.config, NO_POSTGRES)
        pytest.skip(NO_POSTGRES)
    cluster = Cluster(programs)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def _new_database(server: Cluster, template: str = "template1") -> str:
    name = f"site_{uuid.uuid4().hex}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
    return f"{server.url.rpartition('/')[0]}/{name}"


@pytest.fixture
def database(server: Cluster) -> str:
    """The address of a new, empty database there."""
    return _new_database(server)


@pytest.fixture
def with_nothing(server: Cluster) -> str:
    """The address of another one."""
    return _new_database(server)


@dataclass(frozen=True)
class Tried:
    said: str
    database: str


@pytest.fixture(scope="session")
def tried(server: Cluster, made_site: Site) -> Tried:
    """What a dry run says, and the database it leaves."""
    database = _new_database(server)
    ended = run("move_to_postgresql", "--dry-run", folder=made_site.folder, DATABASE_URL=database)
    assert ended.returncode == 0, ended.stdout
    return Tried(ended.stdout, database)


@pytest.fixture
def with_tables(server: Cluster, tried: Tried) -> str:
    """The address of a new database that has its tables, all empty."""
    return _new_database(server, tried.database.rpartition("/")[2])


@pytest.fixture(scope="session")
def made_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return make_site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def site(made_site: Site, tmp_path: Path) -> Site:
    """A copy of its own."""
    folder = tmp_path / "site"
    shutil.copytree(made_site.folder, folder)
    return replace(made_site, folder=folder)


@pytest.fixture
def beside(made_site: Site, tmp_path: Path) -> Site:
    """Another copy, which stays on SQLite."""
    folder = tmp_path / "beside"
    shutil.copytree(made_site.folder, folder)
    return replace(made_site, folder=folder)
