"""A site on SQLite with something of everything in it, made by services, by programs, and by a server that died."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

from tests.commands.served import ROOT, Served, environment, run

TESTS = ROOT / "tests"
GRAPHS = {
    "writer": f"{TESTS}/fake_graphs.py:writer",
    "approval": f"{TESTS}/fake_graphs.py:approval",
    "slow": f"{TESTS}/fake_graphs.py:slow",
    "asks_inside": f"{TESTS}/nested_graphs.py:asks_inside",
    "remembers": f"{TESTS}/memory_graphs.py:remembers",
    "hoard": "tests.moving.graphs:hoard",
}
INDEX = {"dims": 3, "embed": f"{TESTS}/memory_graphs.py:embed_plainly", "fields": ["text"]}


def human(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


@dataclass
class Site:
    """`folder` is where it is started; its data is in `folder/.assistants`."""

    folder: Path
    key: str = ""
    threads: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / ".assistants"

    def served(self, **variables: str) -> Served:
        return Served(folder=self.folder, **variables)

    def client(self, served: Served) -> SyncLangGraphClient:
        return get_sync_client(url=f"{served.url}api", api_key=self.key)


def write_config(folder: Path, index: dict[str, Any] | None = INDEX) -> None:
    store = {"store": {"index": index}} if index else {}
    config = {"graphs": GRAPHS, "dependencies": [str(ROOT)], **store}
    (folder / "langgraph.json").write_text(json.dumps(config))


def make_site(folder: Path) -> Site:
    site = Site(folder)
    write_config(folder)
    assert run("migrate", folder=folder).returncode == 0
    site.key = _run_making(site)
    with site.served() as served:
        with site.client(served) as client:
            run_id = _talk(site, client)
            _remember(client)
            _plan(site, client)
            _begin_what_never_ends(site, client)
        os.kill(served.process.pid, signal.SIGKILL)
        served.process.wait()
    _run_making(site, run_id)
    return site


def _run_making(site: Site, *arguments: str) -> str:
    """In a process of its own, for its settings are those of the site."""
    made = subprocess.run(
        [sys.executable, "-m", "tests.moving.making", *arguments],
        cwd=ROOT,
        env=environment(ASSISTANTS_DATA=str(site.data), DJANGO_SETTINGS_MODULE="assistants_app.settings"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def _talk(site: Site, client: SyncLangGraphClient) -> str:
    """Threads of all kinds; returns a run that has ended."""
    letter = client.assistants.search(graph_id="writer", name="Monthly letter")[0]["assistant_id"]
    for name, assistant, asked in [
        ("letters", letter, human("one")),
        ("question", "approval", human("may you?")),
        ("inside", "asks_inside", {"text": "x"}),
        ("remembers", "remembers", human("ann likes tea")),
        ("hoard", "hoard", {"text": "x"}),
    ]:
        site.threads[name] = client.threads.create(metadata={"name": name})["thread_id"]
        client.runs.wait(site.threads[name], assistant, input=asked)
    thread = site.threads["letters"]
    client.runs.wait(thread, letter, input=human("two"))
    client.runs.wait(thread, letter, input=human("three"))
    second = client.threads.get_history(thread, limit=20)[-4]["checkpoint"]["checkpoint_id"]
    client.runs.wait(thread, letter, input=human("another way"), checkpoint_id=second)
    client.threads.update_state(thread, {"messages": [{"role": "user", "content": "by hand"}]})
    site.threads["copy"] = client.threads.copy(thread)["thread_id"]
    return str(client.runs.list(thread)[0]["run_id"])


def _remember(client: SyncLangGraphClient) -> None:
    client.store.put_item(["facts"], "fruit", {"text": "fruit fruit", "n": 1e-7, "big": 2**53})
    client.store.put_item(["facts"], "car", {"text": "car"}, ttl=10_000)
    client.store.put_item(["facts", "deeper"], "plain", {"said": "Ünïcode \\ \t 🙂"}, index=False)


def _plan(site: Site, client: SyncLangGraphClient) -> None:
    client.crons.create("writer", schedule="0 0 1 1 *", input=human("happy new year"), timezone="Europe/Berlin")
    client.crons.create_for_thread(site.threads["letters"], "writer", schedule="30 6 29 2 *", input=human("leap"))
    site.threads["later"] = client.threads.create()["thread_id"]
    client.runs.create(site.threads["later"], "writer", input=human("later"), after_seconds=100_000)


def _begin_what_never_ends(site: Site, client: SyncLangGraphClient) -> None:
    site.threads["slow"] = client.threads.create()["thread_id"]
    begun = client.runs.create(site.threads["slow"], "slow", input=human("take your time"))
    while client.runs.get(site.threads["slow"], begun["run_id"])["status"] != "running":
        time.sleep(0.05)


def facts(client: SyncLangGraphClient) -> dict[str, Any]:
    """All that programs are told of a site."""
    assistants = client.assistants.search(limit=1000, sort_by="name")
    threads = client.threads.search(limit=1000, sort_by="created_at")
    return {
        "assistants": assistants,
        "versions": {one["name"]: client.assistants.get_versions(one["assistant_id"], limit=100) for one in assistants},
        "threads": threads,
        "states": [client.threads.get_state(one["thread_id"], subgraphs=True) for one in threads],
        "histories": [client.threads.get_history(one["thread_id"], limit=100) for one in threads],
        "runs": [client.runs.list(one["thread_id"], limit=100) for one in threads],
        "crons": client.crons.search(limit=100),
        "namespaces": client.store.list_namespaces(),
        "items": client.store.search_items([], limit=100),
    }
