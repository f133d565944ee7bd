"""Every setting stands in the README's table and in .env.example, and nothing else stands there."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

from tests.guards.tree import PACKAGE, ROOT, python_files

READ = re.compile(
    r"(?:environ\.get\(|environ\[|getenv\(|_flag\(|_seconds\(|_names\(|_one_of\(|_count\(|_keys\()\s*\"([A-Z][A-Z0-9_]+)\""
)
NAMED = re.compile(r"=\s*\"(ASSISTANTS_[A-Z0-9_]+)\"")
OF_DJANGO = {"DJANGO_SETTINGS_MODULE"}
OF_COMMANDS = {"DJANGO_SUPERUSER_EMAIL", "DJANGO_SUPERUSER_PASSWORD", "DJANGO_SUPERUSER_USERNAME"}


def settings() -> set[str]:
    texts = [path.read_text() for path in python_files(PACKAGE)]
    found = {name for text in texts for pattern in (READ, NAMED) for name in pattern.findall(text)}
    return (found - OF_DJANGO) | OF_COMMANDS


def test_the_code_is_read() -> None:
    assert settings() >= {"ASSISTANTS_DATA", "ALLOWED_HOSTS", "DEBUG", "DATABASE_URL", "SECRET_KEY"}


def test_the_readme_has_them() -> None:
    assert set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)) == settings()


def test_the_example_has_them() -> None:
    assert set(re.findall(r"^([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)) == settings()


def test_the_example_can_be_used_as_it_is(tmp_path: Path) -> None:
    """Sourced by a shell it changes nothing, so what it says of the defaults is true."""
    code = (
        "from assistants_app import settings as s\n"
        "print(s.ALLOWED_HOSTS, s.CSRF_TRUSTED_ORIGINS, s.DEBUG, s.GRAPHS_CONFIG, s.GRAPH_IMPORT_SECONDS,\n"
        "      s.DATA_FOLDER, s.DATABASES, s.LEAN_HANDLER, s.API_AUTH, s.API_RATE)"
    )
    bare = {name: value for name, value in os.environ.items() if name not in settings()} | {"PYTHONPATH": str(ROOT)}
    answers = [
        subprocess.run(
            ["sh", "-c", f'{source} exec "$0" -c "$1"', sys.executable, code],
            cwd=tmp_path,
            env=bare,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for source in ("", f"set -a; . '{ROOT / '.env.example'}'; set +a;")
    ]

    assert answers[0] == answers[1]
    assert str(tmp_path) in answers[0]


def test_the_generated_key_is_kept_to_oneself(tmp_path: Path) -> None:
    code = "from assistants_app import settings; print(settings.SECRET_KEY)"
    bare = {name: value for name, value in os.environ.items() if name not in settings()} | {"PYTHONPATH": str(ROOT)}
    keys = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=bare, capture_output=True, text=True, check=True
        ).stdout.strip()
        for _time in range(2)
    }

    assert len(keys) == 1
    assert len(keys.pop()) > 40
    assert stat.S_IMODE((tmp_path / ".assistants" / "secret_key").stat().st_mode) == 0o600


def test_the_data_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "C# what? 100%20"
    code = "from assistants_app import settings; print(settings.DATABASES['default']['NAME'])"
    bare = {name: value for name, value in os.environ.items() if name not in settings()}
    env = bare | {"PYTHONPATH": str(ROOT), "ASSISTANTS_DATA": str(folder)}
    told = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout

    assert told.strip() == str(folder / "assistants.sqlite3")
