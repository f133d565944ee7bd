"""Node.js and the official JavaScript packages, installed once a session into a folder of its own."""

import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.databases import data_key, note_missing

FOLDER = Path(__file__).parent / "javascript"
MISSING = "Node.js: node and npm were not found; the official JavaScript clients did not run"

OLDEST = 20
"""The first Node.js that the official client runs on. Debian 12 has an older one: npm has newer ones as packages."""


@dataclass(frozen=True, slots=True)
class Packages:
    folder: Path
    node: str


@pytest.fixture(scope="session")
def packages(request: pytest.FixtureRequest) -> Packages:
    """A copy of `tests/clients/javascript` with its packages installed, exactly those of the lock file."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        note_missing(request.config, MISSING)
        pytest.skip(MISSING)
    return _installed(request.config.stash[data_key] / "javascript")


@cache
def _installed(place: Path) -> Packages:
    """Once, though each folder of tests that names the fixture has one of its own."""
    shutil.copytree(FOLDER, place, ignore=shutil.ignore_patterns("node_modules"))
    _run(["npm", "ci", "--ignore-scripts", "--no-fund", "--no-audit"], place)
    return Packages(place, _node(place))


@pytest.fixture(scope="session")
def react_page(packages: Packages) -> Path:
    """The script of the page, bundled with React and the hook."""
    target = packages.folder / "page.js"
    esbuild = str(packages.folder / "node_modules" / ".bin" / "esbuild")
    _run([esbuild, "page.jsx", "--bundle", "--jsx=automatic", f"--outfile={target}"], packages.folder)
    return target


def _node(place: Path) -> str:
    """The machine's own node where it is new enough."""
    version = _run(["node", "--version"], place)
    found = re.match(r"v(\d+)\.", version)
    if found and int(found[1]) >= OLDEST:
        return "node"
    name = f"node-linux-{'arm64' if platform.machine() == 'aarch64' else 'x64'}"
    _run(["npm", "install", "--no-save", "--ignore-scripts", "--no-fund", "--no-audit", f"{name}@22"], place)
    return str(place / "node_modules" / name / "bin" / "node")


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
