"""Starts a site's processes in a second instead of ten: one that has imported everything forks, and the child is
`serve` or `worker` as its command line says, with a pid of its own to be killed by.

Nothing but modules is shared: no connection, no thread and no event loop is there before a child has begun.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

from tests.commands.served import ROOT, Started, environment


class Child:
    """As much of `subprocess.Popen` as tests ask for."""

    def __init__(self, nursery: "Nursery", pid: int, stdout: IO[str]) -> None:
        self.pid = pid
        self.stdout = stdout
        self._nursery = nursery

    def poll(self) -> int | None:
        return self._nursery.ended.get(self.pid)

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def wait(self, timeout: float | None = None) -> int:
        deadline = time.monotonic() + (timeout or 60)
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 60)
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class Nursery:
    """Of one site, whose processes all have the same settings. `start` may be called in any thread."""

    def __init__(self, *, folder: Path, **variables: str) -> None:
        self.ended: dict[int, int] = {}
        """The exit codes of those that have ended, by pid."""
        self._folder = folder
        self._asking, theirs = socket.socketpair()
        self._one_at_a_time = threading.Lock()
        self._begun: list[int] = []
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.nursery", str(theirs.fileno())],
                cwd=ROOT,
                env={**environment(**variables), "DJANGO_SETTINGS_MODULE": "assistants_app.settings"},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._hearing = threading.Thread(target=self._hear, daemon=True)
        self._hearing.start()

    def start(self, *arguments: str) -> Child:
        reading, writing = os.pipe()
        with self._one_at_a_time:
            before = len(self._begun)
            asked = json.dumps({"arguments": arguments, "folder": str(self._folder)})
            socket.send_fds(self._asking, [asked.encode()], [writing])
            os.close(writing)
            while len(self._begun) == before:
                if self._process.poll() is not None:
                    raise RuntimeError("the nursery has ended")
                time.sleep(0.005)
            pid = self._begun[-1]
        return Child(self, pid, os.fdopen(reading, encoding="utf-8", errors="replace"))

    def close(self) -> None:
        """Whoever is left ends with it."""
        self._asking.shutdown(socket.SHUT_RDWR)
        self._process.wait(20)
        self._hearing.join()
        self._asking.close()

    def _hear(self) -> None:
        with self._asking.makefile() as told:
            for line in told:
                word, pid, *code = line.split()
                if word == "begun":
                    self._begun.append(int(pid))
                else:
                    self.ended[int(pid)] = int(code[0])


class Born(Started):
    """`Started` by a nursery, with the same words about it; whether it is ready is asked for later."""

    def __init__(self, nursery: Nursery, *arguments: str, ready: str) -> None:
        self.process: Any = nursery.start(*arguments)
        self.url = ""
        self._follow(ready)


# -- the process that forks -----------------------------------------------------------------------------------------


def nurse(number: int) -> None:
    """Until nobody asks any more."""
    _import_everything()
    assert threading.active_count() == 1, "a thread would not be there in a child"
    asked = socket.socket(fileno=number)
    children: set[int] = set()
    while True:
        if select.select([asked], [], [], 0.02)[0]:
            message, handles, _flags, _address = socket.recv_fds(asked, 65_536, 1)
            if not message:
                break
            children.add(_bear(asked, handles[0], **json.loads(message)))
        for pid in sorted(children):
            if (ended := os.waitpid(pid, os.WNOHANG))[0]:
                children.discard(pid)
                asked.sendall(f"ended {pid} {os.waitstatus_to_exitcode(ended[1])}\n".encode())
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _bear(asked: socket.socket, output: int, arguments: list[str], folder: str) -> int:
    pid = os.fork()
    if pid:
        os.close(output)
        asked.sendall(f"begun {pid}\n".encode())
        return pid
    code = 1
    try:
        asked.close()
        for handle in (1, 2):
            os.dup2(output, handle)
        os.close(output)
        os.chdir(folder)
        code = _become([str(ROOT / "manage.py"), *arguments])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _become(arguments: list[str]) -> int:
    import traceback

    from assistants_app.__main__ import main

    _name_its_connections()
    sys.argv = arguments
    try:
        main()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _name_its_connections() -> None:
    """By its own pid, as those of a process are that read its settings itself: by that name they are hung up."""
    from django.conf import settings

    from assistants_app.domain.product import connection_name

    options = settings.DATABASES["default"]["OPTIONS"]
    if "application_name" in options:
        options["application_name"] = connection_name(socket.gethostname(), os.getpid())


def _import_everything() -> None:
    """What `serve` and `worker` import on their way."""
    import importlib

    for name in (
        "assistants_app.asgi",
        "assistants_app.engine.threads.checkpointers",
        "assistants_app.engine.executing",
        "assistants_app.engine.database.quick_reads",
        "assistants_app.engine.store.remembering",
        "assistants_app.engine.spread.opening",
        "assistants_app.engine.store.opening",
        "assistants_app.engine.threads.rooms",
        "assistants_app.management.commands.serve",
        "assistants_app.management.commands.worker",
        "assistants_app.urls",
        "langgraph.graph",
        "langgraph.checkpoint.postgres.aio",
        "langgraph.prebuilt",
        "uvicorn.lifespan.on",
        "uvicorn.loops.uvloop",
        "uvloop",
    ):
        importlib.import_module(name)


if __name__ == "__main__":
    nurse(int(sys.argv[1]))
