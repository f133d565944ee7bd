"""A site on the database of this session, whose processes a test starts, kills and stops."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

from assistants_app.engine.database.postgres import conninfo
from tests.commands.served import Served
from tests.faults.front import Front
from tests.spread.site import site_on

GRAPHS = str(Path(__file__).with_name("langgraph.json"))


class Place:
    """Where the site keeps everything; "" is SQLite in the data folder."""

    def __init__(self, folder: Path, url: str, clients: ExitStack) -> None:
        self._folder = folder
        self._url = url
        self._clients = clients

    def client(self, site: "Served | Front") -> SyncLangGraphClient:
        return self._clients.enter_context(get_sync_client(url=f"{site.url}api", api_key="none"))

    def asked(self, run_id: str) -> str:
        """How a run was told to end, as it is kept."""
        query = "SELECT cancel_asked FROM assistants_app_run WHERE run_id = "
        if self._url:
            with psycopg.connect(self._url) as asking:
                row = asking.execute(query + "%s", (run_id,)).fetchone()
        else:
            with closing(sqlite3.connect(self._folder / "data" / "assistants.sqlite3")) as asking:
                row = asking.execute(query + "?", (run_id.replace("-", ""),)).fetchone()
        return str(row[0]) if row else ""

    def serve(self, data: str = "data") -> Served:
        """One serving process. Two at once need two data folders, and PostgreSQL."""
        variables = {"DATABASE_URL": self._url} if self._url else {}
        return Served(
            folder=self._folder,
            ASSISTANTS_API_AUTH="none",
            ASSISTANTS_CONFIG=GRAPHS,
            ASSISTANTS_DATA=str(self._folder / data),
            SECRET_KEY="only for tests",
            **variables,
        )


@pytest.fixture
def place(tmp_path: Path, transactional_db: None) -> Iterator[Place]:
    with ExitStack() as stack:
        url = stack.enter_context(site_on(conninfo(), tmp_path)).url if connection.vendor == "postgresql" else ""
        yield Place(tmp_path, url, stack)
