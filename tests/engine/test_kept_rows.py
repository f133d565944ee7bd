"""What is kept of the rows that were read, and for how long."""

import asyncio

from django.conf import LazySettings

from assistants_app.engine.database.kept_rows import KeptRows
from assistants_app.engine.database.quick_reads import open_quick_reads

ASKED = ("SELECT 1", ())


def listening(most_letters: int = 10_000) -> KeptRows:
    kept = KeptRows(most_letters)
    kept.listens(True)
    return kept


def test_it_works() -> None:
    kept = listening()
    assert kept.find(ASKED) is None
    kept.keep(ASKED, [("a", 1)], kept.since)
    assert kept.find(ASKED) == [("a", 1)]
    assert kept.find(("SELECT 1", (1,))) is None
    kept.forget()
    assert kept.find(ASKED) is None


def test_rows_that_may_be_older_than_a_change_are_not_kept() -> None:
    kept = listening()
    since = kept.since
    kept.forget()
    kept.keep(ASKED, [("old",)], since)
    assert kept.find(ASKED) is None


def test_nothing_is_kept_while_nobody_listens() -> None:
    kept = KeptRows()
    kept.keep(ASKED, [("a",)], kept.since)
    assert kept.find(ASKED) is None
    kept.listens(True)
    kept.keep(ASKED, [("a",)], kept.since)
    kept.listens(False)
    kept.forget()  # by a write of this process
    assert kept.find(ASKED) is None
    kept.listens(True)
    assert kept.find(ASKED) is None


def test_what_was_used_longest_ago_goes_first_and_the_largest_are_not_kept() -> None:
    kept = listening(most_letters=8_000)
    for number in range(10):
        kept.keep(("SELECT", (number,)), [("x" * 800,)], kept.since)
        kept.find(("SELECT", (0,)))
    there = [number for number in range(10) if kept.find(("SELECT", (number,)))]
    assert (there[0], there[-1], len(there)) == (0, 9, 8)
    kept.keep(ASKED, [("x" * 1_001,)], kept.since)
    assert kept.find(ASKED) is None


def test_what_is_forgotten_makes_room() -> None:
    kept = listening(most_letters=8_000)
    for _round in range(50):
        for number in range(7):
            asked = ("SELECT", (number,))
            assert kept.find(asked) is None
            kept.keep(asked, [("x" * 800,)], kept.since)
        assert all(kept.find(("SELECT", (number,))) for number in range(7))
        kept.forget()


def test_beside_other_processes_nothing_is_kept(transactional_db: None, settings: LazySettings) -> None:
    settings.ENGINE = "distributed"

    async def kept_here() -> object:
        async with open_quick_reads() as reads:
            return reads._kept

    assert asyncio.run(kept_here()) is None
