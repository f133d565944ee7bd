"""How often somebody may call: counted in this process, in bounded memory."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable


class Buckets:
    """One token bucket for each name: full at first, one token a call, refilled evenly.

    Of more than `most` names those that called longest ago are forgotten, and start full again.
    """

    def __init__(self, *, most: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def wait(self, name: Hashable, *, per_minute: int) -> float:
        """Take a token: 0. Where none is left none is taken, and this is how many seconds the next one is away."""
        now = self._clock()
        left, seen = self._left.pop(name, (float(per_minute), now))
        left = min(float(per_minute), left + (now - seen) * per_minute / 60)
        enough = left >= 1
        self._left[name] = (left - 1 if enough else left, now)
        if len(self._left) > self._most:
            self._left.popitem(last=False)
        return 0.0 if enough else (1 - left) * 60 / per_minute

    def __len__(self) -> int:
        return len(self._left)
