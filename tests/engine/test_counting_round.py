"""The engine's round that counts: ended runs, and the threads that came and went."""

import asyncio
import logging

import pytest

from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.engine.rounds import counting as rounds
from assistants_app.models import counted_threads
from assistants_app.services import counting

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 3


class Round:
    """Stands in for what is counted: tells what was asked, and when that was enough."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.left = [True, True, False]
        self.failures: list[OSError] = []
        self._loop = asyncio.new_event_loop()
        self._enough = asyncio.Event()
        monkeypatch.setattr(rounds, "COUNT_SECONDS", 0.01)
        monkeypatch.setattr(counting, "count_ended_runs", self.count)
        monkeypatch.setattr(counted_threads, "fold", self.fold)

    def count(self) -> bool:
        self.asked.append("count")
        return bool(self.left) and self.left.pop(0)

    def fold(self) -> None:
        if self.failures:
            raise self.failures.pop()
        self.asked.append("fold")
        if self.asked.count("fold") == ROUNDS:
            self._loop.call_soon_threadsafe(self._enough.set)

    def go(self) -> list[str]:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._go())
        return self.asked

    async def _go(self) -> None:
        database = DatabaseThreads()
        try:
            async with rounds.counting_runs(database), asyncio.timeout(10):
                await self._enough.wait()
        finally:
            await asyncio.to_thread(database.close)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Round:
    return Round(monkeypatch)


def test_it_works(counted: Round) -> None:
    """As long as there is something to count, and then the sums become one, again and again."""
    assert counted.go()[:8] == ["count", "count", "count", "fold", "count", "fold", "count", "fold"]


def test_a_round_that_fails_is_not_the_last(counted: Round, caplog: pytest.LogCaptureFixture) -> None:
    counted.failures = [OSError("gone"), OSError("gone")]
    with caplog.at_level(logging.ERROR):
        counted.go()
    assert [each.message for each in caplog.records] == ["Ended runs could not be counted."] * 2
