"""From an address in a langgraph.json to the Python object behind it."""

import importlib
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from assistants_app.graphs.addresses import ObjectAddress


class NoSuchName(Exception):
    """The module loaded, but the name is not in it."""


def import_object(address: ObjectAddress, folder: Path) -> Any:
    """The object at an address. Raises whatever the import raises, and NoSuchName.

    `folder` is that of the langgraph.json.
    """
    module = _file_module(address.path, folder) if address.path else importlib.import_module(address.module)
    try:
        found = module
        for part in address.name.split("."):
            found = getattr(found, part)
    except AttributeError:
        place = address.path or address.module
        raise NoSuchName(f'There is no "{address.name}" in {place}.{_offers(module)}') from None
    return found


def _offers(module: ModuleType) -> str:
    names = [name for name, value in vars(module).items() if _looks_like_graph(value)]
    return f" It has: {', '.join(sorted(names))}." if names else ""


def _looks_like_graph(value: Any) -> bool:
    return type(value).__module__.startswith("langgraph.") and hasattr(value, "nodes")


def _file_module(path: Path, folder: Path) -> ModuleType:
    """Import a file by the name that other files use for it, else by one of our own.

    The first keeps one copy of a package's modules and lets relative imports work; the second keeps files of the
    same name in different folders apart. Names are stable: LangGraph writes them into checkpoints.
    """
    top, dotted = _package_of(path)
    if top is None:
        return _load(_own_name(path, folder), path)
    if _importable_from(top):
        return importlib.import_module(dotted)
    own = _own_name(top, folder)
    if own not in sys.modules:
        _load(own, top / "__init__.py", package=top)
    return importlib.import_module(own + dotted.removeprefix(top.name))


def _package_of(path: Path) -> tuple[Path | None, str]:
    """The outermost package folder around a file, and the file's dotted name from there."""
    top, parts = None, [] if path.stem == "__init__" else [path.stem]
    for parent in path.parents:
        if not (parent / "__init__.py").is_file():
            break
        top = parent
        parts.append(parent.name)
    return top, ".".join(reversed(parts))


def _importable_from(top: Path) -> bool:
    try:
        spec = importlib.util.find_spec(top.name)
    except (ImportError, ValueError):
        return False
    return spec is not None and spec.origin is not None and Path(spec.origin).resolve() == top / "__init__.py"


def _own_name(path: Path, folder: Path) -> str:
    place = path.relative_to(folder) if path.is_relative_to(folder) else path
    return "graph_file_" + re.sub(r"\W+", "_", str(place.with_suffix(""))).strip("_")


def _load(name: str, path: Path, package: Path | None = None) -> ModuleType:
    locations = [str(package)] if package else None
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=locations)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module
