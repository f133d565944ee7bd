"""The data folder belongs to one server at a time: what it keeps there beside the database is its own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.core.management.base import CommandError


@contextmanager
def data_folder_held(folder: Path) -> Iterator[None]:
    """Keeps other servers out of `folder` while this one runs; the system lets go when the process ends, however.

    Raises CommandError when another one runs there, or the folder cannot be written.
    """
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        file = (folder / "serve.lock").open("a")
    except OSError as error:
        raise CommandError(f"The data folder cannot be written: {error}") from None
    with file:
        if not _locked(file.fileno()):
            raise CommandError(
                f"Another server uses the data folder {folder}. Stop it first, or choose another with --data."
            )
        yield


def keep_private(folder: Path) -> None:
    """The databases there are for who serves them alone. SQLite gives what it makes beside one the rights of that."""
    for path in folder.glob("*.sqlite3*"):
        with suppress(OSError):  # somebody else's, or gone already
            path.chmod(0o600)


def _locked(file: int) -> bool:
    """Whether the lock is ours. File systems and platforms without such locks let everybody in."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
