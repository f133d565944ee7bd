"""A graph that fails is an entry that says why; the others, and the process, go on."""

import os
import time
from typing import Any

import pytest

from assistants_app.domain.errors import GraphNotFound, GraphUnavailable
from assistants_app.graphs.catalog import Catalog
from assistants_app.graphs.entries import GraphEntry
from tests.graphs.conftest import Project
from tests.graphs.opened import answer


def failed(project: Project, *code: str, graph: Any = "./bad.py:graph", **more: Any) -> GraphEntry:
    """The entry of a graph that fails, beside one that does not."""
    project.file("bad.py", *code)
    project.echo("good.py", "graph = builder")
    catalog = project.catalog({"bad": graph, "good": "./good.py:graph"}, **more)
    assert catalog.problem is None
    assert catalog.get("good").available, catalog.get("good").error
    entry = catalog.get("bad")
    assert not entry.available
    with pytest.raises(GraphUnavailable, match="not available"):
        answer(catalog, "bad")
    return entry


def test_it_says_why(project: Project) -> None:
    entry = failed(project, "raise RuntimeError('the moon is full')\n")
    assert entry.error == "RuntimeError: the moon is full"
    assert "bad.py" in entry.details
    assert "graphs/importing.py" not in entry.details
    assert entry.settings_schema is None


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("graph = (", "SyntaxError"),
        ("import sys; sys.exit(3)", "It tried to end the process (exit code 3)."),
        ("raise KeyboardInterrupt", "It raised KeyboardInterrupt."),
        ("raise BaseException('all of it')", "It raised BaseException."),
        ("def graph(): raise ValueError('no factory')", "ValueError: no factory"),
        ("async def graph(): raise ValueError('no factory')", "ValueError: no factory"),
        ("graph = 42", "It is a int; a graph, or a function that returns a graph, is needed."),
        ("class graph: pass", "It is a type; a graph, or a function that returns a graph, is needed."),
        ("def graph(): return None", "It is a NoneType; a graph, or a function that returns a graph, is needed."),
        ("def graph(config, other): return None", 'Its parameter "other" is neither a config nor a runtime.'),
        ("other = 1", 'There is no "graph" in '),
        ("from langgraph.graph import StateGraph\ngraph = StateGraph(dict)", "ValueError"),
    ],
)
def test_ways_to_fail(project: Project, code: str, error: str) -> None:
    found = failed(project, code).error
    assert found is not None
    assert found.startswith(error)
    assert "\n" not in found


@pytest.mark.parametrize(
    ("graph", "error"),
    [
        ("./nowhere.py:graph", "There is no file "),
        ("./bad.py", '"./bad.py" lacks the name after a colon'),
        ("./agent.ts:graph", '"./agent.ts:graph" is written in JavaScript or TypeScript'),
        ("./src/agent.mjs:graph", '"./src/agent.mjs:graph" is written in JavaScript or TypeScript'),
        (42, "A graph is a text like"),
        ({"description": "no path"}, "A graph is a text like"),
        ("no_such_module:graph", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("../..:graph", "There is no file "),
    ],
)
def test_addresses_that_lead_nowhere(project: Project, graph: Any, error: str) -> None:
    found = failed(project, "", graph=graph).error
    assert found is not None
    assert found.startswith(error)


def test_the_names_that_it_could_have_meant(project: Project) -> None:
    project.echo("agent.py", "my_graph = builder.compile()")
    error = project.catalog({"agent": "./agent.py:graph"}).get("agent").error
    assert error is not None
    assert error.endswith("It has: builder, my_graph.")


def test_a_package_that_is_missing(project: Project) -> None:
    entry = failed(project, "import tavily_python_x")
    assert entry.error == "ModuleNotFoundError: No module named 'tavily_python_x'"
    assert entry.needs == ('The Python package of "tavily_python_x" is not installed: pip install tavily-python-x',)


def test_a_package_of_another_version(project: Project) -> None:
    (need,) = failed(project, "import langgraph.no_such_part").needs
    assert need == (
        'The installed version of the Python package "langgraph" has no "langgraph.no_such_part": '
        "pip install -U langgraph"
    )


@pytest.mark.parametrize(("name", "command"), [("pyproject.toml", "-e"), ("requirements.txt", "-r")])
def test_a_package_that_the_project_lists(project: Project, name: str, command: str) -> None:
    project.file(name, "")
    (need,) = failed(project, "import tavily_python_x.deeper").needs
    assert f"pip install {command} {project.folder}" in need


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.environ['MY_API_KEY']",
        "raise ValueError('Did not find my_api_key, please add an environment variable `MY_API_KEY` which has it.')",
    ],
)
def test_a_variable_that_is_missing(project: Project, code: str) -> None:
    (need,) = failed(project, code).needs
    assert need.startswith("Set the environment variable MY_API_KEY")


def test_variables_to_choose_from(project: Project) -> None:
    (need,) = failed(project, "raise ValueError('Set B_API_KEY or A_API_KEY. B_API_KEY is better.')").needs
    assert need.startswith("Set the environment variable B_API_KEY or A_API_KEY, or put")


def test_a_package_that_the_error_names(project: Project) -> None:
    (need,) = failed(project, "raise ImportError('Please install it with `pip install langchain-x[y]`.')").needs
    assert need == "A Python package is not installed: pip install langchain-x[y]"


