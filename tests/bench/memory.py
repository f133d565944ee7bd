"""Resident memory of `serve` with the bundled examples, after its start and after a first look at the pages."""

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.bench.measuring import say

ROOT = Path(__file__).resolve().parents[2]


def resident_mb(pid: int) -> float:
    """Of the process and its children, from Linux's /proc."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(found.group(1)) / 1024 if found else 0) + sum(resident_mb(int(child)) for child in children)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="assistants-bench-") as folder:
        environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL"}}
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", "0", "--data", folder],
            cwd=ROOT,
            env=environment | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            assert process.stdout is not None
            url = ""
            for line in process.stdout:
                if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                    url = found.group(0)
                    if answers(url):
                        break
            say("start to first answer", time.perf_counter() - start, "s")
            time.sleep(1)
            say("resident memory after start", resident_mb(process.pid), "MB", 200)
            for _look in range(50):
                urllib.request.urlopen(f"{url}/sign-in/").read()
            say("resident memory after 50 pages", resident_mb(process.pid), "MB", 200)
        finally:
            process.terminate()
            process.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/ok", timeout=2):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    main()
