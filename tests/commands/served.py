"""`serve` as it is started in earnest: a process of its own, on a free port, ended by its own id."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, str(ROOT / "manage.py")]
OURS = ("ASSISTANTS_CONFIG", "ASSISTANTS_DATA", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY")
SECONDS = 180
READY = r"Ready at  (http://\S+/)"


def environment(**variables: str) -> dict[str, str]:
    """This process's, without what the tests set for themselves."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**inherited, "PYTHONUNBUFFERED": "1", "ASSISTANTS_DEMO_DELAY": "0", **variables}


def run(*arguments: str, folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Runs a command to its end; what it prints and complains about is in one text, `stdout`."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=SECONDS,
        check=False,
    )


class Started:
    """A command that stays: `with Started("worker", folder=tmp_path, ready="Ready"):` waits until it says so;
    `said` is its output."""

    def __init__(
        self, *arguments: str, folder: Path, ready: str, command: list[str] | None = None, **variables: str
    ) -> None:
        self.process: Any = subprocess.Popen(
            [*(command or COMMAND), *arguments],
            cwd=folder,
            env=environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        self._follow(ready)

    def _follow(self, ready: str) -> None:
        self.said = ""
        self._ready = ready
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line

    def __enter__(self) -> Self:
        self.wait_for(self._ready)
        return self

    def wait_for(self, pattern: str) -> str:
        """The first group of `pattern` in what was said, once it was said."""
        deadline = time.monotonic() + SECONDS
        while not (found := re.search(pattern, self.said)):
            if self.process.poll() is not None:
                self._reader.join()
                raise AssertionError(f"it ended with {self.process.returncode}:\n{self.said}")
            if time.monotonic() > deadline:
                raise AssertionError(f"it never said {pattern}:\n{self.said}")
            time.sleep(0.05)
        return found[1] if found.groups() else found[0]

    def memory(self) -> float:
        """Resident memory in MB, where the system tells."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1]) / 1000

    def stop(self, number: int = signal.SIGINT) -> int:
        """Ends it as Ctrl-C does; its exit code."""
        self.process.send_signal(number)
        try:
            code = self.process.wait(20)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        self._reader.join()
        return code

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.stop()
        self.close()

    def close(self) -> None:
        """Of a process that has ended: no more of it is read."""
        assert self.process.stdout is not None
        self._reader.join()
        self.process.stdout.close()


class Served(Started):
    """`with Served("--config", "x", folder=tmp_path) as site:`; `url` is where it serves."""

    def __init__(self, *arguments: str, folder: Path, **more: Any) -> None:
        super().__init__("serve", "--port", "0", *arguments, folder=folder, ready=READY, **more)
        self.url = ""

    def __enter__(self) -> Self:
        self.url = self.wait_for(READY)
        return self

    def get(self, path: str, **headers: str) -> "tuple[int, dict[str, str], bytes]":
        """Status, headers by their lower-case names, body."""
        request = Request(self.url + path.lstrip("/"), headers={k.replace("_", "-"): v for k, v in headers.items()})
        try:
            with urlopen(request, timeout=SECONDS) as answer:
                return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
        except HTTPError as refusal:
            with refusal:
                return refusal.code, {k.lower(): v for k, v in refusal.headers.items()}, refusal.read()
