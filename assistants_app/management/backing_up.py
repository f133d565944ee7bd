"""A copy of a site on SQLite, taken while it is served: its files as they all were at one instant.

The instant is one at which nobody writes to any of them: each is locked for writing, one after the other, and let go
once reading has begun in all. From then on the copy is made of what was seen, however long that takes.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

LOCK_SECONDS = 20
SECRET_KEY = "secret_key"


class CannotBackUp(Exception):
    """Its text says why."""


def back_up(files: Mapping[str, Path], secret_key: Path, to: Path) -> dict[str, int]:
    """Make the folder `to`, with a copy of each of the files under its name; returns their sizes.

    It is there whole or not at all, and can be read by its owner alone. Raises CannotBackUp.
    """
    try:
        with _folder(to) as folder:
            found = {name: path for name, path in files.items() if path.is_file()}
            with _seen_at_once(found) as seen:
                for name, source in seen.items():
                    _copy(source, folder / name)
            if secret_key.is_file():
                shutil.copy(secret_key, folder / SECRET_KEY)
                (folder / SECRET_KEY).chmod(0o600)
        return {path.name: path.stat().st_size for path in sorted(to.iterdir())}
    except (OSError, sqlite3.Error) as error:
        raise CannotBackUp(str(error)) from None


@contextmanager
def _folder(to: Path) -> Iterator[Path]:
    """A folder beside, which gets the name `to` in the end."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise CannotBackUp(f"{to} is there already. Each backup goes to a new folder.")
    to.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=to.parent, prefix=f"{to.name}.unfinished."))
    try:
        yield folder
        folder.rename(to)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


@contextmanager
def _seen_at_once(files: Mapping[str, Path]) -> Iterator[dict[str, sqlite3.Connection]]:
    with ExitStack() as readers:
        with ExitStack() as writers:
            for path in files.values():
                writers.enter_context(closing(_open(path))).execute("BEGIN IMMEDIATE")
            seen = {name: readers.enter_context(closing(_open(path))) for name, path in files.items()}
            for reader in seen.values():
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield seen


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=LOCK_SECONDS)


def _copy(source: sqlite3.Connection, to: Path) -> None:
    with closing(sqlite3.connect(to)) as copy:
        source.backup(copy)
        if (said := copy.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise CannotBackUp(f"{to.name} is damaged: {said}")
