"""Faults at random while programs ask for runs, and what was seen of it from outside, by the official client alone."""

import asyncio
import itertools
import math
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import APIConnectionError, APIStatusError

UNREACHED = (httpx.HTTPError, APIConnectionError)
PATIENCE_SECONDS = 600.0
"""How long a run may take: a slow machine needs a minute for each start of its server, and is hit again soon."""

AGAIN_SECONDS = 0.3


class Processes(Protocol):
    """What is at hand to be broken."""

    def do(self, fault: str, chosen: random.Random) -> None:
        """Break something, and have it started again. In a thread."""


@dataclass(frozen=True, order=True)
class Gap:
    """Seconds between a run's last event before its process was lost, and its next attempt; what broke meanwhile."""

    seconds: float
    faults: tuple[str, ...] = ()


@dataclass
class Seen:
    """What the programs saw."""

    runs: int = 0
    faults: "Counter[str]" = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    attempts: int = 0
    broken: list[tuple[str, float, float]] = field(default_factory=list)
    """Each fault, and its times of `time.monotonic`: when it was begun, and when it was whole again."""
    taken_up: list[Gap] = field(default_factory=list)
    tried_again: list[Gap] = field(default_factory=list)
    """Where the process was still there, and the database had failed it."""
    unheard: int = 0
    """Steps of which their listener heard nothing: an embedded server's events die with it, a worker's are kept."""

    def say_wrong(self, what: str) -> None:
        self.wrong.append(f"after {self.faults.total()} faults: {what}")

    def gap_since(self, heard_at: float) -> Gap:
        """One that ends now."""
        now = time.monotonic()
        return Gap(now - heard_at, tuple(fault for fault, _began, ended in self.broken if ended > heard_at))

    def __str__(self) -> str:
        faults = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
        return (
            f"faults: {faults}; runs {self.runs}; attempts more {self.attempts};"
            f" taken up by another process {_told(self.taken_up)}; tried again by the same {_told(self.tried_again)};"
            f" steps unheard of {self.unheard}; wrong {len(self.wrong)}"
        )


