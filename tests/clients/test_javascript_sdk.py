"""The official JavaScript client, `@langchain/langgraph-sdk`, under Node: every public method of every part of it."""

import os
import re
import subprocess

from tests.api.cutting import cutting_proxy
from tests.clients.node import Packages


def test_it_works(packages: Packages, api_url: str, api_key: str) -> None:
    """The stories are in `javascript/stories.test.js`; the last of them asks that no method was left out."""
    assert tell("stories.test.js", packages, api_url, api_key) > 10


def test_it_reconnects_by_itself(packages: Packages, api_url: str, api_key: str) -> None:
    with cutting_proxy(api_url, after=20_000, times=2) as (url, cuts):
        assert tell("reconnecting.test.js", packages, url, api_key) == 1
    assert cuts == [2]


def tell(story: str, packages: Packages, url: str, key: str) -> int:
    """Run a file of stories; how many there were, all of which passed."""
    told = subprocess.run(
        [packages.node, "--test", "--test-reporter=tap", story],
        cwd=packages.folder,
        env={**os.environ, "API_URL": url, "API_KEY": key},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    counts = {name: int(count) for name, count in re.findall(r"^# (\w+) (\d+)$", told.stdout, re.MULTILINE)}

    assert told.returncode == 0, told.stdout[-12_000:] + told.stderr[-2000:]
    assert counts["pass"] == counts["tests"]
    assert counts["skipped"] == counts["todo"] == 0
    return counts["tests"]
