"""Threads of which the one that was busy last is busy next."""

import asyncio
import gc
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from assistants_app.engine.database.warm_threads import WarmThreads

MOST = 3
SECONDS = 10


@pytest.fixture
def ends() -> list[str]:
    return []


@pytest.fixture
async def threads(ends: list[str]) -> AsyncIterator[WarmThreads]:
    made = WarmThreads(MOST, "warm", begin=bool, end=lambda: ends.append(name()))
    yield made
    made.shutdown()


def name() -> str:
    return threading.current_thread().name


async def done(threads: WarmThreads, call: Callable[[], Any]) -> Any:
    async with asyncio.timeout(SECONDS):
        return await threads.submit(call)


def all_busy(threads: WarmThreads, go_on: threading.Event) -> "list[asyncio.Future[str]]":
    """Each of the threads is at work, until it may `go_on`."""
    began = threading.Barrier(MOST + 1)

    def work() -> str:
        began.wait(SECONDS)
        go_on.wait(SECONDS)
        return name()

    busy = [threads.submit(work) for _thread in range(MOST)]
    began.wait(SECONDS)
    return busy


async def test_it_works(threads: WarmThreads) -> None:
    """One after the other needs one thread, also where all were needed once."""
    assert {await done(threads, name) for _call in range(20)} == {"warm_0"}
    go_on = threading.Event()
    busy = all_busy(threads, go_on)
    go_on.set()
    assert set(await asyncio.gather(*busy)) == {"warm_0", "warm_1", "warm_2"}
    assert len({await done(threads, name) for _call in range(50)}) == 1


async def test_what_finds_no_thread_waits_its_turn(threads: WarmThreads) -> None:
    go_on, done = threading.Event(), list[int]()
    all_busy(threads, go_on)
    waiting = [threads.submit(partial(done.append, number)) for number in range(10)]
    await asyncio.sleep(0.05)
    assert done == []
    assert not any(each.done() for each in waiting)
    go_on.set()
    await asyncio.wait(waiting, timeout=SECONDS)
    assert sorted(done) == list(range(10))


async def test_what_is_cancelled_before_its_turn_is_not_done(threads: WarmThreads) -> None:
    go_on, called = threading.Event(), list[int]()
    all_busy(threads, go_on)
    waiting = [threads.submit(partial(called.append, number)) for number in range(6)]
    assert [each.cancel() for each in waiting[::2]] == [True] * 3
    go_on.set()
    await asyncio.wait(waiting, timeout=SECONDS)
    assert sorted(called) == [1, 3, 5]
    assert len([await done(threads, name) for _call in range(MOST * 2)]) == MOST * 2


@pytest.mark.parametrize("error", [None, ValueError("no")])
async def test_what_is_cancelled_when_it_began_is_done(
    threads: WarmThreads, caplog: pytest.LogCaptureFixture, error: Exception | None
) -> None:
    """Nobody hears of it any more, and nothing is complained of."""
    began, go_on, called = threading.Event(), threading.Event(), list[str]()

    def work() -> None:
        began.set()
        go_on.wait(SECONDS)
        called.append(name())
        if error:
            raise error

    work_ = threads.submit(work)
    began.wait(SECONDS)
    assert work_.cancel()
    go_on.set()
    assert await done(threads, name) in {"warm_0", "warm_1"}
    threads.shutdown()
    await asyncio.sleep(0.01)
    assert called == ["warm_0"]
    assert not caplog.records


async def test_what_is_raised_is_told_and_the_thread_goes_on(threads: WarmThreads) -> None:
    for error in (ValueError("no"), SystemExit("no")):
        with pytest.raises(type(error), match="no"):
            await done(threads, partial(_raise, error))
    assert await done(threads, name) == "warm_0"


async def test_nothing_is_kept_of_what_was_done(threads: WarmThreads) -> None:
    class Large:
        def fine(self) -> None: ...

        def wrong(self) -> None:
            raise ValueError

    gc.disable()
    try:
        one, other = Large(), Large()
        left = weakref.ref(one), weakref.ref(other)
        await threads.submit(one.fine)
        assert isinstance((await asyncio.gather(threads.submit(other.wrong), return_exceptions=True))[0], ValueError)
        del one, other
        await threads.submit(name)  # after which the thread has done with them
        assert [each() for each in left] == [None, None]
    finally:
        gc.enable()


