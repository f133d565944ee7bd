"""Addresses of Python objects as a langgraph.json writes them: "./agent.py:graph", "package.module:graph"."""

from dataclasses import dataclass
from pathlib import Path

from assistants_app.domain.json_values import Json

_SCRIPTS = {".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", ".jsx", ".tsx"}


class InvalidAddress(ValueError):
    """What was written is no address of a Python object."""


@dataclass(frozen=True, slots=True)
class ObjectAddress:
    """A file or a module, and the name in it."""

    name: str
    path: Path | None = None
    module: str = ""

    @property
    def problem(self) -> str | None:
        """Why nothing can be there."""
        return f"There is no file {self.path}." if self.path and not self.path.is_file() else None


def read_address(value: Json, folder: Path, *, example: str) -> ObjectAddress:
    """Raises InvalidAddress. `folder` is that of the langgraph.json."""
    if not isinstance(value, str):
        raise InvalidAddress(f'It must be a text like "{example}".')
    place, colon, name = value.rpartition(":")
    if not colon or not place or not name:
        raise InvalidAddress(f'"{value}" lacks the name after a colon, as in "{example}".')
    if Path(place).suffix in _SCRIPTS:
        raise InvalidAddress(f'"{value}" is written in JavaScript or TypeScript; only Python runs here.')
    if "/" in place or "\\" in place or place.endswith(".py"):
        return ObjectAddress(name, path=(folder / place).resolve())
    return ObjectAddress(name, module=place)
