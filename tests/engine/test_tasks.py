"""Tasks of graphs that are cancelled before they begin."""

import asyncio
import gc
import warnings

from assistants_app.engine.runs.tasks import Cause, graph_task, guard_loop


async def _work() -> str:
    await asyncio.sleep(0)
    return "done"


async def _with_a_part(begun: list[str]) -> None:
    part = asyncio.create_task(_work())
    part.cancel()
    await asyncio.wait({part})
    begun.append("cancelled" if part.cancelled() else "not")


async def test_it_works() -> None:
    assert await graph_task(asyncio.get_running_loop(), _work(), "a", Cause("graph")) == "done"


async def test_nothing_is_left_of_what_never_began() -> None:
    """Neither of a graph nor of a part that it begins: Python warns of a coroutine that nobody awaited."""
    loop = asyncio.get_running_loop()
    guard_loop(loop)
    begun: list[str] = []
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        task = graph_task(loop, _work(), "a", Cause("graph"))
        task.cancel()
        await asyncio.wait({task})
        await graph_task(loop, _with_a_part(begun), "b", Cause("graph"))
        gc.collect()
    assert (task.cancelled(), begun) == (True, ["cancelled"])
    assert [str(one.message) for one in told if "never awaited" in str(one.message)] == []