def _told(gaps: Sequence[Gap]) -> str:
    if not gaps:
        return "0"
    worst, of_one = max(gaps), max([gap for gap in gaps if len(gap.faults) == 1], default=Gap(0))
    median = sorted(gaps)[len(gaps) // 2].seconds
    return (
        f"{len(gaps)} (median {median:.1f} s, worst {worst.seconds:.1f} s: {' and '.join(worst.faults)};"
        f" with one fault {of_one.seconds:.1f} s: {' '.join(of_one.faults)})"
    )


async def storm(
    processes: Processes,
    asking: LangGraphClient,
    faults: Sequence[str],
    *,
    seed: int,
    say: Callable[[str], object],
    programs: int = 6,
) -> Seen:
    """These faults, a moment after one another, and the end of every run that was accepted until then."""
    chosen, seen, over = random.Random(seed), Seen(), asyncio.Event()
    asked = [
        asyncio.create_task(_program(asking, random.Random(f"{seed} {one}"), seen, over)) for one in range(programs)
    ]
    await asyncio.sleep(2)
    for number, fault in enumerate(faults, 1):
        seen.broken.append((fault, time.monotonic(), math.inf))
        await asyncio.to_thread(processes.do, fault, chosen)
        seen.broken[-1] = (*seen.broken[-1][:2], time.monotonic())
        seen.faults[fault] += 1
        say(f"{number} of {len(faults)}: {fault}; {seen.runs} runs, {len(seen.wrong)} wrong")
        await asyncio.sleep(chosen.uniform(0.5, 2.0))
    over.set()
    for ended in await asyncio.gather(*asked, return_exceptions=True):
        if isinstance(ended, BaseException):
            seen.say_wrong(f"a program could not go on: {ended!r}")
    return seen


def shares(kinds: "dict[str, float]", count: int, chosen: random.Random) -> list[str]:
    """So many of them in any order: one of each kind if there is room, and else as often as their weights say."""
    drawn = list(kinds) if count >= len(kinds) else []
    whole, due = sum(kinds.values()), dict.fromkeys(kinds, 0.0)
    while len(drawn) < count:
        due = {kind: owed + kinds[kind] / whole for kind, owed in due.items()}
        most = max(due, key=lambda kind: due[kind])
        due[most] -= 1
        drawn.append(most)
    chosen.shuffle(drawn)
    return drawn


async def _program(asking: LangGraphClient, chosen: random.Random, seen: Seen, over: asyncio.Event) -> None:
    """Threads of three runs each, one after the other, and what they must have become."""
    while not over.is_set():
        thread_id = str((await _insist(lambda: asking.threads.create()))["thread_id"])
        steps = 0
        for number in itertools.count(1):
            before = steps
            steps += chosen.randint(3, 12)
            run_id = await _accepted(asking, thread_id, number, {"steps": steps, "seconds": chosen.uniform(0.05, 0.3)})
            seen.runs += 1
            where = f"run {number} of thread {thread_id}"
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    heard = await _listen(asking, thread_id, run_id, seen)
            except TimeoutError:
                seen.say_wrong(f"{where} never ended")
                return
            run = await _insist(lambda: asking.runs.get(thread_id, run_id))  # noqa: B023 # it is awaited here
            state: Any = await _insist(lambda: asking.threads.get_state(thread_id))  # noqa: B023
            if run["status"] != "success":
                seen.say_wrong(f"{where} ended as {run['status']}")
            if state["values"].get("walked") != list(range(steps)):
                seen.say_wrong(f"{where}: its thread holds {state['values'].get('walked')}, not {steps} steps")
            told = {part.data["step"] for part in heard if part.event == "custom"}
            seen.unheard += len(set(range(before, steps)) - told)
            numbers = [int(part.id) for part in heard if part.id]
            if numbers != sorted(set(numbers)):
                seen.say_wrong(f"{where}: events came twice, or out of their order: {numbers}")
            if number == 3 or over.is_set():
                break


async def _accepted(asking: LangGraphClient, thread_id: str, number: int, given: dict[str, Any]) -> str:
    """A run, asked for until it was accepted once: who gets no answer looks whether it was."""
    while True:
        try:
            run = await asking.runs.create(thread_id, "walks", input=given, stream_mode=["custom", "values"])
            return str(run["run_id"])
        except (*UNREACHED, APIStatusError):
            await asyncio.sleep(AGAIN_SECONDS)
        runs = await _insist(lambda: asking.runs.list(thread_id, limit=100))
        if len(runs) == number:
            return str(runs[0]["run_id"])


async def _listen(asking: LangGraphClient, thread_id: str, run_id: str, seen: Seen) -> list[Any]:
    """To its end, over as many connections as that takes."""
    heard: list[Any] = []
    last, heard_at = "-1", time.monotonic()
    process, gaps = 0, list[Gap]()
    while True:
        try:
            async for part in asking.runs.join_stream(thread_id, run_id, last_event_id=last):
                if part.event == "metadata" and part.data.get("attempt", 1) > 1:
                    seen.attempts += 1
                    gaps.append(seen.gap_since(heard_at))
                elif part.event == "custom":
                    (seen.tried_again if part.data["process"] == process else seen.taken_up).extend(gaps)
                    process, gaps = part.data["process"], []
                heard.append(part)
                last, heard_at = part.id or last, time.monotonic()
        except (*UNREACHED, APIStatusError):
            pass
        run = await _insist(lambda: asking.runs.get(thread_id, run_id))
        if run["status"] not in ("pending", "running"):
            seen.taken_up.extend(gaps)  # by whom, it does not tell: all was done but its end
            return heard
        await asyncio.sleep(AGAIN_SECONDS)


async def _insist(ask: Any) -> Any:
    """Of a server that may be away."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await ask()
        except (*UNREACHED, APIStatusError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(AGAIN_SECONDS)
