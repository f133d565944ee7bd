"""`.ci/audit` fails on a vulnerability that is found, and on nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guards.tree import ROOT

pytestmark = pytest.mark.one_database

FINE = {"name": "django", "version": "5.2.19", "vulns": []}
BAD = {"name": "old", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": []}]}
SKIPPED = {"name": "ours", "skip_reason": "not found on PyPI"}


def audited(folder: Path, *, report: object = None) -> "subprocess.CompletedProcess[str]":
    """The audit with a program in pip-audit's place that reports this, or cannot reach its service."""
    stand_in = folder / "stand_in.py"
    write = f"open(sys.argv[sys.argv.index('--output') + 1], 'w').write({json.dumps(report)!r})"
    stand_in.write_text(f"import sys\n{write if report is not None else 'sys.exit(chr(78) + chr(111))'}\n")
    return subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "audit"), sys.executable, str(stand_in)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_works(tmp_path: Path) -> None:
    done = audited(tmp_path, report={"dependencies": [FINE, SKIPPED]})

    assert (done.returncode, done.stdout) == (
        0,
        "not audited: ours: not found on PyPI\n1 packages audited, 0 vulnerabilities\n",
    )


def test_a_vulnerability_fails(tmp_path: Path) -> None:
    done = audited(tmp_path, report={"dependencies": [FINE, BAD]})

    assert done.returncode == 1
    assert "old 1.0: PYSEC-1, fixed in 1.1" in done.stdout


def test_a_machine_without_the_internet_is_told_plainly(tmp_path: Path) -> None:
    done = audited(tmp_path)

    assert done.returncode == 0
    assert done.stdout.startswith("NOT AUDITED")


def test_a_mirror_that_knows_nothing_is_told_plainly(tmp_path: Path) -> None:
    done = audited(tmp_path, report={"dependencies": [SKIPPED]})

    assert (done.returncode, done.stdout[:12]) == (0, "NOT AUDITED:")


def test_the_whole_check_runs_it() -> None:
    assert "check " in next(line for line in (ROOT / ".ci" / "run").read_text().splitlines() if ".ci/audit" in line)