async def test_the_end_waits_for_what_was_begun_and_what_waits(threads: WarmThreads, ends: list[str]) -> None:
    go_on = threading.Event()
    busy = all_busy(threads, go_on)
    waiting = [threads.submit(name) for _call in range(5)]
    ending = threading.Thread(target=threads.shutdown)
    ending.start()
    assert ends == []
    go_on.set()
    ending.join(SECONDS)
    assert sorted(ends) == ["warm_0", "warm_1", "warm_2"]
    async with asyncio.timeout(SECONDS):
        assert set(await asyncio.gather(*busy, *waiting)) == set(ends)
    with pytest.raises(RuntimeError, match="ended"):
        threads.submit(name)
    threads.shutdown()


def test_the_loop_may_end_before_its_calls() -> None:
    """They are done, and the thread serves another loop."""
    threads, go_on, called = WarmThreads(1, "warm", bool, bool), threading.Event(), list[str]()

    async def begin() -> None:
        threads.submit(lambda: go_on.wait(SECONDS) and called.append(name()))
        threads.submit(lambda: _raise(ValueError("nobody hears of it")))

    asyncio.run(begin())
    go_on.set()
    assert asyncio.run(done(threads, name)) == "warm_0"
    assert called == ["warm_0"]
    threads.shutdown()


async def test_a_thread_that_cannot_begin() -> None:
    """Whoever waits for it hears why; the next try begins another."""
    failures = [OSError("no connection")]

    def begin() -> None:
        if failures:
            raise failures.pop()

    threads = WarmThreads(1, "warm", begin, bool)
    with pytest.raises(OSError, match="no connection"):
        await done(threads, name)
    assert await done(threads, name) == "warm_0"
    threads.shutdown()


async def test_another_cannot_begin_while_one_is_busy() -> None:
    """What waits is the busy one's to do."""
    failures: list[OSError] = []

    def begin() -> None:
        if failures:
            raise failures.pop()

    threads, go_on, busy_now = WarmThreads(2, "warm", begin, bool), threading.Event(), threading.Event()

    def work() -> bool:
        busy_now.set()
        return go_on.wait(SECONDS)

    busy = threads.submit(work)
    busy_now.wait(SECONDS)
    failures.append(OSError("no connection"))
    with pytest.raises(OSError, match="no connection"):
        await done(threads, name)
    go_on.set()
    assert await busy
    assert await done(threads, name) == "warm_0"
    threads.shutdown()


async def test_a_thread_that_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for it hears so, and the next is tried anew."""
    threads = WarmThreads(1, "warm", bool, bool)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", lambda _thread: _raise(RuntimeError("can't start new thread")))
        with pytest.raises(RuntimeError, match="new thread"):
            threads.submit(name)
    assert await done(threads, name) == "warm_0"
    threads.shutdown()


def test_who_leaves_in_a_hurry_ends_no_call_half_way(tmp_path: Path) -> None:
    program = (
        "import asyncio, time, django\n"
        "django.setup()\n"
        "from assistants_app.engine.database.warm_threads import WarmThreads\n"
        "threads = WarmThreads(1, 'warm', bool, lambda: print('ended'))\n"
        "async def begin():\n"
        "    threads.submit(lambda: (time.sleep(0.2), print('done')))\n"
        "    threads.submit(lambda: print('done too'))\n"
        "asyncio.run(begin())\n"
    )
    settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "assistants_app.settings", "ASSISTANTS_DATA": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=settings, capture_output=True, text=True, timeout=60)
    assert done.stdout.split("\n") == ["done", "done too", "ended", ""], done.stderr
    assert done.stderr == ""


def test_many_at_once() -> None:
    """From sixteen event loops, each in a thread of its own."""
    threads = WarmThreads(MOST, "warm", bool, bool)
    lock, now, most, called = threading.Lock(), [0], [0], [0]

    def work() -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.0002)
        with lock:
            now[0] -= 1
            called[0] += 1

    async def call_again_and_again() -> None:
        for _call in range(100):
            await done(threads, work)

    with ThreadPoolExecutor(16) as callers:
        list(callers.map(lambda _caller: asyncio.run(call_again_and_again()), range(16), timeout=60))
    assert (called[0], most[0]) == (1600, MOST)
    threads.shutdown()


def _raise(error: BaseException) -> None:
    raise error
