"""A site is copied while runs go on, and the copy is a site: on SQLite by `backup`, on PostgreSQL by its own tools."""

import shlex
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from assistants_app.management.backing_up import CannotBackUp, back_up
from tests.commands.served import run
from tests.moving.site import Site, human
from tests.postgres import Cluster

pytestmark = pytest.mark.one_database


class Busy:
    """Programs that talk all the time, each on a thread of its own."""

    def __init__(self, site: Site, url: Any) -> None:
        self.site = site
        self.ended = 0
        self._served = url
        self._stop = threading.Event()
        self._programs = [threading.Thread(target=self._talk, args=[number]) for number in range(3)]

    def _talk(self, program: int) -> None:
        with self.site.client(self._served) as client:
            thread = client.threads.create(metadata={"program": program})["thread_id"]
            while not self._stop.is_set():
                client.runs.wait(thread, "writer", input=human(f"{program}"))
                client.store.put_item(["busy", str(program)], "ended", {"runs": self.ended})
                self.ended += 1

    def wait(self, runs: int) -> None:
        """Until so many more have ended."""
        wanted = self.ended + runs
        while self.ended < wanted:
            assert all(program.is_alive() for program in self._programs)
            threading.Event().wait(0.02)

    @contextmanager
    def talking(self) -> Iterator[None]:
        for program in self._programs:
            program.start()
        try:
            self.wait(10)
            yield
            self.wait(10)
        finally:
            self._stop.set()
            for program in self._programs:
                program.join()


def check_copy(copy: Site, **variables: str) -> None:
    """It is served; every run that it says has ended is in its thread's state, and every thread goes on."""
    with copy.served(**variables) as served, copy.client(served) as client:
        threads = client.threads.search(metadata={}, limit=100)
        busy = [one for one in threads if "program" in one["metadata"]]
        assert len(busy) == 3
        for thread in busy:
            runs = client.runs.list(thread["thread_id"], limit=1000)
            succeeded = [one for one in runs if one["status"] == "success"]
            answers = _answers(client.threads.get_state(thread["thread_id"])["values"])
            assert len(answers) in (len(succeeded), len(runs))
            assert len(succeeded) >= 3
            program = thread["metadata"]["program"]
            state = client.runs.wait(thread["thread_id"], "writer", input=human("go on"))
            assert _answers(state)[-1] == "Be brief. You said: go on"
            assert client.store.get_item(["busy", str(program)], "ended")["value"]["runs"] > 0
        answered = client.runs.wait(copy.threads["question"], "approval", command={"resume": "yes"})
        assert answered["messages"][-1]["content"] == "You answered: yes"
        letter = client.assistants.search(name="Monthly letter")[0]
        assert len(client.assistants.get_versions(letter["assistant_id"], limit=100)) == 14
        assert served.get("/sign-in/")[0] == 200
    assert "Traceback" not in served.said


def _answers(values: Any) -> list[str]:
    return [message["content"] for message in values["messages"] if message["type"] == "ai"]


def test_it_works(site: Site, tmp_path: Path) -> None:
    with site.served() as served:
        busy = Busy(site, served)
        with busy.talking():
            said = run("backup", str(tmp_path / "copy"), folder=site.folder)
    assert said.returncode == 0, said.stdout
    assert "assistants.sqlite3" in said.stdout
    made = tmp_path / "copy"
    assert sorted(path.name for path in made.iterdir()) == [
        *("assistants.sqlite3", "checkpoints.sqlite3", "secret_key", "store.sqlite3")
    ]
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert stat.S_IMODE((made / "secret_key").stat().st_mode) == 0o600
    assert (made / "secret_key").read_bytes() == (site.data / "secret_key").read_bytes()

    restored = Site(tmp_path / "fresh", site.key, site.threads)
    restored.folder.mkdir()
    (restored.folder / "langgraph.json").write_bytes((site.folder / "langgraph.json").read_bytes())
    made.rename(restored.data)
    check_copy(restored)


def test_it_works_on_postgresql(site: Site, database: str, with_nothing: str, server: Cluster, tmp_path: Path) -> None:
    """The very commands that `backup` names there."""
    assert run("move_to_postgresql", folder=site.folder, DATABASE_URL=database).returncode == 0
    told = run("backup", "copy", folder=site.folder, DATABASE_URL=database)
    assert told.returncode == 1
    dump, restore = _commands(told.stdout)
    with site.served(DATABASE_URL=database) as served:
        busy = Busy(site, served)
        with busy.talking():
            _run(server, dump, tmp_path, database)
    _run(server, restore, tmp_path, with_nothing)
    check_copy(site, DATABASE_URL=with_nothing)


def _commands(said: str) -> list[str]:
    words = said.replace("\n", " ")
    dump = words[words.index("pg_dump") : words.index(" and later")]
    return [dump, words[words.index("pg_restore") : words.index(". Keep")]]


def _run(server: Cluster, command: str, folder: Path, database: str) -> None:
    program, *arguments = shlex.split(command.replace("$DATABASE_URL", database))
    done = subprocess.run(
        [server.programs / program, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


WRITER = """
import sqlite3, sys
opened = [sqlite3.connect(path, isolation_level=None, timeout=20) for path in sys.argv[1:]]
number = 0
while True:
    number += 1
    for file in opened:
        file.execute("UPDATE t SET n = ?", [number])
    if number == 1:
        print("begun", flush=True)
"""
"""Writes the same number to one file after the other."""


def test_all_files_are_of_one_instant(tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in "abcdefgh"}
    for path in files.values():
        with closing(sqlite3.connect(path)) as file:
            file.executescript("PRAGMA journal_mode=WAL; CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (0)")
    with subprocess.Popen([sys.executable, "-c", WRITER, *files.values()], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        try:
            copies = [tmp_path / f"copy{number}" for number in range(15)]
            for copy in copies:
                back_up(files, tmp_path / "none", copy)
        finally:
            writer.kill()
    for copy in copies:
        numbers = [_number(copy / name) for name in files]
        assert numbers == sorted(numbers, reverse=True)
        assert numbers[0] - numbers[-1] <= 1
    assert _number(copies[-1] / "a") > _number(copies[0] / "a") > 0


def _number(path: Path) -> int:
    with closing(sqlite3.connect(path)) as file:
        return int(file.execute("SELECT n FROM t").fetchone()[0])


def test_refusals(site: Site, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "something").touch()
    said = run("backup", str(taken), folder=site.folder).stdout
    assert said == f"CommandError: No backup was made: {taken} is there already. Each backup goes to a new folder.\n"
    nothing = run("backup", "x", "--data", "elsewhere", folder=tmp_path)
    assert nothing.returncode == 1
    assert "There is no site in" in nothing.stdout
    assert "the following arguments are required: FOLDER" in run("backup", folder=site.folder).stdout


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "good")) as file:
        file.execute("CREATE TABLE t (n)")
    (tmp_path / "bad").write_bytes(b"x" * 5000)
    with pytest.raises(CannotBackUp, match="not a database"):
        back_up({"good": tmp_path / "good", "bad": tmp_path / "bad"}, tmp_path / "none", tmp_path / "copy")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad", "good"]


def test_a_writer_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistants_app.management.backing_up.LOCK_SECONDS", 0.1)
    with closing(sqlite3.connect(tmp_path / "busy", isolation_level=None)) as file:
        file.execute("CREATE TABLE t (n)")
        file.execute("BEGIN IMMEDIATE")
        with pytest.raises(CannotBackUp, match="locked"):
            back_up({"busy": tmp_path / "busy"}, tmp_path / "none", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
