"""The lock file pins, with hashes, one version of everything that pyproject.toml asks for."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.guards.tree import ROOT

LOCK = (ROOT / "requirements.lock").read_text()
PINNED = re.compile(
    r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;]+)(?: ; [^\\]+)? \\\n(?:\s+--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+",
    re.MULTILINE,
)
"""A name, its version, perhaps for some platforms only, and its hashes."""


def asked() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = (project["dependencies"], *project["optional-dependencies"].values())
    return [Requirement(text) for texts in lists for text in texts]


def pinned() -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in PINNED.findall(LOCK)}


@pytest.mark.parametrize("requirement", asked(), ids=lambda requirement: requirement.name)
def test_it_holds(requirement: Requirement) -> None:
    """To make it again: uv pip compile pyproject.toml --all-extras --universal --python-version 3.11
    --generate-hashes --no-header --no-emit-index-url --no-emit-find-links -o requirements.lock"""
    version = pinned().get(canonicalize_name(requirement.name))

    assert version is not None
    assert requirement.specifier.contains(version, prereleases=True)


def test_it_pins_everything_by_hash() -> None:
    lines = [line for line in LOCK.splitlines() if line and line[0] not in " #"]

    assert len(lines) == len(PINNED.findall(LOCK))


def test_it_names_no_place() -> None:
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links| @ ", LOCK)
