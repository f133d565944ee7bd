"""The shape of the tree: what stands at the top, how long a file may be, what no file may hold."""

import re

import pytest

from tests.guards.tree import PACKAGE, ROOT, STATIC, find, name_of, python_files, templates, tracked

TOP_LEVEL = {
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "assistants_app",
    "manage.py",
    "pyproject.toml",
    "requirements.lock",
    "static",
    "templates",
    "tests",
}
LONGEST = 300


def test_the_top_level_holds_what_was_agreed() -> None:
    names = {name.split("/")[0] for name in tracked()}

    assert {name for name in names if not name.startswith(".")} - TOP_LEVEL == set()


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    own = [path for path in STATIC.rglob("*") if path.suffix in {".css", ".js"}]
    paths = [path for path in (*python_files(PACKAGE, ROOT / "tests"), *own) if "migrations" not in path.parts]
    long = {name_of(path): count for path in paths if (count := len(path.read_text().splitlines())) > LONGEST}

    assert not long


def test_every_room_says_what_it_is_for() -> None:
    rooms = [path for path in PACKAGE.glob("*/__init__.py") if path.parent.name not in {"migrations", "management"}]
    silent = [name_of(path) for path in rooms if '"""' not in path.read_text()]

    assert rooms
    assert not silent


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("HTML that nobody escapes", r"\bmark_safe\b|autoescape off|\|\s*safe\b|\|\s*safeseq\b"),
        ("a check switched off without saying which", r"#\s*type: ignore(?!\[)|#\s*noqa(?!: ?[A-Z])"),
        ("an error swallowed", r"except( (Base)?Exception)?:\s*\n\s*pass\b"),
        ("a leftover of debugging", r"^\s*(breakpoint\(|console\.log\(|import pdb)"),
    ],
)
def test_no_file_holds(what: str, pattern: str) -> None:
    paths = [*python_files(PACKAGE), *templates(), *STATIC.rglob("*.js")]

    assert not find(pattern, paths, re.MULTILINE), what


def test_one_place_makes_html() -> None:
    """A model's Markdown, after nh3 has cleaned it."""
    assert {place.split(":")[0] for place in find(r"\bSafeString\(", python_files(PACKAGE))} <= {
        "assistants_app/web/markdown.py"
    }
