"""The schedule sleeps until the next cron, by a clock that the test steps."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from assistants_app.engine import Engine, engine_thread
from assistants_app.models import Assistant, Cron, Person, Protection, Review, ReviewComment, ReviewState, Run
from assistants_app.services import crons
from assistants_app.services.authors import SYSTEM
from assistants_app.services.crons import begin_cron_run, create_cron, update_cron
from assistants_app.services.reviews import set_protection
from tests import make

START = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)
FIRST = datetime(2026, 5, 4, 12, 1, tzinfo=UTC)


class SteppedClock:
    """Stands still until it is stepped. `asked` are the seconds that the schedule wanted to sleep, each time."""

    def __init__(self) -> None:
        self.time = START
        self.asked: list[float] = []
        self._sleeps = threading.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken: asyncio.Event | None = None

    def now(self) -> datetime:
        return self.time

    async def wait(self, woken: asyncio.Event, seconds: float) -> None:
        with self._sleeps:
            self._loop, self._woken = asyncio.get_running_loop(), woken
            self.asked.append(seconds)
            self._sleeps.notify_all()
        await woken.wait()

    def step(self, to: datetime) -> None:
        """Let it be `to`, and wait until the schedule has done what is due and sleeps again. Woken twice: what it did
        at first may have begun before."""
        self.time = to
        for _time in range(2):
            before = len(self.asked)
            assert self._loop is not None
            assert self._woken is not None
            self._loop.call_soon_threadsafe(self._woken.set)
            self.until_asleep(before + 1)

    def until_asleep(self, times: int = 1) -> None:
        with self._sleeps:
            assert self._sleeps.wait_for(lambda: len(self.asked) >= times, 20)


@pytest.fixture
def clock(transactional_db: None) -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def engine(clock: SteppedClock) -> Iterator[Engine]:
    with engine_thread(Engine(clock=clock)) as engine:
        clock.until_asleep()
        yield engine


def every_minute(**more: object) -> Cron:
    values = {"schedule": "* * * * *", "asked": {}, "author": SYSTEM, "now": START, "on_run_completed": "keep", **more}
    values.setdefault("assistant_id", make.assistant().assistant_id)
    return create_cron(**values)  # type: ignore[arg-type]


def test_it_works(engine: Engine, clock: SteppedClock) -> None:
    every_minute()
    clock.until_asleep(2)  # a new cron wakes the schedule
    assert clock.asked == [10, 10]
    clock.step(FIRST - timedelta(seconds=4))
    assert clock.asked[-1] == 4
    assert not Run.objects.exists()
    clock.step(FIRST)
    assert Run.objects.count() == 1
    clock.step(FIRST + timedelta(seconds=55))
    assert clock.asked[-1] == 5
    clock.step(FIRST + timedelta(minutes=1))
    assert Run.objects.count() == 2


def test_a_pause_is_made_up_by_one_run(engine: Engine, clock: SteppedClock) -> None:
    every_minute()
    clock.step(FIRST + timedelta(hours=3))
    clock.step(FIRST + timedelta(hours=3))
    assert Run.objects.count() == 1


def test_another_process_makes_a_cron_unseen(engine: Engine, clock: SteppedClock) -> None:
    made = every_minute()
    clock.until_asleep(2)
    Cron.objects.filter(pk=made.pk).update(next_run_date=START - timedelta(minutes=1))  # no signal tells of it
    clock.step(START)
    assert Run.objects.count() == 1


def test_one_that_fails_stops_no_other(
    engine: Engine, clock: SteppedClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = every_minute(), every_minute()
    refused = every_minute(thread_id=make.thread().thread_id, asked={"multitask_strategy": "reject"})

    def begin(*, cron_id: UUID, at: datetime) -> Run | None:
        if cron_id == bad.cron_id:
            raise OSError("the disk is full")
        return begin_cron_run(cron_id=cron_id, at=at)

    monkeypatch.setattr(crons, "begin_cron_run", begin)
    clock.step(FIRST)
    clock.step(FIRST + timedelta(minutes=1))
    assert {run.assistant_id for run in Run.objects.all()} == {good.assistant_id, refused.assistant_id}
    assert Run.objects.filter(assistant=good.assistant).count() == 2
    assert f"cron {bad.cron_id}" in caplog.text
    assert clock.asked[-1] >= 1


def test_a_graph_that_is_gone_is_an_error_of_its_run_alone(engine: Engine, clock: SteppedClock) -> None:
    every_minute(assistant_id=make.assistant(graph_id="gone", settings={}).assistant_id)
    every_minute()
    clock.step(FIRST)
    assert set(Run.objects.values_list("graph_id", flat=True)) == {"gone", "writer"}


def test_a_change_wakes_it(engine: Engine, clock: SteppedClock) -> None:
    made = every_minute(enabled=False)
    clock.until_asleep(2)
    update_cron(cron_id=made.cron_id, now=clock.time, enabled=True)
    clock.until_asleep(3)
    clock.step(FIRST - timedelta(seconds=3))
    assert clock.asked[-1] == 3


def test_versions_go_live_at_their_time(engine: Engine, clock: SteppedClock, erin: Person) -> None:
    assistant = make.assistant()
    set_protection(assistant_id=assistant.assistant_id, protection=Protection.PUBLISHER, author=SYSTEM)
    make.version(assistant)
    # The time is past by the clock on the wall, so no service would take it.
    Review.objects.filter(number=2).update(state=ReviewState.APPROVED, decided_by=erin, live_at=FIRST)

    clock.step(FIRST - timedelta(seconds=4))
    assert clock.asked[-1] == 4
    assert Assistant.objects.get().version == 1
    clock.step(FIRST)
    assert Assistant.objects.get().version == 2


def test_what_was_overtaken_is_told(engine: Engine, clock: SteppedClock, erin: Person) -> None:
    """Long before its time; nothing goes live."""
    assistant = make.assistant()
    set_protection(assistant_id=assistant.assistant_id, protection=Protection.PUBLISHER, author=SYSTEM)
    make.version(assistant)
    Review.objects.filter(number=2).update(state=ReviewState.APPROVED, decided_by=erin, live_at=FIRST)
    make.version(assistant)

    clock.step(FIRST - timedelta(seconds=4))
    (said,) = ReviewComment.objects.all()
    assert "which takes its place" in said.text
    clock.step(FIRST)
    assert (Assistant.objects.get().version, ReviewComment.objects.count()) == (1, 1)
