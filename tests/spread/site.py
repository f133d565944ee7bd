"""A site of several processes: a database of its own, and as many of each kind as a test starts."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from psycopg.conninfo import conninfo_to_dict

from tests.commands.served import Served, Started

GRAPHS = str(Path(__file__).with_name("langgraph.json"))


class Site:
    """`with site.web() as a, site.worker():`; every process has the site's settings."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self._variables = {
            "ASSISTANTS_API_AUTH": "none",
            "ASSISTANTS_CONFIG": GRAPHS,
            "ASSISTANTS_DATA": str(folder / "data"),
            "ASSISTANTS_ENGINE": "distributed",
            "DATABASE_URL": url,
            "SECRET_KEY": "only for tests",
        }

    def web(self, **variables: str) -> Served:
        return Served(folder=self.folder, **{**self._variables, **variables})

    def worker(self, at_once: int = 10, **variables: str) -> Started:
        asked = ("worker", "--concurrency", str(at_once))
        return Started(*asked, folder=self.folder, ready="Ready ", **{**self._variables, **variables})

    def ask(self, sql: str, *values: object) -> list[Any]:
        with psycopg.connect(self.url, autocommit=True) as asking:
            cursor = asking.execute(sql.encode(), values or None)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def site_on(server: str, folder: Path) -> Iterator[Site]:
    """A site with a new database on a server; the database goes with it."""
    name = f"spread_{uuid.uuid4().hex[:12]}"
    given = {key: value for key, value in conninfo_to_dict(server).items() if value is not None}
    with psycopg.connect(server, autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield Site(folder, _address({**given, "dbname": name}))
        finally:
            owner.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _address(given: dict[str, Any]) -> str:
    """As DATABASE_URL takes it."""
    host, port = quote(str(given.get("host", "")), safe=""), f":{given['port']}" if given.get("port") else ""
    password = f":{quote(str(given['password']), safe='')}" if given.get("password") else ""
    return f"postgresql://{quote(str(given['user']), safe='')}{password}@{host}{port}/{given['dbname']}"


def client(web: Served) -> LangGraphClient:
    return get_client(url=f"{web.url}api", api_key="none")
