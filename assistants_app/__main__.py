"""The console command `assistants`, and `python -m assistants_app`: Django's commands with our settings."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from assistants_app.management.site_files import SITE

_BEFORE_SETTINGS = {"data": "ASSISTANTS_DATA", "config": "ASSISTANTS_CONFIG"}
"""Options that the settings themselves depend on, and the variables they are read from."""

SETTINGS_OPTIONS = {
    "serve": ("data", "config"),
    "worker": ("data", "config"),
    "sign_in_link": ("data",),
    "api_key": ("data",),
    "expire_audit_log": ("data",),
    "rotate_secrets": ("data",),
    "export_assistants": ("data",),
    "import_assistants": ("data",),
    "count_runs": ("data",),
    "seed": ("data",),
    "backup": ("data",),
    "move_to_postgresql": ("data", "config"),
}
"""By command: which of these options it takes."""

_MAKE_SITES = ("serve", "worker")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistants_app.settings")
    command = "".join(sys.argv[1:2])
    if options := SETTINGS_OPTIONS.get(command):
        _set_environment(sys.argv[2:], options)
        if command not in _MAKE_SITES and not {"-h", "--help"} & set(sys.argv[2:]):
            _check_site(moves=command == "move_to_postgresql")
        _check_data_folder()
    _check_settings()
    execute_from_command_line(sys.argv)


def _set_environment(arguments: Sequence[str], options: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    for option in options:
        parser.add_argument(f"--{option}")
    try:
        given, _others = parser.parse_known_args(arguments)
    except argparse.ArgumentError:
        return  # the command itself says what is wrong
    for option in options:
        if (value := getattr(given, option)) is not None:
            os.environ[_BEFORE_SETTINGS[option]] = str(Path(value).expanduser().resolve())


def _data_folder() -> Path:
    return Path(os.environ.get("ASSISTANTS_DATA", ".assistants")).expanduser()


def _check_site(*, moves: bool) -> None:
    """Settings that load make a secret key: not where a site in SQLite is asked for and none is."""
    folder = _data_folder().resolve()
    if (moves or not os.environ.get("DATABASE_URL")) and not (folder / SITE).is_file():
        told = f"There is no site in {folder}. Name the folder that it is served with: --data FOLDER."
        sys.exit(f"CommandError: {told} Or start it first.")


def _check_data_folder() -> None:
    """Settings keep their secret key there, so they cannot even load without it."""
    folder = _data_folder()
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"CommandError: The data folder {folder} cannot be used: {error.strerror}.")


def _check_settings() -> None:
    """Django would answer a setting that cannot be used with a traceback."""
    try:
        settings.INSTALLED_APPS  # noqa: B018 (looking is loading)
    except ImproperlyConfigured as error:
        sys.exit(f"CommandError: {error}")


if __name__ == "__main__":
    main()
