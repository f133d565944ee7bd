"""Who waits until what a run told is kept waits for that alone."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from assistants_app.engine.events.relay import Origin
from assistants_app.engine.keeping.relay import KeptRelay
from assistants_app.engine.keeping.writer import Store
from assistants_app.engine.spread.table import Kept
from assistants_app.engine.spread.wire import Part


class HeldStore:
    """Writes when it is let to, and remembers for which runs it did."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.asked: list[list[uuid.UUID]] = []

    async def write(self, parts: Sequence[tuple[Part, int]]) -> Kept:
        self.asked.append([part.run_id for part, _attempt in parts])
        await self.open.wait()
        return {(part.run_id, part.number) for part, _attempt in parts}


ONE, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def _with_relay(work: Callable[[KeptRelay, HeldStore], Awaitable[Any]]) -> Any:
    async def bounded() -> Any:
        async def none_unfinished(_runs: Any) -> set[uuid.UUID]:
            return set()

        store = HeldStore()
        relay = KeptRelay(cast("Store", store), none_unfinished)
        for run_id in (ONE, OTHER):
            relay.begin(run_id, Origin(uuid.uuid4(), {}, "graph", (), 1))
            relay.open(run_id).emit("values", b"{}")
        async with asyncio.timeout(10):
            return await work(relay, store)

    return asyncio.run(bounded())


def test_what_is_being_kept_already_is_waited_for_and_not_written_again() -> None:
    async def work(relay: KeptRelay, store: HeldStore) -> tuple[bool, list[list[uuid.UUID]]]:
        relay.open(ONE).hasten()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        relay.open(OTHER).emit("values", b"{}")  # of no interest to who waits for ONE
        settling = asyncio.ensure_future(relay.settle(ONE))
        _done, waits = await asyncio.wait({settling}, timeout=0.1)
        store.open.set()
        await settling
        return bool(waits), store.asked

    waited, asked = _with_relay(work)
    assert waited
    assert asked == [[ONE, OTHER]]


def test_what_came_since_is_kept_too() -> None:
    async def work(relay: KeptRelay, store: HeldStore) -> list[list[uuid.UUID]]:
        store.open.set()
        relay.open(ONE).hasten()
        await asyncio.sleep(0.05)
        relay.open(ONE).emit("values", b"{}")
        await relay.settle(ONE)
        return store.asked

    assert _with_relay(work) == [[ONE, OTHER], [ONE]]


def test_a_run_that_has_nothing_to_keep_waits_for_nothing() -> None:
    async def work(relay: KeptRelay, store: HeldStore) -> list[list[uuid.UUID]]:
        store.open.set()
        await relay.settle(ONE)
        relay.open(OTHER).emit("values", b"{}")
        await relay.settle(ONE)
        return store.asked

    assert _with_relay(work) == [[ONE, OTHER]]
