"""The frame of every benchmark: a site of its own, interleaved runs, one way to print."""

import atexit
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

FRAME = {"__main__", "measuring", "stream_routes", "wire"}


def fresh_site() -> Path:
    """An empty migrated SQLite site in a folder that goes away; call it before importing models."""
    folder = Path(tempfile.mkdtemp(prefix="assistants-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.pop("DATABASE_URL", None)
    os.environ.update(
        ASSISTANTS_DATA=str(folder),
        ASSISTANTS_CONFIG=str(Path(__file__).parents[1] / "langgraph.json"),
        DJANGO_SETTINGS_MODULE="assistants_app.settings",
        ALLOWED_HOSTS="testserver,127.0.0.1",
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    return folder


def compare(left: Callable[[], object], right: Callable[[], object], *, times: int = 15) -> tuple[float, float]:
    """The median seconds of processor that two calls take, run in turn after one warm-up each."""
    calls = (left, right)
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(times + 1):
        for call, taken in zip(calls, seconds, strict=True):
            start = time.process_time()
            call()
            if turn:
                taken.append(time.process_time() - start)
    return statistics.median(seconds[0]), statistics.median(seconds[1])


def say(what: str, value: float, unit: str, limit: float | None = None, *, at_least: bool = False) -> None:
    """One line: the figure, and whether it keeps the limit where there is one."""
    verdict = ""
    if limit is not None:
        kept = value >= limit if at_least else value <= limit
        verdict = f"  {'at least' if at_least else 'at most'} {limit:g}: {'kept' if kept else 'MISSED'}"
    print(f"  {what:<66} {value:8.2f} {unit:<8}{verdict}", flush=True)
