"""The official JavaScript client, `@langchain/langgraph-sdk`, under Node: every public method of every part of it."""

import os
import re
import subprocess

from tests.clients.node import Packages


def test_it_works(packages: Packages, api_url: str, api_key: str) -> None:
    """The stories are in `javascript/stories.test.js`; the last of them asks that no method was left out."""
    told = subprocess.run(
        [packages.node, "--test", "--test-reporter=tap", "stories.test.js"],
        cwd=packages.folder,
        env={**os.environ, "API_URL": api_url, "API_KEY": api_key},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    counts = {name: int(count) for name, count in re.findall(r"^# (\w+) (\d+)$", told.stdout, re.MULTILINE)}

    assert told.returncode == 0, told.stdout[-12_000:] + told.stderr[-2000:]
    assert counts["pass"] == counts["tests"] > 10
    assert counts["skipped"] == counts["todo"] == 0
