"""A short form of `python -m tests.faults`: faults of each kind, while six programs ask for runs."""

import math
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from django.db import connection

from tests.faults.__main__ import see
from tests.faults.storm import Seen

pytestmark = pytest.mark.asyncio(loop_scope="function")


async def test_what_broke_in_a_gap_is_told() -> None:
    seen, now = Seen(), time.monotonic()
    seen.broken = [("cut", now - 50, now - 40), ("freeze", now - 20, now - 12), ("kill", now - 2, math.inf)]
    assert seen.gap_since(now - 13).faults == ("freeze", "kill")
    seen.taken_up = [seen.gap_since(now - 13), seen.gap_since(now - 3)]
    assert "worst 13.0 s: freeze and kill; with one fault 3.0 s: kill" in str(seen)


async def check_survives(kind: str, folder: Path, faults: Sequence[str]) -> None:
    seen = await see(kind, folder, seed=4, faults=faults)
    assert seen.wrong == []
    assert seen.runs >= 6
    assert set(seen.faults) >= set(faults) - {"full"}, "a full disk needs one that may be mounted"


async def test_embedded(tmp_path: Path, transactional_db: None) -> None:
    if connection.vendor == "postgresql":
        await check_survives("postgres", tmp_path, ("kill", "cut", "kill", "crash", "kill", "full", "silence", "stop"))
    else:
        await check_survives("sqlite", tmp_path, ("kill", "kill", "full", "kill", "stop", "kill"))


async def test_distributed(tmp_path: Path, transactional_db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("the distributed engine needs PostgreSQL")
    await check_survives("distributed", tmp_path, ("kill", "freeze", "kill", "restart", "kill", "full", "kill", "cut"))
