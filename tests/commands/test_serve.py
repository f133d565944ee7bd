"""`python manage.py serve`, from the first start to Ctrl-C."""

import http.client
import json
import re
import shlex
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from tests.commands.served import ROOT, SECONDS, Served, environment, run

LINK = r"(http://\S+/sign-in/link/\S+)"


def test_it_works(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Served("--data", str(data), folder=tmp_path) as site:
        status, headers, body = site.get("/api/ok")
        assert (status, json.loads(body)) == (200, {"ok": True, "services": {}})
        assert headers["content-length"] == str(len(body))
        assert "writer, support (the bundled examples)" in site.said
        assert site.get(urlsplit(site.wait_for(LINK)).path)[0] == 200
        status, _headers, page = site.get("/sign-in/")
        assert status == 200
        for path in re.findall(r'"(/static/[^"]+)"', page.decode()):
            status, headers, _body = site.get(path)
            assert status == 200, path
            assert "immutable" in headers["cache-control"]
        assert site.stop() == 0
    assert "Traceback" not in site.said
    assert len(site.said.splitlines()) < 15
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600
    with sqlite3.connect(data / "assistants.sqlite3") as database:
        names = database.execute("select name from assistants_app_assistant order by name").fetchall()
    database.close()
    assert names == [("Blog writer",), ("Tweet writer",), ("support",), ("writer",)]


def test_a_second_start_makes_nothing_twice(tmp_path: Path) -> None:
    with Served(folder=tmp_path) as site:
        assert 'as "operator"' in site.said
        site.get("/sign-in/")
        if sys.platform == "linux":
            assert site.memory() < 200
    database = sqlite3.connect(tmp_path / ".assistants" / "assistants.sqlite3")
    with database:
        database.execute("delete from assistants_app_assistant where name = 'Blog writer'")
    with Served(folder=tmp_path) as site:
        # Nobody has used the first link; there is a fresh one for the same person.
        assert 'as "operator"' in site.said
    with database:
        people = database.execute("select username from assistants_app_person").fetchall()
        names = database.execute("select name from assistants_app_assistant order by name").fetchall()
        database.execute("update assistants_app_person set last_login = '2026-01-01 00:00:00'")
    assert people == [("operator",)]
    assert names == [("Tweet writer",), ("support",), ("writer",)]
    with Served(folder=tmp_path) as site:
        assert "/sign-in/link/" not in site.said
        assert f"{site.url}sign-in/" in site.said
        command = shlex.split(site.wait_for("(sign_in_link NAME .*)").replace("NAME", "operator"))
        printed = run(*command, folder=ROOT).stdout.strip()
        assert printed.startswith(f"{site.url}sign-in/link/")
        assert site.get(urlsplit(printed).path)[0] == 200
    database.close()


def test_an_operator_from_the_environment(tmp_path: Path) -> None:
    with Served(folder=tmp_path, DJANGO_SUPERUSER_USERNAME="olga", DJANGO_SUPERUSER_PASSWORD="correct horse") as site:
        assert 'as "olga"' in site.said
        assert "correct horse" not in site.said
        assert "/sign-in/link/" not in site.said


def test_a_name_that_nobody_can_have(tmp_path: Path) -> None:
    ended = run("serve", "--port", "0", folder=tmp_path, DJANGO_SUPERUSER_USERNAME="two words!")
    assert ended.returncode == 1
    assert "The first operator cannot be made" in ended.stdout
    assert "Traceback" not in ended.stdout


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = run("serve", "--port", str(port), folder=tmp_path)
    assert ended.returncode == 1
    assert ended.stdout.startswith(f"CommandError: Port {port} is in use.")
    assert not (tmp_path / ".assistants" / "assistants.sqlite3").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"port": 70000}, "70000 is no port"),
        ({"host": "no.such.host.invalid"}, "There is no address no.such.host.invalid"),
        ({"host": "192.0.2.1"}, "There is no address 192.0.2.1"),
    ],
)
def test_addresses_that_cannot_be(options: dict[str, Any], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("serve", **{"port": 0, **options})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", ""])
def test_an_api_without_keys_stays_on_this_machine(host: str) -> None:
    with override_settings(API_AUTH="none"), pytest.raises(CommandError, match="is open to the network"):
        call_command("serve", port=0, host=host)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("gone.json", None, "There is no file "),
        ("bad.json", '{"graphs": {}\n\n"x"', r"is not valid JSON: Expecting ',' delimiter \(line 3, column 1\)"),
        ("empty.json", "{}", "must name at least one graph"),
    ],
)
def test_configs_that_cannot_be(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with override_settings(GRAPHS_CONFIG=str(tmp_path / name)), pytest.raises(CommandError, match=message):
        call_command("serve", port=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config", "gone.json"], "CommandError: There is no file "),
        (["--data", "a_file"], "CommandError: The data folder "),
        (["--data"], "expected one argument"),
    ],
)
def test_refusals_are_one_line(tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "a_file").touch()
    ended = run("serve", "--port", "0", *arguments, folder=tmp_path)
    assert ended.returncode != 0
    assert message in ended.stdout
    assert "Traceback" not in ended.stdout


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    ended = run("serve", "--port", "0", folder=tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert ended.returncode == 1
    assert "The database cannot be used" in ended.stdout
    assert "Traceback" not in ended.stdout


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / ".assistants").mkdir()
    (tmp_path / ".assistants" / "assistants.sqlite3").write_text("not a database, however long this text becomes")
    ended = run("serve", "--port", "0", folder=tmp_path)
    assert ended.returncode == 1
    assert "The database cannot be used: file is not a database" in ended.stdout
    assert "Traceback" not in ended.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="the folder is not locked there")
