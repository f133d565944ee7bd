"""What is known of a graph's settings and input."""

from typing import Any

import pytest

from assistants_app.graphs.entries import GraphEntry
from tests.graphs.conftest import Project


def entry_of(project: Project, *parts: str) -> GraphEntry:
    project.echo("agent.py", *parts)
    entry = project.catalog({"agent": "./agent.py:graph"}).get("agent")
    assert entry.available, entry.details
    return entry


def graph_with(settings: str) -> str:
    return (
        f"graph = StateGraph(MessagesState, context_schema={settings}).add_node('echo', echo).add_edge(START, 'echo')"
    )


def properties(schema: dict[str, Any] | None) -> dict[str, Any]:
    assert schema is not None
    found: dict[str, Any] = schema["properties"]
    return found


@pytest.mark.parametrize(
    "declared",
    [
        "from pydantic import BaseModel\nclass Settings(BaseModel):\n    tone: str = 'calm'",
        "from dataclasses import dataclass\n@dataclass\nclass Settings:\n    tone: str = 'calm'",
        "from typing_extensions import TypedDict\nclass Settings(TypedDict, total=False):\n    tone: str",
        "from typing import TypedDict\nclass Settings(TypedDict, total=False):\n    tone: str",
    ],
    ids=["pydantic", "dataclass", "typing_extensions.TypedDict", "typing.TypedDict"],
)
def test_it_works(project: Project, declared: str) -> None:
    entry = entry_of(project, declared, graph_with("Settings"))
    assert properties(entry.settings_schema)["tone"]["type"] == "string"
    assert "tone" not in entry.settings_schema.get("required", [])  # type: ignore[union-attr]
    assert entry.settings_place == "context"


def test_a_graph_without_settings(project: Project) -> None:
    entry = entry_of(project, "graph = builder")
    assert (entry.settings_schema, entry.settings_place) == (None, None)
    assert entry.takes_messages
    assert "messages" in properties(entry.input_schema)
    assert "messages" in properties(entry.output_schema)


PYDANTIC = "from pydantic import BaseModel\nclass Settings(BaseModel, arbitrary_types_allowed=True):\n    "
DATACLASS = "from dataclasses import dataclass\n@dataclass\nclass Settings:\n    "


@pytest.mark.parametrize(
    ("declared", "fault"),
    [
        (PYDANTIC + "tone: str = ''\n    odd: StateGraph = None", "odd: PydanticInvalidForJsonSchema: "),
        (DATACLASS + "tone: str = ''\n    odd: StateGraph = None", "odd: PydanticSchemaGenerationError: "),
        (DATACLASS + "odd: 'NotThere' = None", "NameError: name 'NotThere'"),
        ("class Settings:\n    tone: str = 'calm'", "PydanticSchemaGenerationError: "),
    ],
    ids=["pydantic", "dataclass", "a name that is not there", "any class"],
)
def test_settings_of_which_no_schema_can_be_made(project: Project, declared: str, fault: str) -> None:
    entry = entry_of(project, declared, graph_with("Settings"))
    assert entry.settings_schema is None
    assert entry.settings_fault.startswith(fault)
    assert "\n" not in entry.settings_fault


@pytest.mark.parametrize(
    "declared", ["from typing import TypedDict\nclass Settings(TypedDict):\n    pass", "Settings = None"]
)
def test_settings_that_are_none(project: Project, declared: str) -> None:
    assert entry_of(project, declared, graph_with("Settings")).settings_fault == ""


@pytest.mark.filterwarnings("ignore:`config_schema` is deprecated")
def test_the_older_config_schema(project: Project) -> None:
    entry = entry_of(
        project,
        "import warnings; warnings.simplefilter('ignore')",
        "from typing_extensions import TypedDict\nclass Settings(TypedDict):\n    tone: str",
        graph_with("None").replace("context_schema=None", "config_schema=Settings"),
    )
    assert "tone" in properties(entry.settings_schema)


def test_hints_come_through(project: Project) -> None:
    entry = entry_of(
        project,
        """
        from dataclasses import dataclass, field
        @dataclass
        class Settings:
            tone: str = field(default="calm", metadata={
                "description": "How it sounds.", "json_schema_extra": {"langgraph_type": "prompt"}})
            many: list[str] = field(default_factory=list)
        """,
        graph_with("Settings"),
    )
    tone = properties(entry.settings_schema)["tone"]
    assert tone == {
        "default": "calm",
        "description": "How it sounds.",
        "langgraph_type": "prompt",
        "title": "Tone",
        "type": "string",
    }
    assert "default" not in properties(entry.settings_schema)["many"]


