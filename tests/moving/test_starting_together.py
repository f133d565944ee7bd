"""Several processes start at one moment on a new database: one makes what is missing, and all serve."""

from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.commands.served import Served

pytestmark = pytest.mark.one_database


def test_it_works(database: str, tmp_path: Path) -> None:
    variables = {"DATABASE_URL": database, "ASSISTANTS_ENGINE": "distributed", "SECRET_KEY": "only for tests"}
    with ExitStack() as stack:
        sites = [Served(folder=tmp_path, **variables) for _number in range(3)]
        for site in sites:
            stack.enter_context(site)
        for site in sites:
            assert site.get("/api/ok?check_db=1")[0] == 200
            assert "Error" not in site.said
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT username FROM assistants_app_person").fetchall() == [("operator",)]
