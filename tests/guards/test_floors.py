"""Rooms import downwards only, and nothing that is slow to import is imported where it is not needed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guards.tree import ROOT


def run(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_rooms_import_downwards_only() -> None:
    """The contracts are in pyproject.toml, and name every room."""
    checked = run("from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))")

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("command", ["check", "migrate", "makemigrations --check --dry-run"])
def test_a_command_that_runs_no_graph_imports_no_langgraph(command: str, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from assistants_app.__main__ import main\n"
        f"sys.argv = ['manage.py', *{command.split()!r}]\n"
        "main()\n"
        "heavy = {'langgraph', 'langchain', 'langchain_core'} & set(sys.modules)\n"
        "raise SystemExit(f'imported: {heavy}' if heavy else 0)\n"
    )
    done = run(code, ASSISTANTS_DATA=str(tmp_path), DATABASE_URL=f"sqlite:///{tmp_path / 'db.sqlite3'}")

    assert done.returncode == 0, done.stdout + done.stderr


def test_what_breaks_is_in_the_log(tmp_path: Path) -> None:
    code = "import django, logging; django.setup(); logging.getLogger('django.request').error('a page broke')"
    done = run(code, ASSISTANTS_DATA=str(tmp_path), DJANGO_SETTINGS_MODULE="assistants_app.settings")

    assert "a page broke" in done.stderr