def test_a_data_folder_that_another_server_uses(tmp_path: Path) -> None:
    """The second would take the first one's runs for those of a dead process, and end them."""
    with Served(folder=tmp_path) as site:
        ended = run("serve", "--port", "0", folder=tmp_path)
        assert ended.returncode == 1
        assert f"Another server uses the data folder {tmp_path / '.assistants'}." in ended.stdout
        assert site.get("/api/ok")[0] == 200


def test_another_server_on_a_database_without_tables(tmp_path: Path) -> None:
    (tmp_path / ".assistants").mkdir()
    ended = subprocess.run(
        [sys.executable, "-m", "uvicorn", "--port", "0", "--app-dir", str(ROOT), "assistants_app.asgi:application"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ended.returncode != 0
    assert "The database is not ready; `assistants migrate` makes its tables." in ended.stdout
    assert "Traceback" not in ended.stdout


def write_graph(folder: Path, name: str = "agent.py", *, says: str = "hi") -> None:
    (folder / name).write_text(
        "from langgraph.graph import START, MessagesState, StateGraph\n"
        f"def say(state: MessagesState): return {{'messages': [('ai', {says!r})]}}\n"
        "graph = StateGraph(MessagesState).add_node('say', say).add_edge(START, 'say')\n"
    )


def test_graphs_of_ones_own(tmp_path: Path) -> None:
    """The langgraph.json of the working folder; a graph that fails is said, and the site serves."""
    write_graph(tmp_path)
    (tmp_path / "broken.py").write_text("import not_installed_anywhere")
    graphs = {"my agent": "./agent.py:graph", "broken": "./broken.py:graph"}
    (tmp_path / "langgraph.json").write_text(json.dumps({"graphs": graphs, "ui": {"agent": "./ui.tsx"}}))
    with Served(folder=tmp_path) as site:
        assert site.get("/api/ok")[0] == 200
    assert f"my agent  ({tmp_path / 'langgraph.json'})" in site.said
    assert "broken is not available: ModuleNotFoundError: No module named 'not_installed_anywhere'" in site.said
    assert "pip install not-installed-anywhere" in site.said
    assert "Not supported, and passed over: ui." in site.said
    assert "Traceback" not in site.said


def test_ctrl_c_while_it_starts(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("print('begun', flush=True)\nimport time\ntime.sleep(30)")
    (tmp_path / "langgraph.json").write_text(json.dumps({"graphs": {"slow": "./slow.py:graph"}}))
    site = Served(folder=tmp_path)
    site.wait_for("begun")
    assert site.stop() == 0
    assert "Stopped." in site.said
    assert "Traceback" not in site.said
    site.__exit__()


def test_sigterm_ends_it_too(tmp_path: Path) -> None:
    """At once, with a connection that a browser keeps open."""
    with Served(folder=tmp_path) as site:
        connection = http.client.HTTPConnection(urlsplit(site.url).netloc)
        connection.request("GET", "/api/ok")
        assert connection.getresponse().read()
        begin = time.monotonic()
        assert site.stop(signal.SIGTERM) in (0, -signal.SIGTERM)
        assert time.monotonic() - begin < 8
        connection.close()
    assert "Traceback" not in site.said


def test_reload(tmp_path: Path) -> None:
    write_graph(tmp_path)
    (tmp_path / "langgraph.json").write_text(json.dumps({"graphs": {"agent": "./agent.py:graph"}}))
    with Served("--reload", folder=tmp_path) as site:
        site.wait_for("Application startup complete")
        assert site.get("/api/ok")[0] == 200
        write_graph(tmp_path, says="something else")
        site.wait_for(r"(?s)Application startup complete.*Application startup complete")
        assert site.get("/api/ok")[0] == 200
        assert site.stop() == 0
    assert "Traceback" not in site.said
