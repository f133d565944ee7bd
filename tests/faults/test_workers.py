"""Workers of the distributed engine, killed while somebody listens."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from assistants_app.engine.database.postgres import conninfo
from tests.faults.conftest import GRAPHS
from tests.spread.site import Site, client, site_on

pytestmark = pytest.mark.asyncio(loop_scope="function")

AGAIN_SECONDS = 10.0
STEPS = 30


@pytest.fixture
def site(tmp_path: Path, transactional_db: None) -> Iterator[Site]:
    if connection.vendor != "postgresql":
        pytest.skip("the distributed engine needs PostgreSQL")
    with site_on(conninfo(), tmp_path) as site:
        yield site


async def test_a_worker_is_killed(site: Site) -> None:
    """The other one goes on; who listens hears both attempts, each event once and in order."""
    with site.web(ASSISTANTS_CONFIG=GRAPHS) as web:
        first, second = site.worker(ASSISTANTS_CONFIG=GRAPHS), site.worker(ASSISTANTS_CONFIG=GRAPHS)
        with first, second:
            async with client(web) as asking:
                killed_at, again_at = 0.0, 0.0
                heard: list[Any] = []
                given = {"steps": STEPS, "seconds": 0.1}
                modes: Any = ["custom", "values"]
                thread = await asking.threads.create()
                async for part in asking.runs.stream(thread["thread_id"], "walks", input=given, stream_mode=modes):
                    heard.append(part)
                    if not killed_at and part.event == "values" and len(part.data.get("walked", [])) > 3:
                        os.kill(part.data["process"], signal.SIGKILL)
                        killed_at = time.monotonic()
                    elif killed_at and not again_at:
                        again_at = time.monotonic() if part.data.get("attempt") == 2 else 0.0
                (run,) = await asking.runs.list(thread["thread_id"])
                state: Any = (await asking.threads.get_state(thread["thread_id"]))["values"]
    assert again_at - killed_at < AGAIN_SECONDS
    assert (run["status"], state["walked"]) == ("success", list(range(STEPS)))
    numbers = [int(part.id) for part in heard if part.id]
    assert numbers == sorted(set(numbers))
    assert [part.data["attempt"] for part in heard if part.event == "metadata"] == [1, 2]
    begun = next(place for place, part in enumerate(heard) if part.data.get("attempt") == 2)
    before, after = (
        [one.data["step"] for one in some if one.event == "custom"] for some in (heard[:begun], heard[begun:])
    )
    assert before == list(range(len(before)))
    assert after == list(range(after[0], STEPS))
    assert after[0] <= len(before), "nothing is left out"


async def test_a_run_that_takes_every_worker_with_it(site: Site) -> None:
    """It ends as an error after three of them, and who listens is told; the serving process says so."""
    with site.web(ASSISTANTS_CONFIG=GRAPHS) as web:
        workers = [site.worker(ASSISTANTS_CONFIG=GRAPHS) for _number in range(3)]
        with workers[0], workers[1], workers[2]:
            async with client(web) as asking, asyncio.timeout(60):
                thread = await asking.threads.create()
                heard = [one async for one in asking.runs.stream(thread["thread_id"], "kills", input={"steps": 1})]
                (run,) = await asking.runs.list(thread["thread_id"])
                state: Any = await asking.threads.get(thread["thread_id"])
            assert [worker.process.wait(10) for worker in workers] == [-signal.SIGKILL] * 3
    assert (run["status"], state["status"]) == ("error", "error")
    assert heard[-1].event == "error"
    assert "in each of its attempts: 3" in heard[-1].data["message"]
