"""Python itself, set up for a process that executes and serves runs for days."""

import asyncio
import gc
import sys

COLLECT_AFTER = (5_000, 10, 10)
"""Objects more than at the last time, then times of the younger generation (`gc.set_threshold`). By Python's own
measure (700, 10, 10) all objects of the process were looked at once in some 8,000 tokens of streams, for a third of a
second, in which nobody hears anything."""

SWITCH_SECONDS = 0.0002
"""After what time a thread that wants to go on gets its turn (`sys.setswitchinterval`; Python's own is 0.005). A thread
that reads from SQLite gives way at every row and has to ask for its turn again: beside 16 graphs that all have
something to do, a request waited for seconds."""

SOON_SECONDS = 0.1

_is_set_up = False
_collecting: asyncio.AbstractEventLoop | None = None


def set_up() -> None:
    """Call it when everything is loaded: what there is by now stays, and is not looked at again. Once a process."""
    global _is_set_up
    if _is_set_up:
        return
    _is_set_up = True
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(*COLLECT_AFTER)
    gc.collect()
    gc.freeze()


def collect_soon() -> None:
    """Something large was done with, and may hang in a circle of a few objects, of which Python would not notice for a
    long time. Call it in the event loop: what is young is looked at, once for all who ask at this moment."""
    global _collecting
    loop = asyncio.get_running_loop()
    if _collecting is not loop:  # another loop may have ended before its time came
        _collecting = loop
        loop.call_later(SOON_SECONDS, _collect)


def _collect() -> None:
    global _collecting
    _collecting = None
    gc.collect(0)
