"""Sees from another thread whether the event loop turns, and names the graph that keeps it from turning."""

import asyncio
import logging
import sys
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from assistants_app.domain.json_values import Json
from assistants_app.domain.log_lines import telling_of
from assistants_app.engine.runs.tasks import Cause, cause_of

logger = logging.getLogger(__name__)

TURN_SECONDS = 0.25
"""How often the loop shows that it turns."""

BLOCKED_SECONDS = 1.0
"""A loop that did not turn for so long is blocked: nobody's stream went on meanwhile."""

STACK_LINES = 12

NOBODY = Cause("")
"""What blocks the loop is no graph."""


@dataclass(slots=True)
class Blocked:
    """How often a graph blocked the event loop of this process, and for how many seconds altogether."""

    times: int = 0
    seconds: float = 0.0


class LoopWatch:
    """Made in the loop, looked through by another thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._counts: dict[str, Blocked] = defaultdict(Blocked)
        self._cause: Cause | None = None
        self._looked = time.monotonic()
        self._seen_from = self._looked
        self._turn()

    @property
    def counts(self) -> Mapping[str, Blocked]:
        """By graph; under "" what no graph did."""
        return dict(self._counts)

    def stop(self) -> None:
        self._timer.cancel()

    def look(self) -> Json:
        """What blocks the loop now, as a worker's row tells it; None while it turns. Call it at least every second."""
        now = time.monotonic()
        if now - self._looked > BLOCKED_SECONDS:  # this thread was held up itself: the whole process was stopped
            self._seen_from = now
        self._looked = now
        since = max(self._turned, self._seen_from)
        if now - since < BLOCKED_SECONDS:
            self._cause = None
            return None
        if self._cause is None:
            self._cause = self._name()
            self._counts[self._cause.graph_id].times += 1
            self._counted = since
        self._counts[self._cause.graph_id].seconds += now - self._counted
        self._counted = now
        return {
            "graph_id": self._cause.graph_id,
            "run_id": str(self._cause.run_id) if self._cause.run_id else None,
            "seconds": round(now - since, 1),
        }

    def _turn(self) -> None:
        self._turned = time.monotonic()
        self._timer = self._loop.call_later(TURN_SECONDS, self._turn)

    def _name(self) -> Cause:
        frame = sys._current_frames().get(self._thread)
        cause = cause_of(frame) or NOBODY
        who = f"graph {cause.graph_id} (run {cause.run_id})" if cause.graph_id else "something that is no graph"
        stack = "".join(traceback.format_stack(frame)[-STACK_LINES:]) if frame else ""
        facts = {"graph_id": cause.graph_id or None, "run_id": str(cause.run_id) if cause.run_id else None}
        with telling_of(facts):
            logger.error(
                "the event loop is blocked by %s, and every other run waits for it; it is here:\n%s", who, stack
            )
        return cause
