"""A throw-away PostgreSQL cluster: its own folder, its own socket, ended by its own process id."""

import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "300",
}
"""Nothing here outlives the tests, so nothing is made to survive a power cut. A test may start a site of three
processes or four, and what was killed keeps its connections for a moment."""

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


def find_programs() -> Path | None:
    """The folder of `initdb` and `postgres`, of the newest installed version."""
    folders = [Path(found).resolve().parent] if (found := shutil.which("initdb")) else []
    for pattern in PLACES:
        folders += sorted(Path("/").glob(pattern.lstrip("/")), key=lambda path: path.parent.name, reverse=True)
    for folder in folders:
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    return None


def _account() -> str | None:
    """Who runs the server: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _die_with_parent() -> Callable[[], object] | None:
    """Have Linux end the server when the tests are killed and cannot do it themselves."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    set_parent_death_signal = 1
    return lambda: prctl(set_parent_death_signal, signal.SIGINT)


def _children(pid: int) -> list[int]:
    """Of a process on Linux."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Cluster:
    """Start it once, stop it always."""

    def __init__(self, programs: Path, *, durable: bool = False, within: Path | None = None) -> None:
        """`durable`: a commit waits for the disk, as on a real site; for benchmarks. `within`: on another disk."""
        self.programs = programs
        self.options = {**OPTIONS, **(DURABLE if durable else {})}
        self.account = _account()
        self.folder = Path(tempfile.mkdtemp(prefix="assistants-pg-", dir=within))
        self.url = f"postgresql://postgres@{quote(str(self.folder), safe='')}/postgres"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Returns its address, as DATABASE_URL takes it. Raises RuntimeError with the server's words."""
        if self.account:
            shutil.chown(self.folder, self.account)
        data = self.folder / "data"
        made = subprocess.run(
            [
                self.programs / "initdb",
                *("--pgdata", data, "--username", "postgres", "--auth", "trust"),
                *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            ],
            capture_output=True,
            text=True,
            user=self.account,
            cwd=self.folder,
            check=False,
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr}")
        self._serve()
        return self.url

    def restart(self, number: signal.Signals) -> None:
        """End the server by a signal, SIGINT in order or SIGQUIT at once, and start it again on what it had."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(20)
        self._serve()

    def serve_again(self) -> bool:
        """Start the server anew if it has ended, as it does when it cannot write its log; whether it had."""
        assert self.process is not None
        if ended := self.process.poll() is not None:
            self._serve()
        return ended

    def _serve(self) -> None:
        log = self.folder / "log"
        options = [f"-c{name}={value}" for name, value in self.options.items()]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", "-k", self.folder, *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self.account,
                cwd=self.folder,
                start_new_session=True,
                preexec_fn=_die_with_parent(),
            )
        self._wait(log)

    def _wait(self, log: Path) -> None:
        assert self.process is not None
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.url):
                return
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")

    @contextlib.contextmanager
    def silent(self) -> Iterator[None]:
        """Its processes stand still: who asks gets no answer, and who connects is not refused."""
        assert self.process is not None
        all_of_it = [self.process.pid, *_children(self.process.pid)]
        for pid in all_of_it:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in all_of_it:
                os.kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def has_vectors() -> bool:
    """Whether the package `pgserver` is installed, which has a server with pgvector; Debian may have none."""
    found = importlib.util.find_spec("pgserver")
    return found is not None and bool(found.submodule_search_locations)


@contextlib.contextmanager
def cluster_with_vectors() -> Iterator[Cluster]:
    """A throw-away server of that package, started."""
    found = importlib.util.find_spec("pgserver")
    assert found is not None
    assert found.submodule_search_locations
    place = Path(tempfile.mkdtemp(prefix="assistants-pgvector-"))
    place.chmod(0o755)  # the server runs as somebody else, who may not read where packages are installed
    package = Path(found.submodule_search_locations[0])
    shutil.copytree(package / "pginstall", place / "pgserver" / "pginstall")
    shutil.copytree(package.with_name("pgserver.libs"), place / "pgserver.libs")  # found beside the package
    cluster = Cluster(place / "pgserver" / "pginstall" / "bin")
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(place, ignore_errors=True)
