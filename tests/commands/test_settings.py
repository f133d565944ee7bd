"""Settings that cannot be used end `serve` with one line; the generated secret key is made whole, and once."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.management import find_commands, load_command_class

from assistants_app.__main__ import SETTINGS_OPTIONS
from tests.commands.served import ROOT, environment, run


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL cannot be used"),
        ({"DATABASE_URL": "postgresql://me:hidden@host:port/name"}, "DATABASE_URL cannot be used"),
        ({"DATABASE_URL": "mysql://me:hidden@host/name"}, "DATABASE_URL cannot be used"),
        ({"ASSISTANTS_GRAPH_IMPORT_SECONDS": "soon"}, "ASSISTANTS_GRAPH_IMPORT_SECONDS must be a number of seconds"),
        ({"ASSISTANTS_GRAPH_IMPORT_SECONDS": "-1"}, "ASSISTANTS_GRAPH_IMPORT_SECONDS must be"),
        ({"ASSISTANTS_GRAPH_IMPORT_SECONDS": "nan"}, "ASSISTANTS_GRAPH_IMPORT_SECONDS must be"),
        ({"ASSISTANTS_API_AUTH": "nobody"}, "ASSISTANTS_API_AUTH must be keys or none, unlike 'nobody'."),
        ({"ASSISTANTS_API_RATE": "-1"}, "ASSISTANTS_API_RATE must be a whole number, at least 0, unlike '-1'."),
        ({"ASSISTANTS_API_RATE": "many"}, "ASSISTANTS_API_RATE must be"),
        (
            {"ASSISTANTS_DEMO_DELAY": "1,5"},
            "ASSISTANTS_DEMO_DELAY must be a number of seconds, at least 0, unlike '1,5'.",
        ),
    ],
)
def test_it_works(tmp_path: Path, variables: dict[str, str], said: str) -> None:
    ended = run("serve", "--port", "0", folder=tmp_path, **variables)

    assert ended.returncode == 1
    assert ended.stdout.startswith(f"CommandError: {said}")
    assert len(ended.stdout.splitlines()) == 1
    assert "hidden" not in ended.stdout


def key_in(folder: Path) -> str:
    code = "from assistants_app import settings; print(settings.SECRET_KEY)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_those_who_start_at_once_share_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        keys = set(pool.map(key_in, [tmp_path] * 6))

    assert len(keys) == 1
    assert len(keys.pop()) > 40
    assert [path.name for path in (tmp_path / ".assistants").glob("secret_key*")] == ["secret_key"]


def test_a_key_that_was_never_written_is_made_again(tmp_path: Path) -> None:
    (tmp_path / ".assistants").mkdir()
    (tmp_path / ".assistants" / "secret_key").touch()

    assert len(key_in(tmp_path)) > 40


def test_a_key_that_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / ".assistants" / "secret_key").mkdir(parents=True)

    ended = run("check", folder=tmp_path)

    assert ended.returncode == 1
    assert ended.stdout.startswith("CommandError: The secret key ")
    assert len(ended.stdout.splitlines()) == 1


@pytest.mark.parametrize("name", find_commands(str(ROOT / "assistants_app" / "management")))
def test_an_option_that_the_settings_depend_on_is_read_before_them(name: str) -> None:
    help_text = load_command_class("assistants_app", name).create_parser("assistants", name).format_help()
    options = [option for option in ("data", "config") if f"  --{option} " in help_text]

    assert set(options) <= set(SETTINGS_OPTIONS.get(name, ()))
