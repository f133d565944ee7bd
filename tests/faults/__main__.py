"""`python -m tests.faults --db distributed --faults 150 --seed 1`: faults at random, as many as you like.

    --db sqlite        the embedded engine on SQLite: the server is killed, told to stop, stands still, its disk is full
    --db postgres      the same on a throw-away PostgreSQL, whose connections are cut or fall silent, and which restarts
    --db distributed   two serving processes and two workers, any of which is killed or stands still for a while

Each kind of fault gets its share. What went wrong is printed, with the processes' words about it, and the exit code is
1. The disk is full only where a file system in memory may be mounted.
"""

import argparse
import asyncio
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from langgraph_sdk import get_client

from tests.faults.breaking import KINDS, site_of
from tests.faults.storm import Seen, shares, storm


async def see(
    kind: str, folder: Path, *, seed: int, faults: int | Sequence[str], say: Callable[[str], object] = print
) -> Seen:
    """So many faults, or these; those that cannot be brought about here are left out."""
    with site_of(kind, folder) as (site, door):
        if isinstance(faults, int):
            faults = shares(site.faults(), faults, random.Random(seed))
        chosen = [fault for fault in faults if fault in site.faults()]
        async with get_client(url=f"{door.url}api", api_key="none") as asking:
            seen = await storm(site, asking, chosen, seed=seed, say=say)
        if seen.wrong:
            say(site.words(set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(seen.wrong)))))
    return seen


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--db", choices=KINDS, required=True)
    parser.add_argument("--faults", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="assistants-faults-") as folder:
        seen = asyncio.run(see(given.db, Path(folder), seed=given.seed, faults=given.faults))
    print(f"\n{given.db}, seed {given.seed}, {time.monotonic() - began:.0f} s: {seen}")
    print(*seen.wrong, sep="\n")
    return 1 if seen.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