def test_an_error_of_many_lines_is_one_line(project: Project) -> None:
    entry = failed(project, "from pydantic import BaseModel\nclass S(BaseModel):\n    key: str\nS()")
    assert entry.error is not None
    assert entry.error.startswith("ValidationError: 1 validation error for S key Field required")
    assert len(entry.error) < 330


def test_a_relative_import_without_a_package(project: Project) -> None:
    (need,) = failed(project, "from . import other").needs
    assert "__init__.py" in need


def test_an_import_that_hangs(project: Project) -> None:
    begin = time.monotonic()
    entry = failed(project, "import threading; threading.Event().wait(20)", seconds=2)
    assert entry.error == "It took longer than 2 seconds."
    assert time.monotonic() - begin < 15


def test_a_retry_after_it_was_put_right(project: Project) -> None:
    project.file("agent.py", "raise RuntimeError")
    catalog = project.catalog({"agent": "./agent.py:graph"})
    assert not catalog.retry("agent").available
    project.echo("agent.py", "graph = builder  # put right, and longer than before")
    assert catalog.retry("agent").available
    assert catalog.get("agent").error is None
    assert answer(catalog, "agent") == "echo: hi"
    with pytest.raises(GraphNotFound):
        catalog.retry("other")


def test_a_retry_reads_the_variables_again(project: Project) -> None:
    project.echo("agent.py", "import os", "os.environ['MY_API_KEY']", "graph = builder")
    catalog = project.catalog({"agent": "./agent.py:graph"}, env="secrets.env")
    assert not catalog.get("agent").available
    project.file("secrets.env", "MY_API_KEY=x")
    assert catalog.retry("agent").available


def test_a_graph_that_works_is_not_loaded_again(project: Project) -> None:
    project.echo("agent.py", "graph = builder")
    catalog = project.catalog({"agent": "./agent.py:graph"})
    before = catalog.get("agent")
    assert catalog.retry("agent") is before


def test_the_last_good_schema_is_kept(project: Project) -> None:
    project.echo(
        "agent.py",
        "from pydantic import BaseModel",
        "class Settings(BaseModel):\n    tone: str = 'calm'",
        "graph = StateGraph(MessagesState, context_schema=Settings)",
        "graph.add_node('echo', echo).add_edge(START, 'echo')",
    )
    catalog = project.catalog({"agent": "./agent.py:graph"})
    schema = catalog.get("agent").settings_schema
    assert schema is not None
    assert "tone" in schema["properties"]
    project.file("agent.py", "raise RuntimeError('later')")
    catalog.load_all()
    entry = catalog.get("agent")
    assert (entry.available, entry.error) == (False, "RuntimeError: later")
    assert entry.settings_schema == schema


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "line 1, column 2"),
        ('{"graphs": {"a": "./a.py:graph",}}', "line 1, column 3"),
        ("[]", "must hold a JSON object"),
        ("{}", "must name at least one graph"),
        ('{"graphs": {}}', "must name at least one graph"),
        ('{"graphs": []}', "must name at least one graph"),
        ('{"graphs": {"a": "a.py:b", "a": "c.py:d"}}', 'the key "a" occurs twice'),
        ('{"graphs": {"a": "a.py:b", " ": "c.py:d"}}', 'has 1 to 200 characters, unlike " "'),
        ('{"graphs": {"' + "a" * 201 + '": "a.py:b"}}', "has 1 to 200 characters"),
    ],
)
def test_a_file_that_cannot_be_used(project: Project, text: str, problem: str) -> None:
    catalog = Catalog(project.file("langgraph.json", text))
    assert catalog.entries() == []
    assert catalog.problem is not None
    assert problem in catalog.problem


def test_a_file_that_is_not_there(project: Project) -> None:
    catalog = Catalog(project.folder / "langgraph.json")
    catalog.load_all()
    assert catalog.problem == f"There is no file {project.folder / 'langgraph.json'}."
    with pytest.raises(GraphNotFound):
        catalog.get("agent")


def test_a_file_that_was_broken_for_a_while(project: Project) -> None:
    project.file("langgraph.json", "{")
    catalog = Catalog(project.folder / "langgraph.json")
    catalog.load_all()
    project.echo("agent.py", "graph = builder")
    project.config({"agent": "./agent.py:graph"})
    catalog.load_all()
    assert catalog.problem is None
    assert catalog.get("agent").available


def test_a_folder_instead_of_a_file(project: Project) -> None:
    (project.folder / "langgraph.json").mkdir()
    catalog = Catalog(project.folder / "langgraph.json")
    catalog.load_all()
    assert catalog.problem is not None
    assert "cannot be read" in catalog.problem


def test_what_a_graph_prints_harms_nothing(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    project.echo(
        "agent.py", "print('hello from the graph')", "import sys; print('oops', file=sys.stderr)", "graph = builder"
    )
    assert project.catalog({"agent": "./agent.py:graph"}).get("agent").available


def test_an_event_loop_at_import(project: Project) -> None:
    project.echo("agent.py", "import asyncio", "asyncio.run(asyncio.sleep(0))", "graph = builder")

    async def load() -> bool:
        return project.catalog({"agent": "./agent.py:graph"}).get("agent").available

    import asyncio

    assert asyncio.run(load())


def test_the_working_folder_stays(project: Project) -> None:
    before = os.getcwd()  # noqa: PTH109 - what a graph would see
    failed(project, "raise ValueError")
    assert os.getcwd() == before  # noqa: PTH109