def test_typed_dicts_within_typed_dicts(project: Project) -> None:
    entry = entry_of(
        project,
        """
        from typing import Annotated, Literal, NotRequired, Optional, TypedDict
        class Point(TypedDict):
            x: int
        class Settings(TypedDict):
            '''Where it is.'''
            one: Point
            many: list[Point]
            named: dict[str, Point]
            maybe: Optional[Point]
            perhaps: Point | None
            noted: Annotated[Point, "a note"]
            kind: NotRequired[Literal["a", "b"]]
        """,
        graph_with("Settings"),
    )
    found = properties(entry.settings_schema)
    point = {"$ref": "#/$defs/Point"}
    assert found["one"] == point
    assert found["many"]["items"] == point
    assert found["named"]["additionalProperties"] == point
    assert found["maybe"]["anyOf"] == found["perhaps"]["anyOf"] == [point, {"type": "null"}]
    assert found["noted"] == point
    assert found["kind"]["enum"] == ["a", "b"]
    assert entry.settings_schema is not None
    assert entry.settings_schema["description"] == "Where it is."
    assert "kind" not in entry.settings_schema["required"]


def test_a_state_that_pydantic_refuses(project: Project) -> None:
    """On Python 3.11 LangGraph's own reading of `typing.TypedDict` raises; the form is not lost for it."""
    project.file(
        "agent.py",
        """
        from typing import TypedDict
        from langgraph.graph import END, START, StateGraph
        class State(TypedDict):
            question: str
            number: int
        def answer(state: State):
            return {"number": 1}
        graph = StateGraph(State).add_node("answer", answer).add_edge(START, "answer")
        """,
    )
    entry = project.catalog({"agent": "./agent.py:graph"}).get("agent")
    assert entry.available
    assert not entry.takes_messages
    assert {name: value["type"] for name, value in properties(entry.input_schema).items()} == {
        "question": "string",
        "number": "integer",
    }


def test_a_field_of_no_known_type_is_anything(project: Project) -> None:
    entry = entry_of(
        project,
        """
        from typing import TypedDict
        class Odd:
            pass
        class Settings(TypedDict):
            tone: str
            odd: Odd
        """,
        graph_with("Settings"),
    )
    assert properties(entry.settings_schema)["odd"] == {"title": "Odd"}
    assert properties(entry.settings_schema)["tone"]["type"] == "string"


def test_settings_of_no_known_kind(project: Project) -> None:
    entry = entry_of(project, "class Settings: pass", graph_with("Settings"))
    assert entry.settings_schema is None


def test_managed_values_are_no_fields(project: Project) -> None:
    entry = entry_of(
        project,
        """
        from langgraph.managed import RemainingSteps
        class State(MessagesState):
            remaining_steps: RemainingSteps
            note: str
        graph = StateGraph(State).add_node("echo", echo).add_edge(START, "echo")
        """,
    )
    assert set(properties(entry.input_schema)) == {"messages", "note"}
    assert "remaining_steps" not in (entry.input_schema or {}).get("required", [])


def test_messages_of_any_state_class(project: Project) -> None:
    entry = entry_of(
        project,
        """
        from dataclasses import dataclass, field
        from typing import Annotated
        from langgraph.graph.message import add_messages
        @dataclass
        class State:
            messages: Annotated[list, add_messages] = field(default_factory=list)
        graph = StateGraph(State).add_node("echo", lambda state: {}).add_edge(START, "echo")
        """,
    )
    assert entry.takes_messages


def test_an_agent_of_langchain(project: Project) -> None:
    entry = entry_of(
        project,
        """
        from langchain.agents import create_agent
        from langchain_core.language_models import FakeListChatModel
        graph = create_agent(FakeListChatModel(responses=["hi"]), [])
        """,
    )
    assert entry.takes_messages
    assert set(properties(entry.input_schema)) == {"messages"}
    assert entry.nodes == ("model",)


SHADOWED = """
import os
from pydantic import BaseModel
class Settings(BaseModel):
    tone_of_voice: str = "calm"
    home: str = ""
"""


def test_a_variable_that_shadows_a_setting(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONE_OF_VOICE", "loud")
    monkeypatch.delenv("HOME", raising=False)
    entry = entry_of(project, SHADOWED, "os.environ.get('TONE_OF_VOICE')", graph_with("Settings"))
    (note,) = entry.notes
    assert "TONE_OF_VOICE" in note
    assert '"tone_of_voice"' in note


def test_a_variable_that_nobody_reads(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONE_OF_VOICE", "loud")
    assert entry_of(project, SHADOWED, graph_with("Settings")).notes == ()
