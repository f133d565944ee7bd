"""What is kept of the rows that were read, and for how long."""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, connections

from assistants_app.api.assistants.values import assistants_beside, whole_assistants
from assistants_app.engine.database.kept_rows import KeptRows
from assistants_app.engine.database.quick_reads import SEVERAL, SHORT, open_quick_reads
from assistants_app.models import Assistant, Person
from assistants_app.models.prepared import ToldRows
from tests import make

ASKED = ("SELECT 1", ())


def listening(most_letters: int = 10_000) -> KeptRows:
    kept = KeptRows(most_letters)
    kept.listens(True)
    return kept


def test_it_works() -> None:
    kept = listening()
    assert kept.find(ASKED) is None
    kept.keep(ASKED, ToldRows([("a", 1)]), kept.since)
    assert kept.find(ASKED) == [("a", 1)]
    assert kept.find(("SELECT 1", (1,))) is None
    kept.forget()
    assert kept.find(ASKED) is None


def test_rows_that_may_be_older_than_a_change_are_not_kept() -> None:
    kept = listening()
    since = kept.since
    kept.forget()
    kept.keep(ASKED, ToldRows([("old",)]), since)
    assert kept.find(ASKED) is None


def test_nothing_is_kept_while_nobody_listens() -> None:
    kept = KeptRows()
    kept.keep(ASKED, ToldRows([("a",)]), kept.since)
    assert kept.find(ASKED) is None
    kept.listens(True)
    kept.keep(ASKED, ToldRows([("a",)]), kept.since)
    kept.listens(False)
    kept.forget()  # by a write of this process
    assert kept.find(ASKED) is None
    kept.listens(True)
    assert kept.find(ASKED) is None


def test_what_is_old_gives_way_to_what_is_kept_anew() -> None:
    kept = listening(most_letters=8_000)
    for number in range(50):
        kept.keep(ASKED, ToldRows([(f"{number}" + "x" * 300,)]), kept.since)
        kept.keep(ASKED, ToldRows([("another answer to the same",)]), kept.since)
        assert kept.find(ASKED) == [(f"{number}" + "x" * 300,)]
        kept.forget()


def test_what_was_used_longest_ago_goes_first_and_the_largest_are_not_kept() -> None:
    kept = listening(most_letters=8_000)
    for number in range(10):
        kept.keep(("SELECT", (number,)), ToldRows([("x" * 400,)]), kept.since)
        kept.find(("SELECT", (0,)))
    there = [number for number in range(10) if kept.find(("SELECT", (number,)))]
    assert (there[0], there[-1], len(there)) == (0, 9, 8)
    kept.keep(ASKED, ToldRows([("x" * 501,)]), kept.since)
    assert kept.find(ASKED) is None


def test_questions_count_too() -> None:
    """However many that find nothing are asked, and however long ones."""
    kept = listening(most_letters=8_000)
    for number in range(100):
        kept.keep(("SELECT", (number, "x" * 800)), ToldRows([]), kept.since)
    there = [number for number in range(100) if kept.find(("SELECT", (number, "x" * 800))) is not None]
    assert there == list(range(92, 100))
    for asked in (("SELECT", ("x" * 1_001,)), ("SELECT" + "x" * 1_001, ())):
        kept.keep(asked, ToldRows([]), kept.since)
        assert kept.find(asked) is None


def test_what_is_forgotten_makes_room() -> None:
    kept = listening(most_letters=8_000)
    for _round in range(50):
        for number in range(7):
            asked = ("SELECT", (number,))
            assert kept.find(asked) is None
            kept.keep(asked, ToldRows([("x" * 400,)]), kept.since)
        assert all(kept.find(("SELECT", (number,))) for number in range(7))
        kept.forget()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no distributed engine")
def test_beside_other_processes_nothing_is_kept(transactional_db: None, settings: LazySettings) -> None:
    settings.ENGINE = "distributed"

    async def kept_here() -> object:
        async with open_quick_reads() as reads:
            return reads._kept

    assert asyncio.run(kept_here()) is None


def test_where_several_are_asked_for_those_beside_them_are_read_ahead(transactional_db: None, erin: Person) -> None:
    ids = [make.assistant(person=erin, name=f"{number}").assistant_id for number in range(SEVERAL + 4)]
    long = make.assistant(person=erin, description="x" * SHORT).assistant_id

    async def asked_for(ids: Sequence[uuid.UUID]) -> tuple[list[str], int]:
        """Their names, and how often the database was asked."""
        async with open_quick_reads() as reads, asyncio.timeout(10):
            for _moment in range(500):
                if reads._kept and reads._kept.since is not None:
                    break
                await asyncio.sleep(0.01)
            fetch, questions = reads._asked.fetch, []

            async def counted(sql: str, params: Sequence[Any]) -> Sequence[Any]:
                questions.append(sql)
                return await fetch(sql, params)

            reads._asked.fetch = counted  # type: ignore[method-assign]
            names = []
            for assistant_id in ids:
                given = {"assistant_id": assistant_id}
                (row,) = await reads.told_one("one", whole_assistants, assistants_beside, **given)
                names.append(row.name)
                await asyncio.gather(*reads._reading)
            return names, len(questions)

    names, questions = asyncio.run(asked_for(ids))
    assert names == [f"{number}" for number in range(SEVERAL + 4)]
    assert questions == SEVERAL + 1
    beside_a_long_one = asyncio.run(asked_for([*ids[: SEVERAL - 1], long, *ids[SEVERAL : SEVERAL + 3]]))
    assert beside_a_long_one[1] == SEVERAL + 3


def test_what_was_not_kept_is_counted_from_one_change_to_the_next() -> None:
    kept = listening()
    for number in range(3):
        assert kept.find(("SELECT", (number,))) is None
    assert kept.missed == 3
    kept.forget()
    assert kept.find(ASKED) is None
    assert kept.missed == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL announces what changed: tests/api")
def test_sqlite_is_asked_again_once_anybody_has_committed(transactional_db: None, erin: Person) -> None:
    made = make.assistant(person=erin, name="First")
    rows = Assistant.objects.filter(pk=made.pk)
    asked: list[str] = []

    def change(name: str) -> None:
        rows.update(name=name)
        connections.close_all()

    async def seen() -> list[tuple[str, int]]:
        async with open_quick_reads() as reads:
            fetch = reads._asked.fetch

            async def counted(sql: str, params: Sequence[Any]) -> Sequence[Any]:
                asked.append(sql)
                return await fetch(sql, params)

            reads._asked.fetch = counted  # type: ignore[method-assign]

            async def read() -> tuple[str, int]:
                found = await reads.told("one", lambda pk: Assistant.objects.filter(pk=pk), pk=made.pk)
                return found[0].name, len(asked)

            found = [await read(), await read()]
            await asyncio.to_thread(change, "Second")
            return [*found, await read(), await read()]

    assert asyncio.run(seen()) == [("First", 1), ("First", 1), ("Second", 2), ("Second", 2)]
