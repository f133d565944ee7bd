"""How settings are read: from the environment, checked; and the secret key, which a site without one makes itself."""

import math
import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.exceptions import ImproperlyConfigured


def flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, str(default)).strip().lower() in {"1", "true", "yes", "on"}


def names(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def keys(name: str, *, shortest: int) -> list[str]:
    found = names(name)
    if any(len(key) < shortest for key in found):
        raise ImproperlyConfigured(f"Each of {name} must have {shortest} characters or more.")
    return found


def seconds(name: str, default: float, *, least: float = 0.001) -> float:
    said = os.environ.get(name, "").strip()
    try:
        seconds = float(said) if said else default
    except ValueError:
        seconds = math.nan
    if not least <= seconds < math.inf:
        raise ImproperlyConfigured(f"{name} must be a number of seconds, at least {least:g}, unlike {said!r}.")
    return seconds


def one_of(name: str, *values: str) -> str:
    """The first is the default."""
    said = os.environ.get(name, "").strip().lower() or values[0]
    if said not in values:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(values)}, unlike {said!r}.")
    return said


def count(name: str, default: int) -> int:
    said = os.environ.get(name, "").strip() or str(default)
    if not (said.isascii() and said.isdecimal()) or int(said) > 2**31 - 1:
        raise ImproperlyConfigured(f"{name} must be a whole number, at least 0, unlike {said!r}.")
    return int(said)


def kept_secret_key(folder: Path) -> str:
    """A random one that is made once and kept in the data folder."""
    path = folder / "secret_key"
    try:
        if not path.is_file() or not path.read_text().strip():
            _make_secret_key(path)
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"The secret key {path} cannot be kept: {error.strerror}.") from None


def _make_secret_key(path: Path) -> None:
    """Whole or not at all; of two processes that start at once, one makes it for both."""
    path.parent.mkdir(0o700, parents=True, exist_ok=True)
    if path.is_file():
        path.unlink(missing_ok=True)  # empty: somebody's disk was full
    with NamedTemporaryFile("w", dir=path.parent, prefix="secret_key.") as file:  # readable by its owner alone
        file.write(secrets.token_urlsafe(50))
        file.flush()
        with suppress(FileExistsError):
            os.link(file.name, path)
