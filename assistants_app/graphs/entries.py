"""What is known of one graph, whether it loaded or not."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from assistants_app.domain.graph_shape import GraphShape

SettingsPlace: TypeAlias = Literal["context", "configurable"]


@dataclass(frozen=True, slots=True)
class GraphSchemas:
    """What a graph accepts and gives back. A schema is None where the graph declares none that can be told."""

    settings: dict[str, Any] | None = None
    settings_fault: str = ""
    """Why there is none although settings are declared, in one line."""
    settings_place: SettingsPlace | None = None
    input: dict[str, Any] | None = None
    output: dict[str, Any] | None = None
    state: dict[str, Any] | None = None
    takes_messages: bool = False
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GraphEntry:
    """One graph of the langgraph.json.

    `error` says in one line why it is not available, `details` is the part of the traceback that concerns its
    author, `needs` what an operator can do about it. `settings_fault` says in one line why an available graph that
    declares settings has no schema of them. The schemas of a graph that stopped loading are the last
    good ones of this process. `demonstration` is true of the bundled examples, whose default model is offline.
    `shape` are its nodes and edges, where it could tell them.
    `time_limit` is how many seconds an attempt of a run may take. `first_messages` show what it can do, in the chat.
    """

    graph_id: str
    description: str = ""
    available: bool = False
    error: str | None = None
    details: str = ""
    needs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    settings_schema: dict[str, Any] | None = None
    settings_fault: str = ""
    settings_place: SettingsPlace | None = None
    input_schema: dict[str, Any] | None = None
    output_schema: dict[str, Any] | None = None
    state_schema: dict[str, Any] | None = None
    takes_messages: bool = False
    nodes: tuple[str, ...] = ()
    shape: GraphShape | None = None
    demonstration: bool = False
    time_limit: float | None = None
    first_messages: tuple[str, ...] = ()
