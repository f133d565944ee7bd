"""Threads of which the one that was busy last is busy next."""

import gc
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from assistants_app.engine.database.warm_threads import WarmThreads

MOST = 3
SECONDS = 10


@pytest.fixture
def ends() -> list[str]:
    return []


@pytest.fixture
def threads(ends: list[str]) -> Iterator[WarmThreads]:
    made = WarmThreads(MOST, "warm", begin=bool, end=lambda: ends.append(name()))
    yield made
    made.shutdown()


def name() -> str:
    return threading.current_thread().name


def all_busy(threads: WarmThreads, go_on: threading.Event) -> "list[Future[str]]":
    """Each of the threads is at work, until it may `go_on`."""
    began = threading.Barrier(MOST + 1)

    def work() -> str:
        began.wait(SECONDS)
        go_on.wait(SECONDS)
        return name()

    busy = [threads.submit(work) for _thread in range(MOST)]
    began.wait(SECONDS)
    return busy


def test_it_works(threads: WarmThreads) -> None:
    """One after the other needs one thread, also where all were needed once."""
    assert {threads.submit(name).result(SECONDS) for _call in range(20)} == {"warm_0"}
    go_on = threading.Event()
    busy = all_busy(threads, go_on)
    go_on.set()
    assert {each.result(SECONDS) for each in busy} == {"warm_0", "warm_1", "warm_2"}
    assert len({threads.submit(name).result(SECONDS) for _call in range(50)}) == 1


def test_what_finds_no_thread_waits_its_turn(threads: WarmThreads) -> None:
    go_on, done = threading.Event(), list[int]()
    all_busy(threads, go_on)
    waiting = [threads.submit(done.append, number) for number in range(10)]
    assert not any(each.running() or each.done() for each in waiting)
    go_on.set()
    wait(waiting, SECONDS)
    assert sorted(done) == list(range(10))


def test_what_is_cancelled_before_its_turn_is_not_done(threads: WarmThreads) -> None:
    go_on, done = threading.Event(), list[int]()
    all_busy(threads, go_on)
    waiting = [threads.submit(done.append, number) for number in range(6)]
    assert [each.cancel() for each in waiting[::2]] == [True] * 3
    go_on.set()
    wait(waiting, SECONDS)
    assert sorted(done) == [1, 3, 5]
    assert len([threads.submit(name).result(SECONDS) for _call in range(MOST * 2)]) == MOST * 2


def test_what_is_raised_is_told_and_the_thread_goes_on(threads: WarmThreads) -> None:
    for error in (ValueError("no"), SystemExit("no")):
        with pytest.raises(type(error), match="no"):
            threads.submit(_raise, error).result(SECONDS)
    assert threads.submit(name).result(SECONDS) == "warm_0"


def test_nothing_is_kept_of_what_was_done(threads: WarmThreads) -> None:
    class Large:
        def fine(self) -> None: ...

        def wrong(self) -> None:
            raise ValueError

    gc.disable()
    try:
        one, other = Large(), Large()
        left = weakref.ref(one), weakref.ref(other)
        threads.submit(one.fine).result(SECONDS)
        assert isinstance(threads.submit(other.wrong).exception(SECONDS), ValueError)
        del one, other
        threads.submit(name).result(SECONDS)  # after which the thread has done with them
        assert [each() for each in left] == [None, None]
    finally:
        gc.enable()


def test_the_end_waits_for_what_was_begun_and_what_waits(threads: WarmThreads, ends: list[str]) -> None:
    go_on = threading.Event()
    busy = all_busy(threads, go_on)
    waiting = [threads.submit(name) for _call in range(5)]
    ending = threading.Thread(target=threads.shutdown)
    ending.start()
    assert ends == []
    go_on.set()
    ending.join(SECONDS)
    assert all(each.done() and not each.cancelled() for each in (*busy, *waiting))
    assert sorted(ends) == ["warm_0", "warm_1", "warm_2"]
    with pytest.raises(RuntimeError, match="ended"):
        threads.submit(name)
    threads.shutdown()


def test_the_end_of_what_waits_can_be_had_too(threads: WarmThreads) -> None:
    go_on = threading.Event()
    all_busy(threads, go_on)
    waiting = [threads.submit(name) for _call in range(5)]
    threads.shutdown(wait=False, cancel_futures=True)
    go_on.set()
    threads.shutdown()
    assert all(each.cancelled() for each in waiting)


def test_a_thread_that_cannot_begin() -> None:
    """Whoever waits for it hears why; the next try begins another."""
    failures = [OSError("no connection")]

    def begin() -> None:
        if failures:
            raise failures.pop()

    threads = WarmThreads(1, "warm", begin, bool)
    with pytest.raises(OSError, match="no connection"):
        threads.submit(name).result(SECONDS)
    assert threads.submit(name).result(SECONDS) == "warm_0"
    threads.shutdown()


def test_another_cannot_begin_while_one_is_busy() -> None:
    """What waits is the busy one's to do."""
    failures: list[OSError] = []

    def begin() -> None:
        if failures:
            raise failures.pop()

    threads, go_on = WarmThreads(2, "warm", begin, bool), threading.Event()
    busy = threads.submit(go_on.wait, SECONDS)
    failures.append(OSError("no connection"))
    with pytest.raises(OSError, match="no connection"):
        threads.submit(name).result(SECONDS)
    go_on.set()
    assert busy.result(SECONDS)
    assert threads.submit(name).result(SECONDS) == "warm_0"
    threads.shutdown()


def test_a_thread_that_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for it hears so, and the next is tried anew."""
    threads = WarmThreads(1, "warm", bool, bool)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", lambda _thread: _raise(RuntimeError("can't start new thread")))
        with pytest.raises(RuntimeError, match="new thread"):
            threads.submit(name)
    assert threads.submit(name).result(SECONDS) == "warm_0"
    threads.shutdown()


def test_who_leaves_in_a_hurry_ends_no_call_half_way(tmp_path: Path) -> None:
    program = (
        "import time, django\n"
        "django.setup()\n"
        "from assistants_app.engine.database.warm_threads import WarmThreads\n"
        "threads = WarmThreads(1, 'warm', bool, lambda: print('ended'))\n"
        "threads.submit(lambda: (time.sleep(0.2), print('done')))\n"
        "threads.submit(print, 'done too')\n"
    )
    settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "assistants_app.settings", "ASSISTANTS_DATA": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=settings, capture_output=True, text=True, timeout=60)
    assert done.stdout.split("\n") == ["done", "done too", "ended", ""], done.stderr


def test_many_at_once(threads: WarmThreads) -> None:
    lock, now, most, done = threading.Lock(), [0], [0], [0]

    def work() -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.0002)
        with lock:
            now[0] -= 1
            done[0] += 1

    def call_again_and_again(_caller: int) -> None:
        for _call in range(100):
            threads.submit(work).result(SECONDS)

    with ThreadPoolExecutor(16) as callers:
        list(callers.map(call_again_and_again, range(16), timeout=60))
    assert (done[0], most[0]) == (1600, MOST)


def _raise(error: BaseException) -> None:
    raise error
