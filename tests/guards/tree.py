"""The project's own files."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "assistants_app"
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"


def python_files(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders or (PACKAGE,) for path in folder.rglob("*.py"))


def templates() -> list[Path]:
    return sorted(path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt"})


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def find(pattern: str, paths: Iterable[Path], flags: int = 0) -> list[str]:
    """Every place where a pattern matches, as "file:line: the match"."""
    found = []
    for path in paths:
        text = path.read_text()
        for match in re.finditer(pattern, text, flags):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{name_of(path)}:{line}: {match.group(0).strip()[:100]}")
    return found


def tracked() -> list[str]:
    """What git keeps; outside a repository, every file that is there."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
    return [name for name in listed.stdout.split("\0") if name]
