"""The site, served for the browser by a real server in a process of its own, on the database of the tests."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import quote, urlsplit, urlunsplit

import dj_database_url
from django.db import connection
from django.db.models.functions import Now

from assistants_app.models import Worker

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = (ROOT / "tests" / "langgraph.json", ROOT / "assistants_app" / "examples" / "langgraph.json")


def database_url() -> str:
    """The address of the tests' database, as DATABASE_URL takes it."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    given = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(given._replace(path="/" + quote(name)))
    assert dj_database_url.parse(url)["NAME"] == name
    return url


def write_config(folder: Path) -> Path:
    """One langgraph.json with the graphs of the tests and the bundled examples; an example wins over its namesake."""
    merged: dict[str, Any] = {"graphs": {}, "dependencies": []}
    for path in filter(Path.exists, CONFIGS):
        config = json.loads(path.read_text())
        for graph_id, graph in config["graphs"].items():
            merged["graphs"][graph_id] = _absolute(graph, path.parent)
        merged["dependencies"] += [str((path.parent / entry).resolve()) for entry in config.get("dependencies", [])]
    target = folder / "langgraph.json"
    target.write_text(json.dumps(merged))
    return target


def _absolute(graph: str | dict[str, Any], folder: Path) -> str | dict[str, Any]:
    if isinstance(graph, dict):
        return {**graph, "path": _absolute(graph["path"], folder)}
    place, name = graph.rsplit(":", 1)
    return f"{(folder / place).resolve()}:{name}" if place.endswith(".py") else graph


class Site:
    """`with Site(folder) as site: site.url`: a running server whose log is at `site.log`."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.log = folder / "server.log"
        if not port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None
        self._workers: list[Worker] = []

    def remember_its_worker(self) -> None:
        """Before the database is emptied."""
        self._workers = list(Worker.objects.alive())

    def put_back_its_worker(self) -> None:
        """A process whose row is gone takes itself for given up, and a test's first run would begin anew."""
        if not Worker.objects.exists():
            Worker.objects.bulk_create(self._workers)
            Worker.objects.update(heartbeat_at=Now())

    def __enter__(self) -> "Site":
        environment = {
            **os.environ,
            "ASSISTANTS_CONFIG": str(write_config(self.folder)),
            "ASSISTANTS_DATA": str(self.folder),
            "ASSISTANTS_PROPOSAL_MODEL": "demonstration",
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "assistants_app.settings",
        }
        environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", "assistants_app.asgi:application", "--port", str(self.port)],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._wait()
        return self

    def _wait(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/sign-in/", timeout=60):
                    return
            except URLError:
                time.sleep(0.1)
        raise RuntimeError(f"the site did not start:\n{self.log.read_text()}")

    def __exit__(self, *_error: object) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise RuntimeError(f"the site did not stop:\n{self.log.read_text()[-5000:]}") from None
