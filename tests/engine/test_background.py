"""Work beside everything else ends when it is to, even where a library passes over a cancellation."""

import asyncio

import pytest

from assistants_app.engine import background
from assistants_app.engine.background import ended, going_on

pytestmark = pytest.mark.asyncio


async def deaf(times: int, told: list[int]) -> None:
    """Passes over its first cancellations, as `asyncio.wait_for` may."""
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            told.append(len(told))
            if len(told) > times:
                raise


async def test_it_works() -> None:
    told: list[int] = []
    async with going_on(deaf(0, told), "hearing"):
        await asyncio.sleep(0)
    assert told == [0]


@pytest.mark.parametrize("times", [1, 3])
async def test_what_passes_over_its_end_is_told_again(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "AGAIN_SECONDS", 0.01)
    told: list[int] = []
    async with asyncio.timeout(5), going_on(deaf(times, told), "deaf"):
        await asyncio.sleep(0)
    assert len(told) == times + 1


async def test_what_has_ended_is_left_alone() -> None:
    task = asyncio.ensure_future(asyncio.sleep(0))
    await task
    await ended(task)
    await ended()
    assert not task.cancelled()
