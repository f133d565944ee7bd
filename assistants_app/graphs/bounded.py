"""Runs code that was written by others: in a thread of its own, for a limited time, whatever it raises."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class TookTooLong(Exception):
    """The time limit passed; the thread was left behind, for Python cannot end it."""


class Exited(Exception):
    """The code raised what is meant to end a whole process."""


class _Outcome(Generic[T]):
    value: T
    error: BaseException | None = None


def run_bounded(work: Callable[[], T], seconds: float) -> T:
    """The result of `work`, run in a new thread where no event loop runs.

    Raises TookTooLong, Exited for `sys.exit` and its like, and whatever other exception `work` raises.
    """
    outcome: _Outcome[T] = _Outcome()

    def attempt() -> None:
        try:
            outcome.value = work()
        except BaseException as error:  # SystemExit and its like must not pass unseen
            outcome.error = error

    thread = threading.Thread(target=attempt, name="graph-import", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TookTooLong(f"It took longer than {seconds:g} seconds.")
    if isinstance(outcome.error, SystemExit):
        raise Exited(f"It tried to end the process (exit code {outcome.error.code}).") from outcome.error
    if outcome.error is not None and not isinstance(outcome.error, Exception):
        raise Exited(f"It raised {type(outcome.error).__name__}.") from outcome.error
    if outcome.error is not None:
        raise outcome.error
    return outcome.value
