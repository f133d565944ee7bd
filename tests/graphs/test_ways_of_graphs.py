"""Every way in which a langgraph.json can name a graph, and every kind of thing it can find there."""

from typing import Any

import pytest

from assistants_app.graphs.catalog import Catalog
from tests.graphs.conftest import Project
from tests.graphs.opened import answer


def check(catalog: Catalog, graph_id: str = "agent") -> None:
    entry = catalog.get(graph_id)
    assert (entry.available, entry.error) == (True, None), entry.details
    assert entry.takes_messages
    assert entry.nodes == ("echo",)
    assert answer(catalog, graph_id) == "echo: hi"


def test_it_works(project: Project) -> None:
    project.echo("agent.py", "graph = builder.compile()")
    check(project.catalog({"agent": "./agent.py:graph"}))


@pytest.mark.parametrize(
    "made",
    [
        pytest.param("graph = builder", id="a StateGraph"),
        pytest.param("def graph(): return builder.compile()", id="a function"),
        pytest.param("def graph(): return builder", id="a function that returns a StateGraph"),
        pytest.param("async def graph(): return builder.compile()", id="an async function"),
        pytest.param("graph = lambda config: builder.compile()", id="a lambda"),
        pytest.param(
            """
            from langchain_core.runnables import RunnableConfig
            def graph(anything: RunnableConfig):
                assert anything["configurable"] is not None
                return builder.compile()
            """,
            id="a function of a config",
        ),
        pytest.param(
            """
            from langgraph_sdk.runtime import ServerRuntime
            def graph(anything: ServerRuntime):
                assert anything.store is not None and anything.user is None
                return builder.compile()
            """,
            id="a function of a runtime",
        ),
        pytest.param(
            """
            from langchain_core.runnables import RunnableConfig
            from langgraph_sdk.runtime import ServerRuntime
            async def graph(anything: "ServerRuntime[dict]", other: "RunnableConfig"):
                runtime, config = anything, other
                assert runtime.access_context and "configurable" in config
                return builder.compile()
            """,
            id="an async function of both, with annotations as text",
        ),
        pytest.param("def graph(config, *, debug=False): return builder.compile(debug=debug)", id="a default"),
        pytest.param(
            """
            from contextlib import asynccontextmanager
            @asynccontextmanager
            async def graph(config):
                yield builder.compile()
            """,
            id="an async context manager",
        ),
        pytest.param(
            """
            from contextlib import contextmanager
            @contextmanager
            def graph():
                yield builder
            """,
            id="a context manager",
        ),
        pytest.param(
            """
            class Maker:
                def __call__(self, config):
                    return builder.compile()
            graph = Maker()
            """,
            id="an object that can be called",
        ),
        pytest.param(
            """
            class Here:
                graph = builder.compile()
            import types
            here = types.SimpleNamespace(inner=Here)
            graph = here.inner.graph
            """,
            id="an attribute",
        ),
    ],
)
def test_what_can_be_a_graph(project: Project, made: str) -> None:
    project.echo("agent.py", made)
    check(project.catalog({"agent": "./agent.py:graph"}))


@pytest.mark.parametrize(
    "address",
    ["./agent.py:graph", "agent.py:graph", "./folder/../agent.py:graph", "agent:graph", {"path": "./agent.py:graph"}],
)
def test_where_a_graph_can_be(project: Project, address: str | dict[str, str]) -> None:
    project.echo("agent.py", "graph = builder")
    (project.folder / "folder").mkdir()
    check(project.catalog({"agent": address}, dependencies=["."]))


def test_an_absolute_path(project: Project) -> None:
    path = project.echo("agent.py", "graph = builder")
    check(project.catalog({"agent": f"{path}:graph"}))


def test_a_description(project: Project) -> None:
    project.echo("agent.py", "graph = builder")
    entry = project.catalog({"agent": {"path": "./agent.py:graph", "description": "Echoes."}}).get("agent")
    assert entry.description == "Echoes."


def test_first_messages(project: Project) -> None:
    project.echo("agent.py", "graph = builder")
    entry = project.catalog({"agent": {"path": "./agent.py:graph", "first_messages": ["Hi", "Bye"]}}).get("agent")
    assert (entry.first_messages, entry.available) == (("Hi", "Bye"), True)


@pytest.mark.parametrize("told", ["Hi", None, [1], [" "], ["x" * 201], ["Hi"] * 5, {}])
def test_first_messages_that_are_none(project: Project, told: Any) -> None:
    project.echo("agent.py", "graph = builder")
    entry = project.catalog({"agent": {"path": "./agent.py:graph", "first_messages": told}}).get("agent")
    assert entry.error == "first_messages are 4 texts at most, of 1 to 200 characters each."


@pytest.mark.parametrize("graph_id", ["Deep Researcher", "my-agent", "agent/two", "Ärzte", "a.b"])
def test_ids_that_are_no_names(project: Project, graph_id: str) -> None:
    project.echo("agent.py", "graph = builder")
    check(project.catalog({graph_id: "./agent.py:graph"}), graph_id)


