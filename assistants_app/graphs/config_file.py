"""Reads a langgraph.json, as LangGraph's own tools do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from dotenv import dotenv_values

from assistants_app.domain.errors import InvalidGraphsConfig, InvalidJson
from assistants_app.domain.json_values import Json, load_strict
from assistants_app.graphs.addresses import InvalidAddress, ObjectAddress, read_address
from assistants_app.graphs.sections.auth import AuthSection
from assistants_app.graphs.sections.checkpointer import CheckpointerSection
from assistants_app.graphs.sections.http import HttpSection
from assistants_app.graphs.sections.reading import Section, read_section, without_effect
from assistants_app.graphs.sections.store import StoreSection

BUNDLED = Path(__file__).resolve().parent.parent / "examples" / "langgraph.json"

S = TypeVar("S", bound=Section)

ID_LENGTH = 200
"""Of a graph's id, which is the name of its system assistant too."""

FIRST_MESSAGES = 4
FIRST_MESSAGE_LENGTH = 200

_READ = {"graphs", "env", "dependencies", "auth", "http", "store", "checkpointer"}
_WITHOUT_EFFECT = {"$schema", "python_version", "node_version", "image_distro", "base_image", "dockerfile_lines"} | {
    "pip_config_file",
    "pip_installer",
    "keep_pkg_tools",
    "api_version",
}
"""Keys that only shape a container image: nothing is missing when they are passed over."""


@dataclass(frozen=True, slots=True)
class GraphSource:
    """Where one graph comes from. `problem` says why it cannot load."""

    graph_id: str
    address: ObjectAddress | None = None
    description: str = ""
    problem: str | None = None
    time_limit: float | None = None
    """Seconds that an attempt of a run may take."""
    first_messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GraphsConfig:
    path: Path
    sources: tuple[GraphSource, ...]
    env: Mapping[str, str]
    search_path: tuple[Path, ...]
    """Folders that the graphs import from, in order."""
    notes: tuple[str, ...]
    """What in the file has no effect here, for the operator."""
    auth: AuthSection | None = None
    http: HttpSection = field(default_factory=HttpSection)
    store: StoreSection = field(default_factory=StoreSection)
    checkpointer: CheckpointerSection = field(default_factory=CheckpointerSection)


def find_config(configured: str) -> Path:
    """The file to read: the configured one, else `./langgraph.json`, else the bundled examples."""
    if configured:
        path = Path(configured).expanduser().resolve()
        return path / "langgraph.json" if path.is_dir() else path
    here = Path.cwd() / "langgraph.json"
    return here if here.is_file() else BUNDLED


def read_config(path: Path) -> GraphsConfig:
    """Raises InvalidGraphsConfig when the file as a whole cannot be used.

    One bad graph among good ones is no such case: its source carries the problem.
    """
    try:
        content = load_strict(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InvalidGraphsConfig(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidGraphsConfig(f"{path} cannot be read: {error}") from None
    except InvalidJson as error:
        raise InvalidGraphsConfig(f"{path} is not valid JSON: {error.message}") from None
    if not isinstance(content, dict):
        raise InvalidGraphsConfig(f"{path} must hold a JSON object.")
    graphs = content.get("graphs")
    if not isinstance(graphs, dict) or not graphs:
        raise InvalidGraphsConfig(
            f'{path} must name at least one graph: {{"graphs": {{"agent": "./agent.py:graph"}}}}.'
        )
    if nameless := [graph_id for graph_id in graphs if not 0 < len(graph_id.strip()) <= ID_LENGTH]:
        raise InvalidGraphsConfig(
            f'{path}: the name of a graph has 1 to {ID_LENGTH} characters, unlike "{nameless[0][:40]}".'
        )
    folder = path.parent
    folders, notes = _search_path(folder, content.get("dependencies", []))
    auth, http = _section(AuthSection, "auth", content, folder), _section(HttpSection, "http", content, folder)
    store = _section(StoreSection, "store", content, folder)
    checkpointer = _section(CheckpointerSection, "checkpointer", content, folder)
    passed_over = [
        *without_effect(auth, "auth"),
        *without_effect(http, "http"),
        *without_effect(store, "store"),
        *without_effect(checkpointer, "checkpointer"),
    ]
    return GraphsConfig(
        path=path,
        sources=tuple(_source(folder, graph_id, value) for graph_id, value in graphs.items()),
        env=_env(folder, content.get("env")),
        search_path=folders,
        notes=(*notes, *_unsupported(content, passed_over)),
        auth=auth,
        http=http or HttpSection(),
        store=store or StoreSection(),
        checkpointer=checkpointer or CheckpointerSection(),
    )


def _source(folder: Path, graph_id: str, value: Json) -> GraphSource:
    description, limit, first = "", None, []
    if isinstance(value, dict):
        description, limit = str(value.get("description") or ""), value.get("time_limit")
        value, first = value.get("path"), value.get("first_messages", [])
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int | float) or limit <= 0):
        problem = f"time_limit is a number of seconds above 0, unlike {limit!r}."
        return GraphSource(graph_id, description=description, problem=problem)
    if not _are_first_messages(first):
        problem = f"first_messages are {FIRST_MESSAGES} texts at most, of 1 to {FIRST_MESSAGE_LENGTH} characters each."
        return GraphSource(graph_id, description=description, problem=problem)
    if not isinstance(value, str):
        problem = 'A graph is a text like "./agent.py:graph" or {"path": …, "description": …}.'
        return GraphSource(graph_id, description=description, problem=problem)
    try:
        address = read_address(value, folder, example="./agent.py:graph")
    except InvalidAddress as error:
        return GraphSource(graph_id, description=description, problem=str(error))
    return GraphSource(graph_id, address, description, address.problem, time_limit=limit, first_messages=tuple(first))


def _are_first_messages(told: Json) -> bool:
    return (
        isinstance(told, list)
        and len(told) <= FIRST_MESSAGES
        and all(isinstance(one, str) and 0 < len(one.strip()) <= len(one) <= FIRST_MESSAGE_LENGTH for one in told)
    )


def _search_path(folder: Path, dependencies: Json) -> tuple[tuple[Path, ...], list[str]]:
    """The folder of the file, then each local dependency and its `src`."""
    found, notes = [folder], []
    for dependency in dependencies if isinstance(dependencies, list) else []:
        if not isinstance(dependency, str) or not dependency.startswith((".", "/")):
            continue  # a package of an index: installing is the operator's
        local = (folder / dependency).resolve()
        if local.is_dir():
            found += [local, local / "src"]
        else:
            notes.append(f'The dependency "{dependency}" is no folder.')
    return tuple(dict.fromkeys(path for path in found if path.is_dir())), notes


def _env(folder: Path, env: Json) -> dict[str, str]:
    """An object's values as text, or those of a file; a file that is not there is no error."""
    if isinstance(env, dict):
        return {str(key): str(value) for key, value in env.items() if value is not None}
    if isinstance(env, str) and env:
        return {key: value for key, value in dotenv_values(folder / env).items() if value is not None}
    return {}


def _section(model: type[S], name: str, content: dict[str, Json], folder: Path) -> S | None:
    """None where nothing of it is written. An empty one is there: `auth` without a path must not let everybody in."""
    value = content.get(name)
    return None if value is None else read_section(model, name, value, folder)


def _unsupported(content: dict[str, Json], in_sections: list[str]) -> list[str]:
    names = [name for name, value in content.items() if name not in _READ | _WITHOUT_EFFECT and value]
    names += in_sections
    return [f"Not supported, and passed over: {', '.join(names)}."] if names else []
