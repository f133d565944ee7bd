"""Whether a process lives, and whether it can work, as those ask who start and stop it and lead visitors to it."""

import json
import sys
import time
from pathlib import Path

import pytest

from tests.commands.served import Served
from tests.postgres import Cluster

pytestmark = pytest.mark.one_database


@pytest.mark.skipif(sys.platform != "linux", reason="finds the server's processes in /proc")
def test_a_database_that_is_silent(server: Cluster, database: str, tmp_path: Path) -> None:
    """It is told in time, however often it is asked, and all is well when the database is back."""
    with Served(folder=tmp_path, DATABASE_URL=database) as site:
        assert site.get("/api/ok?check_db=1")[0] == 200
        with server.silent():
            for _time in range(4):
                began = time.monotonic()
                status, _headers, body = site.get("/api/ok?check_db=1")
                assert (status, json.loads(body)) == (500, {"detail": "The database does not answer."})
                assert time.monotonic() - began < 6
            assert site.get("/api/ok")[0] == 200
        assert site.get("/api/ok?check_db=1")[0] == 200
        assert site.get("/sign-in/")[0] == 200
    assert "Traceback" not in site.said


def test_a_database_that_is_gone(database: str, tmp_path: Path) -> None:
    import psycopg

    with Served(folder=tmp_path, DATABASE_URL=database) as site:
        with psycopg.connect(database.rpartition("/")[0] + "/postgres", autocommit=True) as connection:
            name = database.rpartition("/")[2]
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
            assert site.get("/api/ok?check_db=1")[0] == 500
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
        assert site.get("/api/ok?check_db=1")[0] == 200