def test_a_file_name_that_is_no_name(project: Project) -> None:
    project.echo("my agents/2nd-agent.py", "graph = builder")
    check(project.catalog({"agent": "./my agents/2nd-agent.py:graph"}))


def test_a_graph_of_the_functional_api(project: Project) -> None:
    project.file(
        "agent.py",
        """
        from langgraph.func import entrypoint

        @entrypoint()
        async def graph(number: int) -> int:
            return number + 1
        """,
    )
    catalog = project.catalog({"agent": "./agent.py:graph"})
    entry = catalog.get("agent")
    assert entry.available, entry.error
    assert not entry.takes_messages
    assert entry.nodes == ("graph",)


def test_a_graph_that_brings_tools_of_its_own(project: Project) -> None:
    project.echo(
        "agent.py",
        """
        from langgraph.checkpoint.memory import InMemorySaver
        graph = builder.compile(checkpointer=InMemorySaver()).with_config(recursion_limit=7, tags=["own"])
        """,
    )
    catalog = project.catalog({"agent": "./agent.py:graph"})
    assert catalog.get("agent").available


def test_a_factory_is_called_for_every_run(project: Project) -> None:
    project.echo("agent.py", "calls = []\ndef graph(config):\n    calls.append(config)\n    return builder.compile()")
    catalog = project.catalog({"agent": "./agent.py:graph"})
    configs: list[dict[str, Any]] = [{"configurable": {"model": name}} for name in ("a", "b")]
    for config in configs:
        answer(catalog, "agent", config=config)
    import sys

    assert sys.modules["graph_file_agent"].calls[1:] == configs  # the first call read the schemas


def test_a_ready_graph_is_compiled_once(project: Project) -> None:
    project.echo(
        "agent.py",
        """
        compiled = []
        class Counting(StateGraph):
            def compile(self, **more):
                compiled.append(self)
                return super().compile(**more)
        graph = Counting(MessagesState).add_node("echo", echo).add_edge(START, "echo")
        """,
    )
    catalog = project.catalog({"agent": "./agent.py:graph"})
    answer(catalog, "agent")
    answer(catalog, "agent")
    import sys

    assert len(sys.modules["graph_file_agent"].compiled) == 1


def test_what_graphs_remember_is_shared(project: Project) -> None:
    project.echo(
        "agent.py",
        """
        from langgraph.runtime import Runtime
        from langgraph_sdk.runtime import ServerRuntime
        async def remember(state, runtime: Runtime):
            known = await runtime.store.aget(("words",), "last")
            await runtime.store.aput(("words",), "last", {"text": state["messages"][-1].text})
            return {"messages": [("ai", known.value["text"] if known else "nothing")]}
        ready = StateGraph(MessagesState).add_node("echo", remember).add_edge(START, "echo").compile()
        def made(runtime: ServerRuntime):
            assert runtime.store is not None
            return ready
        from langgraph.store.memory import InMemoryStore
        own = ready.copy(update={"store": InMemoryStore()})
        """,
    )
    catalog = project.catalog({name: f"./agent.py:{name}" for name in ("ready", "made", "own")})
    assert [entry.error for entry in catalog.entries()] == [None, None, None]
    answer(catalog, "ready", "one")
    assert answer(catalog, "made", "two") == "one"
    assert answer(catalog, "ready", "three") == "two"
    assert answer(catalog, "own", "four") == "nothing"


def test_a_context_manager_is_closed_with_the_run(project: Project) -> None:
    project.echo(
        "agent.py",
        """
        from contextlib import asynccontextmanager
        from langgraph_sdk.runtime import ServerRuntime
        log = []

        @asynccontextmanager
        async def graph(runtime: ServerRuntime):
            log.append(runtime.access_context)
            yield builder.compile()
            log.append("closed")
        """,
    )
    catalog = project.catalog({"agent": "./agent.py:graph"})
    answer(catalog, "agent")
    answer(catalog, "agent", access="threads.read")
    import sys

    reading, running, looking = sys.modules["graph_file_agent"].log[::2]
    assert (reading, running, looking) == ("assistants.read", "threads.create_run", "threads.read")
    assert set(sys.modules["graph_file_agent"].log[1::2]) == {"closed"}


def test_a_runtime_knows_the_context_in_its_own_class(project: Project) -> None:
    project.file(
        "agent.py",
        """
        from dataclasses import dataclass
        from langgraph.graph import END, START, MessagesState, StateGraph
        from langgraph_sdk.runtime import ServerRuntime

        @dataclass
        class Settings:
            name: str = "nobody"

        def graph(runtime: ServerRuntime[Settings]):
            running = runtime.execution_runtime
            name = running.context.name if running else "none"
            def say(state: MessagesState):
                return {"messages": [("ai", name)]}
            builder = StateGraph(MessagesState, context_schema=Settings)
            return builder.add_node("say", say).add_edge(START, "say").add_edge("say", END)
        """,
    )
    catalog = project.catalog({"agent": "./agent.py:graph"})
    assert catalog.get("agent").available, catalog.get("agent").error
    assert answer(catalog, "agent", context={"name": "Ada"}) == "Ada"
