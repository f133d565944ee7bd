"""What this product is called among packages and by its database, and which release it is."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as _installed

NAME = "assistants"


def version() -> str:
    """The release that is installed; "0" where the code runs without being installed."""
    return version_of(NAME) or "0"


def version_of(package: str) -> str | None:
    """The installed release of a package, or None."""
    try:
        return _installed(package)
    except PackageNotFoundError:
        return None


def connection_name(host: str, pid: int) -> str:
    """What a process calls itself to PostgreSQL, which keeps 63 characters of it."""
    return f"{NAME} {pid} {host}"[:63]
