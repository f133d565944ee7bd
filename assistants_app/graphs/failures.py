"""What to tell an operator about a graph that did not load."""

import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten

from assistants_app.domain.errors import ProductError
from assistants_app.graphs.bounded import Exited, TookTooLong
from assistants_app.graphs.importing import NoSuchName
from assistants_app.graphs.opening import NotAGraph

_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:KEY|TOKEN|SECRET|URL|ENDPOINT|PASSWORD|ID|HOST)\b")
_INSTALL = re.compile(r"pip install (?:-U )?[\w.\[\],-]+")
_OWN = (ProductError, Exited, TookTooLong, NoSuchName, NotAGraph)
_LENGTH = 300
_LINES = 30


def summary(error: BaseException) -> str:
    """One line."""
    if isinstance(error, _OWN):
        return str(error)
    text = shorten(str(error), _LENGTH, placeholder="…")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def beginning(error: BaseException) -> str:
    """One line, of an error whose further lines are advice to programmers."""
    text = shorten(str(error).partition("\n")[0], _LENGTH, placeholder="…")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def details(error: BaseException) -> str:
    """The end of the traceback, from the graph's own code on; "" when the one line says it all."""
    if isinstance(error, _OWN):
        return ""
    own = str(Path(__file__).parent)
    lines = traceback.TracebackException.from_exception(error)
    lines.stack = traceback.StackSummary.from_list(
        [frame for frame in lines.stack if not frame.filename.startswith((own, "<frozen importlib"))]
    )
    return "\n".join("".join(lines.format()).rstrip().splitlines()[-_LINES:])


def needs(error: BaseException, search_path: Sequence[Path]) -> tuple[str, ...]:
    """What would help: a package to install, an environment variable to set."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return (_package(error.name, search_path),)
    if isinstance(error, ImportError) and "relative import" in str(error):
        return ('Relative imports need an "__init__.py" in the folder of the graph\'s file.',)
    found: list[str] = []
    if isinstance(error, ImportError) and (command := _INSTALL.search(str(error))):
        found.append(f"A Python package is not installed: {command[0]}")
    names = _VARIABLE.findall(str(error))
    if isinstance(error, KeyError) and error.args and re.fullmatch(r"[A-Z][A-Z0-9_]+", str(error.args[0])):
        names = [str(error.args[0])]
    if names:
        choice = " or ".join(dict.fromkeys(names))
        found.append(f'Set the environment variable {choice}, or put it into the file named by "env".')
    return tuple(found)


def _package(module: str, search_path: Sequence[Path]) -> str:
    top = module.partition(".")[0]
    if module != top and top in sys.modules:
        lacks, install = (
            f'The installed version of the Python package "{top}" has no "{module}"',
            f"pip install -U {top}",
        )
    else:
        lacks, install = f'The Python package of "{top}" is not installed', f"pip install {top.replace('_', '-')}"
    if listed := _listed(search_path):
        return f"{lacks}; the graph lists what it needs: {listed}"
    return f"{lacks}: {install}"


def _listed(search_path: Sequence[Path]) -> str | None:
    """The command that installs what the graph's own project lists."""
    for folder in search_path:
        if (folder / "pyproject.toml").is_file():
            return f"pip install -e {folder}"
        if (folder / "requirements.txt").is_file():
            return f"pip install -r {folder / 'requirements.txt'}"
    return None
