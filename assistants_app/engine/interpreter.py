"""Python itself, set up for a process that executes and serves runs for days."""

import gc
import sys

COLLECT_AFTER = (20_000, 5, 10)
"""Objects more than at the last time, then times of the younger generation (`gc.set_threshold`). By Python's own
measure (700, 10, 10) a stream of 2,000 tokens has all objects of the process looked at several times, a third of a
second each, in which nobody hears anything."""

SWITCH_SECONDS = 0.0002
"""After what time a thread that wants to go on gets its turn (`sys.setswitchinterval`; Python's own is 0.005). A thread
that reads from SQLite gives way at every row and has to ask for its turn again: beside 16 graphs that all have
something to do, a request waited for seconds."""

_is_set_up = False


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
