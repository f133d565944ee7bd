"""`env` and `dependencies`: what is there before a graph is imported."""

import os
from typing import Any

import pytest

from assistants_app.graphs.catalog import Catalog
from tests.graphs.conftest import Project
from tests.graphs.opened import answer

READS = """
import os
def say(state: MessagesState):
    return {"messages": [("ai", os.environ.get("GREETING", "nothing"))]}
graph = StateGraph(MessagesState).add_node("say", say).add_edge(START, "say")
"""


def greeting(project: Project, **config: Any) -> str:
    project.echo("agent.py", READS)
    return answer(project.catalog({"agent": "./agent.py:graph"}, **config), "agent")


def test_an_env_file(project: Project) -> None:
    project.file("keys/.env", "# of the graph\nNAME=Ada\nexport GREETING='Hello, ${NAME}'\n")
    assert greeting(project, env="keys/.env") == "Hello, Ada"


def test_an_env_object(project: Project) -> None:
    assert greeting(project, env={"GREETING": "Salve", "NUMBER": 7, "NOTHING": None}) == "Salve"
    assert os.environ["NUMBER"] == "7"
    assert "NOTHING" not in os.environ


def test_an_env_file_that_is_not_there_is_no_error(project: Project) -> None:
    assert greeting(project, env=".env") == "nothing"


def test_it_is_there_before_the_import(project: Project) -> None:
    project.echo("agent.py", "import os", "assert os.environ['GREETING']", "graph = builder")
    assert project.catalog({"agent": "./agent.py:graph"}, env={"GREETING": "x"}).get("agent").available


def test_it_goes_before_what_the_process_has(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREETING", "from the shell")
    assert greeting(project, env={"GREETING": "from the file"}) == "from the file"


def test_the_folder_of_the_file_is_on_the_path(project: Project) -> None:
    project.file("near_by.py", "WORD = 'near'")
    project.echo("deep/agent.py", "import near_by", "graph = builder")
    assert project.catalog({"agent": "./deep/agent.py:graph"}).get("agent").available


@pytest.mark.parametrize("place", ["lib", "lib/src"])
def test_a_local_dependency_and_its_src(project: Project, place: str) -> None:
    project.file(f"{place}/from_lib_{place.replace('/', '_')}.py", "")
    project.echo("agent.py", f"import from_lib_{place.replace('/', '_')}", "graph = builder")
    catalog = project.catalog({"agent": "./agent.py:graph"}, dependencies=["./lib", "langchain_openai"])
    assert catalog.get("agent").available, catalog.get("agent").error
    assert catalog.notes == ()


def test_a_local_dependency_that_is_not_there(project: Project) -> None:
    project.echo("agent.py", "graph = builder")
    catalog = project.catalog({"agent": "./agent.py:graph"}, dependencies=["./gone", 7])
    assert catalog.get("agent").available
    assert catalog.notes == ('The dependency "./gone" is no folder.',)


def test_keys_that_have_no_effect_are_named(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    project.echo("agent.py", "graph = builder")
    catalog = project.catalog(
        {"agent": "./agent.py:graph"},
        encryption={"path": "x"},
        http={"middleware_order": "auth_first", "cors": {"odd": 1}, "disable_ui": True},
        store=None,
        python_version="3.12",
    )
    assert catalog.notes == ("Not supported, and passed over: encryption, http.middleware_order, http.cors.odd.",)
    for _start in range(2):  # once is enough
        catalog.log_notes()
    assert caplog.messages == [f"langgraph.json: {catalog.notes[0]}"]


def test_the_same_file_name_in_two_folders(project: Project) -> None:
    for folder in ("one", "two"):
        project.echo(f"{folder}/graph.py", f"NAME = '{folder}'", _says_its_name())
    catalog = project.catalog(
        {"a": "./one/graph.py:graph", "b": "./two/graph.py:graph"}, dependencies=["./one", "./two"]
    )
    assert (answer(catalog, "a"), answer(catalog, "b")) == ("one", "two")


def test_the_same_package_name_in_two_folders(project: Project) -> None:
    """Relative imports lead to the neighbours, each in its own folder."""
    for folder in ("one", "two"):
        project.file(f"{folder}/twin_agent/__init__.py", "")
        project.file(f"{folder}/twin_agent/names.py", f"NAME = '{folder}'")
        project.echo(f"{folder}/twin_agent/graph.py", "from .names import NAME", _says_its_name())
    graphs = {folder: f"./{folder}/twin_agent/graph.py:graph" for folder in ("one", "two")}
    catalog = project.catalog(graphs, dependencies=["./one", "./two"])
    assert [entry.error for entry in catalog.entries()] == [None, None]
    assert (answer(catalog, "one"), answer(catalog, "two")) == ("one", "two")


def test_a_package_is_imported_once(project: Project) -> None:
    """The graph's file is the same module for those who import it by its name."""
    project.file("src/once_agent/__init__.py", "from once_agent.graph import graph")
    project.echo("src/once_agent/graph.py", "NAME = __name__", _says_its_name())
    catalog = project.catalog({"agent": "./src/once_agent/graph.py:graph"}, dependencies=["."])
    assert answer(catalog, "agent") == "once_agent.graph"


def test_a_package_itself(project: Project) -> None:
    project.echo("src/whole_agent/__init__.py", "NAME = __name__", _says_its_name())
    catalog = project.catalog({"agent": "./src/whole_agent/__init__.py:graph"}, dependencies=["."])
    assert answer(catalog, "agent") == "whole_agent"


def test_a_file_does_not_hide_an_installed_package(project: Project) -> None:
    project.echo("json.py", "graph = builder")
    assert project.catalog({"agent": "./json.py:graph"}).get("agent").available
    import json

    assert json.loads("1") == 1


def test_a_byte_order_mark(project: Project) -> None:
    project.echo("agent.py", "graph = builder")
    path = project.config({"agent": "./agent.py:graph"})
    path.write_text("\ufeff" + path.read_text(), encoding="utf-8")
    assert Catalog(path).get("agent").available


def _says_its_name() -> str:
    return """
def say(state: MessagesState):
    return {"messages": [("ai", NAME)]}
graph = StateGraph(MessagesState).add_node("say", say).add_edge(START, "say")
"""
