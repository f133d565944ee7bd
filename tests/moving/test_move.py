"""A site goes from SQLite to PostgreSQL, and everything in it goes on."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.commands.browser import Browser
from tests.commands.served import ROOT, Served, run
from tests.moving.conftest import Tried
from tests.moving.site import INDEX, Site, facts, human, write_config
from tests.people import PASSWORD
from tests.postgres import has_vectors

pytestmark = pytest.mark.one_database

COMMAND = "move_to_postgresql"


def move(site: Site, database: str) -> tuple[int, str]:
    ended = run(COMMAND, folder=site.folder, DATABASE_URL=database)
    assert "Traceback" not in ended.stdout
    return ended.returncode, ended.stdout


def refused(site: Site, database: str) -> str:
    code, said = move(site, database)
    assert code == 1
    assert "CommandError: " in said
    return said.partition("CommandError: ")[2]


def rows(database: str, query: str) -> list[Any]:
    with psycopg.connect(database) as connection:
        return connection.execute(query.encode()).fetchall()


def is_empty(database: str) -> bool:
    tables = ("assistants_app_assistant", "assistants_app_person", "checkpoints", "checkpoint_blobs", "store")
    return not any(rows(database, f"SELECT 1 FROM {table} LIMIT 1") for table in tables)


def is_untouched(database: str) -> bool:
    return not rows(database, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'")


def change(site: Site, query: str, *parameters: Any, file: str = "assistants.sqlite3") -> None:
    with closing(sqlite3.connect(site.data / file)) as database, database:
        database.execute(query, parameters)


def settled(told: dict[str, Any], site: Site) -> dict[str, Any]:
    """Without the thread whose server died: what becomes of it happens when each site starts."""
    ids = [one["thread_id"] for one in told["threads"]]
    kept = [place for place, thread_id in enumerate(ids) if thread_id != site.threads["slow"]]
    lists = ("threads", "states", "histories", "runs")
    return {**told, **{name: [told[name][place] for place in kept] for name in lists}}


def test_it_works(site: Site, beside: Site, database: str) -> None:
    code, said = move(site, database)
    assert code == 0, said
    for line in (
        r"versions +25\n",
        r"people +2\n",
        r"ratings +1\n",
        r"model prices +1\n",
        r"crons +2\n",
        r"store +4\n",
    ):
        assert re.search(line, said), line
    assert "1 going on, 1 waiting" in said
    assert "every count checked" in said
    with beside.served() as served, beside.client(served) as client:
        before = facts(client)
    with site.served(DATABASE_URL=database) as served:
        with site.client(served) as client:
            assert settled(facts(client), site) == settled(before, beside)
            _threads_go_on(site, client)
            _new_things_get_new_numbers(client)
        _pages_tell_the_same(served, before)
        assert "Traceback" not in served.said
    with psycopg.connect(database) as connection, pytest.raises(psycopg.IntegrityError, match="immutable"):
        connection.execute("UPDATE assistants_app_assistantversion SET name = 'x' WHERE number = 1")
    with psycopg.connect(database) as connection, pytest.raises(psycopg.IntegrityError, match="append-only"):
        connection.execute("DELETE FROM assistants_app_auditentry")
    told = dict(rows(database, "SELECT action, count(*) FROM assistants_app_auditentry GROUP BY action"))
    assert told["site.moved"] == 1
    assert told["assistant.created"] > 5, "the log came along"
    threads = "SELECT count(*) = (SELECT sum(more) FROM assistants_app_countedthreads) FROM assistants_app_thread"
    assert rows(database, threads) == [(True,)]
    assert rows(database, "SELECT value, note FROM assistants_app_rating") == [(-1, "Too long.")]


def _threads_go_on(site: Site, client: Any) -> None:
    answered = client.runs.wait(site.threads["question"], "approval", command={"resume": "yes"})
    assert answered["messages"][-1]["content"] == "You answered: yes"
    inside = client.runs.wait(site.threads["inside"], "asks_inside", command={"resume": "fine"})
    assert inside["log"] == ["route", "think", "answer: fine"]
    more = client.runs.wait(site.threads["letters"], "writer", input=human("four"))
    texts = [message["content"] for message in more["messages"]]
    assert texts[-3:] == ["by hand", "four", "Be brief. You said: four"]
    assert texts[0] == "one"
    again = client.runs.wait(site.threads["remembers"], "remembers", input=human("ann likes coffee"))
    assert "Before: ann likes tea" in [message["content"] for message in again["messages"]]
    assert client.runs.list(site.threads["later"])[0]["status"] == "pending"
    slow = client.runs.list(site.threads["slow"])[0]
    assert slow["status"] in ("pending", "running", "success"), "it goes on here"
    if has_vectors():
        found = client.store.search_items(["facts"], query="a fruit", limit=1)
        assert [item["key"] for item in found["items"]] == ["fruit"]


def _new_things_get_new_numbers(client: Any) -> None:
    [letter] = client.assistants.search(name="Monthly letter")
    saved = client.assistants.update(letter["assistant_id"], context={"system_prompt": "After the move."})
    assert saved["version"] == 15
    made = client.assistants.create("writer", name="After the move")
    assert made["version"] == 1
    assert len(client.assistants.get_versions(letter["assistant_id"], limit=100)) == 15


def _pages_tell_the_same(served: Served, before: dict[str, Any]) -> None:
    browser = Browser(served)
    browser.post("/sign-in/", browser.get("/sign-in/"), login="erin", password=PASSWORD)
    [letter] = [one for one in before["assistants"] if one["name"] == "Monthly letter"]
    page = f"/assistants/{letter['assistant_id']}/"
    compared = browser.get(f"{page}compare/v2...v12/text/")
    assert "Letter 0" in compared
    assert "Letter 10" in compared
    assert "Restored from v3" in browser.get(f"{page}versions/")


def test_a_dry_run_leaves_nothing(tried: Tried) -> None:
    assert "It fits." in tried.said
    assert re.search(r"versions +25\n", tried.said)
    assert is_empty(tried.database)
    assert rows(tried.database, "SELECT 1 FROM auth_permission LIMIT 1")


def test_what_does_not_fit_is_named(site: Site, with_tables: str) -> None:
    change(site, "UPDATE assistants_app_thread SET title = ?", "x" * 300)
    said = refused(site, with_tables)
    assert said.startswith("Nothing was moved, and the database is as it was: value too long")
    assert "COPY assistants_app_thread, line 1, column title" in said
    assert is_empty(with_tables)


def test_references_to_nothing(site: Site, with_tables: str) -> None:
    change(site, "UPDATE assistants_app_rating SET run_id = ?", "0" * 32)
    assert "violates foreign key constraint" in refused(site, with_tables)
    assert is_empty(with_tables)


def test_a_checkpoint_that_cannot_be_read(site: Site, with_tables: str) -> None:
    thread = site.threads["inside"]
    change(site, "UPDATE checkpoints SET type = 'pickle' WHERE thread_id = ?", thread, file="checkpoints.sqlite3")
    said = refused(site, with_tables)
    assert said.startswith(f"Thread {thread} cannot be moved: a checkpoint is stored as pickle")
    assert "Nothing was moved." in said
    assert is_empty(with_tables)


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO checkpoints (thread_id, checkpoint_id, checkpoint) VALUES ('a', 'b', '{}')",
        "INSERT INTO auth_group (name) VALUES ('Editors')",
    ],
)
def test_a_database_that_holds_something(site: Site, with_tables: str, query: str) -> None:
    with psycopg.connect(with_tables) as connection:
        connection.execute(query.encode())
    table = query.split()[2]
    assert f"is not empty: there are rows in {table}." in refused(site, with_tables)
    assert rows(with_tables, f"SELECT count(*) FROM {table}") == [(1,)]


def test_a_site_that_is_served(site: Site, database: str) -> None:
    with site.served():
        assert "Another server uses the data folder" in refused(site, database)
    assert is_untouched(database)


def test_sites_of_other_versions(site: Site, database: str) -> None:
    change(
        site, "INSERT INTO django_migrations (app, name, applied) VALUES ('assistants_app', '9999_later', '2030-01-01')"
    )
    assert "A newer version made this site" in refused(site, database)
    newest = max(path.stem for path in (ROOT / "assistants_app/migrations").glob("0*.py"))
    change(site, "DELETE FROM django_migrations WHERE name IN ('9999_later', ?)", newest)
    assert "An older version made this site" in refused(site, database)
    assert is_untouched(database)


def test_a_database_of_a_later_version(site: Site, with_tables: str) -> None:
    with psycopg.connect(with_tables) as connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('assistants_app', '9999_later', now())"
        )
    assert "A newer version made tables" in refused(site, with_tables)


def test_somebody_who_uses_the_database(site: Site, with_tables: str) -> None:
    with psycopg.connect(with_tables) as connection:
        connection.execute("INSERT INTO checkpoints (thread_id, checkpoint_id, checkpoint) VALUES ('a', 'b', '{}')")
        assert "lock timeout" in refused(site, with_tables)
    assert rows(with_tables, "SELECT count(*) FROM checkpoints") == [(1,)]


def test_where_to_and_where_from(site: Site, tmp_path: Path, database: str) -> None:
    ended = run(COMMAND, folder=site.folder)
    assert ended.returncode == 1
    assert ended.stdout.startswith("CommandError: Where to? Give the database in DATABASE_URL")
    nothing = run(COMMAND, "--data", "elsewhere", folder=tmp_path, DATABASE_URL=database)
    assert nothing.returncode == 1
    assert f"There is no site in {tmp_path / 'elsewhere'}" in nothing.stdout
    assert not (tmp_path / "elsewhere").exists()


def test_a_database_that_does_not_answer(site: Site) -> None:
    assert "The database cannot be used: " in refused(site, "postgresql://nobody@127.0.0.1:1/nothing")


def test_files_that_are_none(site: Site, with_tables: str) -> None:
    for path in site.data.glob("checkpoints.sqlite3-*"):
        path.unlink()
    (site.data / "checkpoints.sqlite3").write_bytes(b"x" * 5000)
    assert "file is not a database" in refused(site, with_tables)
    assert is_empty(with_tables)


def test_a_site_that_never_ran_anything(site: Site, database: str) -> None:
    for path in [*site.data.glob("checkpoints.sqlite3*"), *site.data.glob("store.sqlite3*")]:
        path.unlink()
    code, said = move(site, database)
    assert code == 0, said
    assert rows(database, "SELECT count(*) FROM checkpoints") == [(0,)]


@pytest.mark.parametrize(
    ("index", "reason"),
    [
        (None, "the langgraph.json has no store.index"),
        ({**INDEX, "dims": 2}, "they have 3 dimensions, and store.index says 2"),
    ],
)
def test_vectors_that_stay_behind_are_named(
    site: Site, database: str, index: dict[str, Any] | None, reason: str
) -> None:
    write_config(site.folder, index)
    code, said = move(site, database)
    assert code == 0, said
    assert f"3 vectors stay behind: {reason}" in said
    assert rows(database, "SELECT count(*) FROM store") == [(4,)]
